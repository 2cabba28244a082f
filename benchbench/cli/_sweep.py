"""Runs of a command: opened from what was asked for, worked as one queue, and what became of them said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.cli import _common
from benchbench.cli._watch import label_of, watching

if TYPE_CHECKING:
    from benchbench.core import Executor
    from benchbench.core.record import Record
    from benchbench.runs.course import Course
    from benchbench.runs.run import Run
    from benchbench.runs.sweep import Limits, State


NOT_HELD_BACK = (
    "--isolate: this system does not hold back what a method writes (it needs Linux with Landlock): methods get a clean"
    " environment and a temporary folder of their own, and may write wherever you may"
)
MOST_REASONS = 5
"""Runs that are skipped, up to which each is named with its reason."""


@dataclass(frozen=True)
class Asked:
    """Every method on every task with every seed."""

    tasks: tuple[str, ...]
    methods: Sequence[tuple[str, dict[str, Any]]]
    seeds: tuple[int, ...]
    checkpoint: Path | None = None


def open_runs(asked: Asked, settings: dict[str, Any]) -> list[Run]:
    """Return the runs, task by task; the features of a task's real images are computed once."""
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    runs, console = [], _common.stderr_console()
    for task in asked.tasks:
        with console.status(f"{task}: preparing the test data and the features of its real images"):
            stage = open_stage(Request(task=task, **{**settings, "seed": asked.seeds[0]}), registry())
        stages = [stage.with_seed(seed) for seed in asked.seeds]
        runs += [
            Run(each, each.subject(name, options, asked.checkpoint))
            for name, options in asked.methods
            for each in stages
        ]
    return list({run.directory.path: run for run in runs}.values())  # options of two spellings may be one run


def work(runs: Sequence[Course], executor: Executor, limits: Limits | None = None) -> list[State]:
    """Work runs with a table of where they stand, and report what went wrong; return where each one ended."""
    from benchbench.runs.sweep import Sweep

    sweep, console = Sweep(runs, limits), _common.stderr_console()
    states = sweep.states
    try:
        with watching(states, executor.workers, console) as note:
            for state in sweep.work(executor):
                note(state)
    except KeyboardInterrupt as ended:
        kept = [f"{s.shards_done} of {s.run.num_shards} shards of {label_of(s, states)}" for s in states if not s.over]
        begun = [each for each in kept if not each.startswith("0 of")] or kept[:1]
        console.print(f"interrupted: {', '.join(begun)} are kept; run the same command to go on", markup=False)
        raise SystemExit(getattr(ended, "code", 130)) from None
    skipped = [label_of(each, states) for each in states if each.skipped]
    many = len(skipped) > MOST_REASONS
    for state in states:
        if not (many and state.skipped):
            _report(state, label_of(state, states), console)
    if many:
        names = ", ".join(dict.fromkeys(skipped))
        console.print(f"{len(skipped)} skipped: {names}; name one with -m to read why", markup=False)
    return states


def _report(state: State, label: str, console: Any) -> None:
    """Say what went wrong with a run, if anything did."""
    if state.error is not None:
        console.print(f"{label}: error: {state.error}", style="red", markup=False)
    elif state.record is not None and state.record.status != "ok":
        style = "red" if state.record.status == "failed" else "yellow"
        console.print(f"{label}: {state.record.status}: {state.record.reason}", style=style, markup=False)
        if state.run.directory.error.exists():
            console.print(f"the traceback is in {state.run.directory.error}", markup=False)


def recorded(states: Sequence[State]) -> list[tuple[Path, Record]]:
    """Return the run directories with their records, of those that have one."""
    return [(state.run.directory.path, state.record) for state in states if state.record is not None]


def require_limits(executor: Executor, limits: Limits) -> None:
    """Raise `WrongUsage` where an executor cannot hold its workers to the limits that were asked for."""
    from benchbench.core import WrongUsage
    from benchbench.system.confine import landlock_version

    asked = {
        "seconds": ("--timeout", limits.seconds),
        "memory_bytes": ("--memory", limits.memory_bytes),
        "isolated": ("--isolate", limits.isolated or None),
    }
    for name, (option, value) in asked.items():
        if value is None:
            continue
        if executor.workers < 1:
            raise WrongUsage(f"{option} needs a worker process, which can be ended: -j 1 or more")
        if name not in executor.limits:
            raise WrongUsage(f"{option}: the executor {executor.name} cannot hold its workers to that here")
    if limits.isolated and not landlock_version():
        _common.stderr_console().print(NOT_HELD_BACK, style="yellow", markup=False)
