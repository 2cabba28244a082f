"""`benchbench verify`: make a part of a run again and compare."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", type=_common.UserPath())
@click.option("--checkpoint", type=_common.UserPath(), help="The runs' trained weights; checked by SHA-256.")
@click.option(
    "--conditions",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How many to sample again, drawn at random.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of that draw.")
@click.option(
    "--tolerance",
    type=click.IntRange(0, 255),
    default=2,
    show_default=True,
    help="Grey levels that samples may differ by on another device or version of torch.",
)
@_common.device_option
@click.pass_context
def command(
    ctx: click.Context,
    runs: tuple[Path, ...],
    checkpoint: Path | None,
    conditions: int,
    seed: int,
    tolerance: int,
    device: str,
) -> None:
    """Sample a few conditions of a run again and compare; score again what it kept; exit 1 if anything differs.

    RUNs are run directories. On the device and the version of torch of the run, samples must be the same to the bit;
    elsewhere the largest difference is reported.
    """
    from benchbench.plugins import registry
    from benchbench.publish.escape import plain
    from benchbench.runs.reopen import Request
    from benchbench.runs.request import resolve_device
    from benchbench.runs.verify import verify

    differs = False
    for run in runs:
        found = verify(Request(run, resolve_device(device), checkpoint, conditions, seed, tolerance), registry())
        for sentence in found.said:
            click.echo(plain(f"{run}: {sentence}" if len(runs) > 1 else sentence))
        if found.problem:
            click.echo(plain(f"{run} cannot be made again: {found.problem}"), err=True)
        differs |= bool(found.problem)
    if differs:
        ctx.exit(1)
