"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
import torch
from benchbench import Conditions, Noise
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints
from drawing import check_shipped

from benchbench_bicyclegan.methods import TranslationGan

FILES = sorted(TranslationGan.checkpoints.glob("*.safetensors"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_shipped_checkpoint_samples(path):
    check_shipped(path, 1.5e6, 4)


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
