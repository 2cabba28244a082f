"""The global seed is set."""

from dataclasses import dataclass

import benchbench


@dataclass
class SetsSeed(benchbench.Method):
    name = "sets-seed"

    def prepare(self, task, device, checkpoint):
        import torch

        torch.manual_seed(0)

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [SetsSeed]
