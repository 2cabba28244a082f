"""`benchbench run`: sample, score and record."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core import Executor
    from benchbench.core.record import Record
    from benchbench.runs.run import Run


@click.command()
@_common.task_option
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
@click.option("--limit", type=int, help="Fewer conditions than the protocol has (off-protocol).")
@click.option("--samples", type=int, help="Another number of samples per condition (off-protocol).")
@click.option("-f", "--features", multiple=True, help="Score with this feature extractor too.")
@_common.metric_option
@_common.device_option
@click.option("--executor", default="local", show_default=True, help="Where shards are worked.")
@_common.workers_option
@click.option("--batch-size", type=click.IntRange(1), default=1, show_default=True, help="Conditions per sample call.")
@click.option("--checkpoint", type=_common.UserPath(), help="Trained weights, for a single method.")
@click.option("--keep-samples", type=click.Choice(["none", "gallery", "all"]), default="gallery", show_default=True)
@_common.output_option
@click.option("--force", is_flag=True, help="Run again what is recorded already.")
@_common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    task: str,
    methods: tuple[str, ...],
    executor: str,
    workers: int | None,
    checkpoint: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Make every method sample for every condition of a task, score the samples, and print the table.

    Without -m: every installed method that serves the task. A run that was interrupted goes on where it stopped.
    """
    from benchbench import specs as names
    from benchbench.plugins import registry

    found = registry()
    found.get("tasks", task)
    if checkpoint and len(methods) != 1:
        raise click.UsageError("--checkpoint belongs to one method: name it with a single -m")
    if methods:
        wanted = [names.parse_method(text, found) for text in methods]
    else:
        wanted = [(name, {}) for name, method in found.methods.items() if not method.by_name_only]
    make = found.get("executors", executor)
    done = execute(make, workers, task, wanted, checkpoint, settings)
    records = [record for _, record in done]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(record) for record in records], sort_keys=True, indent=1))
    else:
        show(task, done, [name for name in settings["metrics"] if name != "all"])
    failed = [r for r in records if r.status == "failed" or (methods and r.status == "skipped")]
    if len(records) < len(wanted) or failed:
        ctx.exit(1)


def execute(
    make_executor: type[Executor],
    workers: int | None,
    task: str,
    wanted: Sequence[tuple[str, dict[str, Any]]],
    checkpoint: Path | None,
    settings: dict[str, Any],
) -> list[tuple[Path, Record]]:
    """Run the methods, report what became of each, and return the run directories with their records.

    Reference rows come first, for others are held against them; what is returned is in the order of `wanted`.
    """
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage, resolve_device
    from benchbench.runs.run import Run

    found = registry()
    settings["device"] = resolve_device(settings["device"])
    request = Request(task=task, **settings)
    console = _common.stderr_console()
    with console.status(f"{task}: preparing the test data and the features of its real images"):
        stage = open_stage(request, found)
    done: dict[int, tuple[Path, Record]] = {}
    with make_executor(_common.default_workers(workers, request.device)) as executor:
        for place in sorted(range(len(wanted)), key=lambda i: not found.methods[wanted[i][0]].reads_the_answers):
            run = Run(stage, stage.subject(*wanted[place], checkpoint))
            record = work(run, executor)
            if record is not None:
                done[place] = (run.directory.path, record)
    return [done[place] for place in sorted(done)]


def work(run: Run, executor: Executor) -> Record | None:
    """Work a run with a progress bar, and report what went wrong; return its record, or `None` where it has none."""
    from benchbench.core import BenchbenchError

    console = _common.stderr_console()
    state = (0, run.num_shards)
    try:
        with _common.progress_bar(run.label) as update:

            def progress(done: int, total: int) -> None:
                nonlocal state
                state = (done, total)
                update(done, total)

            record, was_there = run.record(executor, progress)
            ok = record.status == "ok"
            update(state[1] if ok else state[0], state[1], "recorded before" if was_there else "", visible=ok)
    except BenchbenchError as error:
        console.print(f"{run.label}: error: {error}", style="red", markup=False)
        return None
    except KeyboardInterrupt as ended:
        console.print(
            f"interrupted: {state[0]} of {state[1]} shards of {run.label} are kept; run the same command to go on"
        )
        raise SystemExit(getattr(ended, "code", 130)) from None
    if record.status != "ok":
        style = "red" if record.status == "failed" else "yellow"
        console.print(f"{run.label}: {record.status}: {record.reason}", style=style, markup=False)
        if run.directory.error.exists():
            console.print(f"the traceback is in {run.directory.error}", markup=False)
    return record


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
    for path, record in done:
        console.print(f"  {record.status:<8}{record.method.label:<24}{path}", markup=False)
