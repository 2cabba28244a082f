"""What the tests share: small tasks."""

import pytest
import torch
from small_tasks import Few


@pytest.fixture
def random():
    """A seeded generator."""
    return torch.Generator().manual_seed(7)


@pytest.fixture(scope="session")
def few():
    """Return the task of a few random samples of a kind."""
    return Few
