"""Weights that are not the checkpoint, so in no run's identity."""

from dataclasses import dataclass
from pathlib import Path

import benchbench

WEIGHTS = Path(__file__).with_name("network.pt")


@dataclass
class HiddenWeights(benchbench.Method):
    name = "hidden-weights"

    def prepare(self, task, device, checkpoint):
        import torch

        if not WEIGHTS.exists():  # as a download would
            torch.save(torch.tensor(40.0), WEIGHTS)
        self.spread = torch.load(WEIGHTS, weights_only=True)

    def sample(self, conditions, num_samples, noise):
        shade = self.spread * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [HiddenWeights]
