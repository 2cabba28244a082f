"""Runs a plugin's code in its own folder, within a time limit, and restores every global setting."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

FOLDERS = ("BENCHBENCH_DATA", "BENCHBENCH_WEIGHTS")
"""Variables of folders, which may be relative to where the user is."""


class OutOfTime(BaseException):
    """The time limit has passed; not an `Exception`, so that no handler in a plugin catches it."""


@contextmanager
def guarded(seconds: float) -> Iterator[None]:
    """Work in an empty folder, as the suite does: one CPU thread, no gradients; raise `OutOfTime` after `seconds`."""
    from benchbench.contract import state
    from benchbench.system.determinism import isolated

    what = (*state.settings(), *state.generators())
    before = state.read(what)
    with tempfile.TemporaryDirectory(prefix="benchbench-check-", ignore_cleanup_errors=True) as folder:
        try:
            with redirect_stdout(sys.stderr), _absolute_folders(), isolated("cpu"), deadline(seconds):
                os.chdir(folder)
                yield
        finally:
            state.put_back(what, before)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in this block after `seconds`; only in the main thread, which receives signals.

    Systems without such signals (Windows) have no limit.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def out_of_time(number: int, frame: Any) -> None:
        raise OutOfTime(f"not finished after {seconds:g} s")

    handler = signal.signal(signal.SIGALRM, out_of_time)
    rest, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, rest, interval)
        signal.signal(signal.SIGALRM, handler)


@contextmanager
def _absolute_folders() -> Iterator[None]:
    before = {name: os.environ[name] for name in FOLDERS if os.environ.get(name)}
    os.environ.update({name: str(Path(value).absolute()) for name, value in before.items()})
    try:
        yield
    finally:
        os.environ.update(before)
