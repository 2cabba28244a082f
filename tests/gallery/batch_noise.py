"""Noise of the batch, without saying so."""

from dataclasses import dataclass

import benchbench


@dataclass
class BatchNoise(benchbench.Method):
    name = "batch-noise"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        import torch

        shade = torch.randn(len(conditions), num_samples, 3, 1, 1, generator=noise.generator())
        return (conditions["image"][:, None].float() + 40 * shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [BatchNoise]
