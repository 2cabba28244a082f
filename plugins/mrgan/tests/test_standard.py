"""Conditions standardised by channel: constants of the training set, which a checkpoint keeps."""

import numpy as np
import pytest
import torch
from benchbench import BenchbenchError, Unsupported
from benchbench.training import Engine, checkpoints

from benchbench_mrgan import Mr1, Pix2PixNoise, Predictor, ProxyMr1
from benchbench_mrgan.networks import PatchDiscriminator, UNet
from benchbench_mrgan.networks.standard import LEAST_DEVIATION, Standardised


def constants(task):
    """Return mean and deviation by channel of the training conditions, by numpy in float64."""
    pixels = np.stack([example.condition["image"].numpy() for example in task.examples("train")]) / 127.5 - 1
    return pixels.mean((0, 2, 3)), pixels.std((0, 2, 3))


def same_weights(plain, standardised):
    missing = standardised.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert {name.split(".")[0] for name in missing} == {"given"}


@pytest.mark.parametrize("size", ["small", "paper"])
def test_the_networks_see_standardised_conditions_and_nothing_else_changes(size):
    torch.manual_seed(0)
    mean, deviation = torch.tensor([0.5, -0.2, 0.0]), torch.tensor([0.3, 0.5, 2.0])
    image = torch.rand(2, 3, 32, 32) * 2 - 1
    by_hand = (image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)
    plain, other = (UNet(3, 32, size, standardise=each).eval() for each in (False, True))
    same_weights(plain, other)
    other.given.measure(mean, deviation)
    noise = [torch.randn(2, 3, *shape) for shape in plain.noise_shapes]
    assert torch.allclose(other({"image": image}, noise), plain({"image": by_hand}, noise), atol=1e-6)
    judge, seeing = (PatchDiscriminator(3, size, standardise=each).eval() for each in (False, True))
    same_weights(judge, seeing)
    seeing.given.measure(mean, deviation)
    drawn = torch.rand(2, 3, 32, 32)
    assert torch.allclose(seeing({"image": image}, drawn), judge({"image": by_hand}, drawn), atol=1e-6)


def test_a_flat_channel_is_not_blown_up():
    part = Standardised(1)
    part.measure(torch.tensor([0.25]), torch.tensor([0.0]))
    assert part(torch.full((1, 1, 2, 2), 0.25)).abs().max() == 0
    assert part.deviation.item() == pytest.approx(LEAST_DEVIATION)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("method", [Pix2PixNoise(standardise=True), ProxyMr1(standardise=True), Mr1(standardise=True)])
def test_the_constants_are_those_of_the_training_set_and_the_checkpoint_keeps_them(method, few, draw, tmp_path):
    task = few("toy-shapes")
    trainer = method.trainer(task, Engine())
    for index in range(trainer.num_steps):
        trainer.step(index)
    weights = trainer.weights()
    mean, deviation = constants(task)
    assert np.allclose(weights["given.mean"], mean, atol=1e-6)
    assert np.allclose(weights["given.deviation"], deviation, atol=1e-6)
    judge = trainer.state()["gan"]["discriminator"]
    assert torch.equal(judge["given.mean"], weights["given.mean"]), "the discriminator sees what the network sees"
    path = tmp_path / "weights.safetensors"
    checkpoints.write(path, weights, {})
    method.prepare(task, "cpu", path)
    kept = method._network.given
    assert np.allclose(kept.mean, mean, atol=1e-6)
    draw(method, task, task.examples("test")[:2], 3)


@pytest.mark.usefixtures("tiny")
def test_a_checkpoint_without_constants_does_not_fit(few, tmp_path):
    task = few("toy-shapes")
    checkpoints.write(tmp_path / "a.safetensors", Pix2PixNoise().trainer(task, Engine()).weights(), {})
    with pytest.raises(BenchbenchError, match="given.deviation is absent, expected 3"):
        Pix2PixNoise(standardise=True).prepare(task, "cpu", tmp_path / "a.safetensors")


@pytest.mark.parametrize("method", [Mr1(standardise=True), Predictor(standardise=True)])
def test_it_is_for_the_conditions_of_pix2pix(method, few):
    with pytest.raises(Unsupported, match="standardise is for the conditions of pix2pix; srgan serves toy-faces"):
        method.trainer(few("toy-faces"), Engine())
