"""Images in [0, 1]."""

from dataclasses import dataclass

import benchbench


@dataclass
class FloatImages(benchbench.Method):
    name = "float-images"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        images = conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)
        return images.clamp(0, 255) / 255


@benchbench.hookimpl
def benchbench_methods():
    return [FloatImages]
