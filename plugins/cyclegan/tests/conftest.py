"""What the tests share: a small task of pairs."""

import pytest
from plugin_fixtures import one_thread, random, same_draws
from small_tasks import Fixed

__all__ = ["one_thread", "random", "same_draws"]


@pytest.fixture(scope="session")
def pairs():
    """Four pairs of 16 px."""
    return Fixed("translation", (3, 16, 16), (3, 16, 16))


@pytest.fixture(scope="session")
def outlines():
    """The same with conditions of one channel."""
    return Fixed("translation", (1, 16, 16), (3, 16, 16))
