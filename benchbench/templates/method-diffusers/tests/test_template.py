"""The contract of benchbench, check by check, and tests of what this method does."""

import benchbench
import pytest
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

METHODS = ["template"]


@pytest.fixture
def make():
    """Makes a tiny pipeline; without diffusers these tests are skipped, by name."""
    pytest.importorskip("diffusers")
    from benchbench_template.example import make

    return make


def test_a_pipeline_keeps_the_contract(make, tiny_task, benchbench_cli, tmp_path):
    make(tmp_path / "pipeline")
    words = ["check", "template[steps=1]", "-t", tiny_task.name, "--checkpoint", tmp_path / "pipeline"]
    done = benchbench_cli(*words)
    assert done.code == 0, done.out


def test_a_pipeline_that_enlarges_is_for_tasks_that_want_it(make, tiny_task, tmp_path):
    make(tmp_path, factor=4)
    method = registry().get("methods", "template")(steps=1)
    method.prepare(registry().get("tasks", "sr-photos")(), "cpu", tmp_path)
    with pytest.raises(benchbench.Unsupported, match=r"gives \[3, 128, 128\]; tiny-discs needs \[3, 32, 32\]"):
        method.prepare(tiny_task, "cpu", tmp_path)
