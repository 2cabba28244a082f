"""Golden values: what each built-in metric says of one small input, so that a changed number is a changed version.

python scripts/golden.py            lists what is missing or changed; exit code 1 if anything is
python scripts/golden.py --write    writes the values of metrics and versions that have none yet

A value of a version that has one is never overwritten: raise the metric's version where its number changes on purpose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import benchbench
from benchbench.core import Metric, Task, Unsupported
from benchbench.plugins import registry

OWN = f"benchbench {benchbench.__version__}"
FILE = Path(__file__).parent.parent / "tests" / "golden.json"
TASKS = ("toy-shapes", "toy-faces", "toy-holes", "ring8", "gmm-points-8")
"""The first one that a metric supports is its input's task."""
POOL = 400
EXACT, ROUNDED = 1e-9, 1e-6
"""Relative tolerances: of metrics in float64, and of those that lose digits in between."""
ROUNDED_WITHIN = frozenset({"energy-skill", "ms-ssim", "ms-ssim-across", "ssim"})
"""Metrics with the second tolerance: computed in float32."""


def identity(metric: type[Metric]) -> str:
    """Return `name@version`, by which a value is stored."""
    return f"{metric.name}@{metric.version}"


def metrics() -> dict[str, type[Metric]]:
    """Return the built-in metrics by their identity."""
    found = registry()
    own = {name: each for name, each in found.metrics.items() if found.distribution("metrics", name) == OWN}
    return {identity(each): each for each in own.values()}


class Inputs:
    """The small inputs, one per task, made once: 12 conditions of 6 samples, and features without any rounding."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def measured(self, metric: type[Metric]) -> dict[str, Any]:
        """Return what is stored of a metric: its task, the hash of its input, its value and the tolerance."""
        from benchbench.contract.measuring import Measuring
        from benchbench.contract.metric import MetricItem

        name = self.task_of(metric)
        if name not in self._made:
            self._made[name] = _exact(MetricItem(metric.name), _few(registry().task(name)))
        case: Measuring = self._made[name]
        case.metric = MetricItem(metric.name)
        value = case.measure(case.samples).value
        task = registry().task(name)
        return {
            "task": f"{task.name}@{task.version}",
            "input": hashlib.sha256(case.samples.contiguous().numpy().tobytes()).hexdigest()[:16],
            "value": value,
            "tolerance": ROUNDED if metric.name in ROUNDED_WITHIN else EXACT,
        }

    @staticmethod
    def task_of(metric: type[Metric]) -> str:
        """Return the first task that the metric supports."""
        for name in TASKS:
            try:
                metric().supports(registry().task(name))
            except Unsupported:
                continue
            return name
        raise Unsupported(f"{metric.name} supports none of {', '.join(TASKS)}: add a task to scripts/golden.py")


def _exact(item: Any, task: Task) -> Any:
    """Return the input of the contract's checks, with features that float32 holds exactly: bytes over powers of 2."""
    from benchbench.contract.measuring import Measuring

    made = Measuring(item, task)
    made.embed = _views
    return made


def _views(samples: Any) -> dict[str, Any]:
    import torch

    if samples.is_floating_point():
        rounded = (samples * 1024).round() / 1024
        return {"embedding": rounded, "pooled": rounded}
    images = samples.float() / 128 - 1
    sums = torch.nn.functional.avg_pool2d(images, images.shape[-1] // 8)
    return {"embedding": images.flatten(1) / 64, "pooled": sums.flatten(1)}


def _few(task: Task) -> Task:
    """Return the task with a pool of its first real images alone."""
    import copy

    few = copy.copy(task)
    pool = task.real_pool()[:POOL]
    few.__class__ = type(type(task).__name__, (type(task),), {"real_pool": lambda self: pool})
    return few


def stored() -> dict[str, dict[str, Any]]:
    """Return the stored values by `name@version`."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def complaint(name: str, known: dict[str, Any] | None, found: dict[str, Any]) -> str:
    """Return what is wrong with the value of a metric; empty if nothing."""
    if known is None:
        return f"{name} has no golden value: run python scripts/golden.py --write"
    if (known["task"], known["input"]) != (found["task"], found["input"]):
        return f"{name}: the input is another ({found['task']}): the tasks or the checks that make it have changed"
    off = abs(found["value"] - known["value"])
    if off > known["tolerance"] * max(abs(known["value"]), 1e-3):
        return (
            f"{name} is {found['value']!r}, and was {known['value']!r}: raise the version of {name.split('@')[0]}, then"
            " run python scripts/golden.py --write"
        )
    return ""


def main() -> int:
    """Compare, and write what is missing; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    known, inputs, wrong = stored(), Inputs(), []
    for name, metric in sorted(metrics().items()):
        found = inputs.measured(metric)
        if write and name not in known:
            known[name] = found
        problem = complaint(name, known.get(name), found)
        wrong += [problem] if problem else []
    if write:
        FILE.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
    for each in wrong:
        print(each, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
