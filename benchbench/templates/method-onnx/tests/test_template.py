"""The contract of benchbench, check by check, and what this method is to do beside it."""

import benchbench
import pytest
import torch
from benchbench.cli.main import main
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from click.testing import CliRunner

METHODS = ["template"]


@pytest.fixture
def make():
    """Makes an ONNX file; without its packages these tests are skipped, by name."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from benchbench_template.example import make

    return make


def sample(path):
    """Return four samples of one condition."""
    task, method = registry().get("tasks", "toy-shapes")(), registry().get("methods", "template")()
    method.prepare(task, "cpu", path)
    example = task.examples("test")[0]
    conditions = benchbench.Conditions((example.id,), {"image": example.condition["image"][None]})
    noise = benchbench.Noise.for_samples((task.name, task.version), 0, conditions.ids, 4)
    return method.sample(conditions, 4, noise)


def test_a_file_keeps_the_contract(make, tmp_path):
    make(tmp_path / "G.onnx")
    words = ["check", "template", "-t", "toy-shapes", "--checkpoint", str(tmp_path / "G.onnx")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output


def test_a_fixed_batch_gives_the_same(make, tmp_path):
    make(tmp_path / "free.onnx")
    make(tmp_path / "one.onnx", rows=1)
    make(tmp_path / "two.onnx", rows=2)
    expected = sample(tmp_path / "free.onnx")
    assert torch.equal(sample(tmp_path / "one.onnx"), expected)
    assert torch.equal(sample(tmp_path / "two.onnx"), expected)


def test_weights_in_another_file_are_refused(make, tmp_path):
    make(tmp_path / "G.onnx")
    (tmp_path / "G.onnx.data").touch()
    with pytest.raises(benchbench.BenchbenchError, match="keeps its weights in another file"):
        sample(tmp_path / "G.onnx")
