"""What the tests of plugins share, and import in their conftest.py: one thread, the same draws, and small tasks."""

import pytest
import torch
from small_tasks import Fixed, Slice, of_each_kind, one_thread, same_draws

from benchbench.plugins import get_task

__all__ = ["few", "fixed", "one_thread", "random", "same_draws", "tasks"]


@pytest.fixture
def random():
    """A seeded generator."""
    return torch.Generator().manual_seed(7)


@pytest.fixture(scope="session")
def fixed():
    """Return the task of four examples of the given shapes."""
    return Fixed


@pytest.fixture(scope="session")
def tasks():
    """Return a small task of each kind of image."""
    return of_each_kind()


@pytest.fixture(scope="session")
def few():
    """Return the first examples of the task with a name."""
    return lambda name, number=24: Slice(get_task(name), number)
