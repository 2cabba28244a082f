"""The contract of a method's class before it samples: its options, and the tasks that it serves."""

from __future__ import annotations

import dataclasses
import functools
import json
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from benchbench import specs as names
from benchbench.contract import item
from benchbench.contract.findings import Check, Failed, Finding, Passed, Warned, line_of, raised_at
from benchbench.contract.guard import OutOfTime, guarded
from benchbench.core import BenchbenchError, Method, Task
from benchbench.plugins import get_task, registry

READABLE = (bool, int, float, str)
"""Types of options that the command line can read, beside `Literal`."""


@dataclasses.dataclass(frozen=True)
class Service:
    """The result of `prepare` on one task."""

    task: str
    refusal: str = ""
    """The reason why the task is not served; empty where it is."""
    failure: str = ""
    """The exception that was raised instead of a refusal."""
    where: str = ""


class MethodItem(item.Item):
    """A method with its options and, where one is given, its checkpoint."""

    cls: type[Method]

    def __init__(
        self, text: str, tasks: Sequence[str] = (), checkpoint: Path | None = None, seconds: float = 20
    ) -> None:
        name, options = names.parse_method(text, registry())
        super().__init__("methods", name, options, seconds)
        self.label = names.format_method(name, options)
        self.tasks, self.checkpoint = tuple(tasks), checkpoint.absolute() if checkpoint else None

    def make(self) -> Method:
        """Return a new object with the options."""
        return self.cls(**self.options)

    @functools.cached_property
    def candidates(self) -> tuple[str, ...]:
        """The tasks asked for, or all that are installed with their data here."""
        return self.tasks or tuple(name for name in sorted(registry().tasks) if is_here(name))

    @functools.cached_property
    def services(self) -> tuple[Service, ...]:
        """The result of `prepare` on each of these tasks."""
        return tuple(self._serve(name) for name in self.candidates)

    @property
    def served(self) -> tuple[str, ...]:
        """Return the tasks to sample on: those asked for, or of the served ones the smallest of each kind."""
        if self.tasks:
            return self.tasks
        tasks = [get_task(each.task) for each in self.services if not each.refusal and not each.failure]
        first: dict[str, Task] = {}
        for task in sorted(tasks, key=size):
            first.setdefault(task.kind, task)
        return tuple(task.name for task in first.values())

    def _serve(self, name: str) -> Service:
        task = get_task(name)
        try:
            with guarded(self.seconds):
                self.make().prepare(task, "cpu", self.checkpoint)
        except BenchbenchError as error:
            return Service(name, refusal=str(error))
        except OutOfTime as error:
            return Service(name, failure=f"was {error}", where=raised_at(error, self.files))
        except Exception as error:
            text = " ".join(str(error).split())
            return Service(name, failure=f"raised {type(error).__name__}: {text}", where=raised_at(error, self.files))
        return Service(name)


def size(task: Task) -> tuple[int, str]:
    """Return the sort key that puts the smallest task first."""
    values = 1
    for side in task.space.shape:
        values *= side
    return values, task.name


def is_here(task: str) -> bool:
    """Return whether the test data of the task with this name are available."""
    try:
        return len(get_task(task).examples("test")) > 0
    except Exception:  # a broken task is reported by its own check
        return False


def options(method: MethodItem) -> Finding:
    """Each option has a type that the command line reads, and a value that JSON keeps."""
    where = line_of(method.cls)
    loose = [
        name
        for cls in method.cls.__mro__
        if issubclass(cls, Method) and cls is not Method
        for name, hint in cls.__dict__.get("__annotations__", {}).items()
        if name not in method.cls.__dataclass_fields__ and "ClassVar" not in str(hint) and not name.startswith("_")
    ]
    if loose:
        return Failed(f"{loose[0]} is annotated but is no option", "@dataclass above the class", where)
    fields = {field.name: field for field in dataclasses.fields(method.cls) if field.init}
    for attribute in ("sampling_options", "later_options"):
        unknown = [name for name in getattr(method.cls, attribute) if name not in fields]
        if unknown:
            return Failed(f"{attribute} names {unknown[0]!r}, which is no option", "names of options", where)
    made = method.make()
    for name, field in fields.items():
        wrong = _wrong_option(method.cls, field, getattr(made, name))
        if wrong:
            return dataclasses.replace(wrong, where=where)
    values = made.options()
    try:
        kept = json.loads(json.dumps(values, allow_nan=False))
    except (TypeError, ValueError) as error:
        return Failed(f"options() is not JSON ({error})", "numbers, texts and truth values", where)
    if kept != values:
        return Failed(f"options() is {values}, and {kept} after JSON", "values that JSON keeps", where)
    written = names.format_method(method.name, values)
    try:
        typed = names.parse_method(written, registry())[1]
    except BenchbenchError as error:
        return Failed(f"typed, its options are refused: {error}", f"values that {written} gives back", where)
    if json.dumps(typed, sort_keys=True) != json.dumps(values, sort_keys=True):
        return Failed(f"options() is {values}, and {typed} when it is typed", "the same", where)
    if not values:
        return Passed("it has none")
    return Passed(", ".join(f"{key}={value!r}" for key, value in sorted(values.items())))


def _wrong_option(cls: type[Method], field: dataclasses.Field[Any], value: Any) -> Failed | None:
    """Return what is wrong with the declared type of an option, or with its value for this type."""
    declared = names._hint(cls, field.name)
    hint = names.required(declared)
    if value is None and hint is not declared:
        return None
    choices = typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
    name = getattr(hint, "__name__", str(hint))
    if not choices and hint not in READABLE:
        return Failed(
            f"option {field.name} is declared {name}, and the command line would give it a text",
            "bool, int, float, str or Literal[…], or one of these | None",
        )
    if value not in choices if choices else type(value) is not hint:
        wanted = f"one of {', '.join(map(repr, choices))}" if choices else f"a value of type {name}"
        return Failed(f"option {field.name}={value!r} is {type(value).__name__}, declared {name}", wanted)
    return None


def serves(method: MethodItem) -> Finding:
    """It serves a task, or says by `Unsupported` why it does not."""
    for each in method.services:
        if each.failure:
            expected = "benchbench.Unsupported with the reason, or a method that is ready"
            return Failed(f"prepare() on {each.task} {each.failure}", expected, each.where)
    served = [each.task for each in method.services if not each.refusal]
    refused = [f"{each.task} ({each.refusal})" for each in method.services if each.refusal]
    if not served:
        return Warned(f"it serves none of {'; '.join(refused)}", "nothing else can be checked")
    return Passed(", ".join(served) + (f"; not {'; not '.join(refused)}" if refused else ""))


CHECKS = (*item.CHECKS, Check(options, guarded=False), Check(serves, guarded=False))
