"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
import torch
from benchbench import Conditions, Noise
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints

from benchbench_likelihood.methods import LikelihoodMethod

FILES = sorted(LikelihoodMethod.checkpoints.glob("*.safetensors"))


@pytest.mark.parametrize("path", FILES or [None], ids=[path.stem for path in FILES] or ["none"])
def test_a_shipped_checkpoint_samples(path):
    if path is None:
        pytest.skip("no checkpoint ships yet")
    assert path.stat().st_size <= 2e6
    about = checkpoints.origin(path)
    method = registry().get("methods", about["method"]["name"])(**about["method"]["options"])
    task = get_task(about["task"]["name"])
    assert method.default_checkpoint(task) == path
    assert isinstance(about["trained_against"], list)
    method.prepare(task, "cpu", None)
    examples = task.examples("test")[:3]

    def draw(some, seed=0):
        ids = tuple(example.id for example in some)
        values = {name: torch.stack([example.condition[name] for example in some]) for name in some[0].condition}
        noise = Noise.for_samples((task.name, task.version), seed, ids, 2)
        return task.space.check(method.sample(Conditions(ids, values), 2, noise), len(ids), 2)

    together = draw(examples)
    assert torch.equal(together, torch.cat([draw([example]) for example in examples]))
    assert not torch.equal(together, draw(examples, seed=1))
    assert (together[:, 0] != together[:, 1]).any()
