"""The number of threads is set."""

from dataclasses import dataclass

import benchbench


@dataclass
class SetsThreads(benchbench.Method):
    name = "sets-threads"

    def prepare(self, task, device, checkpoint):
        import torch

        torch.set_num_threads(4)

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [SetsThreads]
