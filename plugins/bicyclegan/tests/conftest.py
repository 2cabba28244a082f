"""What the tests share: small tasks."""

import pytest
import torch
from benchbench import Example, SampleSpace, Task
from benchbench.plugins import get_task
from small_tasks import Slice


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


@pytest.fixture(scope="session")
def fixed():
    """Return the task of two examples of the given shapes."""
    return Fixed


@pytest.fixture(scope="session")
def shapes():
    """A few examples of `toy-shapes`."""
    return Slice(get_task("toy-shapes"), 24)
