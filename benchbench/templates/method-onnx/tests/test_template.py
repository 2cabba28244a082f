"""The contract of benchbench, check by check, and tests of what this method does."""

import benchbench
import pytest
import torch
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

METHODS = ["template"]


@pytest.fixture
def make():
    """Makes an ONNX file; without its packages these tests are skipped, by name."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from benchbench_template.example import make

    return make


def test_a_file_keeps_the_contract(make, tiny_task, benchbench_cli, tmp_path):
    make(tmp_path / "G.onnx")
    done = benchbench_cli("check", "template", "-t", tiny_task.name, "--checkpoint", tmp_path / "G.onnx")
    assert done.code == 0, done.out


def test_a_fixed_batch_gives_the_same(make, tiny_task, noise_source, tmp_path):
    example = tiny_task.examples("test")[0]
    conditions = benchbench.Conditions((example.id,), {"image": example.condition["image"][None]})
    samples = []
    for rows in ("n", 1, 2):
        make(tmp_path / "G.onnx", rows)
        method = registry().get("methods", "template")()
        method.prepare(tiny_task, "cpu", tmp_path / "G.onnx")
        samples.append(method.sample(conditions, 4, noise_source(conditions.ids, 4)))
    assert torch.equal(samples[1], samples[0])
    assert torch.equal(samples[2], samples[0])


def test_weights_in_another_file_are_refused(make, tiny_task, tmp_path):
    make(tmp_path / "G.onnx")
    (tmp_path / "G.onnx.data").touch()
    with pytest.raises(benchbench.BenchbenchError, match="keeps its weights in another file"):
        registry().get("methods", "template")().prepare(tiny_task, "cpu", tmp_path / "G.onnx")
