"""`benchbench run`: sample, score and record."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common, _limits
from benchbench.cli._run_file import file_option

if TYPE_CHECKING:
    from benchbench.cli._sweep import Asked
    from benchbench.core import Executor
    from benchbench.core.record import Record
    from benchbench.runs.sweep import Limits, State


@click.command()
@click.option(
    "-t",
    "--task",
    "tasks",
    multiple=True,
    required=True,
    metavar="TASK",
    help="The task, by name; again for another.",
    shell_complete=_common.complete("tasks"),
)
@click.option(
    "-m",
    "--method",
    "methods",
    multiple=True,
    metavar="METHOD[opt=value,…]",
    help="Default: all that serve.",
    shell_complete=_common.complete("methods"),
)
@click.option("--protocol", metavar="PROTOCOL", help="Another published protocol than the task's own (off-protocol).")
@_common.seed_option
@_limits.seeds_option
@_common.draw_option
@click.option("--limit", type=int, help="Fewer conditions than the protocol has (off-protocol).")
@click.option("--samples", type=int, help="Another number of samples per condition (off-protocol).")
@click.option("-f", "--features", multiple=True, help="Score with this feature extractor too.")
@_common.metric_option
@_common.device_option
@click.option("--executor", default="local", show_default=True, help="Where shards are worked.")
@_common.workers_option
@_limits.batch_option
@click.option("--checkpoint", type=_common.UserPath(), help="Trained weights, for a single method.")
@click.option(
    "--keep-samples",
    type=click.Choice(["none", "gallery", "all"]),
    default="gallery",
    show_default=True,
    help="all: a later run with more --samples begins with them.",
)
@click.option("--keep-shards", is_flag=True, help="Keep shards, for a later run with more conditions to begin with.")
@_limits.timeout_option
@_limits.memory_option
@_limits.isolate_option
@click.option("--fast", is_flag=True, help="Sample in bfloat16, compiled on a GPU: for no leaderboard.")
@_common.output_option
@click.option("--force", is_flag=True, help="Run again what is recorded already.")
@click.option("--dry-run", is_flag=True, help="Print what would be run, and about how long it takes; run nothing.")
@click.option("--profile", is_flag=True, help="Print where the time went, per run.")
@file_option
@_common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    tasks: tuple[str, ...],
    methods: tuple[str, ...],
    executor: str,
    workers: int | None,
    checkpoint: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Make every method sample for every condition of a task, score the samples, and print the table.

    Without -m: every installed method that serves the task. A run that was interrupted goes on where it stopped.
    Several tasks, methods and seeds make one queue: whichever worker is free takes the next piece of any of them.
    """
    from benchbench.cli import _dry_run, _profile
    from benchbench.plugins import registry
    from benchbench.runs.sweep import Limits

    asked = _asked(ctx, tasks, methods, checkpoint, settings)
    make = registry().get("executors", executor)
    dry, profile = settings.pop("dry_run"), settings.pop("profile")
    limits = Limits(settings.pop("timeout"), settings.pop("memory"), settings.pop("isolate"))
    if dry:
        _dry_run.show(asked, settings, workers, as_json)
        return
    began = time.perf_counter()
    states, number = execute(make, workers, asked, settings, limits)
    seconds = time.perf_counter() - began
    records = [state.record for state in states if state.record is not None]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(record) for record in records], sort_keys=True, indent=1))
    else:
        _show_all(asked.tasks, states, [name for name in settings["metrics"] if name != "all"])
    if profile:
        _profile.show(states, number, seconds)
    failed = [r for r in records if r.status == "failed" or (methods and r.status == "skipped")]
    if len(records) < len(states) or failed:
        ctx.exit(1)


def _asked(
    ctx: click.Context,
    tasks: tuple[str, ...],
    methods: tuple[str, ...],
    checkpoint: Path | None,
    settings: dict[str, Any],
) -> Asked:
    """Return what to run; raise where a name is unknown or options contradict each other."""
    from benchbench import specs as names
    from benchbench.cli._sweep import Asked
    from benchbench.plugins import registry

    found = registry()
    for task in tasks:
        found.get("tasks", task)
    if checkpoint and (len(methods) != 1 or len(set(tasks)) != 1):
        raise click.UsageError("--checkpoint belongs to one method: name it with a single -m, and a single -t")
    seed, seeds = settings.pop("seed"), settings.pop("seeds")
    if seeds and ctx.get_parameter_source("seed") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("name the seeds either with --seed or with --seeds")
    if methods:
        wanted = [names.parse_method(text, found) for text in dict.fromkeys(methods)]
    else:
        wanted = [(name, {}) for name, method in found.methods.items() if not method.by_name_only]
    return Asked(tuple(dict.fromkeys(tasks)), wanted, seeds or (seed,), checkpoint)


def execute(
    make_executor: type[Executor],
    workers: int | None,
    asked: Asked,
    settings: dict[str, Any],
    limits: Limits | None = None,
) -> tuple[list[State], int]:
    """Run what was asked for, report what became of it, and return where each run ended and the number of workers."""
    from benchbench.cli._sweep import open_runs, require_limits, work
    from benchbench.runs.request import resolve_device

    settings["device"] = resolve_device(settings["device"])
    executor = make_executor(_common.default_workers(workers, settings["device"], make_executor.here))
    if limits is not None:
        require_limits(executor, limits)
    runs = open_runs(asked, settings)
    with executor:
        return work(runs, executor, limits), executor.workers


def _show_all(tasks: Sequence[str], states: Sequence[State], metrics: Sequence[str]) -> None:
    """Print a table per task, and where each run lies."""
    from benchbench.cli._sweep import recorded

    for task in tasks:
        done = recorded([state for state in states if state.run.task == task])
        if len(tasks) > 1 and done:
            click.echo(f"\n{task}\n")
        show(task, done, metrics)


def show(task: str, done: Sequence[tuple[Path, Record]], metrics: Sequence[str] = ()) -> None:
    """Print the table of the records, with these metrics beside the task's own, and where each run lies."""
    from benchbench.leaderboards.rows import make_board
    from benchbench.plugins import get_task

    if not done:
        return
    board = make_board(get_task(task), None, [record for _, record in done], off_protocol=True)
    _common.show_board(dataclasses.replace(board, columns=tuple(dict.fromkeys([*board.columns, *metrics]))))
    console = _common.stderr_console()
    console.print("\nrun directories:")
    for path, record in [each for each in done if each[1].status != "skipped"] or done:
        console.print(f"  {record.status:<8}{record.method.label:<24}{path}", markup=False)
