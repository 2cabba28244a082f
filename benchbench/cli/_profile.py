"""`benchbench run --profile`: where the time of the workers went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.runs.seconds import Seconds
    from benchbench.runs.sweep import State

FORWARD = ("sampling", "features")
"""The parts that are the networks' own; the rest is the suite's."""


def show(states: Sequence[State], workers: int, seconds: float) -> None:
    """Print on standard error the seconds of each run by part, and which share was the suite's own."""
    from tabulate import tabulate

    from benchbench.cli._watch import label_of
    from benchbench.runs.seconds import Seconds

    parts = [each.name for each in fields(Seconds)]
    worked = [state for state in states if state.spent]
    total = sum((state.seconds for state in worked), Seconds())
    rows = [[label_of(s, states), *(f"{getattr(s.seconds, part):.2f}" for part in parts)] for s in worked]
    rows.append(["all", *(f"{getattr(total, part):.2f}" for part in parts)])
    console = _common.stderr_console()
    console.print("\nseconds of the workers:")
    console.print(tabulate(rows, ["run", *parts], tablefmt="github", disable_numparse=True), markup=False)
    console.print(own_share(total, max(1, workers), seconds), markup=False)


def own_share(total: Seconds, workers: int, seconds: float) -> str:
    """Return in a sentence which share of the workers' time was not spent in networks."""
    forward = sum(getattr(total, part) for part in FORWARD)
    waiting = max(0.0, workers * seconds - total.total)
    if not total.total:
        return "no shard was worked"
    return (
        f"{workers} workers, {seconds:.1f} s: {1 - forward / total.total:.1%} of their {total.total:.1f} s of work was"
        f" the suite's own (loading, scoring, writing); starting and waiting took {waiting:.1f} s beside it"
    )
