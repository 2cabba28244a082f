"""Dropout is on while it samples."""

from dataclasses import dataclass

import benchbench


@dataclass
class TrainingMode(benchbench.Method):
    name = "training-mode"

    def prepare(self, task, device, checkpoint):
        from torch import nn

        self.network = nn.Sequential(nn.Identity(), nn.Dropout(0.5))

    def sample(self, conditions, num_samples, noise):
        shade = self.network(40 * noise.normal(3))[..., None, None]
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [TrainingMode]
