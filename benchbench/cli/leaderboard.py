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
@click.argument("task", required=False, shell_complete=_common.complete("tasks"))
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
@click.option("--edition", type=click.IntRange(1), help="Show this edition of the published leaderboard.")
@click.option("--check", is_flag=True, help="Tell whether the published leaderboards are what their records give.")
@_common.boards_option
@click.pass_context
def command(
    ctx: click.Context,
    task: str | None,
    records: Path,
    form: str,
    columns: str | None,
    off_protocol: bool,
    edition: int | None,
    check: bool,
    boards: Path,
) -> None:
    """Print the table of a task from the records of its runs, or a published edition of it, or --check all editions."""
    from benchbench.publish import text
    from benchbench.records import to_json

    if check:
        _check(ctx, boards)
        return
    if task is None:
        raise click.UsageError("name a task, or --check the published leaderboards")
    board = _of_edition(task, edition, boards) if edition else _of_runs(task, records, off_protocol)
    if columns:
        board = _with_columns(board, [name.strip() for name in columns.split(",")])
    if form == "json":
        for row in board.rows:
            for record in row.records:
                click.echo(to_json(record))
    elif form == "markdown":
        click.echo(text.markdown(board))
    else:
        _common.show_board(board)
    if board.excluded:
        click.echo(text.notes(board), err=True)


def _check(ctx: click.Context, boards: Path) -> None:
    from benchbench.core import MissingData
    from benchbench.publish.editions import check, folders

    if not folders(boards):
        raise MissingData(f"no leaderboards under {boards}")
    problems = check(boards)
    for problem in problems:
        click.echo(problem)
    if problems:
        ctx.exit(1)
    click.echo(f"{len(folders(boards))} leaderboards are what their records give")


def _of_runs(task: str, records: Path, off_protocol: bool) -> Board:
    from benchbench.core import MissingData
    from benchbench.evaluation import get_task
    from benchbench.leaderboard import make_board
    from benchbench.plugins import registry
    from benchbench.publish import text
    from benchbench.records import find_records

    registry().get("tasks", task)
    if not records.exists():
        raise MissingData(f"no records at {records}: run `benchbench run -t {task}`, or name them with --records")
    found = [record for _, record in find_records(records)]
    board = make_board(get_task(task), None, found, off_protocol)
    if not board.rows:
        notes = text.notes(board)
        raise MissingData(f"no record of {task} under {records} can stand in a table" + (f"\n{notes}" if notes else ""))
    return board


def _of_edition(task: str, number: int, boards: Path) -> Board:
    from benchbench.core import MissingData
    from benchbench.evaluation import get_task
    from benchbench.publish.editions import BoardFolder

    folder = BoardFolder(boards, task, get_task(task).version)
    editions = folder.editions()
    if number > len(editions):
        raise MissingData(f"{folder.path} has {len(editions)} editions, no number {number}")
    return folder.board(editions[number - 1])


def _with_columns(board: Board, names: list[str]) -> Board:
    from benchbench.core import UnknownName
    from benchbench.plugins import unknown_name

    known = [specification for row in board.rows for specification in row.scores]
    for name in names:
        if name not in known:
            raise UnknownName(unknown_name("column", name, dict.fromkeys(known)))
    return dataclasses.replace(board, columns=tuple(names))
