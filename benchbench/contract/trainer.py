"""The contract of a method's trainer: an interrupted training ends like an uninterrupted one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned, line_of
from benchbench.contract.guard import OutOfTime
from benchbench.contract.method import MethodItem, size
from benchbench.core import BenchbenchError, Method, Task, Trainer, Unsupported
from benchbench.core.engine import Engine
from benchbench.plugins import get_task
from benchbench.training import states

if TYPE_CHECKING:
    from torch import Tensor

STEPS, CUT = 4, 2
"""How long the trainings are, and after how many steps one of them is interrupted."""


def trains(method: MethodItem) -> Finding:
    """A training that is interrupted and continues from its state ends with the same weights."""
    import torch

    if method.cls.trainer is Method.trainer:
        return Passed("it has no trainer")
    try:
        with torch.enable_grad():
            return _compare(method)
    except OutOfTime as error:
        return Warned(f"{STEPS} steps of training, twice, are {error}", "give them more (--timeout)")


def _compare(method: MethodItem) -> Finding:
    found = _first(method)
    if found is None:
        return Skipped("none of the tasks that are here can be trained on")
    task, whole = found
    where = line_of(method.cls.trainer)
    path, state = Path("state.pt"), _trained(method, task, 0, CUT).state()
    broken = states.not_finite(state)
    if broken:
        return Failed(f"{broken} is not finite", "finite numbers: a state that is not finite is not kept", where)
    try:
        states.write(path, {"done": CUT, "trainer": state, "watch": {}, "made_with": {}})
    except BenchbenchError as error:
        return Failed(str(error), "what torch.load reads with weights_only=True", where)
    resumed = _trained(method, task, CUT, STEPS, states.read(path, "cpu")["trainer"]).weights()
    name = _other(whole, resumed)
    if name is None:
        return Passed(f"{STEPS} steps on {task.name}, and {CUT} and {STEPS - CUT}, give the same weights")
    if _other(whole, _trained(method, task, 0, STEPS).weights()) is not None:
        seen, expected = "two trainings of one seed differ", "all randomness from engine.random(…)"
    else:
        seen = f"interrupted after {CUT} of {STEPS} steps on {task.name}, it ends with other weights"
        expected = "all that changes in state() and restore()"
    return Failed(f"{seen} ({name})", expected, where)


def _first(method: MethodItem) -> tuple[Task, Mapping[str, Tensor]] | None:
    """Return the smallest task that can be trained on, and the weights after all steps; `None` where there is none.

    Those that `prepare` takes come first. It refuses others because a checkpoint is missing, or because it cannot
    serve them: then `trainer` may fail, unless the task was asked for.
    """
    refused = {each.task for each in method.services if each.refusal}
    tasks = (get_task(name) for name in method.candidates)
    for task in sorted(tasks, key=lambda task: (task.name in refused, *size(task))):
        try:
            return task, _trained(method, task, 0, STEPS).weights()
        except Unsupported:
            continue
        except Exception:
            if method.tasks or task.name not in refused:
                raise
    return None


def _trained(method: MethodItem, task: Task, first: int, last: int, state: dict[str, Any] | None = None) -> Trainer:
    """Return a trainer after its steps from `first` on to before `last`."""
    engine = Engine("cpu", 0)
    trainer = method.make().trainer(task, engine, STEPS)
    if state is not None:
        trainer.restore(state)
    for index in range(first, last):
        engine.seed_modules(index)
        trainer.step(index)
    return trainer


def _other(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> str | None:
    """Return the name of the first tensor that is not the same in both; `None` where all are."""
    return next((name for name in sorted({*one, *other}) if not _same(one.get(name), other.get(name))), None)


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    return one is not None and other is not None and one.equal(other)


CHECKS = (Check(trains, needs=("options",)),)
