"""Conditional Vendi score: the effective number of different outputs beyond what conditions explain.

Jalali et al. split the entropy of a kernel on outputs by a kernel on conditions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task
from benchbench.hookspecs import hookimpl
from benchbench.metrics._joint import components, condition_units, require_condition
from benchbench.stats.estimates import block_of, jackknife_estimate

OUTPUT_COMPONENTS = 32
CONDITION_COMPONENTS = 15


def units(rows: np.ndarray) -> np.ndarray:
    """Return the rows `[N, d]` at length 1, zeros as they are; their products are a kernel of unit diagonal."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: np.ndarray = rows / np.where(length > 0, length, 1)
    return found


def entropy(product: np.ndarray) -> float:
    """Return -Σ λ log λ of the eigenvalues of a positive semi-definite matrix divided by its trace; 0 of zeros."""
    values = np.linalg.eigvalsh(product)
    values = values[values > 0]
    if not len(values):
        return 0.0
    shares = values / values.sum()
    return float(-(shares * np.log(shares)).sum())


def joint_rows(outputs: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """Return `float64[N, d q]`, whose products are those of the outputs `[N, d]` times those of `[N, q]`."""
    products: np.ndarray = outputs[:, :, None] * conditions[:, None]
    return products.reshape(len(outputs), -1)


def conditional_vendi(outputs: np.ndarray, conditions: np.ndarray) -> float:
    """Return exp(H(K_x ∘ K_c) - H(K_c)) for unit rows `[N, d]` and `[N, q]`."""
    both = joint_rows(outputs, conditions)
    return float(np.exp(entropy(both.T @ both) - entropy(conditions.T @ conditions)))


def information_vendi(outputs: np.ndarray, conditions: np.ndarray) -> float:
    """Return exp(H(K_x) + H(K_c) - H(K_x ∘ K_c)): the effective number of kinds that both share."""
    return float(np.exp(entropy(outputs.T @ outputs)) / conditional_vendi(outputs, conditions))


class _Split(SetMetric[FeatureSet]):
    higher_is_better = None
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks without a condition."""
        require_condition(task)

    def value(self, outputs: np.ndarray, conditions: np.ndarray, both: np.ndarray) -> float:
        """Return the score from the products `[d, d]`, `[q, q]` and `[d q, d q]`."""
        raise NotImplementedError

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the score from products of rows, summed block by block of conditions."""
        pooled = data.features["pooled"].double().numpy()
        n, k, _ = pooled.shape
        fitted = components(data.real.pooled.double().numpy(), OUTPUT_COMPONENTS)
        outputs = units(fitted.of(pooled.reshape(n * k, -1)))
        conditions = np.repeat(units(condition_units(data.task, data.examples, CONDITION_COMPONENTS)), k, axis=0)
        block = np.repeat(block_of(data.groups), k)
        parts = [_products(outputs[block == b], conditions[block == b]) for b in range(block.max() + 1)]
        total = [np.sum(each, axis=0) for each in zip(*parts, strict=True)]
        left_out = [self.value(*(all_ - own for all_, own in zip(total, part, strict=True))) for part in parts]
        estimate = jackknife_estimate(self.value(*total), left_out if len(parts) > 1 else [], data.groups)
        return dataclasses.replace(estimate, counts={"samples": n * k})


def _products(outputs: np.ndarray, conditions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    both = joint_rows(outputs, conditions)
    return outputs.T @ outputs, conditions.T @ conditions, both.T @ both


class ConditionalVendi(_Split):
    """Diversity within conditions, over all of them, with conditions that are alike counted as one."""

    name = "conditional-vendi"
    summary = "effective number of different outputs beyond what the condition explains"
    better = "more diverse"

    def value(self, outputs: np.ndarray, conditions: np.ndarray, both: np.ndarray) -> float:
        """Return exp(H(outputs and conditions) - H(conditions))."""
        return float(np.exp(entropy(both) - entropy(conditions)))


class InformationVendi(_Split):
    """What outputs and conditions have in common: 1 where outputs ignore the condition."""

    name = "information-vendi"
    summary = "effective number of kinds that outputs and conditions share: 1 where outputs ignore the condition"

    def value(self, outputs: np.ndarray, conditions: np.ndarray, both: np.ndarray) -> float:
        """Return exp(H(outputs) + H(conditions) - H(outputs and conditions))."""
        return float(np.exp(entropy(outputs) + entropy(conditions) - entropy(both)))


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (ConditionalVendi, InformationVendi)
