"""Trainer: it draws from Python's own generator, which no seed reaches."""

from dataclasses import dataclass

import benchbench


class Chance(benchbench.Trainer):
    def __init__(self, num_steps):
        import torch

        self.num_steps, self.shade = num_steps, torch.zeros(3)

    def step(self, index):
        import random

        self.shade = self.shade + random.random()
        return {"shade": float(self.shade[0])}

    def state(self):
        return {"shade": self.shade}

    def restore(self, state):
        self.shade = state["shade"]

    def weights(self):
        return {"shade": self.shade}


@dataclass
class TrainsByChance(benchbench.Method):
    name = "trains-by-chance"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = 40 * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()

    def trainer(self, task, engine, steps=None):
        return Chance(steps or 100)


@benchbench.hookimpl
def benchbench_methods():
    return [TrainsByChance]
