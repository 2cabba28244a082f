"""The contract of benchbench, check by check, and what this method is to do beside it."""

import benchbench
import torch
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

METHODS = ["template"]


def test_without_strength_the_samples_are_the_condition():
    task = registry().get("tasks", "toy-shapes")()
    method = registry().get("methods", "template")(strength=0.0)
    method.prepare(task, "cpu", None)
    example = task.examples("test")[0]
    conditions = benchbench.Conditions((example.id,), {"image": example.condition["image"][None]})
    noise = benchbench.Noise.for_samples((task.name, task.version), 0, conditions.ids, 4)
    for sample in method.sample(conditions, 4, noise)[0]:
        assert torch.equal(sample, example.condition["image"])
