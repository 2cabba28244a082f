"""The networks: they take sizes, and know no method. Those that GANs have too are `benchbench_gans.networks`."""

from __future__ import annotations

from benchbench_vaes.networks.autoencoder import Autoencoder, Encoder
from benchbench_vaes.networks.build import (
    make_autoencoder,
    make_code_judge,
    make_feature_judge,
    make_judge,
    make_pair_judge,
)
from benchbench_vaes.networks.judges import FeatureJudge, PairJudge

__all__ = [
    "Autoencoder",
    "Encoder",
    "FeatureJudge",
    "PairJudge",
    "make_autoencoder",
    "make_code_judge",
    "make_feature_judge",
    "make_judge",
    "make_pair_judge",
]
