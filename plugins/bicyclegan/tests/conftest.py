"""What the tests share: a small task."""

import pytest
from benchbench.plugins import get_task
from plugin_fixtures import fixed, one_thread, same_draws
from small_tasks import Slice

__all__ = ["fixed", "one_thread", "same_draws"]


@pytest.fixture(scope="session")
def shapes():
    """A few examples of `toy-shapes`."""
    return Slice(get_task("toy-shapes"), 24)
