"""`benchbench score`: score samples that exist already."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common
from benchbench.cli._protocols import show_rescored, under_protocols

if TYPE_CHECKING:
    from benchbench.runs.stored import StoredSamples


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
@click.option(
    "--value-range",
    nargs=2,
    type=float,
    metavar="BLACK WHITE",
    help="Black and white of images of more than 8 bits; floating-point TIFFs need it: 0 1.",
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
@click.option(
    "--json", "as_json", is_flag=True, help="Machine-readable output: the records or, with --protocol, the scores."
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    runs: tuple[Path, ...],
    folder: Path | None,
    task: str | None,
    workers: int | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Score a folder of images made by any program (--samples DIR -t TASK), or stored runs again.

    The folder has one sub-folder per condition, named by its id, with as many images as the protocol has samples, alike
    in name but for their numbers; --select or --pattern says which files count where there are others.
    `benchbench info TASK --export DIR` writes the conditions by id. Runs need --keep-samples all. With --protocol the
    same samples are scored as the authors of one or more protocols would, with a note of what deviates from each.
    """
    from benchbench.plugins import registry

    _check_usage(runs, folder, task, settings)
    name, ends = settings.pop("name"), settings.pop("value_range")
    chosen = {"select": settings.pop("select"), "pattern": settings.pop("pattern"), "value_range": ""}
    if ends:
        chosen["value_range"] = "{!r}..{!r}".format(*ends)
    protocols = settings.pop("protocols")
    jobs: list[tuple[str, str, Path]] = []
    if folder and task:
        registry().get("tasks", task)
        jobs.append((task, name or folder.resolve().name, folder))
    if protocols:
        stored = _stored(runs, name, jobs, settings["seed"], chosen)
        show_rescored(under_protocols(protocols, stored, settings), as_json)
        return
    if folder:
        _examine(jobs[0][0], folder, settings["limit"], chosen)
    jobs += _of_runs(runs, name)
    given = {key: value for key, value in chosen.items() if value}
    if not _score(jobs, given, workers, settings, as_json):
        ctx.exit(1)


def _check_usage(runs: Sequence[Path], folder: Path | None, task: str | None, settings: dict[str, Any]) -> None:
    """Raise `UsageError` where the options contradict each other."""
    if bool(runs) == bool(folder):
        raise click.UsageError("name either stored runs, or a folder with --samples DIR -t TASK")
    if settings["protocols"] and settings["limit"]:
        raise click.UsageError("--limit does not go with --protocol, which says how many conditions it takes")
    if settings["protocols"] and settings["metrics"]:
        raise click.UsageError("--metric does not go with --protocol, which says itself what to compute")
    if folder and task is None:
        raise click.UsageError("--samples DIR needs -t TASK")


def _of_runs(runs: Sequence[Path], name: str | None) -> list[tuple[str, str, Path]]:
    """Return task, label and folder of the samples of each stored run."""
    from benchbench.runs.directory import recorded

    records = [(path, recorded(path)) for path in runs]
    return [(record.task.name, name or record.method.label, path / "samples") for path, record in records]


def _score(
    jobs: Sequence[tuple[str, str, Path]],
    chosen: dict[str, str],
    workers: int | None,
    settings: dict[str, Any],
    as_json: bool,
) -> bool:
    """Score folders as runs of the method `folder`, and print what they gave; return whether all went well."""
    from benchbench.cli._sweep import Asked, recorded
    from benchbench.cli.run import execute, show
    from benchbench.plugins import registry

    executor = registry().get("executors", "local")
    well, scored = True, []
    for task, label, samples in jobs:
        common = {"keep_samples": "none", "samples": None, "batch_size": 1, **settings}
        asked = Asked((task,), [("folder", {"label": label, **chosen})], (common.pop("seed"),), samples)
        done = recorded(execute(executor, workers, asked, common)[0])
        scored += [dataclasses.asdict(record) for _, record in done]
        if not as_json:
            show(task, done, [each for each in settings["metrics"] if each != "all"])
        well &= bool(done) and all(record.status == "ok" for _, record in done)
    if as_json:
        click.echo(json.dumps(scored, sort_keys=True, indent=1))
    return well


def _examine(task_name: str, folder: Path, limit: int | None, chosen: dict[str, str]) -> None:
    """Check the whole folder before anything is scored, and print what is remarkable about its images."""
    from benchbench.core import Unsupported
    from benchbench.data.listing import list_samples, require_complete
    from benchbench.methods.folder import ids_of, range_of, remarks
    from benchbench.plugins import registry

    task = registry().task(task_name)
    if task.space.kind != "images":
        raise Unsupported(f"{task_name} has {task.space.kind}: only images are stored")
    k = task.protocol.samples_per_condition
    found = list_samples(
        folder, ids_of(task, limit or task.protocol.num_conditions), k, chosen["select"], chosen["pattern"]
    )
    require_complete(found, k)
    for each in remarks(found, range_of(chosen["value_range"])):
        click.echo(f"{folder}: {each}", err=True)


def _stored(
    runs: Sequence[Path],
    name: str | None,
    folders: Sequence[tuple[str, str, Path]],
    seed: int,
    chosen: dict[str, str],
) -> list[StoredSamples]:
    """Return what is to be scored; methods with the same label are distinguished by their runs."""
    from benchbench.plugins import registry
    from benchbench.runs.directory import recorded
    from benchbench.runs.stored import stored_folder, stored_run

    task_of = registry().task
    found = [stored_folder(folder, task_of(task), label, seed, **chosen) for task, label, folder in folders]
    records = [(path, recorded(path)) for path in runs]
    found += [stored_run(path, record, task_of(record.task.name), name) for path, record in records]
    labels = [each.label for each in found]
    return [
        dataclasses.replace(each, label=f"{each.label} ({each.folder.resolve().parent.name})")
        if labels.count(each.label) > 1
        else each
        for each in found
    ]
