"""Task: a real pool that holds the test's references."""

from benchbench import hookimpl
from benchbench.contract.tiny import TinyDiscs


class LeakyPool(TinyDiscs):
    name = "leaky-pool"

    def real_pool(self):
        import torch

        return torch.cat([example.references for example in self.examples("test")])


@hookimpl
def benchbench_tasks():
    return [LeakyPool]
