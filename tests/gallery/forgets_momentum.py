"""Trainer: a state without the optimizer's."""

from dataclasses import dataclass

import benchbench


class Shades(benchbench.Trainer):
    def __init__(self, engine, num_steps):
        import torch

        self.num_steps = num_steps
        self.engine, self.shade = engine, torch.nn.Parameter(torch.zeros(3))
        self.optimizer = torch.optim.Adam([self.shade])

    def step(self, index):
        import torch

        loss = (self.shade - torch.rand(3, generator=self.engine.random("shade", index))).square().sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return {"loss": loss.detach()}

    def state(self):
        return {"shade": self.shade.detach()}

    def restore(self, state):
        self.shade.data.copy_(state["shade"])

    def weights(self):
        return {"shade": self.shade.detach()}


@dataclass
class ForgetsMomentum(benchbench.Method):
    name = "forgets-momentum"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = 40 * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()

    def trainer(self, task, engine, steps=None):
        return Shades(engine, steps or 100)


@benchbench.hookimpl
def benchbench_methods():
    return [ForgetsMomentum]
