"""Taking a bundle onto a leaderboard: checked as far as can be here, then its record with what was found."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from benchbench.core import BenchbenchError, MissingData, Unsupported
from benchbench.core.record_json import to_json
from benchbench.evaluation.session import Session
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.here import here_for
from benchbench.leaderboards.submission import refusal, scores_by_condition
from benchbench.leaderboards.tiers import ORDER, Attestation, Reached
from benchbench.plugins import Registry
from benchbench.runs.bundle import Bundle
from benchbench.runs.challenge import challenge
from benchbench.runs.identity import hash_of
from benchbench.runs.reopen import Reopened, Request, method_of, recorded_protocol, recorded_session, reopen
from benchbench.runs.verify import Found, sampled_again, scored_again
from benchbench.system.environment import environment
from benchbench.system.hashes import checkpoint_hash
from benchbench.system.records import digest

FEW = 3
"""Conditions that are sampled again where nothing else is asked for."""


@dataclass(frozen=True)
class Asked:
    """How far a bundle is to be checked."""

    device: str = "cpu"
    checkpoint: Path | None = None
    """The weights, where the bundle has their address alone."""
    resample: int | None = None
    """How many conditions to sample again; 0: none; `None`: a few, where the method and its weights are here."""
    challenge: int | None = None
    """The seed with which all conditions are sampled again."""
    output: Path = Path("runs")
    """The folder of runs here, for its cache of real features."""


@dataclass(frozen=True)
class Accepted:
    """What was taken, and what was found."""

    folder: BoardFolder
    label: str
    tier: Reached
    said: tuple[str, ...]
    is_new: bool
    """Whether its record was not on the board before."""


def accept(bundle: Bundle, boards: Path, asked: Asked, registry: Registry) -> Accepted:
    """Add the record of a bundle to its leaderboard, with an attestation of each tier that it reached.

    Raise `BenchbenchError` with one reason where it may not stand there, or where a check that was asked for cannot be
    made; nothing is written then.
    """
    try:
        return _accept(bundle, boards, asked, registry)
    except BenchbenchError as error:
        said = str(error).replace(f"{bundle.run}: ", "").replace(f"{bundle.run.parent}/", "")
        raise BenchbenchError(f"{bundle.source}: {said}") from None


def _accept(bundle: Bundle, boards: Path, asked: Asked, registry: Registry) -> Accepted:
    record, here = bundle.record, here_for(bundle.record, registry)
    folder = BoardFolder(boards, here.task.name, here.task.version)
    reason = refusal(bundle.run, record, folder, here)
    if reason is not None:
        raise BenchbenchError(str(reason))
    _check_weights(bundle, registry)
    found = _found(bundle, asked, registry)
    line = digest(to_json(record))
    known = line in {entry.digest for entry in folder.entries()}
    if known and list(found) == ["submitted"]:
        raise BenchbenchError(f"{folder.records_file} has this very record already")
    if not known:
        folder.add(record, scores_by_condition(bundle.run, record, here))
    for tier, each in found.items():
        folder.attest(Attestation(line, tier, f"{here.now:%Y-%m-%d}", {**each.facts, "bundle": bundle.sha256}))
    said = tuple(sentence for each in found.values() for sentence in each.said)
    return Accepted(folder, record.method.label, max(found, key=ORDER.index), said, not known)


def _check_weights(bundle: Bundle, registry: Registry) -> None:
    """Raise `BenchbenchError` where the checkpoint inside is not the one of the record."""
    record, checkpoint = bundle.record, bundle.checkpoint
    if checkpoint is None:
        return
    if record.method.name in registry.methods:
        task = registry.task(record.task.name)
        found = hash_of(method_of(record, registry), task, checkpoint, recorded_protocol(record, task, registry))
    else:
        found = checkpoint_hash(checkpoint)
    if found != record.method.checkpoint:
        raise BenchbenchError(
            f"its checkpoint is another one than the record's: SHA-256 {found[:12]}…, expected"
            f" {(record.method.checkpoint or 'none')[:12]}…"
        )


def _found(bundle: Bundle, asked: Asked, registry: Registry) -> dict[Reached, Found]:
    """Return what was found for each tier that the bundle reaches; raise `BenchbenchError` where something differs.

    The conditions to sample again are drawn with a seed that nobody could know.
    """
    request = Request(
        run=bundle.run,
        device=asked.device,
        checkpoint=asked.checkpoint or bundle.checkpoint,
        conditions=asked.resample or FEW,
        seed=secrets.randbits(32),
        output=asked.output,
        record=bundle.record,
    )
    rescored = _rescored(bundle, recorded_session(request, bundle.record, registry))
    wanted = asked.resample != 0 or asked.challenge is not None
    again = _reopened(request, asked, registry) if wanted else None
    few = sampled_again(again) if again and asked.resample != 0 else Found()
    setting = {"device": asked.device, "torch": environment(asked.device, "").packages.get("torch", "")}
    lowest: Reached = "rescored" if rescored.facts else "submitted"
    found: dict[Reached, Found] = {lowest: _both(rescored, few)}
    if again and asked.challenge is not None and not found[lowest].problem:
        found["reproduced"] = challenge(again, asked.challenge)
    for each in found.values():
        if each.problem:
            raise BenchbenchError(each.problem)
    return {tier: Found(each.said, facts={**each.facts, **setting}) for tier, each in found.items()}


def _both(first: Found, second: Found) -> Found:
    return Found(first.said + second.said, first.problem or second.problem, {**first.facts, **second.facts})


def _rescored(bundle: Bundle, session: Session) -> Found:
    """Return what the samples give; without facts where there are not all of them, which is said."""
    if session.task.space.kind != "images":
        return Found((f"not rescored: {session.task.name} has {session.task.space.kind}, and only images are kept",))
    try:
        return scored_again(bundle.run, bundle.record, session)
    except (MissingData, Unsupported) as error:
        return Found((f"not rescored: {error}".replace(f"{bundle.run} ", "the bundle "),))


def _reopened(request: Request, asked: Asked, registry: Registry) -> Reopened | None:
    """Return the run ready to be sampled; `None` where that is not possible here and was not asked for."""
    try:
        return reopen(request, registry)
    except BenchbenchError as error:
        if asked.resample is None and asked.challenge is None:
            return None
        raise BenchbenchError(f"it cannot be sampled again: {error}") from None
