"""Mode collapse: the share of samples that are near-duplicates of another sample.

Near-duplicate: not further than the extractor's noise floor on the task, the median distance between a real image and
itself with one value in a hundred moved by one grey level. What lies under it is one image, made twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import ConditionMetric, ConditionSamples, Estimate, Metric, SampleSet, SetMetric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.metrics._distances import euclidean
from benchbench.metrics._statistics import mean_estimate
from benchbench.noise import stream

if TYPE_CHECKING:
    from torch import Tensor

DIRECTIONS = 16
"""Dimensions of the projection in which candidates are looked for; the result does not depend on it."""


def duplicates_within(embedding: Tensor, threshold: float) -> float:
    """Return the share of the K rows of `[K, D]` that have another row within the (Euclidean) threshold."""
    distances = euclidean(embedding, embedding)
    distances.fill_diagonal_(float("inf"))
    return float((distances.min(1).values <= threshold).double().mean())


def duplicates_across(embedding: Tensor, threshold: float) -> Tensor:
    """Return `float64[n]`: for each condition of `[n, K, D]`, the share of samples with a near-duplicate elsewhere.

    Projection on a few orthonormal directions never lengthens a distance, so a tree over the projections finds every
    candidate; exact distances settle which of them count.
    """
    import torch
    from scipy.spatial import cKDTree

    n, k, d = embedding.shape
    rows = embedding.reshape(n * k, d)
    directions, _ = np.linalg.qr(stream("collapse-across").standard_normal((d, min(d, DIRECTIONS))))
    projected = np.concatenate([part.double().numpy() @ directions for part in rows.split(512)])
    tree = cKDTree(projected)
    owner = np.arange(n).repeat(k)
    found = np.zeros(n * k, dtype=bool)
    for i in range(n * k):
        if found[i]:
            continue
        near = np.asarray(tree.query_ball_point(projected[i], threshold * (1 + 1e-6) + 1e-9))
        near = near[owner[near] != owner[i]]
        for start in range(0, len(near), 16):
            candidates = near[start : start + 16]
            distances = (rows[candidates].double() - rows[i].double()).norm(dim=1).numpy()
            hits = candidates[distances <= threshold]
            if len(hits):
                found[hits] = found[i] = True
                break
    return torch.from_numpy(found.reshape(n, k).mean(1))


class CollapseWithin(ConditionMetric):
    """Share of samples that are near-duplicates of another sample of the same condition."""

    name = "collapse-within"
    summary = "share of samples that repeat another sample of the same condition"
    higher_is_better = False

    def compute(self, data: ConditionSamples) -> float:
        """Return the share for one condition."""
        return duplicates_within(data.embedding, data.noise_floor)


class CollapseAcross(SetMetric):
    """Share of samples that are near-duplicates of a sample of another condition."""

    name = "collapse-across"
    summary = "share of samples that repeat a sample of another condition"
    higher_is_better = False
    keeps = ("embedding",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for unconditional tasks, whose conditions are all the same."""
        if not task.examples("test")[0].condition:
            raise Unsupported(f"{task.name} is unconditional: nothing tells one condition from another")

    def compute(self, data: SampleSet) -> Estimate:
        """Return the mean share over conditions."""
        shares = duplicates_across(data.features["embedding"], data.real.noise_floor)
        return mean_estimate(shares.numpy(), data.groups)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (CollapseWithin, CollapseAcross)
