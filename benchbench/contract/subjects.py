"""What is to be checked for a name, and by which checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.contract import (
    executor,
    extractor,
    manners,
    measured,
    measuring,
    method,
    metric,
    protocol,
    randomness,
    samples,
    sampling,
    task,
    task_item,
    trainer,
)
from benchbench.contract.examine import Subject
from benchbench.contract.findings import Check, Failed, Finding, Passed
from benchbench.core import UnknownName
from benchbench.core.kinds import KINDS, nouns
from benchbench.plugins import PluginRow, Registry, registry, unknown_name
from benchbench.specs import split

SECONDS = 20.0
"""The time limit of a check, unless another one is given."""
OF_A_METHOD = (*method.CHECKS, *trainer.CHECKS)
"""The checks of a method, whatever the task."""
ON_A_TASK = (*samples.CHECKS, *randomness.CHECKS, *manners.CHECKS)
"""The checks of a method on a task."""
ADVICE = {
    "ModuleNotFoundError": "it among the plugin's dependencies, or imported inside the functions that need it",
    "import failed": "an import that succeeds anywhere, and does nothing but define and register",
    "is already provided": "a name of its own",
    "no hook is named": "the hooks' own names",
    "does not define": "all abstract methods of its base class",
}
"""What is expected instead, by a phrase in the registry's message."""
Plan = tuple[Subject, Sequence[Check]]


@dataclass(frozen=True)
class Request:
    """What the user asked for, besides the name."""

    tasks: tuple[str, ...] = ()
    """The tasks to check on; empty: those that fit."""
    checkpoint: Path | None = None
    """The checkpoint of a method."""
    seconds: float = SECONDS


def subjects(text: str, request: Request = Request()) -> Iterator[Plan]:
    """Yield what is to be checked of `NAME` or `METHOD[option=value]`, and by which checks.

    A name may be that of anything registered, or of a plugin: then all that it provides is checked. Raise `UnknownName`
    where it is neither.
    """
    found = registry()
    for name in request.tasks:
        found.get("tasks", name)
    name, _ = split(text)
    kinds = found.kinds_of(name)
    rows = [row for row in found.rows if row.name == name]
    if not kinds and not rows:
        raise UnknownName(_unknown(name, found))
    for row in rows if not kinds else [found.origins[kind, name] for kind in kinds]:
        if row.problems or not kinds:
            yield Plugin(row, request.seconds), (Check(whole, guarded=False),)
    for kind, provided in [(kind, text) for kind in kinds] or [each for row in rows for each in found.provided_by(row)]:
        yield from of_kind(kind, provided, request)


def of_kind(kind: str, text: str, request: Request) -> Iterator[Plan]:
    """Yield what is to be checked of what has this kind and name."""
    return SUBJECTS[kind](text, request)


def of_method(text: str, request: Request) -> Iterator[Plan]:
    """Yield the method, then the method on each task that it is to be checked on."""
    found = method.MethodItem(text, request.tasks, request.checkpoint, request.seconds)
    yield found, OF_A_METHOD
    for name in found.served:
        yield sampling.Sampling(found, name), ON_A_TASK


def of_metric(text: str, request: Request) -> Iterator[Plan]:
    """Yield the metric, then the metric on each task that it is to be checked on."""
    found = metric.MetricItem(split(text)[0], request.tasks, request.seconds)
    yield found, metric.CHECKS
    for each in found.chosen:
        yield measured.Measuring(found, each), measuring.CHECKS


def of_task(text: str, request: Request) -> Iterator[Plan]:
    """Yield the task."""
    yield task_item.TaskItem(text, request.seconds), task.CHECKS


def of_extractor(text: str, request: Request) -> Iterator[Plan]:
    """Yield the feature extractor."""
    yield extractor.ExtractorItem(text, request.seconds), extractor.CHECKS


def of_executor(text: str, request: Request) -> Iterator[Plan]:
    """Yield the executor."""
    yield executor.ExecutorItem(text, request.seconds), executor.CHECKS


def of_protocol(text: str, request: Request) -> Iterator[Plan]:
    """Yield the protocol."""
    yield protocol.ProtocolItem(text, request.seconds), protocol.CHECKS


SUBJECTS: dict[str, Callable[[str, Request], Iterator[Plan]]] = {
    "tasks": of_task,
    "methods": of_method,
    "features": of_extractor,
    "metrics": of_metric,
    "executors": of_executor,
    "protocols": of_protocol,
}
"""For each kind of plugin, what is to be checked of one."""


class Plugin:
    """A plugin by its own name: of its entry point, its module or its file."""

    def __init__(self, row: PluginRow, seconds: float) -> None:
        self.row, self.seconds, self.label = row, seconds, row.name
        self.files = Path(row.distribution)
        self.found: dict[str, Finding] = {}


def whole(plugin: Plugin) -> Finding:
    """All of the plugin is loaded."""
    if plugin.row.problems:
        where = plugin.row.distribution if Path(plugin.row.distribution).is_file() else ""
        problem = plugin.row.problems[0]
        expected = next((advice for sign, advice in ADVICE.items() if sign in problem), "a plugin that loads whole")
        return Failed("; ".join(plugin.row.problems), expected, where)
    return Passed(f"provides {', '.join(plugin.row.provides) or 'nothing'}")


def _unknown(name: str, found: Registry) -> str:
    plugins = {row.name for row in found.rows if not row.name.startswith("benchbench.")}
    known = {each for kind in KINDS for each in found.of(kind)} | plugins
    return unknown_name(f"{nouns()} or plugin", name, known, found.broken())
