"""`benchbench sheet`: look at samples."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@click.argument("runs", nargs=-1, required=True, type=_common.UserPath())
@click.option("--output", required=True, type=_common.UserPath(), help="The picture to write (.png).")
@click.option("--conditions", type=click.IntRange(1), default=6, show_default=True, help="Rows.")
@click.option("--samples", type=click.IntRange(1), default=5, show_default=True, help="Columns per run.")
@click.option("--scale", type=click.IntRange(1), default=1, show_default=True, help="Pixels per pixel.")
@click.option(
    "--nearest",
    multiple=True,
    metavar="FEATURES",
    help="Beside samples of one run, the training images nearest to them in an extractor's embedding; repeatable.",
)
def command(
    runs: tuple[Path, ...], output: Path, conditions: int, samples: int, scale: int, nearest: tuple[str, ...]
) -> None:
    """Draw the kept samples of runs side by side: RUNS are run directories, or folders above just one each.

    With --nearest: a row per condition, its first sample and as many of the nearest training images as --samples says.
    """
    from benchbench.core import BenchbenchError
    from benchbench.plugins import get_task, registry
    from benchbench.publish.nearest import make_nearest
    from benchbench.publish.sheet import make_sheet
    from benchbench.system.records import find_records

    found = []
    for folder in runs:
        here = [(path.parent, record) for path, record in find_records(folder) if record.status == "ok"]
        if len(here) != 1:
            raise BenchbenchError(f"{folder} holds {len(here)} finished runs; name one run directory")
        found += here
    tasks = {record.task.name for _, record in found}
    if len(tasks) > 1:
        raise BenchbenchError(f"a sheet shows one task, these runs are of {', '.join(sorted(tasks))}")
    task = get_task(tasks.pop())
    if nearest:
        if len(found) > 1:
            raise BenchbenchError(f"--nearest is of one run, given: {len(found)}")
        extractors = [registry().get("features", name)() for name in nearest]
        make_nearest(task, found[0][0], extractors, conditions, samples, scale).save(output)
    else:
        make_sheet(task, found, conditions, samples, scale).save(output)
    click.echo(str(output))
