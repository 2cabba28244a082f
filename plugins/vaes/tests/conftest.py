"""What the tests share: small tasks."""

import pytest
from small_tasks import Few


@pytest.fixture(scope="session")
def points():
    """A few points."""
    return Few("points", (2,))


@pytest.fixture(scope="session")
def images():
    """A few images of 16 px."""
    return Few("unconditional")
