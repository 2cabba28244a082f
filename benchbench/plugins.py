"""The registry: built-ins, entry points and one-off files through the same hooks; a broken plugin is a row."""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from benchbench import core, hookspecs
from benchbench.core import UnknownName

GROUP = "benchbench"
KINDS: dict[str, type] = {
    "tasks": core.Task,
    "methods": core.Method,
    "features": core.FeatureExtractor,
    "metrics": core.Metric,
    "executors": core.Executor,
    "protocols": core.Protocol,
}
EVENTS = (
    "run_started",
    "shard_done",
    "run_finished",
    "edition_published",
    "training_progress",
    "training_finished",
)
"""The hooks of reporters."""
VALUES = ("protocols",)
"""Kinds whose hooks return instances; those of the others return subclasses."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9.]+)*(\+\+)?")
_BUILT_IN_PACKAGES = tuple(
    f"benchbench.{name}" for name in ("methods", "executors", "features", "metrics", "protocols", "tasks")
)


@dataclass
class PluginRow:
    """What became of one plugin."""

    name: str
    distribution: str
    """`name version` of the distribution that it came from, or the path of its file."""
    provides: list[str] = field(default_factory=list)
    """Such as `method mr1`."""
    problems: list[str] = field(default_factory=list)
    """Why something of it is not loaded; empty when all is well."""


@dataclass
class Registry:
    """Everything registered by kind and name, and a row for each plugin."""

    rows: list[PluginRow] = field(default_factory=list)
    tasks: dict[str, type[core.Task]] = field(default_factory=dict)
    methods: dict[str, type[core.Method]] = field(default_factory=dict)
    features: dict[str, type[core.FeatureExtractor]] = field(default_factory=dict)
    metrics: dict[str, type[core.Metric]] = field(default_factory=dict)
    executors: dict[str, type[core.Executor]] = field(default_factory=dict)
    protocols: dict[str, core.Protocol] = field(default_factory=dict)
    origins: dict[tuple[str, str], PluginRow] = field(default_factory=dict)
    reporters: list[tuple[PluginRow, str, pluggy.HookImpl]] = field(default_factory=list)
    """Who wants to hear of which event."""
    _made: dict[str, core.Task] = field(default_factory=dict)
    """The tasks that were asked for."""

    def get(self, kind: str, name: str) -> Any:
        """Return what has this kind and name; raise `UnknownName` with the nearest, the list and the broken."""
        known = getattr(self, kind)
        if name not in known:
            raise UnknownName(unknown_name(kind.removesuffix("s"), name, known, self.broken()))
        return known[name]

    def task(self, name: str) -> core.Task:
        """Return the task of this name, made once; raise `UnknownName` where there is none."""
        if name not in self._made:
            self._made[name] = self.get("tasks", name)()
        return self._made[name]

    def broken(self) -> list[PluginRow]:
        """Return the rows of the plugins that did not load whole."""
        return [row for row in self.rows if row.problems]

    def distribution(self, kind: str, name: str) -> str:
        """Return `name version` of the distribution that provides this."""
        return self.origins[kind, name].distribution


def unknown_name(what: str, name: str, known: Any, broken: list[PluginRow] | None = None) -> str:
    """Return the message for a name that nobody bears: the nearest, the list, and the plugins that did not load."""
    what = {"feature": "feature extractor"}.get(what, what)
    parts = [f"no {what} is named {name!r}"]
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        parts.append(f"did you mean {near[0]!r}?")
    parts.append(f"known: {', '.join(sorted(known)) or 'none'}")
    if broken:
        parts.append("not loaded: " + "; ".join(f"{row.name} ({row.problems[0]})" for row in broken))
    return "; ".join(parts)


def plugins_dirs() -> tuple[Path, ...]:
    """Return the folders of one-off plugin files, from `BENCHBENCH_PLUGINS_DIR` (separated like `PATH`)."""
    return tuple(Path(part) for part in os.environ.get("BENCHBENCH_PLUGINS_DIR", "").split(os.pathsep) if part)


def registry() -> Registry:
    """Return the registry for the present `BENCHBENCH_PLUGINS_DIR`, built on the first call."""
    return _build(plugins_dirs())


def get_task(name: str) -> core.Task:
    """Return the registered task of this name, for scripts and tests; inside the suite tasks are handed on."""
    return registry().task(name)


@functools.lru_cache(maxsize=8)
def _build(directories: tuple[Path, ...]) -> Registry:
    result = Registry()
    manager = pluggy.PluginManager("benchbench")
    manager.add_hookspecs(hookspecs)
    for name, distribution, load in [*_built_ins(), *_entry_points(), *_files(directories)]:
        row = PluginRow(name, distribution)
        result.rows.append(row)
        try:
            module = load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may even call sys.exit() on import
            row.problems.append(f"import failed: {_reason(error)}")
            continue
        _register(manager, module, row)
        _collect(manager, module, row, result)
    return result


def _built_ins() -> list[tuple[str, str, Callable[[], Any]]]:
    names: list[str] = []
    for package in _BUILT_IN_PACKAGES:
        found = pkgutil.iter_modules(importlib.import_module(package).__path__)
        names += sorted(f"{package}.{module.name}" for module in found if not module.name.startswith("_"))
    distribution = f"benchbench {importlib.import_module('benchbench').__version__}"
    return [(name, distribution, functools.partial(importlib.import_module, name)) for name in names]


def _entry_points() -> list[tuple[str, str, Callable[[], Any]]]:
    found = sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return [(p.name, f"{p.dist.name} {p.dist.version}" if p.dist else "unknown", p.load) for p in found]


def _files(directories: tuple[Path, ...]) -> list[tuple[str, str, Callable[[], Any]]]:
    found: list[tuple[str, str, Callable[[], Any]]] = []
    for directory in directories:
        if not directory.is_dir():
            found.append((str(directory), str(directory), functools.partial(_no_directory, directory)))
        for path in sorted(directory.glob("*.py")):
            found.append((path.stem, str(path), functools.partial(_load_file, path)))
    return found


def _no_directory(directory: Path) -> None:
    raise FileNotFoundError(f"no such folder: {directory}")


def _load_file(path: Path) -> ModuleType:
    name = f"benchbench_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _register(manager: pluggy.PluginManager, module: Any, row: PluginRow) -> None:
    for attribute in [*vars(module)]:
        if hasattr(getattr(module, attribute), "benchbench_impl") and not hasattr(manager.hook, attribute):
            near = difflib.get_close_matches(attribute, [f"benchbench_{hook}" for hook in (*KINDS, *EVENTS)], n=1)
            row.problems.append(f"no hook is named {attribute!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    try:
        manager.register(module)
    except (pluggy.PluginValidationError, ValueError) as error:
        row.problems.append(_reason(error))
        if manager.is_registered(module):
            manager.unregister(module)


def _collect(manager: pluggy.PluginManager, module: Any, row: PluginRow, result: Registry) -> None:
    for event in EVENTS:
        heard = [i for i in getattr(manager.hook, f"benchbench_{event}").get_hookimpls() if i.plugin is module]
        result.reporters += [(row, event, impl) for impl in heard]
        row.provides += [f"reporter of {event}" for _ in heard]
    for kind, base in KINDS.items():
        for impl in getattr(manager.hook, f"benchbench_{kind}").get_hookimpls():
            if impl.plugin is not module:
                continue
            try:
                found = list(impl.function())
            except Exception as error:
                row.problems.append(f"benchbench_{kind}() failed: {_reason(error)}")
                continue
            for item in found:
                problem = _problem(kind, base, item, result)
                if problem:
                    row.problems.append(problem)
                    continue
                getattr(result, kind)[item.name] = item
                result.origins[kind, item.name] = row
                row.provides.append(f"{kind.removesuffix('s')} {item.name}")


def _problem(kind: str, base: type, item: Any, result: Registry) -> str | None:
    noun = kind.removesuffix("s")
    fits = isinstance(item, base) if kind in VALUES else inspect.isclass(item) and issubclass(item, base)
    if not fits:
        expected = "an instance" if kind in VALUES else "a subclass"
        return f"benchbench_{kind}() returned {item!r}, expected {expected} of {base.__name__}"
    name = getattr(item, "name", None)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        called = f"a {noun}" if kind in VALUES else f"{noun} {item.__name__}"
        return f"{called} has the name {name!r}; use lower-case words joined by hyphens"
    if inspect.isabstract(item):
        missing = ", ".join(sorted(getattr(item, "__abstractmethods__", ())))
        return f"{noun} {name} does not define {missing}"
    if name in getattr(result, kind):
        return f"{noun} {name} is already provided by {result.origins[kind, name].name}"
    return None


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
