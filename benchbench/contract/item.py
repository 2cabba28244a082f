"""The contract of every plugin class, whatever its kind: it loads quickly, and a worker finds it."""

from __future__ import annotations

import functools
import inspect
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchbench.contract.findings import Check, Failed, Finding, Passed, line_of
from benchbench.contract.fresh import Answer, meet
from benchbench.plugins import registry


class Item:
    """A registered class by kind and name, with options where it is a method."""

    def __init__(self, kind: str, name: str, options: Mapping[str, Any] | None = None, seconds: float = 20) -> None:
        self.kind, self.name, self.options, self.seconds = kind, name, dict(options or {}), seconds
        self.cls: type = registry().get(kind, name)
        self.label = name
        self.found: dict[str, Finding] = {}

    @functools.cached_property
    def files(self) -> Path:
        """The plugin's file, or the folder of its package."""
        file = Path(inspect.getfile(self.cls))
        depth = self.cls.__module__.count(".")
        return file.parents[depth - 1] if depth else file.parent if file.name == "__init__.py" else file

    def request(self) -> bytes:
        """Return the request that a worker is sent: names and option values."""
        return pickle.dumps((self.kind, self.name, self.cls.__module__, self.cls.__qualname__, self.options))

    @functools.cached_property
    def answer(self) -> Answer:
        """The answer of a fresh process about it."""
        try:
            request = self.request()
        except Exception:  # `workers` reports it; importing can still be checked
            request = b""
        origin = registry().origins[self.kind, self.name]
        file = Path(origin.distribution).absolute()
        source = str(file) if file.is_file() else origin.distribution
        return meet(self.cls.__module__, origin.name, source, request, self.seconds)


def loads(item: Item) -> Finding:
    """Importing the plugin imports no torch."""
    if not item.answer.heavy:
        return Passed("importing it imports no torch")
    package, frames = next(iter(item.answer.heavy.items()))
    own = [(file, line) for file, line in frames if Path(file) == item.files or item.files in Path(file).parents]
    file, line = (own or frames)[-1]
    return Failed(
        f"importing it imports {package}",
        f"`import {package}` inside the functions that need it, as `benchbench list` imports every plugin",
        f"{file}:{line}",
    )


def workers(item: Item) -> Finding:
    """A fresh process finds the class by its name and makes it with the same options."""
    expected = "a class at the top of its module with options of plain values, as workers are sent names and values"
    if "<locals>" in item.cls.__qualname__:
        inside = item.cls.__qualname__.split(".<locals>")[0]
        return Failed(f"the class is made inside {inside}()", expected, line_of(item.cls))
    try:
        item.request()
    except Exception as error:
        text = " ".join(str(error).split())
        return Failed(f"its options do not pickle ({type(error).__name__}: {text})", expected, line_of(item.cls))
    if item.answer.error:
        return Failed(f"a fresh process could not make it: {item.answer.error}", expected, line_of(item.cls))
    return Passed("a fresh process finds it and makes it")


CHECKS = (Check(loads, guarded=False), Check(workers, guarded=False))
