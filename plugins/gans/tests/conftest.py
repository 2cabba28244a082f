"""What the tests share: small tasks."""

import pytest
from small_tasks import Few


@pytest.fixture(scope="session")
def few():
    """Return the task of a few random samples of a kind."""
    return Few
