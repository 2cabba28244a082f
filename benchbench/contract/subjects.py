"""What of a name is to be checked, and by which checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.contract import manners, measuring, method, metric, randomness, samples, sampling, task, trainer
from benchbench.contract.examine import Subject
from benchbench.contract.findings import Check, Failed, Finding, Passed
from benchbench.core import UnknownName
from benchbench.plugins import PluginRow, Registry, registry, unknown_name
from benchbench.specs import split

SECONDS = 20.0
"""The time limit of a check, unless another one is given."""
CHECKED = ("methods", "tasks", "metrics")
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
"""What is expected instead, by a sign in what the registry says."""
Plan = tuple[Subject, Sequence[Check]]


@dataclass(frozen=True)
class Request:
    """What is asked for, beside the name."""

    tasks: tuple[str, ...] = ()
    """The tasks to check on; empty: those that fit."""
    checkpoint: Path | None = None
    """Of a method."""
    seconds: float = SECONDS


def subjects(text: str, request: Request = Request()) -> Iterator[Plan]:
    """Yield what is to be checked of `NAME` or `METHOD[option=value]`, and by which checks.

    A name may be that of a method, a task, a metric, or of a plugin: then all that it provides is checked. Raise
    `UnknownName` where it is none of these.
    """
    found = registry()
    for name in request.tasks:
        found.get("tasks", name)
    name, _ = split(text)
    kinds = [kind for kind in CHECKED if name in getattr(found, kind)]
    rows = [row for row in found.rows if row.name == name]
    if not kinds and not rows:
        raise UnknownName(_unknown(name, found))
    for row in rows if not kinds else [found.origins[kind, name] for kind in kinds]:
        if row.problems or not kinds:
            yield Plugin(row, request.seconds), (Check(whole, guarded=False),)
    for kind, provided in [(kind, text) for kind in kinds] or [each for row in rows for each in _provided(row)]:
        yield from of_kind(kind, provided, request)


def of_kind(kind: str, text: str, request: Request) -> Iterator[Plan]:
    """Yield what is to be checked of a method, a task or a metric of this name."""
    if kind == "methods":
        yield from of_method(text, request)
    elif kind == "metrics":
        yield from of_metric(text, request)
    else:
        yield task.TaskItem(text, request.seconds), task.CHECKS


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
        yield measuring.Measuring(found, each), measuring.CHECKS


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


def _provided(row: PluginRow) -> list[tuple[str, str]]:
    """Return kind and name of what the plugin provides and can be checked."""
    pairs = [each.partition(" ") for each in row.provides]
    return [(f"{kind}s", name) for kind, _, name in pairs if f"{kind}s" in CHECKED]


def _unknown(name: str, found: Registry) -> str:
    others = [kind for kind in ("features", "executors", "protocols") if name in getattr(found, kind)]
    if others:
        return f"{name} is one of the {others[0]}; methods, tasks, metrics and whole plugins can be checked"
    plugins = {row.name for row in found.rows if not row.name.startswith("benchbench.")}
    known = {each for kind in CHECKED for each in getattr(found, kind)} | plugins
    return unknown_name("method, task, metric or plugin", name, known, found.broken())
