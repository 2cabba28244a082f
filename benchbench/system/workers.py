"""What a worker process does about its parent: leave Ctrl-C to it, speak on standard error, and end when it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing import connection

_PR_SET_PDEATHSIG = 1


def become_worker(environment: dict[str, str], directory: str) -> None:
    """Set this process up as a worker of the process that asked for it, in whose environment and directory it works.

    A server of processes keeps those of its own start.
    """
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    speak_on_standard_error()
    _end_with_parent()


def speak_on_standard_error() -> None:
    """Send what code of plugins prints to standard error, also from C, since standard output is for data."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), 1)


def _end_with_parent() -> None:
    """End immediately when the parent ends, whatever ended it; on Linux also where Python is stuck in a library."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, name="watch-parent", daemon=True).start()
