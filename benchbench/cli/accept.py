"""`benchbench accept`: check the bundles of strangers and take them onto their leaderboards."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=_common.UserPath())
@_common.boards_option
@click.option("--resample", type=click.IntRange(1), metavar="N", help="Sample N conditions again; must be possible.")
@click.option("--no-resample", is_flag=True, help="Sample none again. Default: 3, where method and weights are here.")
@click.option("--challenge", type=int, metavar="SEED", help="Sample all again with this seed; scores must agree.")
@click.option("--checkpoint", type=_common.UserPath(), help="Trained weights of a bundle that has their address alone.")
@_common.device_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    boards: Path,
    resample: int | None,
    no_resample: bool,
    challenge: int | None,
    checkpoint: Path | None,
    device: str,
) -> None:
    """Check bundles of runs and add each record to its leaderboard; exit 1 if one is refused.

    FILEs are what `benchbench submit RUN --bundle FILE` wrote. The record must be one that `submit` takes. Its scores
    are computed again from its samples, and some conditions are sampled again where the method and its weights are
    here. What was found is added as an attestation, which gives the row its tier. No code of a bundle is run: the
    method is the one that is installed.
    """
    from benchbench.core import BenchbenchError
    from benchbench.leaderboards.acceptance import Asked, accept
    from benchbench.plugins import registry
    from benchbench.publish.escape import plain
    from benchbench.runs.bundle import unpacked
    from benchbench.runs.request import resolve_device

    if no_resample and resample is not None:
        raise click.UsageError("--resample and --no-resample exclude each other")
    asked = Asked(resolve_device(device), checkpoint, 0 if no_resample else resample, challenge)
    refused = False
    for file in files:
        try:
            with unpacked(file) as bundle:
                found = accept(bundle, boards, asked, registry())
        except BenchbenchError as error:
            refused = True
            click.echo(plain(f"refused {error}"), err=True)
            continue
        for sentence in found.said:
            click.echo(plain(f"  {sentence}"))
        what = "added" if found.is_new else "already there:"
        click.echo(plain(f"{what} {found.label} as {found.tier} to {found.folder.records_file}"))
    if refused:
        ctx.exit(1)
