"""A misspelt option in `later_options`, so that what was made before it no longer stands."""

from dataclasses import dataclass

import benchbench


@dataclass
class UnknownLaterOption(benchbench.Method):
    name = "unknown-later-option"
    later_options = ("sprad",)
    spread: float = 40.0

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = self.spread * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [UnknownLaterOption]
