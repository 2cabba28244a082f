"""What the tests share: small tasks, and one thread."""

import pytest
import torch
from benchbench import Example, SampleSpace, Task
from small_tasks import one_thread

__all__ = ["one_thread"]
CLASSES = 3


class Few(Task):
    """A few random samples, with a label where the kind has classes."""

    name, metrics = "few", ()

    def __init__(self, kind, shape=(3, 16, 16), number=24):
        self.kind = kind
        self.space = SampleSpace("points" if len(shape) == 1 else "images", shape)
        random = torch.Generator().manual_seed(0)
        points = torch.randn(number, 1, *shape, generator=random)
        samples = points if len(shape) == 1 else ((points / 3).clamp(-1, 1) * 127 + 128).byte()
        self._examples = [
            Example(str(i), {"label": torch.tensor(i % CLASSES)} if kind == "class-conditional" else {}, samples[i])
            for i in range(number)
        ]

    def examples(self, split):
        del split
        return self._examples

    def real_pool(self):
        return torch.cat([example.references for example in self._examples])


@pytest.fixture
def random():
    """A seeded generator."""
    return torch.Generator().manual_seed(7)


@pytest.fixture(scope="session")
def few():
    """Return the task of a few random samples of a kind."""
    return Few
