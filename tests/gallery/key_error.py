"""A condition that the task does not have, noticed too late."""

from dataclasses import dataclass

import benchbench


@dataclass
class KeyError(benchbench.Method):
    name = "key-error"

    def prepare(self, task, device, checkpoint):
        self.size = task.examples("test")[0].condition["image"].shape

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [KeyError]
