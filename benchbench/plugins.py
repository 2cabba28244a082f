"""The registry: built-ins, entry points and one-off files through the same hooks; a broken plugin is a row."""

from __future__ import annotations

import difflib
import functools
import inspect
import logging
import re
import types
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from benchbench import core, hookspecs
from benchbench.core import UnknownName
from benchbench.core.kinds import EVENTS, KINDS, REPORTER, Kind
from benchbench.system.origins import Origin, built_ins, entry_points, files
from benchbench.system.paths import named_folders

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9.]+)*(\+\+)?")
MANY, NEAREST = 12, 5
"""Of more than so many known names, so many nearest ones are listed."""
_log = logging.getLogger("benchbench")
_REPORTED: set[tuple[str, str, str]] = set()
"""Which reporter failed at which event of which run: a training has thousands of steps, and is reported once."""


@dataclass
class PluginRow:
    """The state of one plugin."""

    name: str
    distribution: str
    """`name version` of the distribution that it came from, or the path of its file."""
    provides: list[str] = field(default_factory=list)
    """What it provides, such as `method mr1`."""
    problems: list[str] = field(default_factory=list)
    """Why a part of it is not loaded; empty when all of it is."""


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
    """The reporters of each event."""
    _made: dict[str, core.Task] = field(default_factory=dict)
    """The tasks made so far."""

    def of(self, kind: str) -> dict[str, Any]:
        """Return everything of a kind by name; the kinds are those of `benchbench.core.kinds.KINDS`."""
        found: dict[str, Any] = getattr(self, KINDS[kind].name)
        return found

    def get(self, kind: str, name: str) -> Any:
        """Return the object of this kind and name; raise `UnknownName` with the nearest and the known names."""
        known = self.of(kind)
        if name not in known:
            raise UnknownName(unknown_name(KINDS[kind].noun, name, known, self.broken()))
        return known[name]

    def task(self, name: str) -> core.Task:
        """Return the task of this name, made once; raise `UnknownName` where there is none."""
        if name not in self._made:
            self._made[name] = self.get("tasks", name)()
        return self._made[name]

    def kinds_of(self, name: str) -> list[str]:
        """Return the kinds in which this name is registered."""
        return [kind for kind in KINDS if name in self.of(kind)]

    def provided_by(self, row: PluginRow) -> list[tuple[str, str]]:
        """Return kind and name of each thing that a plugin provides."""
        return [key for key, origin in self.origins.items() if origin is row]

    def weight_files(self) -> list[core.WeightFile]:
        """Return the files of weights that extractors declare, each once: downloads first, then what packages ship."""
        declared = [file for extractor in self.features.values() for file in extractor.weights]
        files = {(file.package, file.name): file for file in declared}
        return sorted(files.values(), key=lambda file: (bool(file.package), file.network, file.name))

    def broken(self) -> list[PluginRow]:
        """Return the rows of the plugins that did not load whole."""
        return [row for row in self.rows if row.problems]

    def distribution(self, kind: str, name: str) -> str:
        """Return `name version` of the distribution that provides this."""
        return self.origins[kind, name].distribution


def unknown_name(what: str, name: str, known: Any, broken: list[PluginRow] | None = None) -> str:
    """Return the message for an unknown name: the nearest name, the known names, and the plugins that did not load."""
    parts = [f"no {what} is named {name!r}"]
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        parts.append(f"did you mean {near[0]!r}?")
    if len(known) > MANY:
        nearest = difflib.get_close_matches(name, list(known), n=NEAREST, cutoff=0)
        parts.append(f"known: {len(known)}, the nearest are {', '.join(nearest)}")
    else:
        parts.append(f"known: {', '.join(sorted(known)) or 'none'}")
    if broken:
        parts.append("not loaded: " + "; ".join(f"{row.name} ({row.problems[0]})" for row in broken))
    return "; ".join(parts)


def plugins_dirs() -> tuple[Path, ...]:
    """Return the folders of one-off plugin files, from `BENCHBENCH_PLUGINS_DIR` (separated like `PATH`)."""
    return named_folders("BENCHBENCH_PLUGINS_DIR")


def registry() -> Registry:
    """Return the registry for the present `BENCHBENCH_PLUGINS_DIR`, built on the first call."""
    return _build(plugins_dirs())


def get_task(name: str) -> core.Task:
    """Return the registered task of this name, for scripts and tests; inside the suite tasks are handed on."""
    return registry().task(name)


def registry_of(name: str, distribution: str) -> Registry:
    """Return a registry of one plugin alone, by its row's name and distribution; it is empty where there is none."""
    return _assembled([origin for origin in _origins(plugins_dirs()) if origin[:2] == (name, distribution)])


@functools.lru_cache(maxsize=8)
def _build(directories: tuple[Path, ...]) -> Registry:
    return _assembled(_origins(directories))


def _origins(directories: tuple[Path, ...]) -> list[Origin]:
    return [*built_ins(), *entry_points(), *files(directories)]


def _assembled(origins: Sequence[Origin]) -> Registry:
    result = Registry()
    manager = pluggy.PluginManager("benchbench")
    manager.add_hookspecs(hookspecs)
    for name, distribution, load in origins:
        row = PluginRow(name, distribution)
        result.rows.append(row)
        try:
            module = load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may even call sys.exit() on import
            row.problems.append(f"import failed: {_reason(error)}")
            continue
        _collect(manager, _register(manager, module, row), row, result)
    return result


def _hooks() -> list[str]:
    return [*(kind.hook for kind in KINDS.values()), *EVENTS.values()]


def _register(manager: pluggy.PluginManager, module: Any, row: PluginRow) -> Any:
    """Register the module's hooks, without its other names, which pluggy would inspect; return what has them."""
    plugin = types.ModuleType(getattr(module, "__name__", row.name))
    for attribute in [*vars(module)]:
        value = getattr(module, attribute)
        if not hasattr(value, "benchbench_impl"):
            continue
        setattr(plugin, attribute, value)
        if not hasattr(manager.hook, attribute):
            near = difflib.get_close_matches(attribute, _hooks(), n=1)
            row.problems.append(f"no hook is named {attribute!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    try:
        manager.register(plugin)
    except (pluggy.PluginValidationError, ValueError) as error:
        row.problems.append(_reason(error))
        if manager.is_registered(plugin):
            manager.unregister(plugin)
    return plugin


def _collect(manager: pluggy.PluginManager, module: Any, row: PluginRow, result: Registry) -> None:
    for event, hook in EVENTS.items():
        heard = _implementations(manager, hook, module)
        result.reporters += [(row, event, impl) for impl in heard]
        row.provides += [f"{REPORTER} of {event}" for _ in heard]
    for kind in KINDS.values():
        for impl in _implementations(manager, kind.hook, module):
            try:
                returned: Any = impl.function()
                found = list(returned)
            except Exception as error:
                row.problems.append(f"{kind.hook}() failed: {_reason(error)}")
                continue
            for item in found:
                problem = _problem(kind, item, result)
                if problem:
                    row.problems.append(problem)
                    continue
                result.of(kind.name)[item.name] = item
                result.origins[kind.name, item.name] = row
                row.provides.append(f"{kind.noun} {item.name}")


def _implementations(manager: pluggy.PluginManager, hook: str, module: Any) -> list[pluggy.HookImpl]:
    return [impl for impl in getattr(manager.hook, hook).get_hookimpls() if impl.plugin is module]


def _problem(kind: Kind, item: Any, result: Registry) -> str | None:
    fits = isinstance(item, kind.base) if kind.values else inspect.isclass(item) and issubclass(item, kind.base)
    if not fits:
        expected = "an instance" if kind.values else "a subclass"
        return f"{kind.hook}() returned {item!r}, expected {expected} of {kind.base.__name__}"
    name = getattr(item, "name", None)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        called = f"a {kind.noun}" if kind.values else f"{kind.noun} {item.__name__}"
        return f"{called} has the name {name!r}; use lower-case words joined by hyphens"
    if inspect.isabstract(item):
        missing = ", ".join(sorted(getattr(item, "__abstractmethods__", ())))
        return f"{kind.noun} {name} does not define {missing}"
    if name in result.of(kind.name):
        return f"{kind.noun} {name} is already provided by {result.origins[kind.name, name].name}"
    return None


def report(event: str, **facts: Any) -> None:
    """Call every reporter of an event with the facts that it asks for; an exception is logged once, and not raised."""
    if event not in EVENTS:
        raise ValueError(f"no event is named {event!r}; known: {', '.join(EVENTS)}")
    for row, heard, impl in registry().reporters:
        if heard != event:
            continue
        try:
            impl.function(**{name: facts[name] for name in impl.argnames})
        except Exception as error:
            failure = row.name, event, str(facts.get("training") or facts.get("run") or facts)
            if failure in _REPORTED:
                continue
            _REPORTED.add(failure)
            text = " ".join(str(error).split())
            _log.warning(
                "reporter %s: %s: %s (at %s); the command continues", row.name, type(error).__name__, text, event
            )


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
