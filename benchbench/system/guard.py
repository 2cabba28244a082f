"""What code of plugins may not change for others in one process: the working directory and standard output."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress


@contextmanager
def guarded() -> Iterator[None]:
    """Send what is printed, also by child processes, to standard error, and return to the working directory.

    Both belong to the process, so nothing is done where other threads may rely on them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with ExitStack() as stack:
        stack.enter_context(_same_directory())
        stack.enter_context(_quiet_descriptor())
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


@contextmanager
def _same_directory() -> Iterator[None]:
    before = None
    with suppress(OSError):
        before = os.getcwd()
    try:
        yield
    finally:
        if before is not None:
            with suppress(OSError):
                os.chdir(before)


@contextmanager
def _quiet_descriptor() -> Iterator[None]:
    """Let descriptor 1, which child processes inherit, be standard error."""
    saved = None
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        saved = os.dup(1)
        os.dup2(2, 1)
    try:
        yield
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)
