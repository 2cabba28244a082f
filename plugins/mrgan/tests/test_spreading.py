"""MSGAN's, DSGAN's and rcGAN's losses: by hand, at a known optimum, and in whole trainings."""

import math

import numpy as np
import pytest
import torch
from benchbench import BenchbenchError
from benchbench.core.engine import Engine
from states import saved

from benchbench_mrgan import Dsgan, Msgan, Rcgan, spreading


def drawn(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_both_ratios_are_those_of_their_papers():
    samples, noise = drawn(4, 2, 3, 5, 5), [drawn(4, 2, 8, seed=1), drawn(4, 2, 1, 2, seed=2)]
    x, z = samples.numpy(), np.concatenate([noise[0].numpy(), noise[1].numpy().reshape(4, 2, 2)], 2)
    images = np.abs(x[:, 0] - x[:, 1]).reshape(4, -1).mean(1)
    codes = np.abs(z[:, 0] - z[:, 1]).mean(1)
    assert spreading.mode_seeking_loss(samples, noise).item() == pytest.approx(
        1 / (images.mean() / codes.mean() + 1e-5)
    )
    assert spreading.diversity_sensitive_loss(samples, noise).item() == pytest.approx(-np.mean(images / (codes + 1e-5)))


@pytest.mark.parametrize("number", [2, 8])
def test_the_reward_s_deviation_is_that_of_a_normal_law(number):
    samples = 3 * drawn(200_000 // number, number, 1)
    factor = math.sqrt(2 / (math.pi * number * (number + 1)))
    assert spreading.deviation_reward(samples).item() / factor == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("number", [2, 8])
def test_for_a_normal_truth_the_optimum_is_its_mean_and_deviation(number):
    """The same normal draws, shifted and scaled, so that the losses are smooth in both."""
    z, y = drawn(100_000, number, 1), drawn(100_000, 1, seed=1)

    def loss(mean, deviation):
        samples = mean + deviation * z
        return (spreading.mean_error(samples, y) - spreading.deviation_reward(samples)).item()

    at = loss(0, 1)
    assert all(at < loss(mean, deviation) for mean, deviation in ((0, 0.8), (0, 1.25), (0.3, 1), (-0.3, 1), (0, 0)))
    collapsed = {scale: spreading.mean_error(scale * z, y).item() for scale in (0.0, 1.0)}
    assert collapsed[0.0] < collapsed[1.0], "without the reward the best deviation is 0"


def test_the_gain_of_draws_of_the_truth_is_the_expected_one():
    samples, targets = drawn(50_000, 8, 1), drawn(50_000, 1, seed=1)
    assert spreading.expected_gain(8) == pytest.approx(2.498, abs=1e-3)
    assert spreading.averaging_gain(samples, targets).item() == pytest.approx(2.498, abs=0.05)
    assert spreading.averaging_gain(0.5 * samples, targets).item() < 2
    assert spreading.averaging_gain(1.5 * samples, targets).item() > 3


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("method", [Msgan(), Dsgan(), Rcgan(), Rcgan(deviation="fixed")], ids=str)
def test_an_interrupted_training_ends_as_a_whole_one(method, few, monkeypatch):
    monkeypatch.setattr("benchbench_mrgan.reward.CONDITIONS", 2)
    task = few("ring8")
    whole, second = (method.trainer(task, Engine(seed=5), 4) for _ in range(2))
    first, *_ = (whole.step(index) for index in range(3))  # the weight of rcgan has moved before the last of them
    second.restore(saved(whole.state()))
    assert second.step(3) == whole.step(3)
    ours, theirs = whole.weights(), second.weights()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    name = {"msgan": "mode-seeking", "dsgan": "diversity-sensitive", "rcgan": "deviation"}[method.name]
    assert {name, "reconstruction", "G", "D"} <= first.keys()
    if method.name == "rcgan":
        weight = whole._gan._reward.weight.item() if method.deviation == "auto" else None
        assert weight != 1.0


def test_a_loss_needs_two_samples_and_a_weight(few):
    with pytest.raises(BenchbenchError, match="num_samples is 1: it is at least 2 where samples are compared"):
        Msgan(num_samples=1).trainer(few("toy-shapes"), Engine())
    with pytest.raises(BenchbenchError, match="weight is -1.0: a weight is a number of 0 or more"):
        Dsgan(weight=-1.0).trainer(few("toy-shapes"), Engine())
