"""Realism 2(1 - F): how badly a held-out classifier tells samples from real images (Lee et al., ICLR 2019, 5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import jackknife
from benchbench.stats.logistic import held_out_predictors

FOLDS = 5
REPEATS = 3
PENALTY = 10.0
"""On half the squared length of the slopes: scikit-learn's `C=0.1`."""
COMPONENTS = 256
"""Above this number of features, the classifier gets the leading principal components."""


def f_measure(predicted_fake: np.ndarray, is_fake: np.ndarray, weights: np.ndarray) -> float:
    """Return the F-measure averaged over the two classes, fake and real, with weighted rows.

    For a judge who guesses, the average does not depend on how often it says fake; F of one class alone does.
    """
    errors = (weights * (predicted_fake ^ is_fake)).sum()
    both = []
    for hit in (predicted_fake & is_fake, ~predicted_fake & ~is_fake):
        hits = (weights * hit).sum()
        both.append(2 * hits / (2 * hits + errors) if hits > 0 else 0.0)
    return float(np.mean(both))


def leading_components(features: np.ndarray) -> np.ndarray:
    """Return `float64[N, min(d, 256)]`: few features as they are, many by their leading principal components.

    Features are standardised first; which row is real or generated plays no part.
    """
    if features.shape[1] <= COMPONENTS:
        return features
    centred = features - features.mean(0)
    spread = centred.std(0)
    centred /= np.where(spread > 0, spread, 1)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    leading: np.ndarray = centred @ vectors[:, -COMPONENTS:]
    return leading


def held_out_predictions(
    features: np.ndarray, is_fake: np.ndarray, weights: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """Return `bool[3, N]`: what logistic regressions that never saw a row's group call it (true: fake), per division.

    `features` are `[N, d]`; the folds of each division are a fixed permutation of the groups.
    """
    names, index = np.unique(groups, return_inverse=True)
    number = min(FOLDS, len(names))
    folds = np.stack([stream("realism", i).permutation(len(names)) % number for i in range(REPEATS)])[:, index]
    return held_out_predictors(features, is_fake, weights, folds, PENALTY) > 0


def realism(samples: np.ndarray, references: np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return 2(1 - F), clipped to [0, 1], of samples `[n, K, d]` against references `[n, R, d]`.

    Both classes weigh the same in training and in F, which is averaged over three splits; a condition's references
    and samples, and those of its group, are never on both sides of a split. 1: not distinguishable; 0: always.
    """
    (n, k, d), r = samples.shape, references.shape[1]
    names = np.asarray(groups)
    features = np.concatenate([samples.reshape(n * k, d), references.reshape(n * r, d)]).astype(np.float64)
    is_fake = np.repeat([True, False], [n * k, n * r])
    weights = np.where(is_fake, 1 / k, 1 / r)
    condition = np.concatenate([np.repeat(np.arange(n), k), np.repeat(np.arange(n), r)])
    if len(set(groups)) < 2:
        raise ValueError("realism needs conditions of at least two groups: one to learn from and one to judge")
    features = leading_components(features)
    predictions = held_out_predictions(features, is_fake, weights, names[condition])

    def statistic(keep: np.ndarray) -> float:
        rows = np.isin(condition, keep)
        scores = [f_measure(predicted[rows], is_fake[rows], weights[rows]) for predicted in predictions]
        return float(np.clip(2 * (1 - np.mean(scores)), 0, 1))

    return jackknife(statistic, groups)


class Realism(SetMetric[FeatureSet]):
    """The realism proxy of this suite, on frozen features; people are not asked."""

    name = "realism"
    summary = "2(1 - F) of a held-out real-or-fake classifier on frozen features: 1 is not distinguishable"
    measures = "realism"
    better = "more realistic"
    higher_is_better = True
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the realism of all samples against the references of the same conditions."""
        return realism(data.features["pooled"].numpy(), data.real.reference_pooled.numpy(), data.groups)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (Realism,)
