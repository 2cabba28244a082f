"""Bins of feature space: NDB and JSD (Richardson & Weiss, NeurIPS 2018), with a test for dependent samples.

The bins are the K-means cells of the real pool, each feature scaled to unit variance.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import BenchbenchError, Estimate, FeatureSet, Metric, SetMetric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.stats.influence import group_sums, two_sided_estimate
from benchbench.stats.shares import share_estimate

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from torch import Tensor

BINS = 100
REAL_PER_BIN = 20
"""The smallest number of real points per bin: with fewer points there are fewer bins."""
LEVEL = 0.05
"""The level of the test, and so the share of bins that differ by chance."""
CRITICAL = 1.959963984540054
"""The two-tailed 5 % point of the normal law."""


def design_effect(counts: np.ndarray) -> float:
    """Return how many dependent samples are worth one, from counts `float64[G, B]` by group and bin; 1 or more.

    The variance of the bins' shares over groups to that of independent samples, each summed over the bins: one factor
    for all bins, as the first-order correction of Rao & Scott (JASA 1981). A mean of the bins' own ratios would pass
    over those that no group happens to hit, and with few groups be too low. A single group is worth one sample.
    """
    g, number = len(counts), counts.sum()
    shares = counts.sum(0) / number
    independent = (shares * (1 - shares)).sum() / (number - 1)
    if g < 2 or independent == 0:
        return float(number) if g < 2 else 1.0
    residuals = counts - np.outer(counts.sum(1), shares)
    clustered = g / (g - 1) * (residuals**2).sum() / number**2
    return max(1.0, float(clustered / independent))


def different_bins(counts: np.ndarray, real: np.ndarray) -> float:
    """Return NDB / B, the share of bins whose share of samples differs from that of real points, at 5 %.

    Counts are `[G, B]` by group and bin, and `[B]`. The two-proportion z-test of the paper, with pooled shares; the
    number of samples is divided by their design effect, 1 for independent samples.
    """
    worth, number = counts.sum() / design_effect(counts), real.sum()
    shares, real_shares = counts.sum(0) / counts.sum(), real / number
    pooled = (worth * shares + number * real_shares) / (worth + number)
    errors = np.sqrt(pooled * (1 - pooled) * (1 / worth + 1 / number))
    return float((np.abs(shares - real_shares) > CRITICAL * errors).mean())


def jensen_shannon(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Jensen-Shannon divergence of two laws `[B]`, in nats: 0 to log 2; empty bins add nothing."""
    middle = (first + second) / 2
    total = 0.0
    for law in (first, second):
        some = law > 0
        total += float((law[some] * np.log(law[some] / middle[some])).sum()) / 2
    return max(0.0, total)


@functools.lru_cache(maxsize=2)
def cells(pool: Tensor) -> tuple[Pipeline, np.ndarray]:
    """Return the clustering of the real pool `[N, d]`, and how many real points each of its bins holds, `int[B]`."""
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    rows = pool.double().numpy()
    number = min(BINS, len(rows) // REAL_PER_BIN)
    if number < 2:
        raise BenchbenchError(f"two bins need {2 * REAL_PER_BIN} real points, got {len(rows)}")
    model = make_pipeline(StandardScaler(), KMeans(number, n_init=1, max_iter=100, random_state=0))
    with warnings.catch_warnings(), threadpool_limits(1):  # on one thread sums round alike on every machine
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different points than bins leave bins empty
        found = model.fit_predict(rows)
    return model, np.bincount(found, minlength=number)


@functools.lru_cache(maxsize=1)
def sample_counts(samples: Tensor, pool: Tensor) -> np.ndarray:
    """Return `float64[n, B]`: how many samples `[n, K, d]` of each condition are in each bin of the pool."""
    model, real = cells(pool)
    found = model.predict(samples.flatten(0, 1).double().numpy()).reshape(samples.shape[:2])
    return np.stack([np.bincount(row, minlength=len(real)) for row in found]).astype(np.float64)


class _Bins(SetMetric[FeatureSet]):
    higher_is_better = False
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the real pool is too small for two bins."""
        number = len(task.real_pool())
        if number < 2 * REAL_PER_BIN:
            raise Unsupported(f"{self.name} needs {2 * REAL_PER_BIN} real images; {task.name} has {number}")

    def variant(self, task: Task) -> str:
        """Return the number of bins."""
        return f"bins={BINS}"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the statistic of the groups' counts, with its error."""
        counts, (_, real) = sample_counts(data.features["pooled"], data.real.pooled), cells(data.real.pooled)
        whole = group_sums(counts, data.groups)
        worth = whole.sum() / design_effect(whole)
        estimate = self._estimate(counts, real, data.groups)
        detail = (
            self._floor(len(real), worth, real.sum()),
            f"{len(real)} bins",
            f"the samples are worth {worth:.0f} independent ones",
        )
        numbers = {"samples": int(counts.sum()), "real": int(real.sum())}
        flag = f"{len(real)} bins, not {BINS}: too few real points" if len(real) < BINS else ""
        return dataclasses.replace(estimate, counts=numbers, detail=detail, flag=flag)

    def _estimate(self, counts: np.ndarray, real: np.ndarray, groups: Sequence[str]) -> Estimate:
        """Return the statistic of the counts by condition `[n, B]` and those of the real points `[B]`."""
        raise NotImplementedError

    def _floor(self, bins: int, worth: float, number: float) -> str:
        raise NotImplementedError


class Ndb(_Bins):
    """Number of statistically different bins, as a share of all bins."""

    name = "ndb"
    summary = f"share of {BINS} bins of feature space that hold too many or too few samples (NDB / B)"

    def _estimate(self, counts: np.ndarray, real: np.ndarray, groups: Sequence[str]) -> Estimate:
        whole = group_sums(counts, groups)
        return share_estimate(lambda chosen: np.array([different_bins(whole[each], real) for each in chosen]), groups)

    def _floor(self, bins: int, worth: float, number: float) -> str:
        return f"true samples have about {LEVEL}"


class Jsd(_Bins):
    """Jensen-Shannon divergence of the shares of bins."""

    name = "jsd"
    summary = f"Jensen-Shannon divergence of samples and real images over {BINS} bins of feature space, in nats"

    def _estimate(self, counts: np.ndarray, real: np.ndarray, groups: Sequence[str]) -> Estimate:
        def divergence(total: np.ndarray) -> float:
            return jensen_shannon(total / total.sum(), real / real.sum())

        return two_sided_estimate(divergence, group_sums(counts, groups), groups)

    def _floor(self, bins: int, worth: float, number: float) -> str:
        return f"true samples have about {(bins - 1) / 8 * (1 / worth + 1 / number):.2g}"


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Ndb, Jsd)
