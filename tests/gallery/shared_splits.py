"""Task: test examples that are also for training."""

import benchbench


class SharedSplits(benchbench.Task):
    name = "shared-splits"
    kind = "unconditional"
    space = benchbench.SampleSpace("images", (3, 32, 32))
    protocol = benchbench.Protocol("small", 1, num_conditions=4)
    metrics = ("energy-score[pixels]",)

    def examples(self, split):
        import torch

        return [benchbench.Example(f"{split}-{i}", {}, torch.full((1, 3, 32, 32), i).byte()) for i in range(4)]

    def real_pool(self):
        import torch

        return torch.cat([example.references for example in self.examples("train")])


@benchbench.hookimpl
def benchbench_tasks():
    return [SharedSplits]
