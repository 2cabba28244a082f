"""Whether scores change as shipped checkpoints are rounded: the weights as they are, and moved within their rounding.

python benchmarks/halved.py [--task toy-shapes] [-m METHOD]...

A checkpoint's float16 weight stands for every number that rounds to it. Each is moved to a random one of these, as if
the training had ended there; scores that do not feel it do not feel the rounding.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

import benchbench
from benchbench.plugins import get_task, registry
from benchbench.specs import parse_method
from benchbench.training import checkpoints


def unrounded(tensor: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Return `float32` numbers that round to these `float16` ones, drawn uniformly; others as they are."""
    if tensor.dtype != torch.float16:
        return tensor
    above = torch.nextafter(tensor, torch.full_like(tensor, torch.inf)).float() - tensor.float()
    moved = tensor.float() + 0.998 * above * (torch.rand(tensor.shape, generator=random) - 0.5)
    # at a power of two the step below is half as wide: what moved too far stays
    return torch.where(moved.half() == tensor, moved, tensor.float())


def main() -> None:
    """Print, for each method, its scores and how far they move, in standard errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-t", "--task", default="toy-shapes")
    parser.add_argument("-m", "--method", action="append", required=True)
    given = parser.parse_args()
    print("| method | score | as shipped | moved by | in standard errors |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for text in given.method:
            name, options = parse_method(text, registry())
            method = registry().get("methods", name)(**options)
            path = checkpoints.shipped(method.checkpoints, method, get_task(given.task))
            if path is None:
                raise SystemExit(f"{text} ships no checkpoint of {given.task}")
            random, moved = torch.Generator().manual_seed(0), Path(folder) / "moved.safetensors"
            with safe_open(path, "pt") as file:
                tensors = {key: unrounded(file.get_tensor(key), random) for key in file.keys()}  # noqa: SIM118
                save_file(tensors, moved, file.metadata())
            one, other = (
                benchbench.evaluate(given.task, text, checkpoint=each, output=folder) for each in (path, moved)
            )
            for before, after in zip(one.scores, other.scores, strict=True):
                change, error = after.value - before.value, before.standard_error
                share = f"{change / error:+.3f}" if error else "–"
                print(f"| {text} | {before.metric} | {before.value:.5g} ± {error or 0:.2g} | {change:+.2g} | {share} |")


if __name__ == "__main__":
    main()
