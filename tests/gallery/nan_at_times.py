"""NaN in one sample of sixteen."""

from dataclasses import dataclass

import benchbench


@dataclass
class NanAtTimes(benchbench.Method):
    name = "nan-at-times"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        lucky = noise.integers(16, 1, 1, 1)
        images = conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)
        return (images * (lucky / lucky)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [NanAtTimes]
