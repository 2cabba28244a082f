"""`benchbench object`: object to a row of a leaderboard, or decide on an objection."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.leaderboards.objections import State


@click.command()
@click.argument("task", shell_complete=_common.complete("tasks"))
@click.argument("row")
@click.option("--rule", required=True, help="The rule that is broken, in a few words.")
@click.option("--text", required=True, help="What was found; of a decision, why.")
@click.option(
    "--state",
    type=click.Choice(["open", "upheld", "rejected"]),
    default="open",
    show_default=True,
    help="upheld, rejected: decide on the objection to this row by this rule.",
)
@_common.boards_option
def command(task: str, row: str, rule: str, text: str, state: State, boards: Path) -> None:
    """Add an objection to ROW, a label of the newest edition or the first digits of a record's SHA-256.

    It stands beside the records and is shown at the row. The next edition leaves out a row whose objection was upheld;
    editions that stand never change.
    """
    from benchbench.core import MissingData
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.objected import named
    from benchbench.leaderboards.objections import FILE, Objection, add
    from benchbench.plugins import registry
    from benchbench.publish.pages import refresh

    found = registry().task(task)
    folder = BoardFolder(boards, task, found.version)
    editions, entries = folder.editions(), folder.entries()
    if not editions:
        raise MissingData(f"{folder.path} has no edition, so no row to object to")
    keys = named(row, entries, folder.board(found, editions[-1], entries).rows)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    with folder.held():
        add(folder.path, [Objection(key, rule, text, state, today) for key in keys])
    refresh(folder, found)
    click.echo(f"{state}: {row}, {len(keys)} record{'s' * (len(keys) > 1)} in {folder.path / FILE}")
