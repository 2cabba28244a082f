"""Runs made again in part: a few conditions sampled and scored anew, and all that was kept scored once more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.evaluation import shard as evaluation
from benchbench.evaluation import real
from benchbench.evaluation import stored as rescoring
from benchbench.evaluation import scores as scoring
from benchbench.core import BenchbenchError, MissingData, Protocol, Task, Unsupported
from benchbench.system.environment import environment
from benchbench.evaluation.scores import score_identity
from benchbench.evaluation.shard import Plan, ResolvedScore
from benchbench.plugins import registry
from benchbench.core.differences import Difference, Expected, differences
from benchbench.core.identity import identity_of
from benchbench.core.record import Record, RecordedTask
from benchbench.runs.run import checkpoint_hash
from benchbench.system.files import identity_hash, read_conditions, recorded

if TYPE_CHECKING:
    from torch import Tensor

EXACT, ROUNDED = 1e-9, 1e-3
"""Relative differences of scores that are none: on the device and version of torch of the run, and elsewhere."""


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


@dataclass(frozen=True)
class Verification:
    """What was found."""

    said: tuple[str, ...]
    """What was compared, a sentence each."""
    problem: str
    """What differs; empty if nothing does."""


def verify(request: Request) -> Verification:
    """Return whether the run can be made again; raise `BenchbenchError` where that cannot even be tried.

    The conditions are drawn among those whose samples were kept, if any were.
    """
    record = recorded(request.run)
    plan = _plan(request, record)
    task = evaluation.get_task(plan.task)
    known = scoring.real_features(_resolved(record, task), task, plan.device, Path(plan.cache))
    assert all(known.values())
    same = _same_place(record, request.device)
    said, problem = _sampled_again(request, plan, task, same)
    if not problem:
        more, problem = _scored_again(request, record, task, same)
        said += more
    return Verification(tuple(said), problem)


def _plan(request: Request, record: Record) -> Plan:
    """Return the run's plan, from its record; raise `BenchbenchError` where here is not what it was made with."""
    run = request.run
    if record.status != "ok":
        raise BenchbenchError(f"{run} has nothing to verify: the run is {record.status} ({record.reason})")
    if identity_hash(identity_of(record)) != record.run_id:
        raise BenchbenchError(f"{run}: {Difference('identity', found=record.run_id)}")
    registry().get("tasks", record.task.name)
    task = evaluation.get_task(record.task.name)
    method = registry().get("methods", record.method.name)(**record.method.options)
    here = RecordedTask(task.name, task.version, evaluation.get_fingerprint(task.name))
    for difference in differences(record, Expected(here, off_protocol=True, method_version=method.version)):
        raise BenchbenchError(f"{run}: {difference}")
    checkpoint = request.checkpoint or method.default_checkpoint(task)
    wanted = record.method.checkpoint
    if wanted and (checkpoint is None or checkpoint_hash(checkpoint) != wanted):
        what = f"{checkpoint} is another checkpoint" if checkpoint else "the checkpoint is wanted"
        raise MissingData(f"{run}: {what}: name that of SHA-256 {wanted[:12]}… with --checkpoint")
    return Plan(
        task=task.name,
        method=method.name,
        options=tuple(sorted(method.options().items())),
        checkpoint=str(checkpoint) if wanted else None,
        protocol=_protocol(record, task),
        scores=tuple(score.metric for score in record.scores),
        seed=record.seed,
        device=request.device,
        batch_size=record.batch_size or 1,
        directory=str(run),
        cache=str(real.cache_directory(run.parent.parent.parent)),
        keep_samples="none",
        fingerprint=record.task.fingerprint,
    )


def _protocol(record: Record, task: Task) -> Protocol:
    name, own = record.protocol.name, task.protocol
    protocol: Protocol = own if name == own.name else registry().get("protocols", name)
    made = protocol.resized(record.protocol.num_conditions, record.protocol.samples_per_condition)
    if made.numbers() != record.protocol.numbers():
        raise BenchbenchError(f"the protocol {protocol.name} of the record is not the one that is here")
    return made


def _resolved(record: Record, task: Task) -> list[ResolvedScore]:
    resolved = evaluation.resolve_scores([score.metric for score in record.scores], task, registry())
    here = {each.specification: score_identity(each) for each in resolved}
    own = {score.metric: here[score.metric] for score in record.scores}
    for difference in differences(record, Expected(record.task, own, off_protocol=True)):
        raise BenchbenchError(str(difference))
    return resolved


def _same_place(record: Record, device: str) -> bool:
    """Tell whether samples must be the same to the bit: on the device and the version of torch of the run."""
    ours, theirs = environment(device, ""), record.environment
    versions = [each.packages.get("torch") for each in (ours, theirs)]
    return versions[0] == versions[1] and device.split(":")[0] == theirs.device.split(":")[0]


def _sampled_again(request: Request, plan: Plan, task: Task, same: bool) -> tuple[list[str], str]:
    """Return what was compared and what differs, of a few conditions that are sampled again."""
    import numpy as np

    examples = task.examples("test")
    total = plan.protocol.num_conditions or 0
    kept = [i for i in range(total) if (request.run / "samples" / examples[i].id).is_dir()]
    pool = kept or list(range(total))
    drawn = np.random.default_rng(request.seed).choice(pool, min(request.conditions, len(pool)), replace=False)
    chosen = sorted(int(number) for number in drawn)
    scores = _recorded_scores(request.run, total)
    worst, furthest, images = 0, 0.0, 0
    try:
        again = list(evaluation.work_again(plan, chosen))
    except BenchbenchError:
        raise
    except Exception as error:  # of a plugin
        raise BenchbenchError(f"{plan.method} cannot be sampled again: {evaluation.describe(error)}") from None
    for number, samples, values in again:
        id = examples[number].id
        if kept:
            difference, k = _largest_difference(request.run / "samples" / id, samples)
            worst, images = max(worst, difference), images + len(samples)
            if difference > (0 if same else request.tolerance):
                where = "" if same else ", on another device or version of torch"
                return [], f"sample {k} of condition {id} differs by up to {difference} grey levels{where}"
        for metric, value in values.items():
            if metric in scores:
                distance = _distance(value, scores[metric][number])
                furthest = max(furthest, distance)
                if distance > (EXACT if same else ROUNDED):
                    stored = scores[metric][number]
                    return [], f"{metric} of condition {id} is {value:.6g} now, {stored:.6g} in conditions.parquet"
    said = [
        f"{len(chosen)} conditions sampled again, drawn with seed {request.seed}:"
        + (f" {images} samples {_how(worst)}" if kept else " the run kept no samples to compare with")
    ]
    said.append(
        f"their scores by condition are the same (within {furthest:.1g} of their size)"
        if scores
        else "there are no scores by condition to compare with: conditions.parquet is missing"
    )
    return said, ""


def _how(worst: int) -> str:
    return "are the same to the bit" if worst == 0 else f"differ by {worst} grey levels at most"


def _largest_difference(folder: Path, samples: Tensor) -> tuple[int, int]:
    """Return the largest difference in grey levels from the kept images, and of which sample it is."""
    import numpy as np
    from PIL import Image

    worst = (0, 0)
    for k, image in enumerate(samples.permute(0, 2, 3, 1).cpu().numpy()):
        path = folder / f"{k:02d}.png"
        if not path.is_file():
            raise MissingData(f"{path} is missing: some of the run's kept samples are gone")
        try:
            with Image.open(path) as opened:
                stored = np.asarray(opened.convert("RGB"))
        except OSError as error:
            raise BenchbenchError(f"{path} cannot be read: {error}") from None
        if stored.shape != image.shape:
            raise BenchbenchError(f"{path} has {stored.shape[1]} x {stored.shape[0]} px, the task's images have others")
        difference = int(np.abs(stored.astype(int) - image.astype(int)).max())
        worst = max(worst, (difference, k), key=lambda each: each[0])
    return worst


def _recorded_scores(run: Path, total: int) -> dict[str, list[float]]:
    """Return the values by condition of each metric that lie beside the record."""
    path = run / "conditions.parquet"
    if not path.is_file():
        return {}
    table = read_conditions(path)
    if len(table) != total:
        raise BenchbenchError(f"{path} has {len(table)} conditions, the record {total}")
    return {str(name): [float(each) for each in table[name]] for name in table if name not in ("id", "group")}


def _distance(value: float, stored: float) -> float:
    """Return the difference as a share of the larger value; small values count as 1e-3."""
    if not math.isfinite(stored):
        return math.inf
    return abs(value - stored) / max(abs(value), abs(stored), 1e-3)


def _scored_again(request: Request, record: Record, task: Task, same: bool) -> tuple[list[str], str]:
    """Return what was compared and what differs, of the record's scores computed from all kept samples."""
    if task.space.kind != "images" or not (request.run / "samples").is_dir():
        return ["no samples were kept to score again (--keep-samples all keeps them)"], ""
    try:
        stored = rescoring.stored_run(request.run)
        application = rescoring.apply(_protocol(record, task), stored)
    except (MissingData, Unsupported) as error:
        return [f"not scored again: {error}"], ""
    wanted = {score.metric: score for score in record.scores}
    extractors = rescoring.prepare(
        stored, [application], request.device, real.cache_directory(request.run.parent.parent.parent)
    )
    (again,) = rescoring.rescore(stored, [application], extractors, lambda done, total: None)
    compared = [score for score in again.scores if score.metric in wanted]
    for score in compared:
        own = wanted[score.metric]
        if _distance(score.value, own.value) > (EXACT if same else ROUNDED):
            return [], f"{score.metric} of the kept samples is {score.value:.6g}, {own.value:.6g} in the record"
    return [
        f"all {stored.num_conditions} conditions scored again from kept samples: {_listed(compared)} are the same"
    ], ""


def _listed(scores: Sequence[Any]) -> str:
    return ", ".join(score.metric for score in scores)
