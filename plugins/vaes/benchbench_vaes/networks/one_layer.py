"""Perceptrons with one hidden layer, as in the first VAE (Kingma & Welling, ICLR 2014)."""

from __future__ import annotations

import math

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Reshape, perceptron
from benchbench_gans.networks.sizes import Sizes
from torch import nn


def _decoder(sizes: Sizes) -> nn.Module:
    layers = perceptron([sizes.seeds, sizes.width, math.prod(sizes.shape)], nn.ReLU)
    return nn.Sequential(layers, Reshape(*sizes.shape), nn.Tanh())


def _encoder(sizes: Sizes) -> nn.Module:
    return nn.Sequential(nn.Flatten(), perceptron([math.prod(sizes.shape), sizes.width, sizes.code], nn.ReLU))


FAMILY = Family(_decoder, encoder=_encoder)
