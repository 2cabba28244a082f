"""Statistics for metrics and comparisons: distances, estimates with their uncertainty, paired tests and ranks."""

from benchbench.stats.distances import euclidean, nearest, nearest_elsewhere, require_bytes
from benchbench.stats.estimates import (
    block_of,
    bootstrap,
    condition_means,
    jackknife,
    jackknife_estimate,
    mean_estimate,
    ratio_estimate,
)
from benchbench.stats.nulls import degrees_of, departure
from benchbench.stats.paired import Difference, cohens_d, most_different, paired_difference, win_rate
from benchbench.stats.randomised import uniform_ranks
from benchbench.stats.ranking import Pair, Pairs, holm, indistinguishable, pairwise, rank_ranges

__all__ = [
    "Difference",
    "Pair",
    "Pairs",
    "block_of",
    "bootstrap",
    "cohens_d",
    "condition_means",
    "degrees_of",
    "departure",
    "euclidean",
    "holm",
    "indistinguishable",
    "jackknife",
    "jackknife_estimate",
    "mean_estimate",
    "most_different",
    "nearest",
    "nearest_elsewhere",
    "paired_difference",
    "pairwise",
    "rank_ranges",
    "ratio_estimate",
    "require_bytes",
    "uniform_ranks",
    "win_rate",
]
