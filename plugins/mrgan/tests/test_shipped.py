"""The checkpoints that ship: each loads and samples, they are small, and they say what the paper says."""

from pathlib import Path

import pytest
import torch
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints

from benchbench_mrgan import Mr1, Pix2PixNoise, Predictor, methods

SHIPPED = sorted(methods.CHECKPOINTS.glob("*.safetensors"))
LARGEST, LARGEST_TOGETHER = 1.5e6, 40e6


def made(path):
    """Return the task and the method, not prepared, that a checkpoint says it is of."""
    about = checkpoints.origin(path)
    assert about, f"{path.name} does not say what it is of"
    method = registry().get("methods", about["method"]["name"])(**about["method"]["options"])
    return get_task(about["task"]["name"]), method


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_checkpoint_samples(path, draw):
    task, method = made(path)
    assert path.stat().st_size <= LARGEST
    assert method.default_checkpoint(task) == path, "its name is not the one under which it is looked for"
    method.prepare(task, "cpu", None)
    examples = task.examples("test")[:3]
    together = draw(method, task, examples, 4)
    assert torch.equal(together, draw(method, task, examples, 4))
    alone = torch.cat([draw(method, task, [example], 4) for example in examples])
    assert torch.equal(together, alone)
    if method.name != "pix2pix" and method.options().get("draw") != "mean":  # which are deterministic
        assert not torch.equal(together, draw(method, task, examples, 4, seed=1))


def test_one_predictor_gives_its_law_and_its_mean(draw):
    task = get_task("toy-shapes")
    law, mean = Predictor(), Predictor(draw="mean")
    assert law.default_checkpoint(task) == mean.default_checkpoint(task)
    drawn = []
    for method in (law, mean):
        method.prepare(task, "cpu", None)
        drawn.append(draw(method, task, task.examples("test")[:1], 400).float())
    assert drawn[0].std(1).mean() > 5 * drawn[1].std(1).mean() == 0
    assert (drawn[0].median(1).values - drawn[1].mean(1)).abs().mean() < 0.2 * drawn[0].std(1).mean()


def test_they_are_small_together():
    assert sum(path.stat().st_size for path in SHIPPED) <= LARGEST_TOGETHER


@pytest.mark.parametrize(("method_class", "least", "most"), [(Pix2PixNoise, 0, 0.25), (Mr1, 0.7, 1.3)])
def test_the_paper_in_one_number(method_class, least, most, draw):
    """A reconstruction loss on every sample leaves no spread; on their mean it leaves the law's."""
    task, method = get_task("toy-shapes"), method_class()
    path = Path(methods.CHECKPOINTS) / checkpoints.file_name(method, task.name)
    assert path.is_file(), f"{path.name} is to ship"
    method.prepare(task, "cpu", path)
    examples = task.examples("test")[:40]
    samples = draw(method, task, examples, 20).double()
    truth = torch.stack([example.references for example in examples]).double()
    assert least <= (samples.var(1).mean() / truth.var(1).mean()).sqrt() <= most
