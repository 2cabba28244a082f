"""What several verbs share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from benchbench.core.record import Record
    from benchbench.leaderboards.rows import Board
    from benchbench.publish.table import Table


def complete(*kinds: str) -> Any:
    """Return what completes the names of these kinds (of every kind where none is given) in a shell."""

    def names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        from benchbench.core.kinds import KINDS
        from benchbench.plugins import registry

        found = {name for kind in kinds or KINDS for name in registry().of(kind)}
        return sorted(name for name in found if name.startswith(incomplete))

    return names


class UserPath(click.Path):
    """A path of the user's; `~` stands for the home directory."""

    def __init__(self, exists: bool = False, dir_okay: bool = True) -> None:
        super().__init__(exists=exists, dir_okay=dir_okay, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the `Path`."""
        from benchbench.system.paths import user_path

        return super().convert(user_path(value), param, ctx)


boards_option = click.option(
    "--boards",
    type=UserPath(),
    default="leaderboards",
    show_default=True,
    help="Folder of leaderboards.",
)
task_option = click.option(
    "-t", "--task", required=True, metavar="TASK", help="The task, by name.", shell_complete=complete("tasks")
)
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, …")
seed_option = click.option("--seed", default=0, show_default=True, help="Seed of every noise stream.")
draw_option = click.option(
    "--draw",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Test on this draw of the task's generator; 0 is the public test, any other stays off the leaderboards.",
)
output_option = click.option(
    "-o", "--output", default="runs", show_default=True, type=UserPath(), help="Folder of runs."
)
records_option = click.option(
    "--records",
    type=UserPath(),
    multiple=True,
    default=("runs",),
    show_default="runs",
    help="A folder of runs, or a records.jsonl such as a leaderboard's; again for another.",
)
metric_option = click.option(
    "--metric", "metrics", multiple=True, metavar="METRIC[FEATURES]", help="Score with this metric too; all: every one."
)
workers_option = click.option(
    "-j",
    "--workers",
    type=click.IntRange(0, 1024),
    help="Worker processes; 0: work in this process. Default: one per core on a CPU, one on a GPU.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


def stderr_console() -> Console:
    """Return the console for progress and messages."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def show_board(board: Board) -> None:
    """Print the board on standard output: a table for people on a terminal, markdown elsewhere."""
    from benchbench.publish import text

    if board.rows:
        show_table(text.table(board))


def show_table(table: Table) -> None:
    """Print the table on standard output: for people on a terminal, markdown elsewhere."""
    from benchbench.publish.escape import plain
    from benchbench.publish.table import markdown, terminal

    if sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False, emoji=False)
        for piece in terminal(table, console.width):
            console.print(piece)
        for note in (table.caption, *table.notes):
            console.print(plain(note), style="dim", markup=False)
    else:
        click.echo(markdown(table))


@contextmanager
def progress_bar(description: str) -> Iterator[Any]:
    """Yield an `update(done, total, note, visible)`: a bar on standard error, or lines where that is no terminal."""
    from benchbench.cli import _progress

    console = stderr_console()
    if console.is_terminal:
        with _progress.bar(description, console) as update:
            yield update
    else:
        yield _progress.Lines(description, lambda line: click.echo(line, err=True))


def found_records(places: Sequence[Path], task: str, otherwise: str = "") -> list[tuple[Path, Record]]:
    """Return the records of all these places; raise `MissingData` where one is absent."""
    from benchbench.core import MissingData
    from benchbench.system.records import find_all

    for place in places:
        if not place.exists():
            raise MissingData(
                f"no records at {place}: run `benchbench run -t {task}`, or name them with --records{otherwise}"
            )
    return find_all(places)


WORKER_BYTES = 1 << 28
"""What a worker process takes at the least: Python with torch."""


def _require_memory(workers: int) -> None:
    """Raise `BenchbenchError` where so many worker processes would not fit into the machine's memory."""
    from benchbench.core import BenchbenchError
    from benchbench.system.memory import machine_memory_bytes

    memory = machine_memory_bytes()
    if memory and workers * WORKER_BYTES > memory:
        raise BenchbenchError(
            f"-j {workers}: this machine has {memory / 1e9:.3g} GB of memory, enough for {memory // WORKER_BYTES}"
            " worker processes"
        )


def default_workers(workers: int | None, device: str, here: bool = True) -> int:
    """Return the number of workers: the given one, else one on a GPU and one per core on a CPU, up to 8.

    `here`: whether they take this machine's memory.
    """
    if workers is not None:
        if here:
            _require_memory(workers)
        return workers
    if device != "cpu":
        return 1
    from benchbench.system.environment import usable_cores

    return min(8, usable_cores())
