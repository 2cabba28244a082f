"""A plugin in a fresh process, as a worker meets it; run as a program, this file is what that process does.

The process is forked from one that has modules of the suite loaded, and no plugin.

It prints JSON: what importing the plugin alone imported, and whether the class that a pickled request names is found
and made; or the fingerprint of a task, or the hash of an extractor's weights.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.metadata
import json
import operator
import os
import pickle
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchbench.system.forks import Forks

HEAVY = ("torch", "tensorflow", "jax")
"""Packages that take seconds to import, and would slow `benchbench list` down."""
SECONDS = 60.0
"""The shortest time limit of a process, which also imports packages that are not the plugin's."""
FOLDERS = ("BENCHBENCH_PLUGINS_DIR", "BENCHBENCH_DATA", "BENCHBENCH_WEIGHTS")
"""Variables of folders, which may be relative to where the user is."""
SUITE = (
    "benchbench.plugins",
    "benchbench.data",
    "benchbench.evaluation.session",
    "benchbench.runs.work",
    "benchbench.training.method",
)
"""What plugins import of the suite; none of it is a plugin, or imports what is heavy."""
NEW = Forks(SUITE)
WITH_TORCH = Forks(("torch", "benchbench.contract.state"), NEW)
"""For what needs data or weights: what importing the plugin imports is not asked there."""


@dataclass(frozen=True)
class Answer:
    """The answer of the fresh process."""

    heavy: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    """For each heavy package that importing the plugin imported: the files and lines on the way, outermost first."""
    fingerprint: str = ""
    """Of a task's data or of an extractor's weights, where that was asked for."""
    touched: Sequence[str] = ()
    """The global random generators that making the task's data read or changed."""
    error: str = ""
    """The error there; empty when the class was found and made."""


def meet(module: str, row: str, source: str, request: bytes, seconds: float) -> Answer:
    """Let a new process import the plugin `row` of this `source` alone, then carry out the pickled request."""
    return _ask(["meet", module, row, source], request, seconds)


def fingerprint(task: str, seconds: float) -> Answer:
    """Let a new process make the task and hash its data."""
    return _ask(["fingerprint", task], b"", seconds, WITH_TORCH)


def weight_hash(extractor: str, seconds: float) -> Answer:
    """Let a new process hash the weights of an extractor; the hash is the answer's fingerprint."""
    return _ask(["weights", extractor], b"", seconds, WITH_TORCH)


def _ask(words: Sequence[str], request: bytes, seconds: float, forks: Forks = NEW) -> Answer:
    environment = {**os.environ, "PYTHONPATH": _absolute(sys.path)}
    for name in FOLDERS:
        if environment.get(name):
            environment[name] = _absolute(environment[name].split(os.pathsep))
    limit = max(seconds, SECONDS)
    files = (tempfile.TemporaryFile() for _ in range(3))  # noqa: SIM115 (they are closed below)
    with tempfile.TemporaryDirectory(prefix="benchbench-check-") as folder, ExitStack() as stack:
        asked, out, said = (stack.enter_context(file) for file in files)
        asked.write(request)
        asked.seek(0)
        program = ["-m", "benchbench.contract.fresh", *words]
        process = forks.start(program, folder, environment, stdin=asked, stdout=out, stderr=said)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            return Answer(error=f"it did not end within {limit:g} s")
        finally:
            if process.poll() is None:
                process.kill()
        printed, errors = (_text(file).splitlines() for file in (out, said))
    try:
        return Answer(**json.loads(printed[-1]))
    except (ValueError, IndexError):
        return Answer(error=f"it ended with code {code}: {errors[-1] if errors else 'it printed nothing'}")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def _absolute(parts: Sequence[str]) -> str:
    return os.pathsep.join(str(Path(part).absolute()) for part in parts)


class _Watch(importlib.abc.MetaPathFinder):
    """Remembers who asked first for each heavy package."""

    def __init__(self) -> None:
        self.seen: dict[str, list[tuple[str, int]]] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Find nothing, and record who asked."""
        if fullname in HEAVY and fullname not in self.seen:
            frames = [frame for frame in traceback.extract_stack() if not frame.filename.startswith("<frozen")]
            self.seen[fullname] = [(frame.filename, frame.lineno or 0) for frame in frames[:-1]]


def _import_alone(module: str, row: str, source: str) -> None:
    """Import one plugin and no other: a one-off file by its path, an entry point by its name, a built-in module."""
    if Path(source).is_file():
        runpy.run_path(source)
        return
    points = [p for p in importlib.metadata.entry_points(group="benchbench", name=row) if p.dist]
    points = [p for p in points if f"{p.dist.name} {p.dist.version}" == source]  # type: ignore[union-attr]
    importlib.import_module(points[0].module if points else module)


def _meet(plugin: Sequence[str], request: bytes) -> dict[str, Any]:
    watch = _Watch()
    sys.meta_path.insert(0, watch)
    try:
        _import_alone(*plugin)
        sys.meta_path.remove(watch)
        if request:
            _make(request, *plugin[1:])
    except BaseException as error:  # a plugin may even call sys.exit()
        return {"heavy": watch.seen, "error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    return {"heavy": watch.seen}


def _make(request: bytes, row: str, source: str) -> None:
    from benchbench.plugins import registry, registry_of

    found = registry_of(row, source)  # first, as it makes a one-off file importable
    kind, name, module, qualified, options = pickle.loads(request)
    if name not in found.of(kind):
        found = registry()  # another plugin is needed too, or says what is wrong
    registered = found.get(kind, name)
    imported = operator.attrgetter(qualified)(importlib.import_module(module))
    if imported is not registered:
        raise LookupError(f"{module}.{qualified} is not the class registered as {name}")
    registered(**options)


def _fingerprint(task: str) -> dict[str, Any]:
    from benchbench.contract import state
    from benchbench.evaluation.fingerprint import fingerprint as fingerprint_of
    from benchbench.plugins import get_task

    state.seed_generators(0)
    before = state.read(state.generators())
    found = fingerprint_of(get_task(task))
    touched = [name for name, value in state.read(state.generators()).items() if value != before[name]]
    return {"fingerprint": found, "touched": touched}


def _weight_hash(extractor: str) -> dict[str, Any]:
    from benchbench.plugins import registry

    return {"fingerprint": registry().get("features", extractor)().weight_hash()}


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    verbs = {"fingerprint": _fingerprint, "weights": _weight_hash}
    answer = verbs[verb](*words) if verb in verbs else _meet(words, sys.stdin.buffer.read())
    print(json.dumps(answer))  # noqa: T201 (it is read by `_ask`)
