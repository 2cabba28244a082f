"""A function as an option."""

from collections.abc import Callable
from dataclasses import dataclass

import benchbench


@dataclass
class LambdaOption(benchbench.Method):
    name = "lambda-option"
    spread: Callable = lambda values: 40 * values

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = self.spread(noise.normal(3, 1, 1))
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [LambdaOption]
