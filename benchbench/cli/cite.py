"""`benchbench cite`: BibTeX of a task, a method or a board, with what identifies it."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@click.argument("name", shell_complete=_common.complete("tasks", "methods"))
@click.option("--board", is_flag=True, help="Cite the published leaderboard of the task NAME.")
@click.option("--edition", type=click.IntRange(1), help="With --board: this edition; default: the newest.")
@_common.boards_option
def command(name: str, board: bool, edition: int | None, boards: Path) -> None:
    """Print BibTeX of a task (with the hash of its data), a method, or with --board a leaderboard's edition.

    A method's entry names its paper, which should be cited as well.
    """
    from benchbench.core import UnknownName
    from benchbench.plugins import registry, unknown_name
    from benchbench.publish import bibtex

    if edition and not board:
        raise click.UsageError("--edition goes with --board")
    found = registry()
    if board:
        click.echo(_of_board(name, edition, boards))
    elif name in found.tasks:
        click.echo(bibtex.of_task(found.tasks[name], _fingerprint(name)))
    elif name in found.methods:
        click.echo(bibtex.of_method(found.methods[name], found.distribution("methods", name)))
    else:
        raise UnknownName(unknown_name("task or method", name, {*found.tasks, *found.methods}, found.broken()))


def _fingerprint(task: str) -> str:
    """Return the hash of the task's test data; empty, and said so, where the data are not here."""
    from benchbench.core import MissingData
    from benchbench.evaluation.fingerprint import fingerprint
    from benchbench.plugins import get_task

    try:
        return fingerprint(get_task(task))
    except MissingData as error:
        click.echo(f"without the hash of its data: {error}", err=True)
        return ""


def _of_board(task: str, number: int | None, boards: Path) -> str:
    import hashlib

    from benchbench.core import MissingData
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.plugins import get_task
    from benchbench.publish import bibtex

    folder = BoardFolder(boards, task, get_task(task).version)
    editions = folder.editions()
    if not editions or (number or 1) > len(editions):
        wanted = f"no number {number}" if number and editions else "benchbench publish makes one"
        raise MissingData(f"{folder.path} has {len(editions)} editions: {wanted}")
    chosen = editions[number - 1] if number else editions[-1]
    return bibtex.of_edition(chosen, hashlib.sha256(folder.edition_file(chosen.number).read_bytes()).hexdigest())
