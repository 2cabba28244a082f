"""Images a second: from a prepared task, from its own files, and from torchvision's ImageFolder with Pillow."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
from tabulate import tabulate

from benchbench.data import PreparedTask, Reader
from benchbench.data.prepare import prepare
from benchbench.plugins import get_task


def per_second(load: Callable[[int], object], number: int, seconds: float) -> float:
    """Return how many of `number` things are loaded a second, in turn, for at least this long."""
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        load(done % number)
        done += 1
    return done / spent


@click.command()
@click.option("-t", "--task", "name", default="sr-hands", show_default=True, help="A task whose data are files.")
@click.option("--from", "given", required=True, type=click.Path(path_type=Path), help="Its data set.")
@click.option("--seconds", default=5.0, show_default=True, help="How long each is timed, three times over.")
def main(name: str, given: Path, seconds: float) -> None:
    """Time the loading of one task's training examples in one process and print a table in markdown."""
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import v2

    task = get_task(name)
    assert isinstance(task, PreparedTask)
    with tempfile.TemporaryDirectory() as root:
        os.environ["BENCHBENCH_DATA"] = root
        began = time.perf_counter()
        manifest = prepare(task, Path(root), [given])
        spent = time.perf_counter() - began
        folder = Path(manifest.folder)
        items = task.items(folder)["train"]
        examples = task.examples("train")
        side = task.space.shape[1:]
        peer = ImageFolder(str(next(folder / path for path in task.source.layout if (folder / path).is_dir()).parent))
        shaped = v2.Compose([v2.Resize(side, antialias=True), v2.PILToTensor()])
        loaders: dict[str, tuple[Callable[[int], object], int]] = {
            "the prepared cache, whole examples": (lambda i: examples[i], len(examples)),
            "its own files, decoded by the task": (lambda i: task.decode(Reader(folder), items[i]), len(items)),
            "torchvision's ImageFolder, scaled": (lambda i: shaped(peer[i][0]), len(peer)),
        }
        rows = []
        for what, (load, number) in loaders.items():
            rates = sorted(per_second(load, number, seconds) for _ in range(3))
            rows.append({"from": what, "least": rates[0], "images/s, median": rates[1], "greatest": rates[2]})
    total = sum(manifest.rows().values())
    click.echo(f"{name}: {total:,} items prepared in {spent:.1f} s; one process, one item at a time\n")
    click.echo(tabulate(rows, headers="keys", tablefmt="github", floatfmt=",.0f"))


if __name__ == "__main__":
    main()
