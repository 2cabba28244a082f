"""The condition is changed in place."""

from dataclasses import dataclass

import benchbench


@dataclass
class ChangesCondition(benchbench.Method):
    name = "changes-condition"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        image = conditions["image"]
        image //= 2
        return (image[:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [ChangesCondition]
