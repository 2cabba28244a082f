"""The conditional Fréchet distance (CFID; Soloveitchik et al., arXiv 2103.11521), corrected for its bias."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchbench.core import BenchbenchError, Estimate, FeatureSet, Metric, SetMetric, Task
from benchbench.hookspecs import hookimpl
from benchbench.metrics._joint import condition_scores, require_condition
from benchbench.metrics.frechet import covariance_root, cross_trace
from benchbench.stats.estimates import block_of, jackknife_estimate

FEWEST_PER_COMPONENT = 10
"""Conditions per component of the condition, below which the number is flagged."""


@dataclass(frozen=True)
class GivenCondition:
    """The Gaussian law of an output y given a condition x: mean + slope (x - mean of x), with one covariance."""

    mean: np.ndarray
    """`float64[d]`."""
    slope: np.ndarray
    """`float64[d, q]`: C_yx C_xx⁺."""
    covariance: np.ndarray
    """`float64[d, d]`: C_y|x = C_yy - C_yx C_xx⁺ C_xy."""


@dataclass(frozen=True)
class Parts:
    """The three parts of the distance, whose sum it is."""

    means: float
    """‖m_y - m_ŷ‖²."""
    dependence: float
    """tr[(C_yx - C_ŷx) C_xx⁺ (C_xy - C_xŷ)]: how differently the two depend on the condition."""
    residuals: float
    """tr[C_y|x + C_ŷ|x - 2 (C_y|x^½ C_ŷ|x C_y|x^½)^½]: how differently they vary beyond it."""

    @property
    def total(self) -> float:
        """The distance."""
        return self.means + self.dependence + self.residuals


def distance(truth: GivenCondition, samples: GivenCondition, condition_covariance: np.ndarray) -> Parts:
    """Return the parts of the distance between two laws, given the covariance `[q, q]` of the condition."""
    off = truth.slope - samples.slope
    cross = cross_trace(covariance_root(truth.covariance), covariance_root(samples.covariance))
    return Parts(
        float(((truth.mean - samples.mean) ** 2).sum()),
        float(np.trace(off @ condition_covariance @ off.T)),
        float(np.trace(truth.covariance) + np.trace(samples.covariance) - 2 * cross),
    )


def estimated(x: np.ndarray, truth: np.ndarray, samples: np.ndarray) -> Parts:
    """Return the parts for conditions `[n, q]`, their references `[n, R, d]` and their samples `[n, K, d]`.

    N conditions carry the information of N, whatever K is. The expectation of the means' part is too high by v/N and
    that of the dependence's by q v/N, where v is the residual variance of the difference of a condition's mean
    reference and mean sample: both are subtracted. Residual covariances of condition means are divided by N - q - 1.
    With R = K = 1 this is the factor N/(N - q - 1), and v = tr C_y|x + tr C_ŷ|x for independent samples.
    """
    n, q = x.shape
    free = n - q - 1
    if free < 1:
        raise BenchbenchError(f"{n} conditions are too few for a regression on {q} components of the condition")
    centred = x - x.mean(0)
    inverse = np.linalg.pinv(centred, rcond=1e-8)
    laws = [_given(centred, inverse, values, free) for values in (truth, samples)]
    found = distance(laws[0], laws[1], centred.T @ centred / n)
    off = truth.mean(1) - samples.mean(1)
    noise = float(((off - off.mean(0) - centred @ (inverse @ off)) ** 2).sum()) / free
    return Parts(found.means - noise / n, found.dependence - q * noise / n, found.residuals)


def _given(centred: np.ndarray, inverse: np.ndarray, values: np.ndarray, free: int) -> GivenCondition:
    """Return the law of values `[n, K, d]` given centred conditions `[n, q]`, whose pseudo-inverse is `[q, n]`."""
    n, k, d = values.shape
    means = values.mean(1)
    slope = inverse @ means
    left = means - means.mean(0) - centred @ slope
    covariance = left.T @ left / free
    if k > 1:
        within = (values - means[:, None]).reshape(n * k, d)
        covariance += within.T @ within / (n * (k - 1)) * (1 - 1 / k)
    return GivenCondition(means.mean(0), slope.T, covariance)


class ConditionalFrechet(SetMetric[FeatureSet]):
    """Samples against the references of their own conditions, both as Gaussians given the condition."""

    name = "conditional-frechet"
    summary = "Fréchet distance of samples to references, both given the condition (CFID's formula, bias corrected)"
    higher_is_better = False
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks without a condition."""
        require_condition(task)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the distance with the errors of its parts by leaving out blocks of conditions."""
        x = condition_scores(data.task, data.examples)
        truth, samples = data.real.reference_pooled.double().numpy(), data.features["pooled"].double().numpy()
        block = block_of(data.groups)
        whole = estimated(x, truth, samples)
        blocks = [block != b for b in range(block.max() + 1)] if block.max() else []
        left_out = [estimated(x[keep], truth[keep], samples[keep]) for keep in blocks]
        estimate = jackknife_estimate(whole.total, [parts.total for parts in left_out], data.groups)
        n, q = x.shape
        flag = f"{n} conditions for {q} components of the condition" if n < FEWEST_PER_COMPONENT * q else ""
        detail = [f"{q} components of the condition"]
        for name in ("means", "dependence", "residuals"):
            part = jackknife_estimate(getattr(whole, name), [getattr(each, name) for each in left_out], data.groups)
            error = "" if part.standard_error is None else f" ± {part.standard_error:.2g}"
            detail.append(f"part of the {name} {part.value:.3g}{error}")
        counts = {"samples": n * samples.shape[1], "references": n * truth.shape[1]}
        return dataclasses.replace(estimate, counts=counts, detail=tuple(detail), flag=flag)


class Cfid(ConditionalFrechet):
    """The same on Inception with its original weights."""

    name = "cfid"
    summary = "conditional Fréchet Inception distance (CFID), bias corrected"
    extractor = "inception"


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (ConditionalFrechet, Cfid)
