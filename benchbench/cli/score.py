"""`benchbench score`: score samples that exist already."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.runs.stored import Application, Rescored, StoredSamples

WIDTH = 116
"""Of running text."""


@click.command()
@click.argument("runs", nargs=-1, type=_common.UserPath())
@click.option("--samples", "folder", type=_common.UserPath(), help="Folder of images, one sub-folder per condition.")
@click.option(
    "--select",
    default="",
    metavar="GLOB",
    help="Which names in a condition's sub-folder are samples; {k} is a sample's number: sample_{k}.png.",
)
@click.option(
    "--pattern", default="", metavar="GLOB", help="What paths of samples in the folder look like: {id}_{k}.png."
)
@click.option("-t", "--task", metavar="TASK", help="The task that the folder's samples are for.")
@click.option("--name", help="The method's name in tables; default: the folder's.")
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    metavar="PROTOCOL",
    help="Score under this published protocol, without a record; all: every one, side by side.",
)
@click.option(
    "-f",
    "--features",
    multiple=True,
    help="Score with this feature extractor too; with --protocol: in place of the protocol's.",
)
@_common.metric_option
@_common.seed_option
@click.option("--limit", type=int, help="The first conditions alone (off-protocol).")
@_common.device_option
@_common.workers_option
@_common.output_option
@click.option("--force", is_flag=True, help="Score again what is recorded already.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output, with --protocol.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    runs: tuple[Path, ...],
    folder: Path | None,
    task: str | None,
    name: str | None,
    protocols: tuple[str, ...],
    workers: int | None,
    as_json: bool,
    select: str,
    pattern: str,
    **settings: Any,
) -> None:
    """Score a folder of images made by any program (--samples DIR -t TASK), or stored runs again.

    The folder has one sub-folder per condition, named by its id, with as many images as the protocol has samples, alike
    in name but for their numbers; --select or --pattern says which files count where there are others.
    `benchbench info TASK --export DIR` writes the conditions by id. Runs need --keep-samples all. With --protocol the
    same samples are scored as the authors of one or more protocols would, with a note of what deviates from each.
    """
    from benchbench.cli.run import execute, show
    from benchbench.plugins import registry
    from benchbench.runs.directory import recorded

    if bool(runs) == bool(folder):
        raise click.UsageError("name either stored runs, or a folder with --samples DIR -t TASK")
    if as_json and not protocols:
        raise click.UsageError("--json goes with --protocol; a scored run leaves its record.json")
    if protocols and settings["limit"]:
        raise click.UsageError("--limit does not go with --protocol, which says how many conditions it takes")
    if protocols and settings["metrics"]:
        raise click.UsageError("--metric does not go with --protocol, which says itself what to compute")
    found = registry()
    jobs: list[tuple[str, str, Path]] = []
    if folder:
        if task is None:
            raise click.UsageError("--samples DIR needs -t TASK")
        found.get("tasks", task)
        jobs.append((task, name or folder.resolve().name, folder))
    if protocols:
        stored = _stored(runs, name, jobs, settings["seed"], select, pattern)
        _print(_under_protocols(protocols, stored, settings), as_json)
        return
    for path in runs:
        record = recorded(path)
        jobs.append((record.task.name, name or record.method.label, path / "samples"))
    chosen = {key: value for key, value in (("select", select), ("pattern", pattern)) if value}
    if folder:
        _examine(jobs[0][0], folder, settings["limit"], select, pattern)
    executor = found.get("executors", "local")
    failed = False
    for task_name, label, samples in jobs:
        common = {"keep_samples": "none", "samples": None, "batch_size": 1, **settings}
        done = execute(executor, workers, task_name, [("folder", {"label": label, **chosen})], samples, common)
        show(task_name, done, [each for each in settings["metrics"] if each != "all"])
        failed |= any(record.status != "ok" for _, record in done) or not done
    if failed:
        ctx.exit(1)


def _examine(task_name: str, folder: Path, limit: int | None, select: str, pattern: str) -> None:
    """Check the whole folder before anything is scored, and print what is remarkable about its images."""
    from benchbench.core import Unsupported
    from benchbench.data.listing import list_samples, require_complete
    from benchbench.methods.folder import ids_of, remarks
    from benchbench.plugins import registry

    task = registry().task(task_name)
    if task.space.kind != "images":
        raise Unsupported(f"{task_name} has {task.space.kind}: only images are stored")
    k = task.protocol.samples_per_condition
    found = list_samples(folder, ids_of(task, limit or task.protocol.num_conditions), k, select, pattern)
    require_complete(found, k)
    for each in remarks(found):
        click.echo(f"{folder}: {each}", err=True)


def _stored(
    runs: Sequence[Path],
    name: str | None,
    folders: Sequence[tuple[str, str, Path]],
    seed: int,
    select: str = "",
    pattern: str = "",
) -> list[StoredSamples]:
    """Return what is to be scored; methods with the same label are distinguished by their runs."""
    from benchbench.plugins import registry
    from benchbench.runs.directory import recorded
    from benchbench.runs.stored import stored_folder, stored_run

    task_of = registry().task
    found = [stored_folder(folder, task_of(task), label, seed, select, pattern) for task, label, folder in folders]
    records = [(path, recorded(path)) for path in runs]
    found += [stored_run(path, record, task_of(record.task.name), name) for path, record in records]
    labels = [each.label for each in found]
    return [
        dataclasses.replace(each, label=f"{each.label} ({each.folder.resolve().parent.name})")
        if labels.count(each.label) > 1
        else each
        for each in found
    ]


def _under_protocols(names: Sequence[str], stored: Sequence[StoredSamples], settings: dict[str, Any]) -> list[Rescored]:
    """Return what each protocol says of each method, by protocol."""
    from benchbench.runs.request import cache_directory, resolve_device
    from benchbench.runs.stored import open_stored, rescore

    device = resolve_device(settings["device"])
    applied = [_apply(names, each, settings["features"]) for each in stored]
    rescored: list[Rescored] = []
    for each, applications in zip(stored, applied, strict=True):
        with _common.stderr_console().status(f"{each.task.name}: preparing the features of its real images"):
            session = open_stored(each, applications, device, cache_directory(settings["output"]))
        with _common.progress_bar(each.label) as update:
            rescored += rescore(each, applications, session, update)
    order = list(dict.fromkeys(each.application.published for each in rescored))
    return sorted(rescored, key=lambda each: order.index(each.application.published))


def _apply(names: Sequence[str], stored: StoredSamples, features: Sequence[str]) -> list[Application]:
    """Return the protocols on what is stored; of `all`, those that mean something on it."""
    from benchbench.core import Unsupported
    from benchbench.plugins import registry
    from benchbench.runs.stored import apply

    found = registry()
    if "all" not in names:
        return [apply(found.get("protocols", name), stored, found, features) for name in dict.fromkeys(names)]
    applications = []
    for name, protocol in found.protocols.items():
        try:
            applications.append(apply(protocol, stored, found, features))
        except Unsupported as error:
            click.echo(f"{name}: skipped: {error}", err=True)
    if not applications:
        raise Unsupported(f"no protocol can be carried out on {stored.folder}")
    return applications


def _print(rescored: Sequence[Rescored], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_data(each) for each in rescored], indent=1, sort_keys=True))
        return
    from tabulate import tabulate

    from benchbench.publish.words import kind_of, number

    rows = [
        {
            "protocol": f"{each.application.protocol.name}@{each.application.protocol.version}",
            "task": each.samples.task.name,
            "method": each.samples.label,
            "conditions": each.application.num_conditions,
            "samples": each.application.protocol.samples_per_condition,
            "pairs": each.application.protocol.pairs_per_condition,
            "pairing": each.application.protocol.pairing,
            "score": score.id,
            "value": number(score.value, score.standard_error),
        }
        for each in rescored
        for score in each.scores
    ]
    align = ["left", "left", "left", "right", "right", "right", "left", "left", "right"]
    click.echo(tabulate(rows, headers="keys", tablefmt="simple", colalign=align, disable_numparse=True))
    stated = [score.uncertainty for each in rescored for score in each.scores]
    errors = dict.fromkeys(kind_of(each) for each in stated if each is not None)
    caption = (
        f"samples, pairs: of each condition. ±: {'; '.join(errors)} over conditions, ours for every protocol. Compare"
        " methods within a protocol: the numbers that its authors published are of other images."
    )
    click.echo("\n" + textwrap.fill(caption, WIDTH))
    _print_deviations(rescored)


def _print_deviations(rescored: Sequence[Rescored]) -> None:
    """Print for each protocol its source and what is not as published, with the methods if that is not so for all."""
    for published in dict.fromkeys(each.application.published for each in rescored):
        sentences: dict[str, list[str]] = {}
        own = [each for each in rescored if each.application.published == published]
        for each in own:
            for sentence in each.application.deviations:
                sentences.setdefault(sentence, []).append(each.samples.label)
        click.echo(f"\n{published.name}@{published.version}: {published.summary}")
        click.echo(textwrap.fill(published.source, WIDTH, initial_indent="  ", subsequent_indent="  "))
        for sentence, labels in sentences.items():
            who = "" if len(labels) == len(own) else f" ({', '.join(labels)})"
            click.echo(textwrap.fill(sentence + who, WIDTH, initial_indent="  - ", subsequent_indent="    "))


def _data(rescored: Rescored) -> dict[str, Any]:
    application, stored = rescored.application, rescored.samples
    return {
        "method": stored.label,
        "task": stored.task.name,
        "samples": str(stored.folder),
        "seed": stored.seed,
        "protocol": application.protocol.numbers(),
        "published": application.published.numbers(),
        "source": application.published.source,
        "deviations": application.deviations,
        "scores": [dataclasses.asdict(score) for score in rescored.scores],
    }
