"""What the tests share: a small task."""

import pytest
from benchbench.plugins import get_task
from small_tasks import Slice


@pytest.fixture(scope="session")
def shapes():
    """A few examples of `toy-shapes`."""
    return Slice(get_task("toy-shapes"), 24)
