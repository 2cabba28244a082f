"""The Vendi score (Friedman & Dieng, TMLR 2023): the effective number of different samples."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import (
    ConditionFeatures,
    ConditionMetric,
    Estimate,
    FeatureSet,
    Metric,
    SetMetric,
    Task,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import block_of, cube_root_interval95
from benchbench.stats.influence import influence_estimate

if TYPE_CHECKING:
    from torch import Tensor

_STRIP = 64


def vendi_score(features: Tensor) -> float:
    """Return exp(-Σ λ log λ), λ the eigenvalues of the cosine similarities `[N, N]` / N of features `[N, D]`.

    1 where all rows point the same way, N where they are orthogonal.
    """
    unit = unit_rows(features)
    n, d = unit.shape
    return spectrum_number(unit @ unit.T if n <= d else unit.T @ unit)


def unit_rows(features: Tensor) -> Tensor:
    """Return `float64[N, D + 1]`, rows of norm 1 with the given cosines; those of norm 0 are alike, and like no other.

    Not centred: the cosine is to the extractor's origin.
    """
    import torch

    wide = features.double()
    zero = (wide == 0).all(1, keepdim=True).double()
    return torch.nn.functional.normalize(torch.cat([wide, zero], 1), dim=1)


def spectrum_number(matrix: Tensor) -> float:
    """Return exp of the Shannon entropy of the eigenvalues of a positive semi-definite matrix, made to sum to 1.

    Eigenvalues that are zero up to rounding are dropped, so that identical rows have exactly 1.
    """
    import torch

    eigenvalues = torch.linalg.eigvalsh(matrix)
    found = eigenvalues[eigenvalues > 1e-12 * eigenvalues[-1]]
    return float(torch.special.entr(found / found.sum()).sum().exp())


def vendi_estimate(features: Tensor, groups: Sequence[str]) -> Estimate:
    """Return the score of all samples `[n, K, D]` with its error.

    With C the mean of x xᵀ over unit rows x the entropy is H = -tr C log C, and the score V = exp H. A row's part of
    dH is -xᵀ (log C) x - H. The second differential of H is -Σ f(λᵢ, λⱼ) Aᵢⱼ² of dC = A in the eigenbasis, where f is
    (log λᵢ - log λⱼ) / (λᵢ - λⱼ), 1/λᵢ where they are equal; that of V is V (d²H + dH²).
    """
    import torch

    n, k, _ = features.shape
    unit = unit_rows(features.flatten(0, 1))
    values, basis = torch.linalg.eigh(unit.T @ unit / (n * k))
    kept = values > 1e-12 * values[-1]
    values, turned = values[kept] / values[kept].sum(), unit @ basis[:, kept]
    entropy = torch.special.entr(values).sum()
    score = float(entropy.exp())
    parts = (-(turned.square() @ values.log()) - entropy).reshape(n, k).mean(1).numpy()
    block = block_of(groups)
    slopes = np.bincount(block, weights=parts) / n
    pairs = np.outer(slopes, slopes) - _curvature(turned.reshape(n, k, -1), values, block)
    estimate = influence_estimate(score, score * parts, groups, score * pairs)
    return dataclasses.replace(estimate, interval=_interval(estimate, len(values)))


def _interval(estimate: Estimate, rank: int) -> tuple[float, float] | None:
    """Return the interval of a score of so many eigenvalues: of the cube root of log(rank) - H.

    That is the divergence of the eigenvalues from equal ones, and near them a squared distance.
    """
    if estimate.standard_error is None or estimate.uncertainty is None:
        return None
    gap = math.log(rank) - math.log(estimate.value)
    found = cube_root_interval95(gap, estimate.standard_error / estimate.value, estimate.uncertainty.degrees)
    return found and (rank * math.exp(-found[1]), rank * math.exp(-found[0]))


def _curvature(turned: Tensor, values: Tensor, block: np.ndarray) -> np.ndarray:
    """Return `float64[B, B]`: Σ f(λᵢ, λⱼ) Aᵢⱼ Bᵢⱼ over the eigenbasis for every two blocks of conditions.

    `turned` are the unit rows `[n, K, r]` along it, `values` the eigenvalues. A strip of the products at a time, so
    that memory does not grow with the square of r for each block.
    """
    import torch

    logs, rows = values.log(), turned.shape[0] * turned.shape[1]
    members = [turned[torch.from_numpy(block == b)].flatten(0, 1) for b in range(int(block.max()) + 1)]
    total = torch.zeros(len(members), len(members), dtype=torch.float64)
    for start in range(0, len(values), _STRIP):
        own = slice(start, start + _STRIP)
        gap, log_gap = values[own, None] - values, logs[own, None] - logs
        near = gap.abs() <= 1e-9 * values
        quotient = torch.where(near, 2 / (values[own, None] + values), log_gap / torch.where(near, 1, gap))
        mean = torch.diag(values)[own]
        apart = [((each[:, own].T @ each - len(each) * mean) / rows).flatten() for each in members]
        stacked = torch.stack(apart)
        total += (stacked * quotient.flatten()) @ stacked.T
    found: np.ndarray = total.numpy()
    return found


class _Vendi(Metric):
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for points, whose angle to an origin says nothing."""
        if task.space.kind != "images":
            raise Unsupported(f"{self.name} takes the cosine of features of images; {task.name} has points")


class VendiWithin(_Vendi, ConditionMetric[ConditionFeatures]):
    """Of the K samples of one condition, on the embedding; between 1 and K."""

    name = "vendi-within"
    summary = "effective number of different samples of one condition: 1 to K"
    better = "more diverse"

    def compute(self, data: ConditionFeatures) -> float:
        """Return the Vendi score of one condition: of all its samples, as resampled copies would lower it."""
        return vendi_score(data.embedding)


class Vendi(_Vendi, SetMetric[FeatureSet]):
    """Of all samples together, on the pooled features; at most their dimension."""

    name = "vendi"
    summary = "effective number of different samples of the whole run, on pooled features"
    better = "more diverse"
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the score from the `[d, d]` products of features, summed block by block of conditions."""
        pooled = data.features["pooled"]
        n, k, d = pooled.shape
        return dataclasses.replace(vendi_estimate(pooled, data.groups), counts={"samples": n * k, "dimensions": d})


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (VendiWithin, Vendi)
