"""The contract of benchbench, check by check, and tests of what this task does."""

from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

TASKS = ["template"]


def test_three_in_four_references_are_of_the_first_colour():
    examples = registry().get("tasks", "template")().examples("test")
    red = [bool(image[0].sum() > image[2].sum()) for example in examples for image in example.references]
    assert abs(sum(red) / len(red) - 0.75) < 0.02
