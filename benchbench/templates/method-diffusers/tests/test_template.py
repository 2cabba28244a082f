"""The contract of benchbench, check by check, and what this method is to do beside it."""

import benchbench
import pytest
from benchbench.cli.main import main
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from click.testing import CliRunner

METHODS = ["template"]


@pytest.fixture
def make():
    """Makes a tiny pipeline; without diffusers these tests are skipped, by name."""
    pytest.importorskip("diffusers")
    from benchbench_template.example import make

    return make


def test_a_pipeline_keeps_the_contract(make, tmp_path):
    make(tmp_path)
    words = ["check", "template[steps=1]", "-t", "toy-shapes", "--checkpoint", str(tmp_path)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output


def test_a_pipeline_that_enlarges_serves_super_resolution(make, tmp_path):
    make(tmp_path, factor=4)
    method, tasks = registry().get("methods", "template")(steps=1), registry().tasks
    method.prepare(tasks["sr-photos"](), "cpu", tmp_path)
    with pytest.raises(benchbench.Unsupported, match=r"gives \[3, 128, 128\]; toy-shapes wants \[3, 32, 32\]"):
        method.prepare(tasks["toy-shapes"](), "cpu", tmp_path)
