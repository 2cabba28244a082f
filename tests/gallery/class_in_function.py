"""A class made inside a function."""

from dataclasses import dataclass

import benchbench


def make(width):
    @dataclass
    class Made(benchbench.Method):
        name = "class-in-function"

        def prepare(self, task, device, checkpoint): ...

        def sample(self, conditions, num_samples, noise):
            shade = width * noise.normal(3, 1, 1)
            return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()

    return Made


@benchbench.hookimpl
def benchbench_methods():
    return [make(40)]
