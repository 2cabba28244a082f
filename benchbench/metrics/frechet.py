"""The Fréchet distance between Gaussians fitted to features (Heusel et al., NeurIPS 2017); FID on Inception."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import BenchbenchError, Estimate, FeatureSet, Metric, SetMetric
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import block_of, cube_root_interval95, jackknife_estimate

if TYPE_CHECKING:
    from torch import Tensor


def frechet_distance(mean1: np.ndarray, cov1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray) -> float:
    """Return ‖μ1 - μ2‖² + Tr(Σ1 + Σ2 - 2 (Σ1 Σ2)^½), in float64, also for covariances without full rank.

    The trace of the root is that of the symmetric (R1ᵀ Σ2 R1)^½ with R1 R1ᵀ = Σ1, so no complex number can arise.
    """
    first = Gaussian(mean1, float(np.trace(cov1)), covariance_root(cov1))
    return first.distance(Gaussian(mean2, float(np.trace(cov2)), covariance_root(cov2)))


def cross_trace(root1: np.ndarray, root2: np.ndarray) -> float:
    """Return Tr (Σ1 Σ2)^½ for Σ = R Rᵀ, of roots `[d, r]`."""
    return nuclear_norm(root1.T @ root2)


def nuclear_norm(matrix: np.ndarray) -> float:
    """Return the sum of the singular values of `[n, m]`, without the root of rounding of `root_trace(M Mᵀ)`."""
    return float(np.linalg.svd(matrix, compute_uv=False).sum())


def covariance_root(cov: np.ndarray) -> np.ndarray:
    """Return `R`, `[d, rank]`, with R Rᵀ = Σ, of a positive semi-definite `[d, d]`, without what is only rounding."""
    rounding = len(cov) * np.finfo(np.float64).eps
    try:
        root: np.ndarray = np.linalg.cholesky(cov)
        full_rank = (root.diagonal() ** 2 > rounding * np.trace(cov)).all()
    except np.linalg.LinAlgError:
        full_rank = False
    if not full_rank:
        values, vectors = np.linalg.eigh(cov)
        kept = values > rounding * values[-1]
        root = vectors[:, kept] * np.sqrt(values[kept])
    return root


def root_trace(matrix: np.ndarray) -> float:
    """Return the trace of the square root of a positive semi-definite matrix; a 0 counts as the root of rounding."""
    return float(np.sqrt(np.clip(np.linalg.eigvalsh(matrix), 0, None)).sum())


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean `[d]` and unbiased covariance `[d, d]` of `[N, d]`, in float64."""
    wide = features.astype(np.float64)
    return wide.mean(0), np.atleast_2d(np.cov(wide, rowvar=False))


@dataclasses.dataclass(frozen=True)
class Gaussian:
    """What the distance needs of the Gaussian fitted to some rows."""

    mean: np.ndarray
    """`float64[d]`."""
    trace: float
    """The trace of the covariance."""
    root: np.ndarray
    """`float64[d, rank]`, of the covariance."""

    @classmethod
    def fitted(cls, rows: np.ndarray) -> Gaussian:
        """Return that of `float64[N, d]`; with N <= d the centred rows are the root, as they stand."""
        mean = rows.mean(0)
        rows = (rows - mean) / np.sqrt(len(rows) - 1)
        root = rows.T if len(rows) <= rows.shape[1] else covariance_root(rows.T @ rows)
        return cls(mean, float((rows**2).sum()), root)

    def distance(self, other: Gaussian) -> float:
        """Return the squared Fréchet distance."""
        cross = cross_trace(self.root, other.root)
        return float(((self.mean - other.mean) ** 2).sum() + self.trace + other.trace - 2 * cross)


@functools.lru_cache(maxsize=2)
def real_side(pool: Tensor) -> Gaussian:
    """Return the Gaussian of the pool `[N, d]`."""
    return Gaussian.fitted(pool.double().numpy())


class SampleSide:
    """All samples `float64[N, d]` against one real side: the distance, also without some of the rows.

    With fewer rows than the real root has columns the trace of the root comes from the rows' singular values, else from
    sums of their products, of which the rows that are left out are taken off.
    """

    def __init__(self, rows: np.ndarray, real: Gaussian) -> None:
        self.real = real
        centre = rows.mean(0)
        self.offset = centre - real.mean
        self.rows = rows - centre
        self.squares = np.einsum("nd,nd->n", self.rows, self.rows)
        self.projected = self.rows @ real.root
        self.few = len(rows) < real.root.shape[1]
        self.product = self.projected.T @ self.projected if not self.few else None

    def distance(self, out: np.ndarray) -> float:
        """Return the squared Fréchet distance without the rows where `bool[N]` is true."""
        count = int((~out).sum())
        mean = -self.rows[out].sum(0) / count
        trace = (self.squares[~out].sum() - count * (mean**2).sum()) / (count - 1)
        cross = self._cross(out, count) / np.sqrt(count - 1)
        return float(((self.offset + mean) ** 2).sum() + trace + self.real.trace - 2 * cross)

    def _cross(self, out: np.ndarray, count: int) -> float:
        gone = self.projected[out]
        mean = -gone.sum(0) / count
        if self.few:
            return nuclear_norm(self.projected[~out] - mean)
        product: np.ndarray = self.product - count * np.outer(mean, mean)
        product -= gone.T @ gone
        return root_trace(product)


class Frechet(SetMetric[FeatureSet]):
    """All samples against the task's pool of real images, on the extractor's pooled features."""

    name = "frechet"
    summary = "Fréchet distance of all samples to the real pool (FID on Inception's original weights only)"
    higher_is_better = False
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the distance, with its error by leaving out blocks of conditions."""
        samples, pool, block = data.features["pooled"], data.real.pooled, block_of(data.groups)
        n, k, d = samples.shape
        if min(n * k, len(pool)) < 2:
            raise BenchbenchError(
                f"a covariance needs 2 rows per side, got {n * k} samples and {len(pool)} real images"
            )
        side = SampleSide(samples.double().numpy().reshape(n * k, d), real_side(pool))
        blocks = range(block.max() + 1) if block.max() else ()
        left_out = [side.distance(np.repeat(block == b, k)) for b in blocks]
        estimate = jackknife_estimate(side.distance(np.zeros(n * k, dtype=bool)), left_out, data.groups)
        flag = ""
        if min(n * k, len(pool)) < d + 1:
            flag = f"fewer than {d + 1:,} images for {d:,} features: a covariance is singular, and the value too high"
        degrees = estimate.uncertainty.degrees if estimate.uncertainty else None
        interval = cube_root_interval95(estimate.value, estimate.standard_error, degrees)
        return dataclasses.replace(estimate, interval=interval, counts={"samples": n * k, "real": len(pool)}, flag=flag)


class Fid(Frechet):
    """The Fréchet Inception distance: on the original weights alone."""

    name = "fid"
    summary = "Fréchet Inception distance (FID) of all samples to the real pool"
    extractor = "inception"


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Frechet, Fid)
