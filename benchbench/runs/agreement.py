"""Whether a worker on another machine has what a run is made with here: versions, code, data, weights."""

from __future__ import annotations

import functools
import platform
import socket
from importlib import metadata
from pathlib import Path

import benchbench
from benchbench.core import BenchbenchError, Method, Protocol, Task
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.plan import Plan
from benchbench.evaluation.resolve import ResolvedScore, resolve_scores
from benchbench.plugins import registry
from benchbench.runs.identity import hash_of
from benchbench.runs.source import source_hash
from benchbench.system.hashes import files_hash

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "pillow")
"""Whose versions must agree: others round differently."""


@functools.cache
def facts_of_installation() -> dict[str, str]:
    """Return what every worker of a command must have in common with it, by name."""
    root = Path(benchbench.__file__).parent
    files = sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)
    facts = {"benchbench": f"{benchbench.__version__}, source {files_hash(root, files)[:12]}"}
    facts["python"] = platform.python_version()
    for name in PACKAGES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = "not installed"
    return facts


def facts_of_run(
    task: Task, method: Method, scores: tuple[ResolvedScore, ...], checkpoint: Path | None, protocol: Protocol
) -> dict[str, str]:
    """Return what a worker must have in common with the command to work this run, by name."""
    facts = {
        f"the data of {task.name}": f"{task.version}, {fingerprint(task)}",
        f"the code of {method.name}": f"{method.version}, {source_hash(method)}",
    }
    if checkpoint is not None:
        facts["the checkpoint"] = hash_of(method, task, checkpoint, protocol)
    for score in scores:
        facts[score.identity] = score.weight_hash or "no weights"
    return facts


def facts_of_plan(plan: Plan) -> dict[str, str]:
    """Return the facts of a run as they are where this is called."""
    found = registry()
    task = found.task(plan.task).drawn(plan.draw)
    method: Method = found.get("methods", plan.method)(**dict(plan.options))
    checkpoint = Path(plan.checkpoint) if plan.checkpoint else None
    return facts_of_run(task, method, resolve_scores(plan.scores, task, found), checkpoint, plan.protocol)


def require_same(wanted: dict[str, str], here: dict[str, str]) -> None:
    """Raise `BenchbenchError` that names this host and each fact that differs from what the command has."""
    differing = [
        f"{name} ({here.get(name, 'absent')[:40]}, the command has {value[:40]})"
        for name, value in wanted.items()
        if here.get(name) != value
    ]
    if differing:
        raise BenchbenchError(
            f"the worker on {socket.gethostname()} is not as the command: {'; '.join(differing)}:"
            " its numbers would not be the same; install there what is here"
        )
