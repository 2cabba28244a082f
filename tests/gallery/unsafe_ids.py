"""Task: ids that cannot name files."""

import benchbench


class UnsafeIds(benchbench.Task):
    name = "unsafe-ids"
    kind = "unconditional"
    space = benchbench.SampleSpace("images", (3, 32, 32))
    protocol = benchbench.Protocol("small", 1, num_conditions=4)
    metrics = ("energy-score[pixels]",)

    def examples(self, split):
        import torch

        return [benchbench.Example(f"{split}/{i}", {}, torch.full((1, 3, 32, 32), i).byte()) for i in range(4)]

    def real_pool(self):
        import torch

        return torch.zeros(4, 3, 32, 32, dtype=torch.uint8)


@benchbench.hookimpl
def benchbench_tasks():
    return [UnsafeIds]
