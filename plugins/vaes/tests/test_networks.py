"""The networks: shapes in every family, the place of the features, and what a judge of pairs sees."""

import pytest
import torch
from benchbench_gans.networks import Sizes
from torch import nn

from benchbench_vaes.networks import make_autoencoder, make_feature_judge, make_judge, make_pair_judge

FAMILIES = ["perceptron", "compact", "dcgan", "one_layer", "vae_gan", "introvae"]


@pytest.mark.parametrize("side", [16, 32])
@pytest.mark.parametrize("gaussian", [True, False])
@pytest.mark.parametrize("name", FAMILIES)
def test_autoencoders(name, gaussian, side):
    network = make_autoencoder(name, Sizes((3, side, side), latent=5, width=8), gaussian).eval()
    images = torch.randn(2, 3, side, side)
    law = network.encoder(images)
    assert law.mean.shape == (2, 5)
    assert (law.log_variance is not None) == gaussian
    assert network.decode(law.mean).shape == images.shape
    drawn = network({}, [torch.randn(2, 3, 5)])
    assert drawn.shape == (2, 3, 3, side, side)
    assert network.noise_shapes == [(5,)]


@pytest.mark.parametrize(("name", "layer", "shape"), [("compact", 2, (16, 4, 4)), ("vae_gan", 4, (32, 2, 2))])
def test_features_are_the_output_of_a_layer(name, layer, shape):
    judge = make_feature_judge(name, Sizes((3, 16, 16), latent=5, width=8), layer).eval()
    images = torch.randn(2, 3, 16, 16)
    assert judge.features(images).shape == (2, *shape)
    assert isinstance(judge.features[-1], nn.Conv2d)
    assert torch.equal(judge(images), judge.head(judge.features(images)))
    assert judge(images).shape == (2, 1)


def test_features_of_points():
    judge = make_feature_judge("perceptron", Sizes((2,), latent=5, width=8), 2)
    assert judge.features(torch.randn(3, 2)).shape == (3, 8)


@pytest.mark.parametrize(("name", "shape"), [("perceptron", (2,)), ("compact", (3, 16, 16))])
def test_a_judge_of_pairs_sees_both(name, shape):
    judge = make_pair_judge(name, Sizes(shape, latent=5, width=8)).eval()
    codes, samples = torch.randn(4, 5), torch.randn(4, *shape)
    values = judge(codes, samples)
    assert values.shape == (4, 1)
    assert not torch.allclose(values, judge(codes.flip(0), samples))
    assert not torch.allclose(values, judge(codes, samples.flip(0)))


def test_a_family_without_a_judge_says_so():
    with pytest.raises(AssertionError, match="introvae has no judge"):
        make_judge("introvae", Sizes((3, 16, 16), latent=5, width=8))
