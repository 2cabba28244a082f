"""It never ends."""

import time
from dataclasses import dataclass

import benchbench


@dataclass
class Hangs(benchbench.Method):
    name = "hangs"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        while True:
            time.sleep(1)


@benchbench.hookimpl
def benchbench_methods():
    return [Hangs]
