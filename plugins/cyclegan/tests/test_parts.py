"""Losses, pool and the hidden pairing, against independent computations."""

import numpy as np
import pytest
import torch
from benchbench.training import TrainingSet
from small_tasks import Fixed

from benchbench_cyclegan import losses
from benchbench_cyclegan.apart import Apart
from benchbench_cyclegan.networks import make_judge, make_translator
from benchbench_cyclegan.objectives import Judging, Translating, Weights
from benchbench_cyclegan.pool import CAPACITY, Pool, plan
from benchbench_cyclegan.sizes import SIZES


def test_losses(random):
    real, fake = (3 * torch.randn(4, 1, 5, 5, generator=random) for _ in range(2))
    x, g = real.numpy().astype(np.float64), fake.numpy().astype(np.float64)
    assert losses.fooling_loss(fake).item() == pytest.approx(((g - 1) ** 2).mean(), rel=1e-5)
    expected = ((x - 1) ** 2).mean() / 2 + (g**2).mean() / 2
    assert losses.judge_loss(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert losses.absolute_error(real, fake).item() == pytest.approx(np.abs(x - g).mean(), rel=1e-5)


class Scaled(torch.nn.Module):
    """Multiplies by a number, in the place of a translator or a judge."""

    def __init__(self, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(float(factor)))

    def forward(self, images):
        return self.factor * images

    translate = forward


@pytest.mark.parametrize("identity", [0.0, 0.5])
def test_the_objective_by_hand(identity, random):
    translators = torch.nn.ModuleDict({"there": Scaled(0.5), "back": Scaled(3.0)})
    judges = torch.nn.ModuleDict({"y": Scaled(2.0), "x": Scaled(-1.0)})
    given = {name: torch.randn(2, 3, 4, 4, generator=random) for name in "xy"}
    x, y = (given[name].numpy().astype(np.float64) for name in "xy")
    total, shown, fakes = Translating(translators, judges, Weights(10.0, identity))(given)
    expected = ((2 * 0.5 * x - 1) ** 2).mean() + ((-3 * y - 1) ** 2).mean()
    expected += 10 * (np.abs(1.5 * x - x).mean() + np.abs(1.5 * y - y).mean())
    if identity:
        expected += 10 * identity * (np.abs(0.5 * y - y).mean() + np.abs(3 * x - x).mean())
    assert total.item() == pytest.approx(expected, rel=1e-5)
    assert len(shown) == (6 if identity else 4)
    judged = Judging(judges)(given, fakes)
    expected = ((2 * y - 1) ** 2).mean() / 2 + ((2 * 0.5 * x) ** 2).mean() / 2
    assert judged["judge_y"].item() == pytest.approx(expected, rel=1e-5)
    assert not any(fake.requires_grad for fake in fakes.values())


class Plain:
    """The pool as its authors tell it, with a list."""

    def __init__(self):
        self.images = []

    def query(self, image, slot, swap):
        if len(self.images) < CAPACITY:
            self.images.append(image)
            return image
        if swap:
            old, self.images[slot] = self.images[slot], image
            return old
        return image


@pytest.mark.parametrize("number", [1, 4])
def test_the_pool_is_a_plain_list(number, random):
    pool, plain, seen, swaps = Pool((1,)), Plain(), 0, 0
    for call in range(400 // number):
        new = torch.arange(seen, seen + number, dtype=torch.float32)[:, None]
        planned = plan(seen, number, random)
        found = pool(new, planned["slots"], planned["stored"], planned["swapped"])
        triples = zip(new[:, 0].tolist(), planned["slots"].tolist(), planned["swapped"].tolist())
        assert found[:, 0].tolist() == [plain.query(*each) for each in triples], call
        swaps += int(planned["swapped"].sum())
        seen += number
    assert pool.images[:, 0].tolist() == plain.images
    assert abs(swaps / (seen - CAPACITY) - 0.5) < 0.1


@pytest.mark.parametrize("number", [4, 21])
def test_no_step_has_a_pair_and_all_are_used(number, random):
    task = Fixed("translation", (3, 8, 8), (3, 8, 8))
    task._examples = (task._examples * 6)[:number]
    data = Apart(TrainingSet(task, "train", "cpu"), task)
    first, second = (set(half.tolist()) for half in data.halves)
    assert not first & second
    assert len(first | second) == number - number % 2
    seen = {0: set(), 1: set()}
    for index in range(40):
        inputs, targets = data.rows(index, 8, random)
        assert not set(inputs.tolist()) & set(targets.tolist())
        seen[0] |= set(inputs.tolist())
        seen[1] |= set(targets.tolist())
    assert all(rows & half for rows in seen.values() for half in (first, second))
    again = Apart(TrainingSet(task, "train", "cpu"), task)
    assert all(torch.equal(one, other) for one, other in zip(data.halves, again.halves))


def test_a_batch_has_inputs_and_targets_of_these_rows(pairs):
    data = Apart(TrainingSet(pairs, "train", "cpu"), pairs)
    inputs, targets = data.batch(0, 5, torch.Generator().manual_seed(3))
    of_inputs, of_targets = data.rows(0, 5, torch.Generator().manual_seed(3))
    examples = pairs.examples("train")
    for found, row in zip(inputs, of_inputs.tolist()):
        assert torch.equal(found, examples[row].condition["image"].float() / 127.5 - 1)
    for found, row in zip(targets, of_targets.tolist()):
        assert torch.equal(found, examples[row].references[0].float() / 127.5 - 1)


@pytest.mark.parametrize("side", [16, 32, 64])
@pytest.mark.parametrize("size", ["small", "paper"])
def test_networks(size, side):
    numbers = SIZES[size].__class__(**{**vars(SIZES[size]), "width": 4, "judge_width": 4})
    images = torch.randn(2, 1, side, side)
    made = make_translator(1, 3, numbers)({"image": images})
    assert made.shape == (2, 1, 3, side, side)
    assert made.abs().max() <= 1
    if size == "small" or side >= 32:
        assert make_judge(3, numbers)(made[:, 0]).ndim == 4


def test_the_number_of_weights_of_the_paper():
    """As the authors' code counts them at 256 px: 11.378 M for nine blocks, 2.765 M for the judge."""
    counts = [sum(p.numel() for p in m.parameters()) for m in (make_translator(3, 3, SIZES["paper"]),)]
    assert counts == [11_378_179]
    assert sum(p.numel() for p in make_judge(3, SIZES["paper"]).parameters()) == 2_764_737
