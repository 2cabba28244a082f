"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
import torch
from benchbench import Conditions, Noise
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints

from benchbench_bicyclegan.methods import TranslationGan

FILES = sorted(TranslationGan.checkpoints.glob("*.safetensors"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_shipped_checkpoint_samples(path):
    assert path.stat().st_size <= 1.5e6
    about = checkpoints.origin(path)
    method = registry().get("methods", about["method"]["name"])(**about["method"]["options"])
    task = get_task(about["task"]["name"])
    assert method.default_checkpoint(task) == path
    method.prepare(task, "cpu", None)
    examples = task.examples("test")[:3]

    def draw(some, seed=0):
        ids = tuple(example.id for example in some)
        images = torch.stack([example.condition["image"] for example in some])
        noise = Noise.for_samples((task.name, task.version), seed, ids, 4)
        return task.space.check(method.sample(Conditions(ids, {"image": images}), 4, noise), len(ids), 4)

    together = draw(examples)
    assert torch.equal(together, torch.cat([draw([example]) for example in examples]))
    assert not torch.equal(together, draw(examples, seed=1))
    assert (together[:, 0] != together[:, 1]).any()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_answer_is_reconstructed_from_a_shipped_checkpoint(path):
    about = checkpoints.origin(path)
    method = registry().get("methods", f"encoded-{about['method']['name']}")(**about["method"]["options"])
    task = get_task(about["task"]["name"])
    method.prepare(task, "cpu", None)
    example = task.examples("test")[0]
    noise = Noise.for_samples((task.name, task.version), 0, (example.id,), 2)
    conditions = Conditions((example.id,), {"image": example.condition["image"][None]})
    samples = method.sample(conditions, 2, noise)
    task.space.check(samples, 1, 2)
    plain = registry().get("methods", about["method"]["name"])(**about["method"]["options"])
    plain.prepare(task, "cpu", None)
    drawn = plain.sample(conditions, 2, noise)

    def error(images):
        references = torch.stack(list(example.references[:2]))
        return (images[0].float() - references.float()).abs().mean()

    if plain.name != "clr-gan":  # which has no loss that asks for it
        assert error(samples) < error(drawn)
