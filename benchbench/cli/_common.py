"""What several verbs share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

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
output_option = click.option(
    "-o", "--output", default="runs", show_default=True, type=UserPath(), help="Folder of runs."
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
    """Yield an `update(done, total, note, visible)` that draws a bar on standard error."""
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=stderr_console()) as progress:
        bar = progress.add_task(escape(description), total=None, note="")

        def update(done: int, total: int, note: str = "", visible: bool = True) -> None:
            progress.update(bar, completed=done, total=total, note=note, visible=visible)

        yield update


def default_workers(workers: int | None, device: str) -> int:
    """Return the number of worker processes: the given one, else one on a GPU and one per core on a CPU, up to 8."""
    if workers is not None:
        return workers
    if device != "cpu":
        return 1
    from benchbench.system.environment import usable_cores

    return min(8, usable_cores())
