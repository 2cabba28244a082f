"""The contract of a task: its data (`splits`), its law, its metrics, and that it is the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchbench.contract import item, splits, state
from benchbench.contract.findings import Check, Failed, Finding, Passed, line_of
from benchbench.contract.task_item import TaskItem
from benchbench.core import BenchbenchError, ModeTask, Protocol, SampleSpace, Unsupported
from benchbench.core.noise import Noise
from benchbench.evaluation.fingerprint import fingerprint as fingerprint_of
from benchbench.evaluation.resolve import resolve_scores
from benchbench.plugins import registry

if TYPE_CHECKING:
    from torch import Tensor

KIND = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def declares(case: TaskItem) -> Finding:
    """It says its kind, its sample space and its protocol."""
    task, where = case.task, line_of(case.cls)
    kind = getattr(task, "kind", None)
    if not (isinstance(kind, str) and KIND.fullmatch(kind)):
        used = sorted({str(each.kind) for each in registry().tasks.values() if hasattr(each, "kind")} - {str(kind)})
        return Failed(f"kind is {kind!r}", f"lower-case words joined by hyphens, such as {', '.join(used)}", where)
    if not isinstance(getattr(task, "space", None), SampleSpace):
        return Failed("space is no SampleSpace", "such as SampleSpace('images', (3, 32, 32))", where)
    if task.space.kind == "images" and (len(task.space.shape) != 3 or task.space.shape[0] != 3):
        return Failed(f"images of shape {list(task.space.shape)}", "[3, H, W], RGB", where)
    if not isinstance(task.protocol, Protocol):
        return Failed("protocol is no Protocol", "an instance of benchbench.Protocol", where)
    return Passed(f"{task.kind}, {task.space.kind} {list(task.space.shape)}, {task.protocol.summary}")


def fingerprint(case: TaskItem) -> Finding:
    """Its data are the same in a fresh process."""
    own, there = fingerprint_of(case.task), case.there
    if there.error:
        return Failed(f"a fresh process could not make it: {there.error}", "the same data", case.where("examples"))
    if there.fingerprint != own:
        return Failed(
            "its data are others in a fresh process",
            "the same: a fixed order, and randomness from benchbench.core.noise.stream(…) alone",
            case.where("examples"),
        )
    return Passed(f"{own[:12]}, also in a fresh process")


def metrics(case: TaskItem) -> Finding:
    """Its metrics are there, take its samples, and mean something on it; the first one ranks."""
    try:
        resolved = resolve_scores(case.task.metrics, case.task, registry())
    except BenchbenchError as error:
        return Failed(str(error), "names such as energy-score[mini]", line_of(case.cls))
    if not resolved:
        return Failed("it has no metrics", "at least one: the first one ranks", line_of(case.cls))
    if resolved[0].metric.higher_is_better is None:
        expected = "one with a direction, as the first one ranks"
        return Failed(f"its first metric is {resolved[0].specification}", expected, line_of(case.cls))
    return Passed(f"{len(case.task.metrics)}; {case.task.metrics[0]} ranks")


def law(case: TaskItem) -> Finding:
    """Where the law is known, `draw` gives samples that depend on their noise alone."""
    import torch

    ids = [example.id for example in case.examples[:3]]
    space = case.task.space

    def draw(wanted: Sequence[str]) -> Tensor:
        state.seed_generators(len(wanted))
        noise = Noise.for_samples((case.task.name, case.task.version), 0, wanted, 4)
        return space.check(case.task.draw(wanted, 4, noise), len(wanted), 4)

    try:
        together = draw(ids)
    except Unsupported:
        return Passed("it is not known")
    except BenchbenchError as error:
        return Failed(f"draw(): {str(error).removeprefix('sample() ')}", "samples of its space", case.where("draw"))
    alone = torch.cat([draw([id]) for id in ids])
    if not torch.equal(together, alone):
        expected = "the same: all randomness from `noise`"
        return Failed("draw() gives other samples for one id than for three", expected, case.where("draw"))
    return Passed("it is known, and drawn by noise alone")


def modes(case: TaskItem) -> Finding:
    """Where modes are known, their probabilities sum to 1, and references belong to modes that have some."""
    task = case.task
    if not isinstance(task, ModeTask):
        return Passed("they are not known")
    belonging, number = 0, 0
    for example in case.examples[:50]:
        probabilities = task.mode_probabilities(example.id)
        if tuple(probabilities.shape) != (task.num_modes,) or abs(float(probabilities.sum()) - 1) > 1e-6:
            seen = f"mode_probabilities({example.id!r}) is {[round(p, 4) for p in probabilities.tolist()]}"
            return Failed(seen, f"{task.num_modes} numbers with the sum 1", case.where("mode_probabilities"))
        assigned = task.assign_modes(example.id, example.references)
        if tuple(assigned.shape) != (len(example.references),) or assigned.is_floating_point():
            seen = f"assign_modes returned {splits.type_of(assigned)}{list(assigned.shape)}"
            return Failed(seen, f"int64[{len(example.references)}]", case.where("assign_modes"))
        valid = assigned[assigned >= 0]
        belonging += int((probabilities[valid] > 0).sum())
        number += len(assigned)
    if belonging < 0.9 * number:
        seen = f"{belonging} of {number} references belong to a mode that their condition allows"
        return Failed(seen, "at least nine in ten", case.where("assign_modes"))
    return Passed(f"{task.num_modes}; {belonging} of {number} references belong to one that their condition allows")


def global_state(case: TaskItem) -> Finding:
    """Making its data leaves the global random generators alone."""
    if case.there.touched:
        expected = "randomness from benchbench.core.noise.stream(…) alone"
        return Failed(f"it uses the global generator of {case.there.touched[0]}", expected, case.where("examples"))
    return Passed("torch, numpy and random are left alone")


CHECKS = (
    *item.CHECKS,
    Check(declares),
    *splits.CHECKS,
    Check(global_state, needs=("examples", "pool"), guarded=False),
    Check(fingerprint, needs=("examples", "pool", "global-state"), guarded=False),
    Check(metrics, needs=("examples",)),
    Check(law, needs=("examples",)),
    Check(modes, needs=("examples",)),
)
