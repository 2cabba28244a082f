"""Where a row comes from: the command that made its record, and what it was made with; pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from benchbench.core.record import Record, RecordedTraining
from benchbench.core.specification import features_of, name_of
from benchbench.leaderboards.unfinished import doubt


def commands(record: Record, task_metrics: Sequence[str]) -> list[str]:
    """Return what makes the record again, given the metrics that the task has of its own: the training, the run.

    `CHECKPOINT` stands for the file that the training names.
    """
    method, training = record.method, record.training
    named = method.label if name_of(method.label) == method.name else method.name
    what = ["-t", record.task.name, "-m", named]
    words = ["benchbench", "run", *what, "--seed", str(record.seed)]
    if training:
        words += ["--checkpoint", "CHECKPOINT"]
    names = {name_of(metric) for metric in task_metrics}
    own = {features_of(metric) for metric in task_metrics}
    extra = dict.fromkeys(score.features for score in record.scores if score.features and score.features not in own)
    for features in extra:
        words += ["-f", str(features)]
    if any(score.name not in names for score in record.scores):
        words += ["--metric", "all"]
    device = record.environment.device or "cpu"
    if device != "cpu":
        words += ["--device", device]
    if not training:
        return [shlex.join(words)]
    fit = ["benchbench", "fit", *what, "--seed", str(training.seed)]
    fit += ["--steps", str(training.steps)] if training.steps else []
    fit += ["--device", training.device] if training.device not in (None, "cpu") else []
    fit += ["--precision", training.precision] if training.precision != "float32" else []
    return [shlex.join(fit), shlex.join(words)]


def made_with(record: Record) -> list[tuple[str, str]]:
    """Return titles and values: method, options, checkpoint, training, machine, code, packages, time and memory."""
    method, environment = record.method, record.environment
    checkpoint, commit, cores = method.checkpoint, environment.git_commit, environment.cores
    found = [
        ("method", f"{method.name}, version {method.version}"),
        ("distribution", method.distribution),
        ("options", _listed(method.options, "=") or "none"),
        ("checkpoint", f"SHA-256 {checkpoint}" if checkpoint else "none"),
        ("training", _listed(_trained(record.training), " ")),
        ("unfinished", doubt(record)),
        ("seed", str(record.seed)),
        ("code", f"commit {commit}" if commit else "no commit known"),
        ("machine", ", ".join(filter(None, [environment.processor, f"{cores} cores" if cores else ""]))),
        ("device", environment.device or "unknown"),
        ("packages", _listed(environment.packages, " ")),
        ("cost", _cost(record)),
        ("memory", f"{record.peak_memory_bytes / 2**20:,.0f} MiB at most" if record.peak_memory_bytes else ""),
        ("made", record.created),
        ("run", record.run_id),
    ]
    return [(title, value) for title, value in found if value]


def _trained(training: RecordedTraining | None) -> dict[str, Any]:
    """Return what is known of a training; single precision is not worth a word."""
    stated = vars(training) if training else {}
    told = ("seed", "steps", "device", "processor", "torch", "precision", "core_seconds", "gpu_seconds")
    found = {key: stated.get(key) for key in told}
    return {key: each for key, each in found.items() if each is not None and (key, each) != ("precision", "float32")}


def _cost(record: Record) -> str:
    """Return what a sample costs, in words."""
    cost = record.cost
    if cost is None:
        return f"{_seconds(record.timing.seconds_per_image)} an image" if record.timing else ""
    parts = [f"{_seconds(cost.seconds_per_sample)} per sample (median of {cost.calls} calls)"]
    if cost.parameters is not None:
        parts.append(f"{cost.parameters:,} parameters")
    if cost.evaluations_per_sample is not None:
        parts.append(f"{cost.evaluations_per_sample:.3g} evaluations per sample")
    return ", ".join(parts)


def _listed(mapping: Mapping[str, Any], between: str) -> str:
    """Return `a=1, b=2`."""
    return ", ".join(f"{key}{between}{value}" for key, value in sorted(mapping.items()))


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
