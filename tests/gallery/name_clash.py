"""A name that is taken."""

from dataclasses import dataclass

import benchbench


@dataclass
class NameClash(benchbench.Method):
    name = "copy"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [NameClash]
