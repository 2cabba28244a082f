"""How a command ends when it is asked to: in good order, or immediately when asked again."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Ctrl-C, a scheduler's request, a closed terminal."""


class Ended(KeyboardInterrupt):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number
        """The exit code that says so."""


@contextmanager
def at_the_next_step() -> Iterator[Callable[[], int]]:
    """Yield what returns the number of the signal that has asked to end, 0 where none has.

    For work in steps that finishes its step first and keeps what it has. SIGTERM and SIGHUP wait so, Ctrl-C does not;
    a second one ends the process immediately.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: 0
        return

    def note(number: int, frame: Any) -> None:
        asked.append(number)
        signal.signal(number, lambda again, frame: os._exit(128 + again))

    patient = [each for each in ENDING if each != signal.SIGINT and signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, note) for each in patient}
    try:
        yield lambda: asked[0] if asked else 0
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Raise `Ended` at the first signal that asks to end; end the process immediately at the second one.

    Nothing is lost by that: files are whole or not there, and workers end with their parent. Signals that the caller
    ignores stay ignored. After the first signal the second one counts until the process is gone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    asked: list[int] = []

    def first(number: int, frame: Any) -> None:
        asked.append(number)
        for each in before:
            signal.signal(each, lambda again, frame: os._exit(128 + again))
        raise Ended(number)

    before = {each: signal.getsignal(each) for each in ENDING}
    before = {each: handler for each, handler in before.items() if handler is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, first)
    try:
        yield
    finally:
        if not asked:
            for each, handler in before.items():
                signal.signal(each, handler)
