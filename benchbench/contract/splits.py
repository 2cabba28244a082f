"""The contract of a task's examples: their form, their number, and what the splits and the real pool share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchbench.contract import relation
from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned
from benchbench.contract.task_item import FEW, TaskItem
from benchbench.core import BenchbenchError, Example, MissingData

if TYPE_CHECKING:
    from torch import Tensor

SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
MOST_HELD = 0.1
"""At this share of test examples in the real pool, it is no accident of a data set with duplicate images."""
RELATED, FEWEST = 200, 8
"""The largest and the smallest number of examples for the test of relation."""
LEVEL = 0.05
"""The level of the test: an unrelated task passes as related with at most this probability."""


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
        modality: f"{type_of(value)}{list(value.shape)}" for modality, value in sorted(seen[0].condition.items())
    }
    wanted = (f"torch.{case.task.space.dtype}", case.task.space.shape)
    for example in seen:
        own = {name: f"{type_of(value)}{list(value.shape)}" for name, value in sorted(example.condition.items())}
        if own != modalities:
            return Failed(f"example {example.id} has {own}, {seen[0].id} has {modalities}", "one shape for all", where)
        references = example.references
        if not isinstance(references, torch.Tensor) or references.ndim < 1 or len(references) < 1:
            return Failed(f"example {example.id} has no references", "at least one", where)
        if (str(references.dtype), tuple(references.shape[1:])) != wanted:
            found = f"{type_of(references)}{list(references.shape)}"
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


def type_of(value: Tensor) -> str:
    """Return the type of a tensor's values, such as `uint8`."""
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
            f"real_pool() returned {type_of(found)}{list(found.shape)}",
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


CHECKS = (
    Check(data, needs=("declares",)),
    Check(examples, needs=("data",)),
    Check(conditions, needs=("examples",)),
    Check(pool, needs=("examples",)),
    Check(splits, needs=("examples",)),
    Check(sealed, needs=("pool", "splits")),
    Check(related, needs=("examples",)),
)
