"""A hook of another name."""

from dataclasses import dataclass

import benchbench


@dataclass
class MisspeltHook(benchbench.Method):
    name = "misspelt-hook"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_method():
    return [MisspeltHook]
