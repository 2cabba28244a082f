"""The contract of a task: its examples, its splits, its law, its metrics, and that it is the same everywhere."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchbench.contract import fresh, item, relation, state
from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned, line_of
from benchbench.core import BenchbenchError, Example, MissingData, ModeTask, Protocol, SampleSpace, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.evaluation.fingerprint import fingerprint as fingerprint_of
from benchbench.evaluation.resolve import resolve_scores
from benchbench.plugins import get_task, registry

if TYPE_CHECKING:
    from torch import Tensor

KIND = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
FEW = 1000
"""The number of examples per split that are checked one by one."""
MOST_HELD = 0.1
"""At this share of test examples in the real pool, it is no accident of a data set with duplicate images."""
RELATED, FEWEST = 200, 8
"""The largest and the smallest number of examples for the test of relation."""
LEVEL = 0.05
"""The level of the test: an unrelated task passes as related with at most this probability."""


class TaskItem(item.Item):
    """A task."""

    cls: type[Task]

    def __init__(self, name: str, seconds: float = 20) -> None:
        super().__init__("tasks", name, seconds=seconds)

    @functools.cached_property
    def task(self) -> Task:
        """The task, made."""
        return get_task(self.name)

    @functools.cached_property
    def there(self) -> fresh.Answer:
        """What a fresh process says of its data."""
        return fresh.fingerprint(self.name, self.seconds)

    @property
    def examples(self) -> Sequence[Example]:
        """The test examples, up to a number."""
        found = self.task.examples("test")
        return [found[i] for i in range(min(FEW, len(found)))]

    def where(self, name: str) -> str:
        """Return the line of a method of the class."""
        return line_of(getattr(self.cls, name))


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


def data(case: TaskItem) -> Finding:
    """Its test data are here."""
    try:
        return Passed(f"{len(case.task.examples('test'))} test conditions")
    except MissingData as error:
        return Skipped(str(error))


def examples(case: TaskItem) -> Finding:
    """Ids are unique and safe as file names; conditions and references have one shape and type."""
    import torch

    where, seen = case.where("examples"), case.examples
    if len(seen) < 2:
        return Failed(f"the test has {len(seen)} examples", "at least 2, for an uncertainty", where)
    ids = [example.id for example in seen]
    for id in ids:
        if not (isinstance(id, str) and SAFE.fullmatch(id)):
            return Failed(
                f"an example has the id {id!r}", "letters, digits, '.', '_' and '-', as it names files", where
            )
    if len({id.lower() for id in ids}) < len(ids):
        lower = [id.lower() for id in ids]
        twice = next(id for id in ids if lower.count(id.lower()) > 1)
        return Failed(f"two examples have the id {twice!r}", "unique ids, also when case is ignored", where)
    modalities = {
        modality: f"{_type(value)}{list(value.shape)}" for modality, value in sorted(seen[0].condition.items())
    }
    wanted = (f"torch.{case.task.space.dtype}", case.task.space.shape)
    for example in seen:
        own = {name: f"{_type(value)}{list(value.shape)}" for name, value in sorted(example.condition.items())}
        if own != modalities:
            return Failed(f"example {example.id} has {own}, {seen[0].id} has {modalities}", "one shape for all", where)
        references = example.references
        if not isinstance(references, torch.Tensor) or references.ndim < 1 or len(references) < 1:
            return Failed(f"example {example.id} has no references", "at least one", where)
        if (str(references.dtype), tuple(references.shape[1:])) != wanted:
            found = f"{_type(references)}{list(references.shape)}"
            return Failed(
                f"the references of {example.id} are {found}",
                f"{case.task.space.dtype}[R, {', '.join(map(str, case.task.space.shape))}]",
                where,
            )
        if len(references) != len(seen[0].references):
            counts = f"{len(seen[0].references)} references of {seen[0].id}, {len(references)} of {example.id}"
            return Failed(counts, "the same number for all", where)
    given = ", ".join(f"{name} {text}" for name, text in modalities.items()) or "nothing"
    return Passed(f"{len(case.task.examples('test'))} conditions of {given}; references {len(seen[0].references)} each")


def _type(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def conditions(case: TaskItem) -> Finding:
    """There are as many test conditions as its protocol needs."""
    wanted, there = case.task.protocol.num_conditions, len(case.task.examples("test"))
    if wanted is not None and wanted > there:
        return Failed(f"{there} test conditions", f"{wanted}, as its protocol says", case.where("examples"))
    return Passed(f"{there}, of which its protocol takes {'all' if wanted is None else wanted}")


def pool(case: TaskItem) -> Finding:
    """`real_pool` gives samples of its space."""
    found, space = case.task.real_pool(), case.task.space
    if str(found.dtype) != f"torch.{space.dtype}" or tuple(found.shape[1:]) != space.shape or len(found) < 2:
        return Failed(
            f"real_pool() returned {_type(found)}{list(found.shape)}",
            f"{space.dtype}[N, {', '.join(map(str, space.shape))}], N >= 2",
            case.where("real_pool"),
        )
    return Passed(f"{len(found)} real outputs")


def sealed(case: TaskItem) -> Finding:
    """`real_pool` holds no test reference: methods train on it, and are compared with it."""
    pool = {_bytes(sample) for sample in case.task.real_pool()}
    held = [example.id for example in case.examples if any(_bytes(each) in pool for each in example.references)]
    if not held:
        return Passed(f"none of {len(pool)} real outputs is a test reference")
    seen = f"real_pool() holds references of {len(held)} test examples, such as {held[0]}"
    if len(held) > MOST_HELD * len(case.examples):
        return Failed(seen, "training targets, which are no test references", case.where("real_pool"))
    return Warned(seen, "are these images twice in the data set?")


def related(case: TaskItem) -> Finding:
    """The condition says something of its reference: examples that are alike in one are alike in the other."""
    seen = case.examples[:RELATED]
    if not seen[0].condition:
        return Passed("it gives no condition")
    if len(seen) < FEWEST:
        return Passed(f"{len(seen)} examples are too few for a decision")
    given, truth = relation.condition_distances(seen), relation.distances([each.references[:1] for each in seen])
    chance = relation.chance(given, truth)
    if chance <= LEVEL:
        return Passed(f"it does (p = {chance:.3g}, Mantel's test of {len(seen)} examples)")
    seen_ = f"examples of similar conditions have references no more similar than any (p = {chance:.2g}, Mantel's test)"
    return Warned(seen_, "does each condition belong to its own reference?")


def splits(case: TaskItem) -> Finding:
    """No test example is one of training or validation."""
    test = {key: example.id for example in case.examples for key in _contents(example)}
    counts = {}
    for split in ("train", "validation"):
        try:
            found = case.task.examples(split)
        except BenchbenchError:
            continue
        counts[split] = len(found)
        for i in range(min(FEW, len(found))):
            same = [test[key] for key in _contents(found[i]) if key in test]
            if same:
                seen = f"test example {same[0]} is also {split} example {found[i].id}"
                return Failed(seen, "splits that share nothing", case.where("examples"))
    number = " and ".join(f"{count} of {split}" for split, count in counts.items())
    return Passed(f"shares nothing with {number}" if counts else "there is only a test")


def _bytes(sample: Tensor) -> bytes:
    return bytes(sample.contiguous().numpy().tobytes())


def _contents(example: Example) -> list[bytes]:
    """Return, for each reference, the bytes of the condition and of the reference."""
    given = b"".join(example.condition[name].contiguous().numpy().tobytes() for name in sorted(example.condition))
    return [given + reference.contiguous().numpy().tobytes() for reference in example.references]


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
            seen = f"assign_modes returned {_type(assigned)}{list(assigned.shape)}"
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
    Check(data, needs=("declares",)),
    Check(examples, needs=("data",)),
    Check(conditions, needs=("examples",)),
    Check(pool, needs=("examples",)),
    Check(splits, needs=("examples",)),
    Check(sealed, needs=("pool", "splits")),
    Check(related, needs=("examples",)),
    Check(global_state, needs=("examples", "pool"), guarded=False),
    Check(fingerprint, needs=("examples", "pool", "global-state"), guarded=False),
    Check(metrics, needs=("examples",)),
    Check(law, needs=("examples",)),
    Check(modes, needs=("examples",)),
)
