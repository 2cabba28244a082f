"""`benchbench leaderboard`: the table of a task, from records alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.leaderboard import Board


@click.command()
@click.argument("task", shell_complete=_common.complete("tasks"))
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    default="runs",
    show_default=True,
    help="A folder of runs, or a records.jsonl.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="json: one record a line.",
)
@click.option("--columns", help="Metrics to show, separated by commas; default: all of the task's.")
@click.option("--off-protocol", is_flag=True, help="Show shortened runs (of the newest one's protocol).")
def command(task: str, records: Path, form: str, columns: str | None, off_protocol: bool) -> None:
    """Print the table of a task from the records of its runs."""
    from benchbench.core import MissingData
    from benchbench.evaluation import get_task
    from benchbench.leaderboard import make_board
    from benchbench.plugins import registry
    from benchbench.publish import text
    from benchbench.records import find_records, to_json

    registry().get("tasks", task)
    if not records.exists():
        raise MissingData(f"no records at {records}: run `benchbench run -t {task}`, or name them with --records")
    found = [record for _, record in find_records(records)]
    board = make_board(get_task(task), None, found, off_protocol)
    if not board.rows:
        notes = text.notes(board)
        raise MissingData(f"no record of {task} under {records} can stand in a table" + (f"\n{notes}" if notes else ""))
    if columns:
        board = _with_columns(board, [name.strip() for name in columns.split(",")])
    if form == "json":
        for row in board.rows:
            click.echo(to_json(row.record))
    elif form == "markdown":
        click.echo(text.markdown(board))
    else:
        _common.show_board(board)
    if board.excluded:
        click.echo(text.notes(board), err=True)


def _with_columns(board: Board, names: list[str]) -> Board:
    from benchbench.core import UnknownName
    from benchbench.plugins import unknown_name

    known = [specification for row in board.rows for specification in row.scores]
    for name in names:
        if name not in known:
            raise UnknownName(unknown_name("column", name, dict.fromkeys(known)))
    return dataclasses.replace(board, columns=tuple(names))
