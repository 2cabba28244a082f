"""`benchbench calibrate`: what does each metric see of a known fault?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.calibration.report import Calibration, Measured, NotMeasured
    from benchbench.core import Executor
    from benchbench.runs.request import Stage


def _picture(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """Refuse what could not be written before hours of runs, not after them."""
    if value is not None and value.suffix not in (".png", ".svg"):
        raise click.BadParameter(f"a picture is a .png or an .svg, got {value}")
    if value is not None and not value.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {value.absolute().parent} to write {value.name} in; make it")
    return value


@click.command()
@click.argument("task")
@click.option(
    "--dial",
    "dials",
    multiple=True,
    metavar="DIAL[=STEP,STEP…]",
    help="Turn this dial alone (collapse, blur, noise, ignore, memorise), over these steps. Default: all.",
)
@click.option("-f", "--features", multiple=True, help="Score with this feature extractor too.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC[FEATURES]",
    help="Calibrate the task's own metrics and this one; all: every one. Default: all.",
)
@_common.seed_option
@click.option("--limit", type=int, help="Fewer conditions than the protocol has (off-protocol).")
@_common.device_option
@_common.workers_option
@_common.output_option
@click.option(
    "--plot",
    type=_common.UserPath(dir_okay=False),
    callback=_picture,
    help="Draw the task's own metrics, and those named with --metric, in this .png or .svg.",
)
@click.option("--format", "form", type=click.Choice(["table", "markdown"]), default="table", show_default=True)
@_common.json_option
@click.option(
    "--from",
    "report",
    type=_common.UserPath(exists=True, dir_okay=False),
    help="Show a report that --json wrote, and run nothing.",
)
@click.pass_context
def command(ctx: click.Context, /, task: str, dials: tuple[str, ...], report: Path | None, **settings: Any) -> None:
    """Turn known faults up, step by step, and show how every metric answers, and from how many conditions.

    The method `dial` is the truth with such a fault. What ran before is not run again.
    """
    from benchbench.plugins import registry

    plot, form, as_json, workers = (settings.pop(name) for name in ("plot", "form", "as_json", "workers"))
    found = registry()
    found.get("tasks", task)
    steps = parse_dials(dials)
    named = [name for name in settings["metrics"] if name != "all"]
    settings["metrics"] = settings["metrics"] or ("all",)
    if report is not None:
        calibration, whole = _read(report, task), True
    else:
        calibration, whole = _calibrate(found.get("executors", "local"), workers, task, steps, settings)
    if plot is not None:
        _plot(calibration, task, named, plot)
    if as_json:
        import dataclasses

        click.echo(json.dumps(dataclasses.asdict(calibration), indent=1))
    else:
        _show(calibration, form)
    if not whole:
        ctx.exit(1)


def _read(path: Path, task: str) -> Calibration:
    """Return the report of a file; raise `BenchbenchError` where it is none of this task."""
    from benchbench.calibration.stored import read_calibration
    from benchbench.core import BenchbenchError

    calibration = read_calibration(path)
    if calibration.task.name != task:
        raise BenchbenchError(f"{path} is a report on {calibration.task.name}, not on {task}")
    return calibration


def parse_dials(texts: Sequence[str]) -> dict[str, tuple[float, ...] | None]:
    """Return each dial's steps, rest first: `blur=0,1,2`, or `None` of `blur`, for the task's own; all by default."""
    from benchbench.core import BenchbenchError, UnknownName
    from benchbench.methods.dial import FAULTS
    from benchbench.plugins import unknown_name

    steps: dict[str, tuple[float, ...] | None] = {}
    for text in texts or FAULTS:
        name, equals, values = text.partition("=")
        if name not in FAULTS:
            raise UnknownName(unknown_name("dial", name, FAULTS))
        if name in steps:
            raise BenchbenchError(f"--dial {text}: {name} is named twice; give all its steps together")
        if not equals:
            steps[name] = None
            continue
        try:
            given = [float(value) for value in values.split(",")]
        except ValueError:
            raise BenchbenchError(f"--dial {text}: steps are numbers with commas, such as {name}=0,1,2") from None
        growing = given if given[0] == 0 else [0.0, *given]
        if len(growing) < 2 or any(not after > before for before, after in zip(growing, growing[1:], strict=False)):
            raise BenchbenchError(f"--dial {text}: steps grow from 0, the dial at rest, such as {name}=0,1,2")
        steps[name] = tuple(growing)
    return steps


def _calibrate(
    make_executor: type[Executor],
    workers: int | None,
    task: str,
    dials: dict[str, tuple[float, ...] | None],
    settings: dict[str, Any],
) -> tuple[Calibration, bool]:
    """Return the calibration from all runs, and whether every one did what it should."""
    from benchbench.calibration.report import NotMeasured, calibrate
    from benchbench.core import BenchbenchError
    from benchbench.methods.dial import at_rest, steps_of, unit_of
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage, resolve_device

    device = resolve_device(settings.pop("device"))
    request = Request(task=task, device=device, keep_samples="none", **settings)
    with _common.stderr_console().status(f"{task}: preparing the test data and the features of its real images"):
        stage = open_stage(request, registry())
    found: dict[str, list[Measured] | NotMeasured] = {}
    with make_executor(_common.default_workers(workers, device)) as executor:
        rest = _measure(stage, executor, "", 0.0)
        if isinstance(rest, NotMeasured):
            raise BenchbenchError(
                f"the dial at rest gives nothing to compare with on {task}: {rest.status}: {rest.reason}"
            )
        made = stage.session.task
        for name, given in dials.items():
            values = given or steps_of(name, made)
            found[name] = _turn(stage, executor, name, [(value, rest if value == 0 else None) for value in values])
    whole = not any(isinstance(each, NotMeasured) and each.status != "skipped" for each in found.values())
    nulls = {name: metric.null for name, metric in registry().metrics.items() if metric.null is not None}
    return calibrate(found, {name: unit_of(name, made) for name in found}, at_rest(made), nulls), whole


def _turn(
    stage: Stage, executor: Executor, dial: str, steps: Sequence[tuple[float, Measured | None]]
) -> list[Measured] | NotMeasured:
    """Return what each step of a dial measured, those that are known as they are, or why one could not be measured."""
    from benchbench.calibration.report import NotMeasured

    measured = []
    for value, known in steps:
        step = known or _measure(stage, executor, dial, value)
        if isinstance(step, NotMeasured):
            return step
        measured.append(step)
    return measured


def _measure(stage: Stage, executor: Executor, dial: str, value: float) -> Measured | NotMeasured:
    """Return what a step measured, or why it could not be measured."""
    import pandas

    from benchbench.calibration.report import Measured, NotMeasured
    from benchbench.cli._sweep import work
    from benchbench.runs.run import Run

    run = Run(stage, stage.subject("dial", {dial: value} if dial else {}))
    (state,) = work([run], executor)
    record = state.record
    if record is None:
        return NotMeasured("failed", f"{run.label} did not run")
    if record.status != "ok":
        return NotMeasured(record.status, record.reason)
    return Measured(value, record, pandas.read_parquet(run.directory.path / "conditions.parquet"))


def _plot(calibration: Calibration, task: str, named: Sequence[str], path: Path) -> None:
    from benchbench.evaluation.resolve import wanted_specifications
    from benchbench.plugins import registry
    from benchbench.publish.calibration_plot import save

    save(calibration, wanted_specifications(registry().task(task), named, registry()), path)
    _common.stderr_console().print(str(path), markup=False)


def _show(calibration: Calibration, form: str) -> None:
    """Print tables for people on a terminal, markdown elsewhere or where it is asked for."""
    from benchbench.publish.calibration import markdown, notes, tables
    from benchbench.publish.table import cut
    from benchbench.publish.words import LEFT

    if form == "markdown" or not sys.stdout.isatty():
        click.echo(markdown(calibration))
        return
    from rich.console import Console

    console = Console(highlight=False)
    for table in tables(calibration):
        console.print(table.heading, style="bold", markup=False)
        for piece in cut(table.titles, table.rows, 1, console.width, LEFT):
            console.print(piece)
    for note in notes(calibration):
        console.print(note, style="dim", markup=False)
