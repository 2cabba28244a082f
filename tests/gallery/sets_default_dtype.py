"""The default type is set."""

from dataclasses import dataclass

import benchbench


@dataclass
class SetsDefaultDtype(benchbench.Method):
    name = "sets-default-dtype"

    def prepare(self, task, device, checkpoint):
        import torch

        torch.set_default_dtype(torch.float64)

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [SetsDefaultDtype]
