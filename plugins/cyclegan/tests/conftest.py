"""What the tests share: a small task of pairs, and a generator."""

import pytest
import torch
from small_tasks import Fixed


@pytest.fixture
def random():
    """A seeded generator."""
    return torch.Generator().manual_seed(7)


@pytest.fixture(scope="session")
def pairs():
    """Four pairs of 16 px."""
    return Fixed("translation", (3, 16, 16), (3, 16, 16))


@pytest.fixture(scope="session")
def outlines():
    """The same with conditions of one channel."""
    return Fixed("translation", (1, 16, 16), (3, 16, 16))
