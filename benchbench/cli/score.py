"""`benchbench score`: score samples that exist already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchbench.cli import _common


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--samples", "folder", type=click.Path(path_type=Path), help="Folder of images, one sub-folder a condition."
)
@click.option("-t", "--task", metavar="TASK", help="The task that the folder's samples are for.")
@click.option("--name", help="The method's name in tables; default: the folder's.")
@click.option("-f", "--features", multiple=True, help="Score with this feature extractor too.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="METRIC", help="Score with this metric too; all: every one."
)
@_common.seed_option
@_common.device_option
@click.option("-j", "--workers", type=click.IntRange(1), help="Worker processes; default: one a core on a CPU.")
@_common.output_option
@click.option("--force", is_flag=True, help="Score again what is recorded already.")
@click.pass_context
def command(
    ctx: click.Context,
    runs: tuple[Path, ...],
    folder: Path | None,
    task: str | None,
    name: str | None,
    workers: int | None,
    **settings: Any,
) -> None:
    """Score a folder of images made by any program (--samples DIR -t TASK), or stored runs again.

    The folder has one sub-folder a condition, named by its id, with as many images as the protocol has samples;
    `benchbench info TASK --export DIR` writes the conditions by id. Runs need --keep-samples all.
    """
    from benchbench.cli.run import execute
    from benchbench.core import BenchbenchError
    from benchbench.plugins import registry
    from benchbench.store import read_record

    if bool(runs) == bool(folder):
        raise click.UsageError("name either stored runs, or a folder with --samples DIR -t TASK")
    found = registry()
    jobs: list[tuple[str, str, Path]] = []
    if folder:
        if task is None:
            raise click.UsageError("--samples DIR needs -t TASK")
        found.get("tasks", task)
        jobs.append((task, name or folder.resolve().name, folder))
    for path in runs:
        if not (path / "record.json").is_file():
            raise BenchbenchError(f"{path} is not a run directory: it has no record.json")
        record = read_record(path / "record.json")
        jobs.append((record.task["name"], name or record.method["label"], path / "samples"))
    executor = found.get("executors", "local")
    failed = False
    for task_name, label, samples in jobs:
        common = {"keep_samples": "none", "limit": None, "samples": None, "batch_size": 1, **settings}
        records = execute(executor, workers, task_name, [("folder", {"label": label})], samples, common)
        failed |= any(record.status != "ok" for record in records) or not records
    if failed:
        ctx.exit(1)
