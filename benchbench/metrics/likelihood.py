"""Feature likelihood divergence and its gap (FLD: Jiralerspong, Bose, Gemp, Qin, Bachrach & Gidel, NeurIPS 2023).

A Gaussian round each sample, with a variance that is fitted so that the training images are likely. Held-out images are
unlikely under samples that are poor, that lack something, or that are copies, whose variance shrinks.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task, Unsupported
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import mean_estimate

if TYPE_CHECKING:
    from torch import Tensor

MOST = 1000
"""Of Gaussians, and of training images that they are fitted on; the paper has up to 10,000."""
_ROUNDS, _STILL, _WITHIN = 50, 5e-4, 5
_BOUND = 40.0
"""Of the logarithm of a variance."""
_BACKGROUND = 0.81
"""Factor of the squared distances of the component round the mean, that holds what no sample is near."""


def log_densities(squares: Tensor, log_variances: Tensor, dimensions: int) -> Tensor:
    """Return `float64[n, m]`: log N(x; centre, v I) from squared distances `[n, m]` and log v `[m]`."""
    return -(squares / log_variances.exp() + dimensions * (log_variances + math.log(2 * math.pi))) / 2


def negative_log_likelihood(squares: Tensor, log_variances: Tensor, dimensions: int) -> Tensor:
    """Return `float64[n]`, in nats: -log of the mean density of the m Gaussians; 0.918939 at one unit centre, d = 1."""
    densities = log_densities(squares, log_variances, dimensions)
    return math.log(squares.shape[1]) - densities.logsumexp(1)


def fitted(squares: Tensor, dimensions: int) -> Tensor:
    """Return `float64[m]`: the log variances that make rows likely, from their squared distances `[n, m]` to m centres.

    Expectation maximisation: a variance is the mean of the squared distances over the dimension, weighted by how much
    of each row is the Gaussian's. At most 50 rounds, until the mean log-likelihood per dimension moves by less than
    5e-4 over 5 of them. The paper climbs the same likelihood with Adam.
    """
    logs = ((squares.amin(0) + 1e-3) / dimensions).log()
    losses: list[float] = []
    for _ in range(_ROUNDS):
        densities = log_densities(squares, logs, dimensions)
        total = densities.logsumexp(1, keepdim=True)
        losses.append(float(-total.mean()) / dimensions)
        if len(losses) > _WITHIN and abs(losses[-1] - losses[-1 - _WITHIN]) < _STILL:
            break
        share = (densities - total).exp()
        held = share.sum(0)
        found = ((share * squares).sum(0) / (dimensions * held)).log().clamp(-_BOUND, _BOUND)
        logs = found.where(held > 0, logs)
    return logs


def likelihoods(centres: Tensor, rows: Tensor, held_out: Tensor) -> tuple[Tensor, Tensor]:
    """Return `float64[n]`, `float64[h]`: negative log-likelihoods per dimension of the rows fitted on, and held out.

    `centres` `[m, d]`, `rows` `[n, d]`, `held_out` `[h, d]`. One more Gaussian lies round the rows' mean in the fit.
    """
    import torch

    d = rows.shape[1]
    squares, others = torch.cdist(rows, centres).square(), torch.cdist(held_out, centres).square()
    background = _BACKGROUND * (rows - rows.mean(0)).square().sum(1, keepdim=True)
    logs = fitted(torch.cat([squares, background], 1), d)[:-1]
    return negative_log_likelihood(squares, logs, d) / d, negative_log_likelihood(others, logs, d) / d


@functools.lru_cache(maxsize=1)
def _all(samples: Tensor, references: Tensor, pool: Tensor) -> tuple[float, Tensor, Tensor]:
    """Return the training images' mean, the held-out images' `[n]`, and these under half of the training images."""
    import torch

    flat = references.flatten(0, 1).double()
    spread = flat.std(0)
    used = spread > 0
    mean, scale = flat.mean(0)[used], spread[used]

    def standard(rows: Tensor) -> Tensor:
        return (rows.double()[:, used] - mean) / scale

    n, k, _ = samples.shape
    per_condition = max(1, min(k, MOST // n))
    centres, held_out = standard(samples[:, :per_condition].flatten(0, 1)), standard(flat)
    order = torch.from_numpy(stream("fld", len(pool)).permutation(len(pool))[:MOST].copy())
    rows = standard(pool[order])
    ours_train, ours = likelihoods(centres, rows, held_out)
    half = len(rows) // 2
    _, base = likelihoods(rows[:half], rows[half:], held_out)
    return float(ours_train.mean()), ours.reshape(n, -1).mean(1), base.reshape(n, -1).mean(1)


class _Likelihood(SetMetric[FeatureSet]):
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where there are too few training images to halve."""
        number = len(task.real_pool())
        if number < 4:
            raise Unsupported(f"{self.name} needs 4 training images; {task.name} has {number}")

    def variant(self, task: Task) -> str:
        """Return how many Gaussians there are at most."""
        return f"most={MOST}"


class Fld(_Likelihood):
    """100 (NLL of held-out images under the samples - that under half of the training images), per dimension."""

    name = "fld"
    summary = "feature likelihood divergence: how unlikely held-out images are under the samples: real images have 0"
    higher_is_better = False

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the divergence; its error takes the fitted Gaussians as given."""
        _, ours, base = _all(data.features["pooled"], data.real.reference_pooled, data.real.pooled)
        estimate = mean_estimate((100 * (ours - base)).numpy(), data.groups)
        return dataclasses.replace(estimate, counts={"training": min(MOST, len(data.real.pooled))})


class FldGap(_Likelihood):
    """100 (NLL of training images - NLL of held-out images), per dimension: strongly negative for copies."""

    name = "fld-gap"
    summary = "NLL of training images less that of held-out ones under the samples: strongly negative is copying"
    higher_is_better = None

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the gap; its error takes the fitted Gaussians as given."""
        train, ours, _ = _all(data.features["pooled"], data.real.reference_pooled, data.real.pooled)
        estimate = mean_estimate((100 * (train - ours)).numpy(), data.groups)
        return dataclasses.replace(estimate, counts={"training": min(MOST, len(data.real.pooled))})


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Fld, FldGap)
