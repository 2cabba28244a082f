"""The state of the installation: findings, each with the command that fixes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One finding."""

    about: str
    state: str
    """`ok`; `missing`, which matters only to those who need it; `wrong`, which should be fixed."""
    seen: str
    remedy: str = ""


def diagnose(output: Path) -> list[Finding]:
    """Return the findings on device, threads, packages, weights, data, plugins and disk space."""
    parts: tuple[Callable[[Path], Iterator[Finding]], ...] = (_machine, _packages, _weights, _data, _plugins, _disk)
    return [finding for part in parts for finding in part(output)]


def _machine(output: Path) -> Iterator[Finding]:
    import torch

    from benchbench import __version__
    from benchbench.runs.request import resolve_device
    from benchbench.system.environment import environment, usable_cores

    here = environment(resolve_device("auto"), "")
    yield Finding("device", "ok", f"{here.device} ({here.processor}), Python {here.python}")
    if here.device == "cpu" and Path("/dev/nvidia0").exists():
        reason = f"an NVIDIA device is here, but torch {torch.__version__} does not see it"
        yield Finding("device", "wrong", reason, "python -m pip install --upgrade torch, or fix the driver")
    yield Finding(
        "threads", "ok", f"{usable_cores()} cores to use; {here.threads_per_worker} thread per worker process"
    )
    commit = here.git_commit
    state = "installed from a distribution" if commit is None else f"git {commit[:10]}"
    if here.git_dirty:
        state += ", edited: records say so"
    yield Finding("benchbench", "ok", f"{__version__}, {state}")


def _packages(output: Path) -> Iterator[Finding]:
    """Look at the installed packages, as the distribution's own requirements name them; of extras, optional ones."""
    from importlib import metadata

    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in metadata.requires("benchbench") or ()]
    except metadata.PackageNotFoundError:
        yield Finding("packages", "wrong", "benchbench itself is not installed", "python -m pip install .")
        return
    for requirement in wanted:
        if requirement.name.startswith("benchbench-"):
            continue  # the suite's own plugins, which the extras name and no index has
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            optional = "extra" in str(requirement.marker)
            if not optional:
                continue  # for other systems or versions of Python
        else:
            optional = False
        fix = f"python -m pip install --upgrade '{requirement.name}{requirement.specifier}'"
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            state, seen = ("missing", "not installed; optional") if optional else ("wrong", "not installed")
            yield Finding(f"package {requirement.name}", state, seen, fix)
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        seen = version if fits else f"{version}, expected {requirement.specifier}"
        yield Finding(f"package {requirement.name}", "ok" if fits else "wrong", seen, "" if fits else fix)


def _weights(output: Path) -> Iterator[Finding]:
    from benchbench.plugins import registry
    from benchbench.system import weights

    for file in (each for each in registry().weight_files() if not each.package):
        about, fetch = f"weights {file.network}", f"benchbench weights fetch {file.name}"
        try:
            found = weights.locate(file)
        except weights.WrongWeights as error:
            yield Finding(about, "wrong", str(error), fetch)
            continue
        if found:
            yield Finding(about, "ok", str(found))
        else:
            yield Finding(about, "missing", f"{file.name} is missing", fetch)


def _data(output: Path) -> Iterator[Finding]:
    from benchbench.core import MissingData
    from benchbench.plugins import registry

    ready, missing = [], []
    for name, task in sorted(registry().tasks.items()):
        try:
            task().examples("test")
            ready.append(name)
        except MissingData:
            missing.append(name)
        except Exception as error:  # of a plugin's task
            yield Finding(f"data of {name}", "wrong", f"{type(error).__name__}: {error}", f"benchbench check {name}")
    yield Finding("tasks", "ok", f"{len(ready)} are available: {', '.join(ready)}")
    if missing:
        reason = f"{len(missing)} tasks have no data here: {', '.join(missing)}"
        yield Finding("data", "missing", reason, f"benchbench data list, then benchbench data prepare {missing[0]}")


def _plugins(output: Path) -> Iterator[Finding]:
    from benchbench.plugins import registry

    for row in registry().rows:
        if row.problems:
            remedy = f"fix or remove {row.distribution}"
            yield Finding(f"plugin {row.name}", "wrong", "; ".join(row.problems), remedy)
    whole = sum(not row.problems for row in registry().rows)
    yield Finding("plugins", "ok", f"{whole} loaded")


def _disk(output: Path) -> Iterator[Finding]:
    place = output.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    seen = f"{free / 1024**3:.1f} GiB free at {place}"
    if not os.access(place, os.W_OK):
        yield Finding("runs", "wrong", f"{place} cannot be written", "pass another folder as -o")
    enough = free >= LEAST_FREE_BYTES
    yield Finding(
        "disk", "ok" if enough else "wrong", seen, "" if enough else "free disk space, or pass another folder as -o"
    )


def as_data(findings: list[Finding]) -> list[dict[str, Any]]:
    """Return the findings ready for JSON."""
    return [vars(finding) for finding in findings]
