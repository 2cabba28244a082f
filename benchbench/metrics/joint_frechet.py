"""The Fréchet joint distance (FJD; DeVries et al., arXiv 1907.08175): of pairs of output and condition."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task
from benchbench.hookspecs import hookimpl
from benchbench.metrics._joint import condition_scores, require_condition
from benchbench.metrics.frechet import Gaussian
from benchbench.stats.estimates import jackknife


def joined(outputs: np.ndarray, conditions: np.ndarray, weight: float) -> np.ndarray:
    """Return `float64[n * K, d + q]`: outputs `[n, K, d]`, each followed by its condition `[n, q]` times the weight."""
    n, k, _ = outputs.shape
    repeated = np.broadcast_to(weight * conditions[:, None], (n, k, conditions.shape[1]))
    return np.concatenate([outputs, repeated], 2).reshape(n * k, -1)


def joint_distance(truth: np.ndarray, samples: np.ndarray, conditions: np.ndarray, weight: float) -> float:
    """Return the squared Fréchet distance of (output, condition) pairs: `[n, R, d]`, `[n, K, d]`, `[n, q]`."""
    first, second = (Gaussian.fitted(joined(outputs, conditions, weight)) for outputs in (truth, samples))
    return first.distance(second)


class JointFrechet(SetMetric[FeatureSet]):
    """Pairs of sample and condition against pairs of reference and condition.

    The condition's weight is mean‖φ(reference)‖ / mean‖condition‖, so that both halves count alike; the reference set
    is that of the test's conditions, as the real pool is not paired with conditions.
    """

    name = "joint-frechet"
    summary = "Fréchet distance of (output, condition) pairs (FJD): sees outputs that belong to other conditions"
    higher_is_better = False
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks without a condition."""
        require_condition(task)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the distance, with its error by leaving out blocks of conditions."""
        conditions = condition_scores(data.task, data.examples)
        truth, samples = data.real.reference_pooled.double().numpy(), data.features["pooled"].double().numpy()
        length = float(np.linalg.norm(conditions, axis=1).mean())
        weight = float(np.linalg.norm(truth, axis=2).mean()) / length if length > 0 else 0.0

        def statistic(keep: np.ndarray) -> float:
            return joint_distance(truth[keep], samples[keep], conditions[keep], weight)

        (n, r, d), k = truth.shape, samples.shape[1]
        size = d + conditions.shape[1]
        flag = ""
        if n * min(r, k) < size + 1:
            flag = f"fewer than {size + 1:,} pairs for {size:,} features: a covariance is singular, the value too high"
        estimate = jackknife(statistic, data.groups)
        return dataclasses.replace(estimate, counts={"samples": n * k, "references": n * r}, flag=flag)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (JointFrechet,)
