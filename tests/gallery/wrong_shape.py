"""Channels last."""

from dataclasses import dataclass

import benchbench


@dataclass
class WrongShape(benchbench.Method):
    name = "wrong-shape"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        images = conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)
        return images.clamp(0, 255).byte().permute(0, 1, 3, 4, 2)


@benchbench.hookimpl
def benchbench_methods():
    return [WrongShape]
