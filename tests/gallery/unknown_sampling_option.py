"""A misspelt option in `sampling_options`, so that each of its values would need a checkpoint."""

from dataclasses import dataclass

import benchbench


@dataclass
class UnknownSamplingOption(benchbench.Method):
    name = "unknown-sampling-option"
    sampling_options = ("sprad",)
    spread: float = 40.0

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = self.spread * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [UnknownSamplingOption]
