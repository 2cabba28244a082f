"""What a training step costs, by size of the networks and by how they are computed.

python benchmarks/training.py [--device cuda] [--task emoji-tones] [-m METHOD]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import torch

from benchbench.core.engine import Engine
from benchbench.plugins import get_task, isolated, registry
from benchbench.specs import parse_method
from benchbench.system.environment import environment

WARM_UP = 8
WAYS: dict[str, dict[str, Any]] = {
    "float32, eager": {"capture": False},
    "bfloat16, eager": {"capture": False, "precision": "bfloat16"},
    "float32, captured": {},
    "bfloat16, captured": {"precision": "bfloat16"},
    "float32, compiled": {"compile": True},
    "bfloat16, compiled": {"compile": True, "precision": "bfloat16"},
}


def steps_a_second(task: str, method: str, device: str, steps: int, **how: Any) -> float:
    """Return how many steps of a method's training are made in a second, after some to warm up."""
    name, options = parse_method(method, registry())
    with isolated(device, gradients=True):
        trainer = registry().get("methods", name)(**options).trainer(get_task(task), Engine(device, 0, **how))
        for index in range(WARM_UP):
            losses = trainer.step(index)
        wait(losses)
        began = time.perf_counter()
        for index in range(WARM_UP, WARM_UP + steps):
            losses = trainer.step(index)
        wait(losses)
        return steps / (time.perf_counter() - began)


def wait(losses: dict[str, torch.Tensor]) -> None:
    """Wait until the losses are there."""
    for loss in losses.values():
        float(loss)


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("-t", "--task", default="toy-shapes")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("-m", "--method", action="append", default=[])
    arguments = parser.parse_args()
    task, device, steps = arguments.task, arguments.device, arguments.steps
    ways = {name: how for name, how in WAYS.items() if device.startswith("cuda") or "eager" in name}
    where = environment(device, "").processor
    print(f"steps a second on {task} ({where}, torch {torch.__version__}, {steps} steps, once)\n")
    print(f"| method | {' | '.join(ways)} |\n|{'---|' * (len(ways) + 1)}")
    for method in arguments.method or ["mr1", "mr1[size=paper]"]:
        print(f"| `{method}` |", end="")
        for how in ways.values():
            print(f" {steps_a_second(task, method, device, steps, **how):.1f} |", end="", flush=True)
        print(flush=True)


if __name__ == "__main__":
    main()
