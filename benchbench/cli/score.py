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
    from benchbench.evaluation.stored import Application, Rescored, StoredSamples

WIDTH = 116
"""Of running text."""


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--samples", "folder", type=click.Path(path_type=Path), help="Folder of images, one sub-folder a condition."
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
@click.option("-j", "--workers", type=click.IntRange(1), help="Worker processes; default: one a core on a CPU.")
@_common.output_option
@click.option("--force", is_flag=True, help="Score again what is recorded already.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output, with --protocol.")
@click.pass_context
def command(
    ctx: click.Context,
    runs: tuple[Path, ...],
    folder: Path | None,
    task: str | None,
    name: str | None,
    protocols: tuple[str, ...],
    workers: int | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Score a folder of images made by any program (--samples DIR -t TASK), or stored runs again.

    The folder has one sub-folder a condition, named by its id, with as many images as the protocol has samples;
    `benchbench info TASK --export DIR` writes the conditions by id. Runs need --keep-samples all. With --protocol the
    same samples are scored as the authors of one or more protocols would, with a note of what deviates from each.
    """
    from benchbench.cli.run import execute, show
    from benchbench.plugins import registry
    from benchbench.system.files import recorded

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
        stored = _stored(runs, name, jobs, settings["seed"])
        _print(_under_protocols(protocols, stored, settings), as_json)
        return
    for path in runs:
        record = recorded(path)
        jobs.append((record.task.name, name or record.method.label, path / "samples"))
    executor = found.get("executors", "local")
    failed = False
    for task_name, label, samples in jobs:
        common = {"keep_samples": "none", "samples": None, "batch_size": 1, **settings}
        done = execute(executor, workers, task_name, [("folder", {"label": label})], samples, common)
        show(task_name, done, [each for each in settings["metrics"] if each != "all"])
        failed |= any(record.status != "ok" for _, record in done) or not done
    if failed:
        ctx.exit(1)


def _stored(
    runs: Sequence[Path], name: str | None, folders: Sequence[tuple[str, str, Path]], seed: int
) -> list[StoredSamples]:
    """Return what is to be scored; methods of one label are told apart by their runs."""
    from benchbench.evaluation.stored import stored_folder, stored_run

    found = [stored_folder(folder, task, label, seed) for task, label, folder in folders]
    found += [stored_run(path, name) for path in runs]
    labels = [each.label for each in found]
    return [
        dataclasses.replace(each, label=f"{each.label} ({each.folder.resolve().parent.name})")
        if labels.count(each.label) > 1
        else each
        for each in found
    ]


def _under_protocols(names: Sequence[str], stored: Sequence[StoredSamples], settings: dict[str, Any]) -> list[Rescored]:
    """Return what each protocol says of each method, by protocol."""
    from benchbench.evaluation.real import cache_directory
    from benchbench.evaluation.stored import prepare, rescore
    from benchbench.runs.run import resolve_device

    device = resolve_device(settings["device"])
    applied = [_apply(names, each, settings["features"]) for each in stored]
    rescored: list[Rescored] = []
    for each, applications in zip(stored, applied, strict=True):
        with _common.stderr_console().status(f"{each.task}: preparing the features of its real images"):
            extractors = prepare(each, applications, device, cache_directory(settings["output"]))
        with _common.progress_bar(each.label) as update:
            rescored += rescore(each, applications, extractors, update)
    order = list(dict.fromkeys(each.application.published for each in rescored))
    return sorted(rescored, key=lambda each: order.index(each.application.published))


def _apply(names: Sequence[str], stored: StoredSamples, features: Sequence[str]) -> list[Application]:
    """Return the protocols on what is stored; of `all`, those that mean something on it."""
    from benchbench.core import Unsupported
    from benchbench.evaluation.stored import apply
    from benchbench.plugins import registry

    found = registry()
    if "all" not in names:
        return [apply(found.get("protocols", name), stored, features) for name in dict.fromkeys(names)]
    applications = []
    for name, protocol in found.protocols.items():
        try:
            applications.append(apply(protocol, stored, features))
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
            "task": each.samples.task,
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
        "task": stored.task,
        "samples": str(stored.folder),
        "seed": stored.seed,
        "protocol": application.protocol.numbers(),
        "published": application.published.numbers(),
        "source": application.published.source,
        "deviations": application.deviations,
        "scores": [dataclasses.asdict(score) for score in rescored.scores],
    }
