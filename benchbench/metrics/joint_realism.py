"""Joint realism: how badly a held-out classifier tells (condition, sample) from (condition, reference)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task
from benchbench.hookspecs import hookimpl
from benchbench.metrics._joint import components, condition_units, require_condition
from benchbench.metrics.realism import realism

COMPONENTS = 14
"""Of the condition and of the output; their products are 196 more features."""


def pairs(conditions: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Return `float64[n, K, q + d + q d]`: condition `[n, q]`, output `[n, K, d]`, and all their products."""
    n, k, _ = outputs.shape
    repeated = np.broadcast_to(conditions[:, None], (n, k, conditions.shape[1]))
    products = (conditions[:, None, :, None] * outputs[:, :, None]).reshape(n, k, -1)
    return np.concatenate([repeated, outputs, products], 2)


def joint_realism(
    samples: np.ndarray, references: np.ndarray, conditions: np.ndarray, groups: Sequence[str]
) -> Estimate:
    """Return 2(1 - F), clipped to [0, 1], of outputs `[n, K, d]` against `[n, R, d]`, given conditions `[n, q]`.

    The products of condition and output let a linear classifier see which outputs belong to which conditions.
    """
    return realism(pairs(conditions, samples), pairs(conditions, references), groups)


class JointRealism(SetMetric[FeatureSet]):
    """Realism given the condition: real outputs of other conditions are not real here."""

    name = "joint-realism"
    summary = "2(1 - F) of a held-out classifier of (condition, output) pairs: 1 is not distinguishable"
    higher_is_better = True
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks without a condition."""
        require_condition(task)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the joint realism of all samples against the references of the same conditions."""
        fitted = components(data.real.pooled.double().numpy(), COMPONENTS)
        samples = fitted.whitened(data.features["pooled"].double().numpy())
        references = fitted.whitened(data.real.reference_pooled.double().numpy())
        conditions = condition_units(data.task, data.examples, COMPONENTS)
        return joint_realism(samples, references, conditions, data.groups)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (JointRealism,)
