"""`benchbench submit`: put finished runs on their leaderboards."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@click.argument("runs", metavar="RUN…", nargs=-1, required=True, type=_common.UserPath())
@_common.boards_option
@click.option(
    "--bundle",
    type=_common.UserPath(),
    metavar="FILE.zip",
    help="Write the one RUN as an archive for `benchbench accept`, and add it to no leaderboard here.",
)
@click.option("--checkpoint", type=_common.UserPath(), help="The run's trained weights, for the bundle.")
@click.option("--address", default="", metavar="URL", help="Where they are published, instead of in the bundle.")
@click.pass_context
def command(
    ctx: click.Context,
    runs: tuple[Path, ...],
    boards: Path,
    bundle: Path | None,
    checkpoint: Path | None,
    address: str,
) -> None:
    """Add the records of runs to their leaderboards, each if it may stand there; exit 1 if one may not.

    RUNs are run directories, or folders above some. A record must be whole, of the task's own protocol, data and
    metrics as they are here, and from committed code. `benchbench publish` then makes the new edition.

    --bundle writes one run as an archive instead, which the maintainers of a leaderboard take: record, conditions, kept
    samples, trained weights.
    """
    if bundle is not None:
        _bundle(runs, boards, bundle, checkpoint, address)
        return
    if checkpoint is not None or address:
        raise click.UsageError("--checkpoint and --address go with --bundle")
    from benchbench.core import BenchbenchError
    from benchbench.leaderboards.here import here_for
    from benchbench.leaderboards.submission import submit
    from benchbench.plugins import registry
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
                board = submit(path.parent, record, boards, here_for(record, registry()))
                click.echo(plain(f"added {record.method.label} to {board.records_file}"))
            except BenchbenchError as error:
                refused = True
                click.echo(plain(f"refused {error}"), err=True)
    if refused:
        ctx.exit(1)


def _bundle(runs: tuple[Path, ...], boards: Path, file: Path, checkpoint: Path | None, address: str) -> None:
    """Write one run as an archive, if its record may stand on its leaderboard as far as can be seen here."""
    from benchbench.core import BenchbenchError
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.here import here_for
    from benchbench.leaderboards.submission import refusal
    from benchbench.plugins import registry
    from benchbench.publish.escape import plain
    from benchbench.runs.bundle import pack
    from benchbench.runs.weights import in_words, weights_of
    from benchbench.system.records import read_run, record_files

    if file.suffix != ".zip":
        raise click.UsageError(f"--bundle {file}: a bundle is a .zip")
    found = [path.parent for folder in runs for path in record_files(folder)]
    if len(found) != 1:
        raise BenchbenchError(f"--bundle takes one run, and {', '.join(map(str, runs))} holds {len(found)}")
    record = read_run(found[0])
    here = here_for(record, registry())
    reason = refusal(found[0], record, BoardFolder(boards, here.task.name, here.task.version), here)
    if reason is not None:
        raise BenchbenchError(f"{found[0]}: {reason}; run it again")
    weights, inside = weights_of(record, checkpoint, address, registry())
    manifest = pack(found[0], file, weights, inside)
    samples = sum(name.endswith(".png") for name in manifest.files)
    click.echo(plain(f"{file}: {record.method.label} on {record.task.name}, {samples} samples, {in_words(weights)}"))
    if not samples and here.task.space.kind == "images":
        click.echo("no samples were kept (run with --keep-samples all): its tier will be submitted", err=True)
