"""Realism 2(1 - F): how badly a held-out classifier tells samples from real images (Lee et al., ICLR 2019, 5.2)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import jackknife
from benchbench.stats.logistic import HeldOut, held_out

FOLDS = 5
REPEATS = 3
DRAWS = 64
"""How often the weights of the groups in training are moved."""
PENALTY = 10.0
"""On half the squared length of the slopes: scikit-learn's `C=0.1`."""
COMPONENTS = 256
"""Above this number of features, the classifier gets the leading principal components."""


def f_measure(predicted_fake: np.ndarray, is_fake: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the F-measure averaged over the two classes, fake and real, `float64[…]`, of predictions `bool[…, N]`.

    Rows have weights `float64[N]`. For a judge who guesses, the average does not depend on how often it says fake; F of
    one class alone does.
    """
    each = np.stack([weights * is_fake, weights * ~is_fake], 1)
    called_fake, called_real = predicted_fake @ each, ~predicted_fake @ each
    fakes, reals, errors = called_fake[..., 0], called_real[..., 1], called_fake[..., 1] + called_real[..., 0]
    both = [np.divide(2 * hits, 2 * hits + errors, out=np.zeros_like(hits), where=hits > 0) for hits in (fakes, reals)]
    return np.asarray((both[0] + both[1]) / 2)


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


def classifiers(features: np.ndarray, is_fake: np.ndarray, weights: np.ndarray, group: np.ndarray) -> HeldOut:
    """Return logistic regressions that never saw a row's group, for rows `[N, d]` of groups `int[N]`, 0 to G - 1.

    The folds of each of three divisions are a fixed permutation of the groups.
    """
    number = int(group.max()) + 1
    folds = np.stack([stream("realism", i).permutation(number) % min(FOLDS, number) for i in range(REPEATS)])
    return held_out(features, is_fake, weights, folds[:, group], PENALTY)


def realism(samples: np.ndarray, references: np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return 2(1 - F), clipped to [0, 1], of samples `[n, K, d]` against references `[n, R, d]`.

    Both classes weigh the same in training and in F, which is averaged over three splits; a condition's references
    and samples, and those of its group, are never on both sides of a split. 1: not distinguishable; 0: always.

    The jackknife takes the regressions as they are. What they vary by is added: the variance of the value as the
    weight of each group in training moves at random, as much as chance moves its share in another draw of groups.
    """
    (n, k, d), r = samples.shape, references.shape[1]
    features = np.concatenate([samples.reshape(n * k, d), references.reshape(n * r, d)]).astype(np.float64)
    is_fake = np.repeat([True, False], [n * k, n * r])
    weights = np.where(is_fake, 1 / k, 1 / r)
    condition = np.concatenate([np.repeat(np.arange(n), k), np.repeat(np.arange(n), r)])
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        raise ValueError("realism needs conditions of at least two groups: one to learn from and one to judge")
    judges = classifiers(leading_components(features), is_fake, weights, index[condition])
    predictions = judges.predictors() > 0

    def statistic(keep: np.ndarray) -> float:
        rows = np.isin(condition, keep)
        score = f_measure(predictions[:, rows], is_fake[rows], weights[rows]).mean()
        return float(np.clip(2 * (1 - score), 0, 1))

    estimate = jackknife(statistic, groups)
    assert estimate.standard_error is not None
    shares = stream("realism-weights", len(names)).standard_normal((DRAWS, len(names)))[:, index[condition]]
    moved = np.clip(2 * (1 - f_measure(judges.moved(shares) > 0, is_fake, weights).mean(1)), 0, 1)
    error = math.hypot(estimate.standard_error, float(moved.std(ddof=1)))
    return dataclasses.replace(estimate, standard_error=error)


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
