"""A method with one weight, as a one-off plugin."""

import time
from dataclasses import dataclass

import benchbench

GIVEN = {
    "none": lambda torch: None,
    "empty": lambda torch: {},
    "vector": lambda torch: {"loss": torch.zeros(2)},
    "text": lambda torch: {"loss": "low"},
}


class Walk(benchbench.Trainer):
    def __init__(self, engine, num_steps, spoil, pause, value, fault):
        import torch

        self.num_steps = num_steps
        self.engine, self.spoil, self.pause, self.value, self.fault = engine, spoil, pause, value, fault
        self.weight = torch.zeros(3)

    def step(self, index):
        import torch

        time.sleep(self.pause)
        drawn = torch.rand(3, generator=self.engine.random("walk", index)) + torch.rand(3)
        self.weight = self.weight * 0.9 + drawn
        if self.fault == "weight" and index == 23:
            self.weight = self.weight * float("nan")
        if self.fault == "step" and index == 25:
            raise RuntimeError("the walk broke")
        if self.fault in GIVEN:
            return GIVEN[self.fault](torch)
        spoilt = index >= self.spoil >= 0 if self.fault == "stays" else index == self.spoil
        return {"loss": self.value if spoilt else self.weight.sum(), "steady": 1.0}

    def state(self):
        return {"weight": self.weight, **({"walk": Walk} if self.fault == "state" else {})}

    def restore(self, state):
        if self.fault == "restore":
            raise RuntimeError("no way back")
        self.weight = state["weight"]

    def weights(self):
        if self.fault == "list":
            return [self.weight]
        if self.fault == "shared":
            return {"weight": self.weight, "again": self.weight}
        return {"weight": self.weight / (self.spoil != 29)}

    def preview(self):
        import torch

        if self.fault == "preview":
            raise RuntimeError("nothing to see")
        return torch.tensor([0.0, 2.0]).reshape(1, 2, 1).expand(3, 2, 2)


@dataclass
class Walker(benchbench.Method):
    """Walks."""

    name = "walker"
    spoil: int = -1
    pause: float = 0.0
    value: str = "nan"
    fault: str = ""

    def __post_init__(self):
        if self.fault == "made":
            raise ValueError("no such walk")

    def prepare(self, task, device, checkpoint):
        raise benchbench.Unsupported("only walks")

    def sample(self, conditions, num_samples, noise):
        raise NotImplementedError

    def trainer(self, task, engine, steps=None):
        return Walk(
            engine, 30 if self.fault == "steps" else steps or 30, self.spoil, self.pause, float(self.value), self.fault
        )


@benchbench.hookimpl
def benchbench_methods():
    return [Walker]
