"""Progress: a bar in a terminal, one line every few seconds in a log file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

EVERY = 5.0
"""Seconds between two lines."""


class Lines:
    """An `update(done, total, note, visible)` that writes a line at most every `EVERY` seconds, and the last one."""

    def __init__(
        self, description: str, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._description, self._write, self._clock = description, write, clock
        self._next = clock() + EVERY
        self._last: tuple[int, int, str] | None = None

    def __call__(self, done: int, total: int, note: str = "", visible: bool = True) -> None:
        """Write where the work stands, if it is time to."""
        if not visible or (done, total, note) == self._last:
            return
        if done >= total or self._clock() >= self._next:
            self._write(f"{self._description}: {done} of {total}" + (f"  {note}" if note else ""))
            self._last, self._next = (done, total, note), self._clock() + EVERY


@contextmanager
def bars(console: Any) -> Iterator[Any]:
    """Yield a `rich.progress.Progress` whose rows have a description, a bar, a count, times and a note."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", table_column=Column(overflow="fold")),  # on a second line, never cut
    )
    with Progress(*columns, console=console) as progress:
        yield progress


@contextmanager
def bar(description: str, console: Any) -> Iterator[Any]:
    """Yield an `update(done, total, note, visible)` that draws a bar on a terminal."""
    from rich.markup import escape

    with bars(console) as progress:
        own = progress.add_task(escape(description), total=None, note="")

        def update(done: int, total: int, note: str = "", visible: bool = True) -> None:
            progress.update(own, completed=done, total=total, note=escape(note), visible=visible)

        yield update
