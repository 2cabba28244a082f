"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
import torch
from benchbench import Conditions, Noise
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints

from benchbench_gans.methods import Adversarial

FILES = sorted(Adversarial.checkpoints.glob("*.safetensors"))
LARGEST, LARGEST_TOGETHER = 4e6, 25e6


@pytest.mark.parametrize("path", FILES or [None], ids=[path.stem for path in FILES] or ["none"])
def test_a_shipped_checkpoint_samples(path):
    if path is None:
        pytest.skip("no checkpoint ships yet: python plugins/gans/trainings.py OUTPUT, and then OUTPUT ship")
    assert path.stat().st_size <= LARGEST
    about = checkpoints.origin(path)
    method = registry().get("methods", about["method"]["name"])(**about["method"]["options"])
    task = get_task(about["task"]["name"])
    assert method.default_checkpoint(task) == path
    assert about["made_with"]["torch"]
    method.prepare(task, "cpu", None)
    examples = task.examples("test")[:3]

    def draw(some, seed=0):
        ids = tuple(example.id for example in some)
        names = some[0].condition
        values = {name: torch.stack([example.condition[name] for example in some]) for name in names}
        noise = Noise.for_samples((task.name, task.version), seed, ids, 4)
        return task.space.check(method.sample(Conditions(ids, values), 4, noise), len(ids), 4)

    together = draw(examples)
    assert torch.equal(together, torch.cat([draw([example]) for example in examples]))
    assert not torch.equal(together, draw(examples, seed=1))


def test_they_are_small_together():
    assert sum(path.stat().st_size for path in FILES) <= LARGEST_TOGETHER
