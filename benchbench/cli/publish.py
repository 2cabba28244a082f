"""`benchbench publish`: new editions of leaderboards, and all that is generated from them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core import Task
    from benchbench.leaderboards.folder import BoardFolder


@click.command()
@click.argument("tasks", metavar="[TASK…]", nargs=-1, shell_complete=_common.complete("tasks"))
@_common.boards_option
@click.option("--site", type=_common.UserPath(), help="Write a static site of all leaderboards there.")
@click.option(
    "--runs",
    type=_common.UserPath(),
    default="runs",
    show_default=True,
    help="Folder of runs, whose kept samples the site shows, and of which boards keep small pictures.",
)
@click.pass_context
def command(ctx: click.Context, tasks: tuple[str, ...], boards: Path, site: Path | None, runs: Path) -> None:
    """Make a new edition of leaderboards (of all that are there, without a name) and write their pages.

    A leaderboard whose rows are those of its last edition gets none. Records come in with `benchbench submit`.
    Of rows whose samples are in --runs, a leaderboard keeps small pictures, so that the site of a fresh clone has some.
    --site writes all leaderboards as pages with tables, plots and a gallery, which open from a disk, offline.
    """
    from benchbench.core import MissingData
    from benchbench.leaderboards.folder import folders
    from benchbench.plugins import get_task, report
    from benchbench.publish.escape import plain
    from benchbench.publish.pages import publish, write_index

    if ctx.get_parameter_source("runs") is not click.core.ParameterSource.DEFAULT and not runs.is_dir():
        raise MissingData(f"--runs {runs}: there is no such folder")
    found = folders(boards)
    chosen = [folder for folder in found if not tasks or folder.task in tasks]
    lacking = sorted(set(tasks) - {folder.task for folder in chosen})
    if lacking or not chosen:
        what = ", ".join(lacking) or "any task"
        raise MissingData(f"no records of {what} under {boards}: add some with `benchbench submit RUN`")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    for folder in chosen:
        task = get_task(folder.task)
        edition = publish(folder, task, today)
        if edition is None:
            click.echo(f"{folder.task}: nothing new since edition {len(folder.edition_files())}")
        else:
            click.echo(f"{folder.task}: edition {edition.number}, {edition.num_rows} rows")
            for sentence in edition.changes:
                click.echo(f"  {plain(sentence)}")
            report("edition_published", edition=edition, directory=folder.path)
        pictured = _add_pictures(folder, task, runs)
        if pictured:
            click.echo(f"{folder.task}: pictures of {pictured} rows, from {runs}")
    write_index(boards)
    if site is not None:
        from benchbench.publish.site.build import build

        pages = build(boards, site, runs, boards.absolute().parent / "docs" / "calibration")
        click.echo(f"{len(pages)} pages: open {site / 'index.html'}")


def _add_pictures(folder: BoardFolder, task: Task, runs: Path) -> int:
    """Add small pictures of the newest edition's rows to the folder of a leaderboard; return of how many rows.

    The edition is made by then: another `publish` beside this one, which will find nothing new, is waited for.
    """
    from benchbench.publish.pictures import add

    if not (runs / folder.task).is_dir():
        return 0
    with folder.held(patience=60):
        return add(folder.path, task, folder.board(task, folder.editions()[-1]), runs)
