"""Runs made again in part: a few conditions sampled and scored again, and all that was kept scored once more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, MissingData, Unsupported
from benchbench.core.record import Record
from benchbench.evaluation.condition import embed, score
from benchbench.evaluation.session import Session
from benchbench.evaluation.sources import Live
from benchbench.plugins import Registry
from benchbench.runs.declared import declared, edited_declaration
from benchbench.runs.directory import CONDITIONS, read_conditions
from benchbench.runs.reopen import Reopened, Request, reopen, same_place
from benchbench.runs.rescored import of_samples, scored_from, stored_source
from benchbench.runs.stored import stored_run
from benchbench.runs.training import edited_training, training_of
from benchbench.stats.estimates import condition_means
from benchbench.system.blame import describe
from benchbench.system.determinism import isolated
from benchbench.system.images import read_image

if TYPE_CHECKING:
    from torch import Tensor

EXACT, ROUNDED = 1e-9, 1e-3
"""Relative differences of scores that do not count: on the machine and version of torch of the run, and elsewhere."""


@dataclass(frozen=True)
class Found:
    """What was found."""

    said: tuple[str, ...] = ()
    """What was compared, one sentence each."""
    problem: str = ""
    """What differs; empty if nothing does."""
    facts: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    """The same in numbers, by plain names."""


def verify(request: Request, registry: Registry) -> Found:
    """Return whether the run can be made again; raise `BenchbenchError` where that cannot even be tried.

    The conditions are drawn among those whose samples were kept, if any were.
    """
    again = reopen(request, registry)
    found = sampled_again(again)
    if found.problem:
        return found
    more = _scored_again(again)
    return Found(found.said + more.said, more.problem)


def sampled_again(again: Reopened) -> Found:
    """Return what differs of a few conditions that are sampled again, as the run sampled them."""
    run, session = again.request.run, again.session
    recorded, checkpoint = again.record.method, again.checkpoint
    own = declared(again.method, session.task, checkpoint, recorded.distribution)
    problem = edited_training(recorded.training, training_of(checkpoint, session)) or edited_declaration(
        recorded.declaration, own
    )
    if problem:
        return Found(problem=problem)
    examples = session.task.examples("test")
    kept = [i for i in range(session.num_conditions) if (run / "samples" / examples[i].id).is_dir()]
    chosen = _drawn(again.request, kept or list(range(session.num_conditions)))
    recorded_scores = _recorded_scores(run, session.num_conditions)
    worst, furthest, images = 0, 0.0, 0
    for number, samples, values in _made_again(again, chosen):
        id = examples[number].id
        if kept:
            difference, k = _largest_difference(run / "samples" / id, samples)
            worst, images = max(worst, difference), images + len(samples)
            if difference > (0 if again.same_place else again.request.tolerance):
                where = "" if again.same_place else ", on another machine or version of torch"
                return Found(problem=f"sample {k} of condition {id} differs by up to {difference} grey levels{where}")
        for metric in recorded_scores.keys() & values.keys():
            value, stored = values[metric], recorded_scores[metric][number]
            furthest = max(furthest, _distance(value, stored))
            if _distance(value, stored) > (EXACT if again.same_place else ROUNDED):
                return Found(problem=f"{metric} of condition {id} is {value:.6g} now, {stored:.6g} in {CONDITIONS}")
    how = "are the same to the bit" if worst == 0 else f"differ by {worst} grey levels at most"
    said = (
        f"{len(chosen)} conditions sampled again, drawn with seed {again.request.seed}:"
        + (f" {images} samples {how}" if kept else " the run kept no samples to compare with"),
        f"their scores by condition are the same (within {furthest:.1g} of their size)"
        if recorded_scores
        else f"there are no scores by condition to compare with: {CONDITIONS} is missing",
    )
    facts: dict[str, bool | int | float | str] = {
        "conditions sampled again": len(chosen),
        "seed of their draw": again.request.seed,
    }
    if kept:
        facts |= {"samples compared": images, "largest difference in grey levels": worst}
    return Found(said, facts=facts)


def _scored_again(again: Reopened) -> Found:
    """Return what differs of the scores computed from all kept samples; where some are lacking, that is said."""
    run, session = again.request.run, again.session
    if session.task.space.kind != "images" or not (run / "samples").is_dir():
        return Found(("no samples were kept to score again (--keep-samples all keeps them)",))
    try:
        return scored_again(run, again.record, session)
    except (MissingData, Unsupported) as error:
        return Found((f"not scored again: {error}",))


def _drawn(request: Request, pool: Sequence[int]) -> list[int]:
    import numpy as np

    drawn = np.random.default_rng(request.seed).choice(pool, min(request.conditions, len(pool)), replace=False)
    return sorted(int(number) for number in drawn)


def _made_again(again: Reopened, numbers: Sequence[int]) -> list[tuple[int, Tensor, dict[str, float]]]:
    """Return number, samples `uint8[K, …]` and condition scores of these conditions, as the run made them."""
    session, made = again.session, []
    try:
        with isolated(session.device):
            for sampled in Live(session, again.method, again.batch_size)(numbers):
                found = score(session, embed(session, sampled), session.scores, session.protocol)
                means = {name: float(condition_means(value[None].numpy())[0]) for name, value in found.items()}
                made.append((sampled.number, sampled.samples, means))
    except BenchbenchError:
        raise
    except Exception as error:  # of a plugin
        raise BenchbenchError(f"{again.method.name} cannot be sampled again: {describe(error)}") from None
    return made


def _largest_difference(folder: Path, samples: Tensor) -> tuple[int, int]:
    """Return the largest difference in grey levels from the kept images, and of which sample it is."""
    worst = (0, 0)
    for k, image in enumerate(samples.cpu()):
        path = folder / f"{k:02d}.png"
        if not path.is_file():
            raise MissingData(f"{path} is missing: some of the run's kept samples are gone")
        stored = read_image(path, (image.shape[2], image.shape[1]))
        difference = int((stored.int() - image.int()).abs().max())
        worst = max(worst, (difference, k), key=lambda each: each[0])
    return worst


def _recorded_scores(run: Path, total: int) -> dict[str, list[float]]:
    """Return the values by condition of each metric that lie beside the record."""
    path = run / CONDITIONS
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


def scored_again(run: Path, record: Record, session: Session) -> Found:
    """Return what differs between a run's scores and those that its kept samples give, in total and by condition.

    Every score but those of a likelihood is computed again; raise `MissingData` or `Unsupported` where the samples of
    some condition were not kept.
    """
    stored = stored_run(run, record, session.task)
    found = scored_from(stored_source(stored.folder, session), session, of_samples(session))
    bound = EXACT if same_place(record, session.device) else ROUNDED
    own = {each.metric: each for each in record.scores}
    compared = [each for each in found.scores if each.metric in own]
    furthest = 0.0
    for each in compared:
        recorded_value = own[each.metric].value
        furthest = max(furthest, _distance(each.value, recorded_value))
        if _distance(each.value, recorded_value) > bound:
            return Found(
                problem=f"{each.metric} of the kept samples is {each.value:.6g}, {recorded_value:.6g} in the record"
            )
    for metric, values in _recorded_scores(run, session.num_conditions).items():
        for id, value, there in zip(found.table["id"], found.table.get(metric, values), values, strict=True):
            furthest = max(furthest, _distance(float(value), there))
            if _distance(float(value), there) > bound:
                return Found(
                    problem=f"{metric} of the kept samples of condition {id} is {value:.6g}, {there:.6g} in"
                    f" {CONDITIONS}"
                )
    samples = stored.num_conditions * stored.samples_per_condition
    names = ", ".join(each.metric for each in compared)
    return Found(
        (f"all {stored.num_conditions} conditions scored again from kept samples: {names} are the same",),
        facts={"samples": samples, "scores": names, "largest relative difference": furthest},
    )
