"""`benchbench submit`: put finished runs on their leaderboards."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@click.argument("runs", metavar="RUN…", nargs=-1, required=True, type=_common.UserPath())
@_common.boards_option
@click.pass_context
def command(ctx: click.Context, runs: tuple[Path, ...], boards: Path) -> None:
    """Add the records of runs to their leaderboards, each if it may stand there; exit 1 if one may not.

    RUNs are run directories, or folders above some. A record must be whole, of the task's own protocol, data and
    metrics as they are here, and from committed code. `benchbench publish` then makes the new edition.
    """
    from benchbench.core import BenchbenchError
    from benchbench.core.record import read_record, record_files
    from benchbench.leaderboards.folder import submit
    from benchbench.publish.escape import plain

    refused = False
    for folder in runs:
        found = record_files(folder)
        if not found:
            raise BenchbenchError(f"{folder} holds no run: it has no record.json")
        for path in found:
            try:
                record = read_record(path)
                board = submit(path.parent, record, boards)
                click.echo(plain(f"added {record.method['label']} to {board.records_file}"))
            except BenchbenchError as error:
                refused = True
                click.echo(plain(f"refused {error}"), err=True)
    if refused:
        ctx.exit(1)
