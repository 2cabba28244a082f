"""The contract of a metric's class before it computes: what it declares, and the tasks that it supports."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import suppress

from benchbench.contract import item
from benchbench.contract.findings import Check, Failed, Finding, Passed, Warned, line_of
from benchbench.contract.method import is_here, size
from benchbench.contract.tiny import TinyDiscs
from benchbench.core import ConditionMetric, Metric, MissingData, SetMetric, Task, Unsupported
from benchbench.plugins import get_task, registry

VIEWS = ("pooled", "sketch", "samples")
POINTS = ("real", "condition")


class MetricItem(item.Item):
    """A metric."""

    cls: type[Metric]

    def __init__(self, name: str, tasks: Sequence[str] = (), seconds: float = 20) -> None:
        super().__init__("metrics", name, seconds=seconds)
        self.tasks = tuple(tasks)

    @functools.cached_property
    def answers(self) -> dict[str, str]:
        """From each task's name to why the metric means nothing on it; empty where it does."""
        return {task.name: _refusal(self.cls(), task) for task in self.candidates}

    @functools.cached_property
    def candidates(self) -> tuple[Task, ...]:
        """The tasks asked for; or a tiny one, then the installed ones whose data are here, the smallest first."""
        return tuple(map(get_task, self.tasks)) if self.tasks else tuple(_here())

    @functools.cached_property
    def chosen(self) -> tuple[Task, ...]:
        """The tasks to compute on: those asked for, or the first one that the metric means something on."""
        if self.tasks:
            return tuple(task for task in self.candidates if not self.answers[task.name])
        first = next((task for task in _here() if not _refusal(self.cls(), task)), None)
        return (first,) if first else ()


def _here() -> Iterator[Task]:
    """Yield a tiny task, then the installed ones whose data are here, the smallest first; they are read one by one."""
    yield TinyDiscs()
    sizes = []
    for name in registry().tasks.keys() - {TinyDiscs.name}:
        with suppress(Exception):  # a broken task is reported by its own check
            sizes.append(size(get_task(name)))
    yield from (get_task(name) for _, name in sorted(sizes) if is_here(name))


def _refusal(metric: Metric, task: Task) -> str:
    try:
        metric.supports(task)
    except (MissingData, Unsupported) as error:
        return str(error)
    return ""


def supports(case: MetricItem) -> Finding:
    """It says by `Unsupported` where it means nothing."""
    refused = [f"{name} ({reason})" for name, reason in case.answers.items() if reason]
    means = [name for name, reason in case.answers.items() if not reason]
    if not means:
        return Warned(f"it means nothing on {'; '.join(refused)}", "nothing else can be checked")
    return Passed(", ".join(means) + (f"; not {'; not '.join(refused)}" if refused else ""))


def declares(case: MetricItem) -> Finding:
    """It declares which direction is better, and has one of the two scopes."""
    cls, where = case.cls, line_of(case.cls)
    if not issubclass(cls, (ConditionMetric, SetMetric)):
        return Failed("it is neither kind of metric", "a subclass of ConditionMetric or SetMetric", where)
    if getattr(cls, "higher_is_better", "absent") not in (True, False, None):
        return Failed(
            "it does not declare higher_is_better", "True, False, or None where neither is good in itself", where
        )
    if issubclass(cls, SetMetric):
        wrong = [view for view in cls.keeps if view not in VIEWS]
        if wrong:
            return Failed(f"keeps names {wrong[0]!r}", f"views among {', '.join(VIEWS)}", where)
        for needed in cls.needs:
            if needed not in registry().metrics or not issubclass(registry().metrics[needed], ConditionMetric):
                return Failed(f"needs names {needed!r}", "condition metrics, by name", where)
    else:
        wrong = [kind for kind in cls.points if kind not in POINTS]
        if wrong:
            return Failed(f"points names {wrong[0]!r}", f"points among {', '.join(POINTS)}", where)
    if cls.null is not None and cls.higher_is_better is not None:
        return Failed("it has a null and a better side", "higher_is_better = None beside a null", where)
    better = {True: "higher", False: "lower", None: "neither"}[cls.higher_is_better]
    return Passed(f"a {cls.scope} metric; better: {better}")


CHECKS = (*item.CHECKS, Check(declares, guarded=False), Check(supports, needs=("declares",)))
