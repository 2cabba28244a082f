"""Where plugins come from: the suite's own packages, installed distributions, one-off files."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

from benchbench.core.kinds import KINDS

GROUP = "benchbench"
"""Of the entry points."""
Origin: TypeAlias = tuple[str, str, Callable[[], Any]]
"""A plugin's name, its distribution as `name version` or its file's path, and what loads it."""


def built_ins() -> list[Origin]:
    """Return the modules of the suite's own packages, one package per kind."""
    names: list[str] = []
    for package in (f"benchbench.{kind}" for kind in sorted(KINDS)):
        found = pkgutil.iter_modules(importlib.import_module(package).__path__)
        names += sorted(f"{package}.{module.name}" for module in found if not module.name.startswith("_"))
    distribution = f"benchbench {importlib.import_module('benchbench').__version__}"
    return [(name, distribution, functools.partial(importlib.import_module, name)) for name in names]


def entry_points() -> list[Origin]:
    """Return the plugins of the installed distributions."""
    found = sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return [(p.name, f"{p.dist.name} {p.dist.version}" if p.dist else "unknown", p.load) for p in found]


def files(directories: tuple[Path, ...]) -> list[Origin]:
    """Return the one-off files of these folders; a folder that is not there is a plugin that cannot be loaded."""
    found: list[Origin] = []
    for directory in directories:
        if not directory.is_dir():
            found.append((str(directory), str(directory), functools.partial(_no_directory, directory)))
        for path in sorted(directory.glob("*.py")):
            found.append((path.stem, str(path), functools.partial(_load_file, path)))
    return found


def _no_directory(directory: Path) -> None:
    raise FileNotFoundError(f"no such folder: {directory}")


class _AsWritten(SourceFileLoader):
    """Runs a file as it stands: Python's kept bytecode may be of a text of the same size that was there this second."""

    def path_stats(self, path: str) -> NoReturn:
        """Raise `OSError`, so that bytecode is neither read nor kept."""
        raise OSError(f"no bytecode of {path} is kept")


def _load_file(path: Path) -> ModuleType:
    name = f"benchbench_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsWritten(name, str(path)))
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
