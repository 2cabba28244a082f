"""Small tasks that the tests of several plugins train and sample on; one thread and the same draws for them."""

import pytest
import torch

from benchbench import Example, SampleSpace, Task
from benchbench.core import SuperResolutionTask


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in a fixed order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def same_draws():
    """Weights and noise that no test seeds: without luck all units of a small layer are off, and nothing is seen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


class Slice(Task):
    """A few examples of another task, under its name."""

    metrics = ()

    def __init__(self, task, number):
        self.name, self.kind, self.space, self.version = task.name, task.kind, task.space, task.version
        self._few = {split: task.examples(split)[:number] for split in ("train", "validation", "test")}

    def examples(self, split):
        return self._few[split]

    def real_pool(self):
        return torch.cat([example.references for example in self.examples("train")])


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
            Example(str(i), {"label": torch.tensor(i % 3)} if kind == "class-conditional" else {}, samples[i])
            for i in range(number)
        ]

    def examples(self, split):
        del split
        return self._examples

    def real_pool(self):
        return torch.cat([example.references for example in self._examples])


class Fixed(SuperResolutionTask):
    """Four examples of the given shapes, of random pixels; the condition's modalities are those that have a shape."""

    name, metrics = "fixed", ()

    def __init__(self, kind, condition, sample, label=False):
        self.kind, self.space = kind, SampleSpace("images", sample)
        random = torch.Generator().manual_seed(0)

        def pixels(*shape):
            return torch.randint(256, shape, dtype=torch.uint8, generator=random)

        def given(number):
            values = {} if condition is None else {"image": pixels(*condition)}
            if kind == "inpainting":
                values["mask"] = torch.zeros(1, *sample[1:], dtype=torch.uint8)
                values["mask"][:, number + 1 : number + 5, 2:6] = 255
            return values | ({"label": torch.tensor(number % 3)} if label else {})

        self._examples = [Example(str(i), given(i), pixels(1, *sample)) for i in range(4)]

    def examples(self, split):
        del split
        return self._examples

    def real_pool(self):
        return torch.cat([example.references for example in self._examples])


def of_each_kind():
    """Return a small task of each kind of image, by kind."""
    return {
        "translation": Fixed("translation", (3, 8, 8), (3, 8, 8)),
        "super-resolution": Fixed("super-resolution", (3, 2, 2), (3, 8, 8)),
        "inpainting": Fixed("inpainting", (3, 8, 8), (3, 8, 8)),
        "class-conditional": Fixed("class-conditional", None, (3, 8, 8), label=True),
        "unconditional": Fixed("unconditional", None, (3, 8, 8)),
    }
