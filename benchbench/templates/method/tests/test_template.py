"""The contract of benchbench, check by check, and tests of what this method does."""

import benchbench
import torch
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

METHODS = ["template"]


def test_without_strength_the_samples_are_the_condition(tiny_task, noise_source):
    method = registry().get("methods", "template")(strength=0.0)
    method.prepare(tiny_task, "cpu", None)
    example = tiny_task.examples("test")[0]
    conditions = benchbench.Conditions((example.id,), {"image": example.condition["image"][None]})
    for sample in method.sample(conditions, 4, noise_source(conditions.ids, 4))[0]:
        assert torch.equal(sample, example.condition["image"])
