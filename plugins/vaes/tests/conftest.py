"""What the tests share: small tasks."""

import pytest
from plugin_fixtures import one_thread, random, same_draws
from small_tasks import Few

__all__ = ["one_thread", "random", "same_draws"]


@pytest.fixture(scope="session")
def points():
    """A few points."""
    return Few("points", (2,))


@pytest.fixture(scope="session")
def images():
    """A few images of 16 px."""
    return Few("unconditional")
