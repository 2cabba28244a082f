"""What the tests share: small tasks."""

import pytest
from plugin_fixtures import one_thread, random, same_draws
from small_tasks import Few

__all__ = ["one_thread", "random", "same_draws"]


@pytest.fixture(scope="session")
def few():
    """Return the task of a few random samples of a kind."""
    return Few
