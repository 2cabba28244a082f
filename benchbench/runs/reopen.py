"""A recorded run opened again, where here is what it was made with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchbench.core import BenchbenchError, Method, MissingData, Protocol, Task
from benchbench.core.differences import Difference, Expected, differences
from benchbench.core.identity import identity_of
from benchbench.core.record import Record, RecordedTask
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.plan import prepare
from benchbench.evaluation.resolve import ResolvedScore, resolve_scores
from benchbench.evaluation.scores import score_identity
from benchbench.evaluation.session import Session, Setting, open_session
from benchbench.plugins import Registry
from benchbench.runs.directory import recorded
from benchbench.runs.identity import hash_of
from benchbench.runs.request import cache_directory
from benchbench.system.blame import describe
from benchbench.system.environment import environment
from benchbench.system.hashes import identity_hash
from benchbench.system.records import object_in


@dataclass(frozen=True)
class Request:
    """What to verify, and how much of it."""

    run: Path
    device: str
    checkpoint: Path | None = None
    """The trained weights of the run, where the method does not bring them."""
    conditions: int = 3
    """How many conditions to sample again."""
    seed: int = 0
    """Which ones are drawn."""
    tolerance: int = 2
    """Grey levels by which samples may differ on another device or version of torch."""
    output: Path | None = None
    """The folder of runs here; `None`: the one that the run lies in."""
    record: Record | None = None
    """`None`: the run directory's own; a record on a leaderboard has no such directory."""

    @property
    def cache(self) -> Path:
        """The folder of real features: that of the runs here, or the one that the run used."""
        return cache_directory(self.run.parent.parent.parent if self.output is None else self.output)


@dataclass(frozen=True)
class Reopened:
    """A recorded run, opened here."""

    request: Request
    record: Record
    session: Session
    method: Method
    batch_size: int
    same_place: bool
    """Whether samples must be the same to the bit: on the device and the version of torch of the run."""
    checkpoint: Path | None = None

    @property
    def label(self) -> str:
        """The method's label."""
        return self.record.method.label


def reopen(request: Request, registry: Registry) -> Reopened:
    """Return the run as it can be made here; raise `BenchbenchError` where here is not what it was made with."""
    record = request.record or recorded(request.run)
    session = recorded_session(request, record, registry)
    method, checkpoint = _method(request, record, session.task, registry)
    try:
        prepare(method, session.task, request.device, checkpoint, session.fast)
    except BenchbenchError:
        raise
    except Exception as error:  # of a plugin
        raise BenchbenchError(f"{method.name} cannot be sampled again: {describe(error)}") from None
    return Reopened(
        request, record, session, method, record.batch_size or 1, same_place(record, request.device), checkpoint
    )


def recorded_session(request: Request, record: Record, registry: Registry) -> Session:
    """Return the session in which a record's scores are computed again; raise `BenchbenchError` where that cannot be.

    The method of the record need not be installed.
    """
    run = request.run
    if record.status != "ok":
        raise BenchbenchError(f"{run} has nothing to verify: the run is {record.status} ({record.reason})")
    if "token" in object_in(run / "run.json"):
        raise BenchbenchError(f"{run} is of an object of another process: only methods with a name can be verified")
    if identity_hash(identity_of(record)) != record.run_id:
        raise BenchbenchError(f"{run}: {Difference('identity', found=record.run_id)}")
    task = registry.task(record.task.name).drawn(record.task.draw)
    here = RecordedTask(task.name, task.version, fingerprint(task), task.test_draw)
    for difference in differences(record, Expected(here, off_protocol=True)):
        raise BenchbenchError(f"{run}: {difference}")
    setting = Setting(record.seed, request.device, request.cache, fast=record.fast is not None)
    scores = _resolved(record, task, registry)
    return open_session(task, record.task.fingerprint, recorded_protocol(record, task, registry), scores, setting)


def method_of(record: Record, registry: Registry) -> Method:
    """Return the record's method with its options; raise `BenchbenchError` where it is not here, or has no such."""
    kind = registry.get("methods", record.method.name)
    try:
        method: Method = kind(**record.method.options)
    except Exception as error:  # of options that another version had, or that somebody wrote
        raise BenchbenchError(f"{record.method.name} does not take the record's options: {describe(error)}") from None
    return method


def _method(request: Request, record: Record, task: Task, registry: Registry) -> tuple[Method, Path | None]:
    """Return the method of the record, and its checkpoint if it had one."""
    run, method = request.run, method_of(record, registry)
    for difference in differences(record, Expected(record.task, off_protocol=True, method_version=method.version)):
        raise BenchbenchError(f"{run}: {difference}")
    wanted = record.method.checkpoint
    if not wanted:
        return method, None
    checkpoint = request.checkpoint or method.default_checkpoint(task)
    if checkpoint is None or hash_of(method, task, checkpoint, recorded_protocol(record, task, registry)) != wanted:
        what = f"{checkpoint} is another checkpoint" if checkpoint else "the checkpoint is needed"
        raise MissingData(f"{run}: {what}: pass the one with SHA-256 {wanted[:12]}… as --checkpoint")
    return method, checkpoint


def recorded_protocol(record: Record, task: Task, registry: Registry) -> Protocol:
    """Return the protocol that is here, with the record's numbers; raise `BenchbenchError` where it is another one."""
    name, own = record.protocol.name, task.protocol
    protocol: Protocol = own if name == own.name else registry.get("protocols", name)
    made = protocol.resized(record.protocol.num_conditions, record.protocol.samples_per_condition)
    if made.numbers() != record.protocol.numbers():
        raise BenchbenchError(f"the protocol {protocol.name} of the record is not the one that is here")
    return made


def _resolved(record: Record, task: Task, registry: Registry) -> tuple[ResolvedScore, ...]:
    resolved = resolve_scores([score.metric for score in record.scores], task, registry)
    here = {each.specification: score_identity(each) for each in resolved}
    own = {each.metric: here[each.metric] for each in record.scores}
    for difference in differences(record, Expected(record.task, own, off_protocol=True)):
        raise BenchbenchError(str(difference))
    return resolved


def same_place(record: Record, device: str) -> bool:
    """Return whether a record was made on a processor and a device of this kind, with the version of torch here."""
    ours, theirs = environment(device, ""), record.environment
    versions = [each.packages.get("torch") for each in (ours, theirs)]
    if ours.processor != theirs.processor:  # another one adds up in another order
        return False
    return versions[0] == versions[1] and device.split(":")[0] == theirs.device.split(":")[0]
