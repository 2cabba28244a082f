"""`benchbench tune`: the best score that a method reaches for a budget of runs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common
from benchbench.cli._limits import SECONDS

if TYPE_CHECKING:
    from benchbench.core import Executor
    from benchbench.publish.tuning import Curve
    from benchbench.tuning.search import Budget, Search


def _budget(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[int | None, float | None]:
    """Return runs, or seconds where there is a unit."""
    import re

    found = re.fullmatch(r"(\d+)([smhd]?)", value.strip().lower())
    if not found or not int(found[1]):
        raise click.BadParameter(f"{value!r} is no budget: write a number of runs, or a time such as 90s, 30m or 2h")
    return (None, int(found[1]) * SECONDS[found[2]]) if found[2] else (int(found[1]), None)


@click.command()
@_common.task_option
@click.option("-m", "--method", "methods", multiple=True, required=True, metavar="METHOD[opt=value,…]")
@click.option(
    "--search",
    "texts",
    multiple=True,
    metavar="OPTION=VALUES",
    help="What to try of an option: 1,2,3 or 0.1..0.5 or 1e-4..1e-2,log; again for another.",
)
@click.option(
    "--space",
    type=_common.UserPath(exists=True, dir_okay=False),
    metavar="FILE",
    help="The same in a TOML file, with a table for each method.",
)
@click.option(
    "--budget",
    required=True,
    callback=_budget,
    metavar="RUNS|TIME",
    help="Of each method: how many trials, or for how long to begin new ones (30m).",
)
@click.option("--steps", type=click.IntRange(1), help="Train for another number of steps than the method's own.")
@_common.seed_option
@click.option("--limit", type=int, help="Fewer conditions than the protocol has (off-protocol).")
@click.option("--samples", type=int, help="Another number of samples per condition (off-protocol).")
@_common.device_option
@_common.workers_option
@click.option(
    "-o",
    "--output",
    default="tune",
    show_default=True,
    type=_common.UserPath(),
    help="Folder of trials, checkpoints, runs.",
)
@click.option("--plot", type=_common.UserPath(dir_okay=False), metavar="FILE", help="Draw the curves: .png or .svg.")
@_common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    task: str,
    methods: tuple[str, ...],
    texts: tuple[str, ...],
    space: Path | None,
    budget: tuple[int | None, float | None],
    **settings: Any,
) -> None:
    """Train and run methods with options drawn at random, and show the best score for each budget of runs.

    Each trial is a training and a run as `fit` and `run` make them. The same command again goes on where it stopped,
    and with a larger --budget makes more trials.
    """
    from benchbench.publish import tuning
    from benchbench.tuning.search import Budget

    plot, as_json = settings.pop("plot"), settings.pop("as_json")
    if plot and plot.suffix not in (".png", ".svg"):
        raise click.UsageError(f"--plot {plot}: name a .png or an .svg")
    searches, executor = _searches(task, methods, _spaces(methods, texts, space), settings)
    spent = Budget(*budget)
    with executor:
        curves = [found for each in searches if (found := _made(each, spent, executor)) is not None]
    if not curves:
        ctx.exit(1)
    if plot:
        from benchbench.system.files import writing

        with writing(plot):
            tuning.save(searches[0].metric, curves, plot)
        _common.stderr_console().print(str(plot), markup=False)
    if as_json:
        click.echo(json.dumps([_fields(each) for each in curves], indent=1))
    else:
        _common.show_table(tuning.table(task, searches[0].metric, curves))
    if len(curves) < len(searches):
        ctx.exit(1)


def _spaces(methods: Sequence[str], texts: Sequence[str], file: Path | None) -> list[tuple[str, dict[str, Any], Any]]:
    """Return each method's name, its fixed options and its search space; raise `WrongUsage` where one is empty."""
    from benchbench import specs as names
    from benchbench.core import WrongUsage
    from benchbench.plugins import registry
    from benchbench.tuning.space import parse

    given = _read(file) if file else {}
    found, used = [], set()
    for name, options in (names.parse_method(text, registry()) for text in methods):
        kind = registry().get("methods", name)
        wanted = dict(given.get(name, {}))
        for text in texts:
            option, equals, values = text.partition("=")
            option = option.strip().replace("-", "_")
            if not equals:
                raise WrongUsage(f"--search {text}: write OPTION=VALUES, such as latent=2,8")
            if option in {field.name for field in dataclasses.fields(kind)}:
                wanted[option] = values
                used.add(text)
        space = {option: parse(option, values, kind) for option, values in wanted.items() if option not in options}
        if not space:
            raise WrongUsage(f"{name} has nothing to try: name its options with --search, or in a file with --space")
        found.append((name, options, space))
    if unused := [text for text in texts if text not in used]:
        raise WrongUsage(f"--search {unused[0]}: no method here has this option; see `benchbench info METHOD`")
    return found


def _read(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a TOML file."""
    from benchbench.cli._run_file import read_toml
    from benchbench.core import WrongUsage

    content = read_toml(path)
    if not all(isinstance(table, dict) for table in content.values()):
        raise WrongUsage(f"{path}: write a table for each method, such as [gan], with its options")
    return content


def _searches(
    task: str, methods: Sequence[str], spaces: Sequence[tuple[str, dict[str, Any], Any]], settings: dict[str, Any]
) -> tuple[list[Search], Executor]:
    """Return a search for each method on one stage, and the executor of their runs."""
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage, resolve_device
    from benchbench.tuning.search import Search

    found = registry()
    found.get("tasks", task)
    device, output = resolve_device(settings["device"]), settings["output"]
    executor = found.get("executors", "local")(_common.default_workers(settings["workers"], device))
    shared = {name: settings[name] for name in ("seed", "limit", "samples")}
    request = Request(task=task, output=output / "runs", device=device, keep_samples="none", **shared)
    with _common.stderr_console().status(f"{task}: preparing the test data and the features of its real images"):
        stage = open_stage(request, found)
    return [Search(stage, *each, output, settings["steps"]) for each in spaces], executor


def _made(what: Search, budget: Budget, executor: Executor) -> Curve | None:
    """Search, say what each trial came to, and return the curve; `None` where no trial has a score."""
    from benchbench.plugins import registry
    from benchbench.publish.tuning import curve
    from benchbench.specs import find_metric, format_method
    from benchbench.tuning.search import search

    console = _common.stderr_console()
    metric = find_metric(what.metric, registry())

    def told(number: int, doing: str) -> None:
        label = format_method(what.method, what.drawn(number))
        console.print(f"{what.label}, trial {number} {doing}: {label}", markup=False)

    trials = search(what, budget, executor, told)
    found = curve(what.label, trials, bool(metric and metric.higher_is_better))
    console.print(f"{what.label}: {len(trials)} trials in {what.path}", markup=False)
    if found is None:
        console.print(f"{what.label}: no trial has a score; the first: {trials[0].reason}", style="red", markup=False)
    return found


def _fields(each: Curve) -> dict[str, Any]:
    return {
        "method": each.label,
        "means": each.means.tolist(),
        "standard_deviations": each.deviations.tolist(),
        "best": each.best.number,
        "trials": [dataclasses.asdict(trial) for trial in each.trials],
    }
