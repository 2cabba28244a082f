"""Where a row comes from: the command that made its record, and what it was made with; pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from benchbench.core.record import Record


def commands(record: Record, task_metrics: Sequence[str]) -> list[str]:
    """Return what makes the record again, given the metrics that the task has of its own: the training, the run.

    `CHECKPOINT` stands for the file that the training names.
    """
    method, training = record.method, record.training
    label = str(method.get("label", ""))
    named = label if label.partition("[")[0] == method["name"] else str(method["name"])
    what = ["-t", str(record.task["name"]), "-m", named]
    words = ["benchbench", "run", *what, "--seed", str(record.seed)]
    if training:
        words += ["--checkpoint", "CHECKPOINT"]
    names = {metric.partition("[")[0] for metric in task_metrics}
    own = {metric.partition("[")[2].rstrip("]") for metric in task_metrics}
    extra = dict.fromkeys(score.features for score in record.scores if score.features and score.features not in own)
    for features in extra:
        words += ["-f", str(features)]
    if any(score.metric.partition("[")[0] not in names for score in record.scores):
        words += ["--metric", "all"]
    device = str(record.environment.get("device", "cpu"))
    if device != "cpu":
        words += ["--device", device]
    if not training:
        return [shlex.join(words)]
    fit = ["benchbench", "fit", *what, "--seed", str(training["seed"])]
    fit += ["--steps", str(training["steps"])] if training.get("steps") else []
    fit += ["--device", str(training["device"])] if training.get("device") not in (None, "cpu") else []
    fit += ["--precision", str(training["precision"])] if training.get("precision") else []
    return [shlex.join(fit), shlex.join(words)]


def made_with(record: Record) -> list[tuple[str, str]]:
    """Return titles and values: method, options, checkpoint, training, machine, code, packages, time and memory."""
    method, environment = record.method, record.environment
    checkpoint, commit = method.get("checkpoint"), environment.get("git_commit")
    cores, processor = environment.get("cores"), environment.get("processor")
    seconds = record.timing.get("seconds_per_image")
    found = [
        ("method", f"{method['name']}, version {method.get('version')}"),
        ("distribution", str(method.get("distribution") or "")),
        ("options", _listed(method["options"], "=") or "none"),
        ("checkpoint", f"SHA-256 {checkpoint}" if checkpoint else "none"),
        ("training", _listed({key: each for key, each in record.training.items() if each is not None}, " ")),
        ("seed", str(record.seed)),
        ("code", f"commit {commit}" if commit else "no commit known"),
        ("machine", ", ".join(filter(None, [str(processor or ""), f"{cores} cores" if cores else ""]))),
        ("device", str(environment.get("device", "unknown"))),
        ("packages", _listed(environment.get("packages"), " ")),
        ("time", f"{_seconds(seconds)} an image" if seconds is not None else ""),
        ("memory", f"{record.peak_memory_bytes / 2**20:,.0f} MiB at most" if record.peak_memory_bytes else ""),
        ("made", record.created),
        ("run", record.run_id),
    ]
    return [(title, value) for title, value in found if value]


def _listed(mapping: object, between: str) -> str:
    """Return `a=1, b=2`; empty for what is no mapping: records are written by strangers."""
    if not isinstance(mapping, dict):
        return ""
    return ", ".join(f"{key}{between}{value}" for key, value in sorted(mapping.items()))


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
