"""What the tests share: small tasks, and a generator."""

import pytest
import torch
from small_tasks import Few


@pytest.fixture
def random():
    """A seeded generator."""
    return torch.Generator().manual_seed(7)


@pytest.fixture(scope="session")
def points():
    """A few points."""
    return Few("points", (2,))


@pytest.fixture(scope="session")
def images():
    """A few images of 16 px."""
    return Few("unconditional")
