"""The Fréchet distance between Gaussians fitted to features (Heusel et al., NeurIPS 2017); FID on Inception."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchbench.core import Estimate, Metric, SampleSet, SetMetric
from benchbench.hookspecs import hookimpl
from benchbench.metrics._statistics import block_of, jackknife_estimate


def frechet_distance(mean1: np.ndarray, cov1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray) -> float:
    """Return ‖μ1 - μ2‖² + Tr(Σ1 + Σ2 - 2 (Σ1 Σ2)^½), in float64, also for covariances without full rank.

    The trace of the root is that of the symmetric (Σ1^½ Σ2 Σ1^½)^½, so no complex number can arise.
    """
    root = covariance_root(cov1)
    return _distance(mean1, float(np.trace(cov1)), root, mean2, cov2)


def covariance_root(cov: np.ndarray) -> np.ndarray:
    """Return `R` with R Rᵀ = Σ, for a positive semi-definite `[d, d]`."""
    values, vectors = np.linalg.eigh(cov)
    return vectors * np.sqrt(np.clip(values, 0, None))


def _distance(mean1: np.ndarray, trace1: float, root1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray) -> float:
    cross = np.linalg.eigvalsh(root1.T @ cov2 @ root1)
    trace_root = np.sqrt(np.clip(cross, 0, None)).sum()
    return float(((mean1 - mean2) ** 2).sum() + trace1 + np.trace(cov2) - 2 * trace_root)


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean `[d]` and unbiased covariance `[d, d]` of `[N, d]`, in float64."""
    wide = features.astype(np.float64)
    return wide.mean(0), np.atleast_2d(np.cov(wide, rowvar=False))


class Frechet(SetMetric):
    """All samples against the task's pool of real images, on the extractor's pooled features."""

    name = "frechet"
    summary = "Fréchet distance of all samples to the real pool (FID on Inception's weights alone)"
    higher_is_better = False
    keeps = ("pooled",)

    def compute(self, data: SampleSet) -> Estimate:
        """Return the distance, with its error by leaving out blocks of conditions.

        Moments come from sums over blocks, so the jackknife costs twenty eigenvalue problems, no second pass.
        """
        features = data.features["pooled"].double().numpy()
        block, k = block_of(data.groups), features.shape[1]
        real_mean, real_cov = moments(data.real.pooled.numpy())
        root, trace = covariance_root(real_cov), float(np.trace(real_cov))

        def distance(count: int, total: np.ndarray, product: np.ndarray) -> float:
            mean = total / count
            cov = (product - count * np.outer(mean, mean)) / (count - 1)
            return _distance(real_mean, trace, root, mean, cov)

        rows = features.reshape(-1, features.shape[2]) - real_mean  # centred, so that nothing cancels
        real_mean = np.zeros_like(real_mean)
        total, product = rows.sum(0), rows.T @ rows
        left_out = []
        for b in range(block.max() + 1) if block.max() else ():
            out = rows[np.repeat(block == b, k)]
            left_out.append(distance(len(rows) - len(out), total - out.sum(0), product - out.T @ out))
        return jackknife_estimate(distance(len(rows), total, product), left_out, data.groups)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (Frechet,)
