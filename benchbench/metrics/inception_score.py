"""The inception score (Salimans et al., NIPS 2016) and the AM score (Zhou et al., ICLR 2018), from Inception's classes.

The mode score (Che et al., ICLR 2017), with E KL(p(y|x) ‖ p*) - KL(p ‖ p*) in its exponent, is the inception score for
any p*: both exponents are the mutual information of class and image (Zhou et al., section 4).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import block_of, jackknife, jackknife_estimate

if TYPE_CHECKING:
    from torch import Tensor

SPLITS = 10


def class_probabilities(logits: Tensor) -> Tensor:
    """Return `float64[N, C]` of logits `[N, C]`."""
    return logits.double().softmax(-1)


def inception_score(probabilities: Tensor) -> float:
    """Return exp E KL(p(y|x) ‖ p(y)), p(y) the mean, of `float64[N, C]`: between 1 and C; 0 log 0 is 0."""
    import torch

    entropy = torch.special.entr
    return float((entropy(probabilities.mean(0)).sum() - entropy(probabilities).sum(-1).mean()).exp())


def am_score(probabilities: Tensor, real: Tensor) -> float:
    """Return KL(p*(y) ‖ p(y)) + E H(p(y|x)) of samples' and real images' `float64[·, C]`, in nats: 0 is the least."""
    import torch

    mean, wanted = probabilities.mean(0), real.mean(0)
    tiny = torch.finfo(torch.float64).tiny
    divergence = (wanted * (wanted.clamp_min(tiny).log() - mean.clamp_min(tiny).log())).sum()
    return float(divergence + torch.special.entr(probabilities).sum(-1).mean())


class InceptionScore(SetMetric[FeatureSet]):
    """How clear the classes of the samples are and how evenly they are hit; blind to repeats within a class."""

    name = "inception-score"
    summary = "inception score: exp of the mean KL divergence of a sample's classes from all samples', over 10 splits"
    extractor = "inception-logits-unbiased"
    higher_is_better = True
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean over 10 splits, which are whole groups of conditions, and its error from their spread."""
        rows, split = data.features["pooled"], block_of(data.groups, SPLITS)
        scores = np.array(
            [
                inception_score(class_probabilities(rows[split == each].flatten(0, 1)))
                for each in range(int(split.max()) + 1)
            ]
        )
        value, number = float(scores.mean()), len(scores)
        left_out = [(value * number - score) / (number - 1) for score in scores] if number > 1 else []
        deviation = f"; their standard deviation, which papers print, is {scores.std():.3g}" if number > 1 else ""
        return dataclasses.replace(
            jackknife_estimate(value, left_out, data.groups),
            counts={"samples": rows.shape[:2].numel()},
            detail=f"{number} splits{deviation}",
        )


class AmScore(SetMetric[FeatureSet]):
    """The divergence of the samples' classes from the real pool's, plus the entropy of a sample's class."""

    name = "am-score"
    summary = "AM score: KL divergence of the pool's classes from the samples', plus the entropy of a sample's class"
    extractor = "inception-logits-unbiased"
    higher_is_better = False
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the score, with its error by leaving out blocks of conditions."""
        rows, real = class_probabilities(data.features["pooled"]), class_probabilities(data.real.pooled)
        estimate = jackknife(lambda keep: am_score(rows[keep].flatten(0, 1), real), data.groups)
        return dataclasses.replace(estimate, counts={"samples": rows.shape[:2].numel(), "real": len(real)})


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (InceptionScore, AmScore)
