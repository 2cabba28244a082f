"""`benchbench submit`: put finished runs on their leaderboards."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core.record import Record
    from benchbench.leaderboards.submission import Here


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
    from benchbench.leaderboards.submission import submit
    from benchbench.publish.escape import plain
    from benchbench.system.records import read_run, record_files

    refused = False
    for folder in runs:
        found = record_files(folder)
        if not found:
            raise BenchbenchError(f"{folder} holds no run: it has no record.json")
        for path in found:
            try:
                record = read_run(path.parent)
                board = submit(path.parent, record, boards, _here(record))
                click.echo(plain(f"added {record.method.label} to {board.records_file}"))
            except BenchbenchError as error:
                refused = True
                click.echo(plain(f"refused {error}"), err=True)
    if refused:
        ctx.exit(1)


def _here(record: Record) -> Here:
    """Return what is here to hold the record against: its task, the scores that can be resolved, its method."""
    import datetime

    from benchbench.core import BenchbenchError
    from benchbench.evaluation.fingerprint import fingerprint
    from benchbench.evaluation.resolve import resolve_scores
    from benchbench.leaderboards.submission import Here
    from benchbench.plugins import registry

    found = registry()
    task = found.task(record.task.name)
    scores = {each.specification: each for each in resolve_scores(task.metrics, task, found)}
    for metric in (score.metric for score in record.scores):
        with suppress(BenchbenchError):  # of a plugin that is not installed
            scores |= {each.specification: each for each in resolve_scores([metric], task, found)}
    method = found.methods.get(record.method.name)
    now = datetime.datetime.now(datetime.timezone.utc)
    return Here(task, fingerprint(task), list(scores.values()), method, now)
