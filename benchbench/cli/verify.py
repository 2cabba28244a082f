"""`benchbench verify`: make a part of a run again and compare."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core.record import Record
    from benchbench.runs.reopen import Request
    from benchbench.runs.verify import Found


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
    help="Grey levels that samples may differ by on another machine or version of torch.",
)
@click.option(
    "--challenge",
    type=int,
    metavar="SEED",
    help="Sample all conditions with this seed instead; the scores must agree within 3 standard errors.",
)
@click.option("--attest", is_flag=True, help="Of records on a leaderboard: add what the challenge found to it.")
@_common.boards_option
@_common.device_option
def command(runs: tuple[Path, ...], boards: Path, attest: bool, **given: Any) -> None:
    """Sample a few conditions of a run again and compare; score again what it kept; exit 1 if anything differs.

    RUNs are run directories. On the processor and the version of torch of the run, samples must be the same to the bit;
    elsewhere the largest difference is reported.

    --challenge samples all conditions with another seed than the run's, which its author could not know. A RUN may then
    be a record on a leaderboard too: the first 8 or more digits of its SHA-256.
    """
    from benchbench.core import BenchbenchError
    from benchbench.publish.escape import plain

    challenge = given.pop("challenge")
    if attest and challenge is None:
        raise click.UsageError("--attest goes with --challenge")
    differs = False
    for run in runs:
        if challenge is None:
            found = _verified(run, **given)
        elif not run.exists() and _DIGEST.fullmatch(str(run)):
            found = _of_board(str(run), boards, challenge, attest, **given)
        elif attest:
            raise BenchbenchError(
                f"--attest: {run} is not a record on a leaderboard; `benchbench accept` takes bundles"
            )
        else:
            found = _challenged(run, None, challenge, **given)
        for sentence in found.said:
            click.echo(plain(f"{run}: {sentence}" if len(runs) > 1 else sentence))
        if found.problem:
            click.echo(plain(f"{run} cannot be made again: {found.problem}"), err=True)
        differs |= bool(found.problem)
    if differs:
        click.get_current_context().exit(1)


_DIGEST = re.compile("[0-9a-f]{8,64}")


def _request(run: Path, device: str, checkpoint: Path | None, **given: Any) -> Request:
    from benchbench.runs.reopen import Request
    from benchbench.runs.request import resolve_device

    return Request(run, resolve_device(device), checkpoint, **given)


def _verified(run: Path, **given: Any) -> Found:
    from benchbench.plugins import registry
    from benchbench.runs.verify import verify

    return verify(_request(run, **given), registry())


def _challenged(run: Path, record: Record | None, with_seed: int, **given: Any) -> Found:
    from benchbench.plugins import registry
    from benchbench.runs.challenge import challenge
    from benchbench.runs.reopen import reopen

    request = _request(run, **given)
    if record is not None:
        request = dataclasses.replace(request, record=record, output=Path("runs"))
    return challenge(reopen(request, registry()), with_seed)


def _of_board(start: str, boards: Path, with_seed: int, attest: bool, **given: Any) -> Found:
    """Return what a challenge finds of the record on a leaderboard whose SHA-256 begins so, and attest it if asked."""
    import datetime

    from benchbench.core import BenchbenchError
    from benchbench.leaderboards.folder import folders
    from benchbench.leaderboards.tiers import Attestation

    matching = [
        (folder, each) for folder in folders(boards) for each in folder.entries() if each.digest.startswith(start)
    ]
    if len(matching) != 1:
        number = f"{len(matching)} records" if matching else "no record"
        raise BenchbenchError(f"{number} of a leaderboard begin{'s' * (not matching)} with {start} under {boards}")
    ((folder, entry),) = matching
    found = _challenged(Path(start), entry.record, with_seed, **given)
    if attest and not found.problem:
        today = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"
        folder.attest(Attestation(entry.digest, "reproduced", today, dict(found.facts)))
    return found
