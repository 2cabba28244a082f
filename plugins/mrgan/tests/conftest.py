"""What the plugin's tests share: one thread, small tasks and small trainings."""

import dataclasses

import pytest
import torch
from benchbench import Conditions, Noise, Task

from benchbench_mrgan import recipes, training


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in a fixed order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


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


@pytest.fixture
def few():
    """Return a function from a task's name to that task with a few examples."""
    from benchbench.plugins import get_task

    return lambda name, number=12: Slice(get_task(name), number)


@pytest.fixture
def draw():
    """Return a function that draws a method's samples of examples as the suite does."""

    def drawn(method, task, examples, num_samples, seed=0):
        ids = tuple(example.id for example in examples)
        values = {
            name: torch.stack([example.condition[name] for example in examples]) for name in examples[0].condition
        }
        noise = Noise.for_samples((task.name, task.version), seed, ids, num_samples)
        samples = method.sample(Conditions(ids, values), num_samples, noise)
        return task.space.check(samples, len(ids), num_samples)

    return drawn


@pytest.fixture
def tiny(monkeypatch):
    """Trainings of 3 predictor and 4 GAN steps on a few images each; every other number is the recipe's own."""
    monkeypatch.setattr(training, "STATISTICS_BATCHES", 2)
    for key, recipe in list(recipes.BASES.items()):
        small = dataclasses.replace(
            recipe,
            discriminator_batch=4,
            num_inputs=3,
            num_samples=3,
            num_steps=4,
            predictor_steps=3,
            predictor_batch=4,
            validate_every=2,
        )
        monkeypatch.setitem(recipes.BASES, key, small)
    monkeypatch.setattr(recipes, "PROXY_SAMPLES", {})
    monkeypatch.setattr(recipes, "LAPLACE_PROXY", {})
