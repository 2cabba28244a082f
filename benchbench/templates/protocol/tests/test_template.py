"""The contract of benchbench, check by check, and tests of what this protocol does."""

from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

PROTOCOLS = ["template"]


def test_its_numbers_are_those_of_the_paper():
    protocol = registry().get("protocols", "template")
    assert protocol.summary == "100 conditions x 10 samples, 9 consecutive pairs"
