"""One image per condition, K times."""

from dataclasses import dataclass

import benchbench


@dataclass
class OneImage(benchbench.Method):
    name = "one-image"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        return conditions["image"][:, None].expand(-1, num_samples, -1, -1, -1).contiguous()


@benchbench.hookimpl
def benchbench_methods():
    return [OneImage]
