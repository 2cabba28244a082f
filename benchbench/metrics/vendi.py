"""The Vendi score (Friedman & Dieng, TMLR 2023): the effective number of different samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

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
from benchbench.stats.estimates import block_of, jackknife_estimate

if TYPE_CHECKING:
    from torch import Tensor


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
        import dataclasses

        import torch

        pooled = data.features["pooled"]
        block = torch.from_numpy(block_of(data.groups))
        n, k, d = pooled.shape

        def product(b: int) -> Tensor:
            unit = unit_rows(pooled[block == b].flatten(0, 1))
            return unit.T @ unit

        blocks = range(int(block.max()) + 1)
        total = sum(product(b) for b in blocks)
        left_out = [spectrum_number(total - product(b)) for b in blocks] if len(blocks) > 1 else []
        estimate = jackknife_estimate(spectrum_number(total), left_out, data.groups)
        return dataclasses.replace(estimate, counts={"samples": n * k, "dimensions": d})


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (VendiWithin, Vendi)
