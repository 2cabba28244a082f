"""A default of another type than declared."""

from dataclasses import dataclass

import benchbench


@dataclass
class WrongOptionType(benchbench.Method):
    name = "wrong-option-type"
    spread: float = 40

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = self.spread * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [WrongOptionType]
