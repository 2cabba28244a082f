"""The checkpoint that ships: small, found under its name, and one output per condition."""

import pytest
import torch
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints
from drawing import drawn

from benchbench_cyclegan.methods import CycleGan

FILES = sorted(CycleGan.checkpoints.glob("*.safetensors"))
LARGEST = 4e6


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_shipped_checkpoint_has_one_output_per_condition(path):
    assert path.stat().st_size <= LARGEST
    about = checkpoints.origin(path)
    method = registry().get("methods", about["method"]["name"])(**about["method"]["options"])
    task = get_task(about["task"]["name"])
    assert method.default_checkpoint(task) == path
    method.prepare(task, "cpu", None)
    examples = task.examples("test")[:3]
    together = drawn(method, task, examples, 2)
    assert torch.equal(together, torch.cat([drawn(method, task, [example], 2) for example in examples]))
    assert torch.equal(together[:, 0], together[:, 1])
    assert (together[0, 0] != together[1, 0]).any(), "it looks at the condition"


def test_a_checkpoint_ships():
    assert FILES
