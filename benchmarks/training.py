"""What a training step costs, by size of the networks and by how they are computed.

python benchmarks/training.py [--device cuda]
"""

from __future__ import annotations

import argparse
import time

import torch

from benchbench.engine import Engine
from benchbench.evaluation import get_task, isolated
from benchbench.names import parse_method
from benchbench.plugins import registry

TASK = "toy-shapes"
WARM_UP = 8
WAYS = {
    "float32, eager": {"capture": False},
    "float32, captured": {},
    "bfloat16, captured": {"precision": "bfloat16"},
    "float32, compiled": {"compile": True},
    "bfloat16, compiled": {"compile": True, "precision": "bfloat16"},
}


def steps_a_second(method: str, device: str, steps: int, **how: object) -> float:
    """Return how many steps of a method's training are made in a second, after some to warm up."""
    name, options = parse_method(method, registry())
    with isolated(device, gradients=True):
        trainer = registry().get("methods", name)(**options).trainer(get_task(TASK), Engine(device, 0, **how))
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
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("-m", "--method", action="append", default=[])
    arguments = parser.parse_args()
    device = arguments.device
    name = torch.cuda.get_device_name() if device.startswith("cuda") else "CPU, one thread"
    print(f"steps a second on {TASK} ({name}, torch {torch.__version__}, {arguments.steps} steps, once)\n")
    print(f"| method | {' | '.join(WAYS)} |\n|{'---|' * (len(WAYS) + 1)}")
    for method in arguments.method or ["mr1", "mr1[size=paper]"]:
        cells = []
        for how in WAYS.values():
            skipped = device == "cpu" and (how.get("compile") or how == {})
            cells.append("-" if skipped else f"{steps_a_second(method, device, arguments.steps, **how):.1f}")
        print(f"| `{method}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
