"""The birthday estimate of how many different images a generator makes (Arora & Zhang 2017, arXiv 1706.08224)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import block_of, jackknife_estimate
from benchbench.stats.influence import without_pairs
from benchbench.stats.shares import with_wilson

if TYPE_CHECKING:
    from torch import Tensor

ROUGH = 1 / 3
"""From this relative error on, the estimate is only an order of magnitude; nine independent duplicates give it."""
_ROWS = 512


def batch_size(share: float) -> float:
    """Return s with s(s - 1)/2 · share = ln 2: a batch that holds a duplicate with probability one half.

    The share is the probability that two samples look alike; the number of duplicates is taken to be Poisson.
    """
    return (1 + math.sqrt(1 + 8 * math.log(2) / share)) / 2


def support_size(share: float) -> float:
    """Return s², the paper's estimate; of M equally likely images, where share = 1/M, it is 2 ln 2 · M + s."""
    return batch_size(share) ** 2


def share_of_support(support: float) -> float:
    """Return the share behind an estimate s², the inverse of `support_size`: 2 ln 2 / (s² - s)."""
    return 2 * math.log(2) / (support - math.sqrt(support))


def support_slope(share: float) -> float:
    """Return the derivative of `support_size`, from s² - s = 2 ln 2 / share."""
    s = batch_size(share)
    return -2 * s / (2 * s - 1) * 2 * math.log(2) / share**2


def alike_counts(sketches: Tensor, threshold: float, block: np.ndarray, across: bool) -> np.ndarray:
    """Return `int64[B, B]`: how many pairs of samples of `[n, K, s]` are within the threshold, by their blocks.

    The blocks are `int[n]`, by condition. A pair counts once, in one of the two cells of its blocks; with `across`,
    pairs of one condition do not count. In strips of bounded memory, by float32 products around the mean.
    """
    import torch

    n, k, _ = sketches.shape
    rows = sketches.flatten(0, 1).float()
    rows = rows - rows.mean(0)
    norms = rows.square().sum(1)
    owner = torch.arange(n).repeat_interleave(k)
    blocks = torch.from_numpy(block).repeat_interleave(k)
    member = torch.nn.functional.one_hot(blocks).float()
    counts = torch.zeros(member.shape[1], member.shape[1], dtype=torch.float64)
    for start in range(0, len(rows), _ROWS):
        stop = start + _ROWS
        squares = norms[start:stop, None] + norms[None, start:] - 2 * rows[start:stop] @ rows[start:].T
        alike = (squares <= threshold**2).triu(1)
        if across:
            alike &= owner[start:stop, None] != owner[None, start:]
        counts.index_add_(0, blocks[start:stop], (alike.float() @ member[start:]).double())
    whole: np.ndarray = counts.long().numpy()
    return whole


def number_of_pairs(n: int, k: int, across: bool) -> int:
    """Return how many pairs n conditions of K samples make; with `across`, only those of two conditions."""
    return n * (n - 1) // 2 * k * k if across else n * k * (n * k - 1) // 2


class Support(SetMetric[FeatureSet]):
    """The number of different images, estimated from how often two samples look alike.

    A conditional task's pairs are of different conditions: copies within a condition are for `collapse-within`.
    """

    name = "support"
    summary = "birthday estimate of the number of different images: s², where half of all batches of s hold a duplicate"
    higher_is_better = None
    keeps = ("sketch",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return s²; where no two samples look alike, its 95 % lower bound, by the rule of three.

        The bound's trials are pairs of conditions, where the task has conditions: two that are alike have many
        duplicates or none, so their K² pairs of samples say little more than one.
        """
        sketches, threshold = data.features["sketch"], data.real.thresholds.stated("visible")
        n, k = sketches.shape[:2]
        across = bool(data.examples[0].condition)
        pairs = number_of_pairs(n, k, across)
        if not pairs:
            raise Unsupported("support needs two samples, of different conditions where the task has conditions")
        block = block_of(data.groups)
        counts = alike_counts(sketches, threshold.value, block, across)
        alike = int(counts.sum())
        trials = number_of_pairs(n, 1, across) if across else pairs
        share = alike / pairs if alike else min(3 / trials, 1)
        detail = (
            f"batch {math.ceil(batch_size(share))}",
            f"{alike} of {pairs} pairs of {n * k} samples look alike{', of different conditions' if across else ''}",
        )
        if not alike:
            flag = f"no duplicate among {n * k} samples: at least this"
            return Estimate(support_size(share), None, n, threshold=threshold, detail=detail, flag=flag)
        left = [number_of_pairs(n - int(size), k, across) for size in np.bincount(block)]
        touching = counts.sum(0) + counts.sum(1) - counts.diagonal()
        shares = ((alike - touching) / left).tolist() if min(left) > 0 else []
        twos = (counts + counts.T) / pairs
        estimate = _estimate(share, shares, twos, pairs, data.groups)
        rough = estimate.standard_error is None or estimate.standard_error > ROUGH * estimate.value
        flag = "few duplicates, or of few conditions: an order of magnitude" if rough else ""
        return dataclasses.replace(estimate, threshold=threshold, detail=detail, flag=flag)


def _estimate(share: float, left_out: Sequence[float], twos: np.ndarray, pairs: int, groups: Sequence[str]) -> Estimate:
    """Return the support with the jackknife error of the share, carried over by the slope, and the share's interval.

    The jackknife counts each pair that looks alike in the blocks of both, so what `twos`, `float64[B, B]`, vary by
    themselves is taken off. The support itself is infinite where the block left out held all duplicates.
    """
    estimate = jackknife_estimate(share, left_out, groups)
    if estimate.standard_error is None or estimate.uncertainty is None:
        return dataclasses.replace(estimate, value=support_size(share))
    variance = without_pairs(estimate.standard_error**2, twos, estimate.uncertainty.groups)
    found = with_wilson(dataclasses.replace(estimate, standard_error=math.sqrt(variance)), pairs)
    assert found.interval is not None
    return dataclasses.replace(
        found,
        value=support_size(share),
        standard_error=math.sqrt(variance) * abs(support_slope(share)),
        interval=(support_size(found.interval[1]), support_size(found.interval[0])),
    )


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (Support,)
