"""Whether the samples are as far from one another as their mean is from the truth: spread against skill.

The corrected ratio of weather forecasts (Fortin et al. 2014, J. Hydrometeorology 15, 1708), and the decibels that the
mean of K samples gains over one sample, by which rcGAN steers (Bendel, Ahmad & Schniter, NeurIPS 2023).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import (
    ConditionFeatures,
    ConditionMetric,
    Estimate,
    FeatureSet,
    Metric,
    SetMetric,
    Undefined,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import ratio_estimate

if TYPE_CHECKING:
    from torch import Tensor

NOTHING = 1e-3
"""A root mean square error of this share of the noise floor is none: rounding of the embedding."""


def ensemble_variance(distances: Tensor) -> Tensor:
    """Return s² `[…]`, the unbiased trace of the samples' covariance: Σ_ij d_ij² / (2K(K - 1)) of `[…, K, K]`."""
    k = distances.shape[-1]
    if k < 2:
        raise Unsupported("the variance of the samples of a condition needs two of them")
    return distances.square().sum((-2, -1)) / (2 * k * (k - 1))


def mean_error(distances: Tensor, reference_distances: Tensor) -> Tensor:
    """Return e `[…]`, the squared distance of the samples' mean to the truth, averaged over R references.

    e = 1/K Σ_i t_i² - Σ_ij d_ij² / (2K²), from distances `[…, K, K]` and `[…, K, R]`: no embedding is needed.
    """
    k = distances.shape[-1]
    found = reference_distances.square().mean((-2, -1)) - distances.square().sum((-2, -1)) / (2 * k * k)
    return found.clamp(min=0)


class EnsembleVariance(ConditionMetric[ConditionFeatures]):
    """The spread of `spread-skill`."""

    name = "ensemble-variance"
    summary = "unbiased variance of the samples of one condition, summed over the embedding"
    higher_is_better = None

    def compute(self, data: ConditionFeatures) -> float:
        """Return the variance of one condition's samples."""
        return float(ensemble_variance(data.distances))


class MeanError(ConditionMetric[ConditionFeatures]):
    """The skill of `spread-skill`: V (1 + 1/K) for the true law of variance V, whatever the method if it is right."""

    name = "mean-error"
    summary = "squared distance of the samples' mean to the truth; a method that averages wins"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> float:
        """Return the error of one condition's mean."""
        return float(mean_error(data.distances, data.reference_distances))


class SingleError(ConditionMetric[ConditionFeatures]):
    """The squared distance of one sample to the truth: 2V for the true law, V for its mean."""

    name = "single-error"
    summary = "mean squared distance of a sample to the truth; a method that averages wins"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return each sample's error, averaged over references."""
        return data.reference_distances.square().mean(1)


class SpreadSkill(SetMetric[FeatureSet]):
    """√((K + 1)/K · Σ s² / Σ e) over conditions: 1 is right, 0 a deterministic method."""

    name = "spread-skill"
    summary = "spread of the samples over the error of their mean: 1 is right, less is too narrow, more too wide"
    higher_is_better = None
    null = 1.0
    needs = ("ensemble-variance", "mean-error", "single-error")

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the ratio, with its jackknife error carried through the root.

        (K + 1)/K · s² = 2 s² - (a - e), since a - e = s² (K - 1)/K, so that K itself is not needed.
        """
        variance, error, single = _parts(data)
        ratio = ratio_estimate(2 * variance - (single - error), error, data.groups)
        root = math.sqrt(max(ratio.value, 0.0))
        spread = None if ratio.standard_error is None else ratio.standard_error / (2 * root) if root else 0.0
        return Estimate(root, spread, ratio.n, ratio.uncertainty)


class AveragingGain(SetMetric[FeatureSet]):
    """10 log10(Σ a / Σ e): how many dB of PSNR the mean of the K samples gains over one of them."""

    name = "averaging-gain"
    summary = "what the mean of the K samples gains over one sample, in dB; the true law gains 10 log10(2K/(K + 1))"
    higher_is_better = None
    needs = ("ensemble-variance", "mean-error", "single-error")

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the gain, with its jackknife error carried through the logarithm."""
        variance, error, single = _parts(data)
        ratio = ratio_estimate(single, error, data.groups)
        slope = 10 / math.log(10) / ratio.value
        spread = None if ratio.standard_error is None else ratio.standard_error * slope
        detail = f"the true law gains {right_gain(_samples(variance, error, single)):.2f} dB" if variance.any() else ""
        return Estimate(10 * math.log10(ratio.value), spread, ratio.n, ratio.uncertainty, detail=detail)


def right_gain(samples: float) -> float:
    """Return what the mean of K samples of the true law gains over one, in dB: 2.7984 for K = 20, 2.4988 for K = 8."""
    return 10 * math.log10(2 * samples / (samples + 1))


def _samples(variance: np.ndarray, error: np.ndarray, single: np.ndarray) -> float:
    """Return K, by a - e = s² (K - 1)/K."""
    return float(1 / (1 - (single - error).sum() / variance.sum()))


def _parts(data: FeatureSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return `float64[n]` each: s², e and a; raise `Undefined` where the samples' mean is the truth everywhere."""
    variance, error, single = (data.table[name].to_numpy(np.float64) for name in SpreadSkill.needs)
    if error.mean() <= (NOTHING * data.real.thresholds.repeat) ** 2:
        raise Undefined("the mean of the samples is the truth itself on every condition, so that there is no ratio")
    return variance, error, single


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (EnsembleVariance, MeanError, SingleError, SpreadSkill, AveragingGain)
