"""`import torch` at the top."""

from dataclasses import dataclass

import torch

import benchbench


@dataclass
class ImportsTorch(benchbench.Method):
    name = "imports-torch"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = noise.normal(3, 1, 1).to(torch.float32)
        return (conditions["image"][:, None].float() + 40 * shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [ImportsTorch]
