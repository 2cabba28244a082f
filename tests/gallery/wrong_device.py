"""Samples on another device (`meta` stands for a GPU here)."""

from dataclasses import dataclass

import benchbench


@dataclass
class WrongDevice(benchbench.Method):
    name = "wrong-device"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        import torch

        shape = (len(conditions), num_samples, 3, 32, 32)
        return torch.zeros(shape, dtype=torch.uint8, device="meta")


@benchbench.hookimpl
def benchbench_methods():
    return [WrongDevice]
