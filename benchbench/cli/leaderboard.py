"""`benchbench leaderboard`: the table of a task, from records alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core.edition import Edition
    from benchbench.core.record import Record
    from benchbench.leaderboards.rows import Board
    from benchbench.publish.table import Table


@click.command()
@click.argument("task", required=False, shell_complete=_common.complete("tasks"))
@_common.records_option
@click.option(
    "-m",
    "--methods",
    multiple=True,
    metavar="METHOD",
    help="Show and test these methods alone: by name, by label, or NAME[] without options; again for another.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "latex", "html", "csv", "json", "records"]),
    default="table",
    show_default=True,
    help="csv: raw numbers; json: rows as objects; records: one record per line.",
)
@click.option("--columns", help="Metrics and costs to show, separated by commas; default: all of the task's.")
@click.option("--off-protocol", is_flag=True, help="Show shortened runs (of the newest one's protocol).")
@click.option("--edition", type=click.IntRange(1), help="Show this edition of the published leaderboard.")
@click.option("--checkpoints", is_flag=True, help="Show every training on its own, tested on the conditions alone.")
@click.option(
    "--stability",
    is_flag=True,
    help="Show whether the ranking stands under each extractor that all rows have and on halves of the conditions.",
)
@click.option("--reported", is_flag=True, help="Show what papers report of the task, which is not comparable.")
@click.option(
    "--plot", type=_common.UserPath(dir_okay=False), help="Draw the ranking score as bars: FILE.svg, .pdf, .png."
)
@click.option(
    "--export", type=_common.UserPath(dir_okay=False), help="Write published boards as one archive: FILE.zip."
)
@click.option("--check", is_flag=True, help="Check that the published leaderboards are what their records give.")
@click.option("--stale", is_flag=True, help="List published rows to run again, with the commands (of all tasks).")
@click.option("--sealed", is_flag=True, help="Show the newest sealed edition: public and sealed scores.")
@_common.boards_option
def command(
    task: str | None, check: bool, reported: bool, stale: bool, sealed: bool, stability: bool, form: str, **given: Any
) -> None:
    """Print the table of a task from the records of its runs, or a published edition of it, or --check all editions.

    --export writes the published board of TASK, or all, with records, pages and a reader that needs Python alone.
    """
    plot, export = given.pop("plot"), given.pop("export")
    if check:
        _check(given["boards"])
    elif export is not None:
        _export(task, given["boards"], export)
    elif stale:
        _stale(task, given["boards"])
    elif plot is not None and task is not None:
        _plot(task, plot, **given)
    elif task is None:
        raise click.UsageError("name a task, or --check the published leaderboards")
    elif reported:
        _print_reported(task, given["boards"], form)
    elif sealed:
        _print_sealed(task, given["boards"], form)
    elif stability:
        _print_stability(task, form, given)
    else:
        _print_measured(task, form, **given)


def _export(task: str | None, boards: Path, path: Path) -> None:
    from benchbench.publish.archive.write import export

    held = export(boards, [task] if task else [], path, boards.absolute().parent / "docs" / "calibration")
    click.echo(f"{path}: {', '.join(held)}")


def _plot(task: str, path: Path, **given: Any) -> None:
    from benchbench.publish import bars
    from benchbench.system.files import writing

    if path.suffix not in bars.SUFFIXES:
        raise click.UsageError(f"--plot {path}: name one of {', '.join(f'*{each}' for each in bars.SUFFIXES)}")
    given = {name: value for name, value in given.items() if name not in ("columns", "checkpoints")}
    board, _ = _board(task, **given)
    with writing(path):
        bars.save(board, path)
    click.echo(str(path))


def _board(task: str, edition: int | None, boards: Path, **given: Any) -> tuple[Board, Edition | None]:
    """Return the board of an edition, with that, or of runs."""
    if edition and given["methods"]:
        raise click.UsageError("--methods does not go with --edition, whose rows were tested together")
    shown = _edition(task, edition, boards) if edition else None
    return _of_edition(shown, boards) if shown else _of_runs(task, boards=boards, **given), shown


def _print_measured(
    task: str, form: str, columns: str | None, edition: int | None, checkpoints: bool, boards: Path, **given: Any
) -> None:
    """Print the board and, to people, beneath it what papers report."""
    from benchbench.core.record_json import to_json
    from benchbench.leaderboards.reported import reported_file
    from benchbench.publish import export, text

    board, shown = _board(task, edition=edition, boards=boards, **given)
    board = _with_people(board, boards)
    if columns:
        board = _with_columns(board, [name.strip() for name in columns.split(",")])
    if checkpoints:
        _print_checkpoints(board, form)
    elif form == "records":
        for row in board.rows:
            for record in row.records:
                click.echo(to_json(record))
    elif form == "csv":
        click.echo(export.csv(board))
    elif form == "json":
        click.echo(export.as_json(board, shown))
    else:
        _print(text.table(board, shown), form)
        if form == "table" and reported_file(boards, task).is_file():
            click.echo()
            _print_reported(task, boards, form)
    if board.excluded:
        click.echo(text.notes(board), err=True)


def _print_checkpoints(board: Board, form: str) -> None:
    from benchbench.leaderboards.checkpoints import checkpoints
    from benchbench.publish import text

    if form in ("csv", "json", "records"):
        raise click.UsageError("--checkpoints is a table for readers: another --format")
    _print(text.of_checkpoints(checkpoints(board)), form)


def _print_reported(task: str, boards: Path, form: str) -> None:
    from benchbench.leaderboards.reported import read
    from benchbench.publish import reported

    found = read(boards, task)
    if form == "records":
        raise click.UsageError("reported numbers have no records: another --format")
    if form in ("csv", "json"):
        click.echo(reported.as_csv(found) if form == "csv" else reported.as_json(found))
    else:
        _print(reported.table(found), form)


def _print(table: Table, form: str) -> None:
    from benchbench.publish import table as formats

    if form == "table":
        _common.show_table(table)
    else:
        click.echo({"markdown": formats.markdown, "latex": formats.latex, "html": formats.html}[form](table))


def _check(boards: Path) -> None:
    from benchbench.core import MissingData
    from benchbench.leaderboards.folder import folders
    from benchbench.plugins import get_task
    from benchbench.publish.pages import check

    if not folders(boards):
        raise MissingData(f"no leaderboards under {boards}")
    problems = check(boards, get_task)
    for problem in problems:
        click.echo(problem)
    if problems:
        click.get_current_context().exit(1)
    click.echo(f"{len(folders(boards))} leaderboards are what their records give")


def _stale(task: str | None, boards: Path) -> None:
    """Print each row that is to be run again, why, and the commands; rows of a later version of a task count there."""
    from benchbench.core import MissingData, UnknownName
    from benchbench.leaderboards.folder import folders
    from benchbench.leaderboards.stale import stale_rows
    from benchbench.plugins import registry
    from benchbench.publish.escape import plain

    found = [folder for folder in folders(boards) if task in (None, folder.task)]
    if not found:
        raise MissingData(f"no leaderboards of {task or 'any task'} under {boards}")
    number = 0
    for folder in found:
        later = [each for each in found if each.task == folder.task and each.version > folder.version]
        newer = [entry.record for each in later for entry in each.entries()]
        try:
            rows = stale_rows(folder, newer, registry())
        except (MissingData, UnknownName) as error:  # its data or its plugin is not here
            click.echo(plain(f"{folder.task} v{folder.version}: not looked at: {error}"), err=True)
            continue
        for row in rows:
            number += 1
            click.echo(plain(f"{folder.task} v{folder.version}: {row.label}: {'; '.join(row.reasons)}"))
            for line in row.commands:
                click.echo(f"  {line}")
    click.echo(f"{number} row{'s' * (number != 1)} to run again", err=True)


def _print_stability(task: str, form: str, given: dict[str, Any]) -> None:
    from benchbench.core.specification import name_of
    from benchbench.leaderboards.steadiness import of_runs
    from benchbench.publish.stability import table

    if form in ("csv", "json", "records"):
        raise click.UsageError("--stability is a table for readers: another --format")
    if given["edition"]:
        raise click.UsageError("--stability does not go with --edition, which holds no values by condition")
    found = _found(task, given["records"], given["boards"])
    board = _board_of(task, found, given["records"], given["methods"], given["off_protocol"])
    paths = {record.run_id: path for path, record in found}
    _print(table(task, name_of(board.ranked_by), of_runs(board, paths)), form)


def _print_sealed(task: str, boards: Path, form: str) -> None:
    from benchbench.core import MissingData
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.seals import seals
    from benchbench.plugins import get_task
    from benchbench.publish.sealed import table_of

    if form in ("csv", "json", "records"):
        raise click.UsageError("--sealed is a table for readers; its records are in its folder: another --format")
    found = get_task(task)
    folder = BoardFolder(boards, task, found.version)
    opened = [seal for seal in seals(folder) if seal.is_open]
    if not opened:
        raise MissingData(f"{folder.path} has no sealed edition that is published")
    _print(table_of(opened[-1], found, folder.entries(), folder.editions()), form)


def _of_runs(task: str, records: tuple[Path, ...], methods: tuple[str, ...], off_protocol: bool, boards: Path) -> Board:
    return _board_of(task, _found(task, records, boards), records, methods, off_protocol)


def _found(task: str, records: tuple[Path, ...], boards: Path) -> list[tuple[Path, Record]]:
    from benchbench.leaderboards.reported import reported_file
    from benchbench.plugins import registry

    registry().get("tasks", task)
    otherwise = "; --reported shows what papers report" if reported_file(boards, task).is_file() else ""
    return _common.found_records(records, task, otherwise)


def _board_of(
    task: str,
    found: Sequence[tuple[Path, Record]],
    records: tuple[Path, ...],
    methods: tuple[str, ...],
    off_protocol: bool,
) -> Board:
    from benchbench.core import MissingData
    from benchbench.leaderboards.rows import make_board
    from benchbench.plugins import get_task
    from benchbench.publish import text

    own = [record for _, record in found]
    board = make_board(get_task(task), None, _of_methods(own, methods, task) if methods else own, off_protocol)
    if not board.rows:
        notes = text.notes(board)
        places = ", ".join(map(str, records))
        raise MissingData(f"no record of {task} under {places} can stand in a table" + (f"\n{notes}" if notes else ""))
    return board


def _of_methods(found: list[Record], methods: tuple[str, ...], task: str) -> list[Record]:
    """Return the task's records of these methods: by name, by label, or by the label of their row in a table.

    `NAME[]` is the method without options: with all of them at their defaults.
    """
    from benchbench.core import UnknownName
    from benchbench.leaderboards.ranks import labels
    from benchbench.plugins import unknown_name

    own = [record for record in found if record.task.name == task]
    names = [_names(record, row) for record, row in zip(own, labels(own), strict=True)]
    known = set().union(*names)
    for name in methods:
        if name not in known:
            raise UnknownName(unknown_name("recorded method", name, known))
    return [record for record, own_names in zip(own, names, strict=True) if own_names & set(methods)]


def _names(record: Record, row: str) -> set[str]:
    """Return what `-m` may call a record; `row` is the label of its row."""
    method = record.method
    return {method.name, method.label, row} | ({f"{method.name}[]"} if method.label == method.name else set())


def _edition(task: str, number: int, boards: Path) -> Edition:
    from benchbench.core import MissingData
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.plugins import get_task

    folder = BoardFolder(boards, task, get_task(task).version)
    editions = folder.editions()
    if number > len(editions):
        raise MissingData(f"{folder.path} has {len(editions)} editions, no number {number}")
    return editions[number - 1]


def _of_edition(edition: Edition, boards: Path) -> Board:
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.plugins import get_task

    return BoardFolder(boards, edition.task, edition.task_version).board(get_task(edition.task), edition)


def _with_people(board: Board, boards: Path) -> Board:
    """Return the board with what people said of its rows, where a study of theirs is beside the published board."""
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.people import with_people
    from benchbench.plugins import get_task
    from benchbench.study.boards import studies_of

    return with_people(board, studies_of(BoardFolder(boards, board.task, get_task(board.task).version).path))


def _with_columns(board: Board, names: list[str]) -> Board:
    from benchbench.core import UnknownName
    from benchbench.plugins import unknown_name
    from benchbench.publish import cost

    scores = [specification for row in board.rows for specification in row.scores]
    costs = [column.name for column in cost.COLUMNS]
    for name in names:
        if name not in (*scores, *costs):
            raise UnknownName(unknown_name("column", name, dict.fromkeys([*scores, *costs])))
    columns = tuple(name for name in names if name not in costs)
    return dataclasses.replace(board, columns=columns, costs=tuple(name for name in names if name in costs))
