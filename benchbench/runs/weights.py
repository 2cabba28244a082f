"""Which checkpoint a bundle has: inside, at an address, shipped with the method, or none."""

from __future__ import annotations

from pathlib import Path

from benchbench.core import BenchbenchError, MissingData
from benchbench.core.record import Record
from benchbench.plugins import Registry
from benchbench.runs.bundle import MOST_CHECKPOINT, Weights, member_of
from benchbench.runs.identity import hash_of
from benchbench.runs.reopen import method_of, recorded_protocol


def weights_of(
    record: Record, checkpoint: Path | None, address: str, registry: Registry
) -> tuple[Weights, Path | None]:
    """Return what a bundle says of the run's checkpoint, and the file or folder to put inside, if any.

    Raise `BenchbenchError` where it is not the one of the record, or is too large to be inside and has no address.
    """
    wanted = record.method.checkpoint
    if wanted is None:
        return Weights("none"), None
    task = registry.task(record.task.name)
    method = method_of(record, registry)
    protocol = recorded_protocol(record, task, registry)
    shipped = method.default_checkpoint(task)
    if checkpoint is None and shipped is not None and hash_of(method, task, shipped, protocol) == wanted:
        return Weights("shipped", wanted), None
    if checkpoint is not None and hash_of(method, task, checkpoint, protocol) != wanted:
        raise BenchbenchError(f"{checkpoint} is another checkpoint than the record's, of SHA-256 {wanted[:12]}…")
    if address:
        return Weights("elsewhere", wanted, address=address), None
    if checkpoint is None:
        raise MissingData(f"the run has trained weights: pass those with SHA-256 {wanted[:12]}… as --checkpoint")
    size = sum(each.stat().st_size for each in (checkpoint, *checkpoint.rglob("*")) if each.is_file())
    if size > MOST_CHECKPOINT:
        raise BenchbenchError(
            f"{checkpoint} has {size:,} bytes, and a bundle takes {MOST_CHECKPOINT:,}: publish it, and say where with"
            " --address"
        )
    return Weights("inside", wanted, member_of(checkpoint)), checkpoint


def in_words(weights: Weights) -> str:
    """Return where the checkpoint is: `checkpoint inside`."""
    said = {"none": "no checkpoint", "shipped": "checkpoint shipped with the method", "inside": "checkpoint inside"}
    return said.get(weights.place) or f"checkpoint at {weights.address}"
