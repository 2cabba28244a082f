"""What the tests share: small tasks, and one thread."""

import pytest
import torch
from benchbench import Example, SampleSpace, Task
from benchbench.plugins import get_task


class Slice(Task):
    """A few examples of another task, under its name."""

    metrics = ()

    def __init__(self, task, number):
        self.name, self.kind, self.space = task.name, task.kind, task.space
        self._few = {split: task.examples(split)[:number] for split in ("train", "validation", "test")}

    def examples(self, split):
        return self._few[split]

    def real_pool(self):
        return torch.cat([example.references for example in self.examples("train")])


class Fixed(Task):
    """Two examples of the given shapes, of random pixels."""

    name, metrics = "fixed", ()

    def __init__(self, kind, condition, sample):
        self.kind, self.space = kind, SampleSpace("images", sample)
        random = torch.Generator().manual_seed(0)

        def pixels(*shape):
            return torch.randint(256, shape, dtype=torch.uint8, generator=random)

        self._examples = [
            Example(str(i), {} if condition is None else {"image": pixels(*condition)}, pixels(1, *sample))
            for i in range(2)
        ]

    def examples(self, split):
        del split
        return self._examples

    def real_pool(self):
        return torch.cat([example.references for example in self._examples])


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in a fixed order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def fixed():
    """Return the task of two examples of the given shapes."""
    return Fixed


@pytest.fixture(scope="session")
def shapes():
    """A few examples of `toy-shapes`."""
    return Slice(get_task("toy-shapes"), 24)
