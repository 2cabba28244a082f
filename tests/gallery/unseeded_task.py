"""Task: other data in every process."""

import functools

import numpy as np

import benchbench


@functools.cache
def make_examples(split):
    import torch

    generator = np.random.default_rng()
    images = torch.from_numpy(generator.integers(256, size=(4, 1, 3, 32, 32), dtype=np.uint8))
    return [benchbench.Example(f"{split}-{i}", {}, image) for i, image in enumerate(images)]


class UnseededTask(benchbench.Task):
    name = "unseeded-task"
    kind = "unconditional"
    space = benchbench.SampleSpace("images", (3, 32, 32))
    protocol = benchbench.Protocol("small", 1, num_conditions=4)
    metrics = ("energy-score[pixels]",)

    def examples(self, split):
        return make_examples(split)

    def real_pool(self):
        import torch

        return torch.cat([example.references for example in make_examples("train")])


@benchbench.hookimpl
def benchbench_tasks():
    return [UnseededTask]
