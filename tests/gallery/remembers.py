"""Samples depend on earlier calls."""

from dataclasses import dataclass

import benchbench


@dataclass
class Remembers(benchbench.Method):
    name = "remembers"

    def prepare(self, task, device, checkpoint):
        self.calls = 0

    def sample(self, conditions, num_samples, noise):
        self.calls += 1
        shade = 40 * noise.normal(3, 1, 1) + self.calls
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [Remembers]
