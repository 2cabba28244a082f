"""Networks of a family, in the sizes of a task."""

from __future__ import annotations

import dataclasses
import math

from benchbench_gans.networks import Discriminator, Generator, Sizes, make_discriminator
from benchbench_gans.networks.layers import perceptron
from torch import nn

from benchbench_vaes.networks.autoencoder import Autoencoder, Encoder
from benchbench_vaes.networks.families import Name, family
from benchbench_vaes.networks.judges import FeatureJudge, PairJudge


def make_autoencoder(name: Name, sizes: Sizes, gaussian: bool = True) -> Autoencoder:
    """Return encoder and decoder with initial weights; without `gaussian` the code is deterministic."""
    values = sizes.latent * (2 if gaussian else 1)
    wanted = dataclasses.replace(sizes, code=values, outputs=values)
    bodies = family(name)
    encoder = bodies.encoder or bodies.discriminator
    assert encoder is not None, f"{name} has no encoder"
    return Autoencoder(Encoder(encoder(wanted), gaussian), Generator(bodies.generator(wanted), wanted))


def make_judge(name: Name, sizes: Sizes) -> Discriminator:
    """Return a classifier of samples, which gives one logit."""
    return Discriminator(_judge(name, sizes), sizes, labelled=False)


def make_feature_judge(name: Name, sizes: Sizes, layer: int) -> FeatureJudge:
    """Return a classifier of samples whose features are the output of the layer of this number."""
    return FeatureJudge(_judge(name, sizes), layer)


def make_code_judge(latent: int, width: int) -> Discriminator:
    """Return a perceptron that classifies codes `[N, latent]`."""
    return make_discriminator("perceptron", Sizes((latent,), latent, width))


def make_pair_judge(name: Name, sizes: Sizes) -> PairJudge:
    """Return a classifier of pairs; images pass through convolutions first, points do not."""
    seen = math.prod(sizes.shape)
    trunk: nn.Module = nn.Flatten()
    if name != "perceptron":
        seen = 16 * sizes.width
        trunk = _judge(name, dataclasses.replace(sizes, outputs=seen))
    hidden = sizes.width if name == "perceptron" else seen
    head = perceptron([sizes.latent + seen, hidden, hidden, 1], lambda: nn.LeakyReLU(0.2))
    return PairJudge(trunk, head)


def _judge(name: Name, sizes: Sizes) -> nn.Module:
    build = family(name).discriminator
    assert build is not None, f"{name} has no judge"
    return build(sizes)
