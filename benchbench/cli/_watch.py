"""What a command shows of many runs at work: a table on a terminal, lines in a log file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchbench.cli._progress import EVERY, Lines, bars

if TYPE_CHECKING:
    from benchbench.runs.sweep import State

SHOWN = 20
"""Rows of runs that are over which the table keeps."""


def label_of(state: State, states: Sequence[State]) -> str:
    """Return what distinguishes a run among others: its method, and its task and seed where there are several."""
    label = state.run.label
    if len({each.run.task for each in states}) > 1:
        label = f"{state.run.task} {label}"
    if len({each.run.seed for each in states}) > 1:
        label += f" seed {state.run.seed}"
    return label


def summary(states: Sequence[State], workers: int) -> str:
    """Return where a sweep stands, in one line."""
    from benchbench.runs.left import seconds_left, shown

    kinds = Counter(_kind(state) for state in states)
    counted = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    left = seconds_left(states, workers)
    about = f"; about {shown(left)} left" if left else ""
    return f"{len(states)} runs: {counted}; {sum(s.shards_done for s in states)} of {_shards(states)} shards{about}"


def _shards(states: Sequence[State]) -> int:
    """Return the shards of all runs that are not skipped."""
    return sum(state.run.num_shards for state in states if not state.skipped)


def _kind(state: State) -> str:
    if state.record is not None:
        return "done" if state.record.status == "ok" else state.record.status
    return "failed" if state.error else state.phase


class Log:
    """Lines: one per run that is over, and where all stand every few seconds."""

    def __init__(self, states: Sequence[State], workers: int, write: Callable[[str], None]) -> None:
        self._states, self._workers, self._write = states, workers, write
        self._lines = {id(state): Lines(label_of(state, states), write) for state in states}
        self._next = time.monotonic() + EVERY

    def __call__(self, state: State) -> None:
        """Note that a run has changed."""
        many = len(self._states) > 1
        if _kind(state) == "done":
            note = "recorded before" if state.phase == "recorded" else ""
            self._lines[id(state)](state.run.num_shards, state.run.num_shards, note)
        elif not many and not state.over:
            self._lines[id(state)](state.shards_done, state.run.num_shards)
        if many and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            self._write(summary(self._states, self._workers))


class Table:
    """A row per run that is at work or was, and one for all of them."""

    def __init__(self, states: Sequence[State], workers: int, progress: Any) -> None:
        self._states, self._workers, self._progress = states, workers, progress
        self._rows: dict[int, Any] = {}
        self._over: list[int] = []
        self._all = progress.add_task("", total=_shards(states), note="") if len(states) > 1 else None

    def __call__(self, state: State) -> None:
        """Note that a run has changed."""
        from rich.markup import escape

        key = id(state)
        if key not in self._rows:
            self._rows[key] = self._progress.add_task(escape(label_of(state, self._states)), total=None, note="")
        good = _kind(state) in ("done", "running")
        note = "recorded before" if state.phase == "recorded" else ""
        self._progress.update(
            self._rows[key], completed=state.shards_done, total=state.run.num_shards, note=note, visible=good
        )
        if state.over and key not in self._over:
            self._over.append(key)
            for old in self._over[:-SHOWN]:
                self._progress.update(self._rows[old], visible=False)
        if self._all is not None:
            done = sum(s.shards_done for s in self._states)
            note = escape(summary(self._states, self._workers))
            self._progress.update(self._all, completed=done, total=_shards(self._states), note=note)


@contextmanager
def watching(states: Sequence[State], workers: int, console: Any) -> Iterator[Callable[[State], None]]:
    """Yield a function to call with each run that has changed."""
    import click

    if not console.is_terminal:
        yield Log(states, workers, lambda line: click.echo(line, err=True))
        return
    with bars(console) as progress:
        yield Table(states, workers, progress)
