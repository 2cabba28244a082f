"""Statistics for metrics and comparisons: distances, estimates with their uncertainty, paired tests and ranks."""

from benchbench.stats.distances import euclidean, nearest, nearest_elsewhere, require_bytes
from benchbench.stats.estimates import (
    block_of,
    condition_means,
    interval95,
    jackknife,
    jackknife_estimate,
    mean_estimate,
    ratio_estimate,
)
from benchbench.stats.letters import letters
from benchbench.stats.nulls import degrees_of, departure
from benchbench.stats.paired import Difference, cohens_d, most_different, paired_difference, win_rate
from benchbench.stats.randomised import uniform_ranks
from benchbench.stats.ranking import Pair, Pairs, holm, pairwise, rank_ranges
from benchbench.stats.shares import reached, share_estimate
from benchbench.stats.simultaneous import simultaneous
from benchbench.stats.spreads import learned

__all__ = [
    "Difference",
    "Pair",
    "Pairs",
    "block_of",
    "cohens_d",
    "condition_means",
    "degrees_of",
    "departure",
    "euclidean",
    "holm",
    "interval95",
    "jackknife",
    "jackknife_estimate",
    "learned",
    "letters",
    "mean_estimate",
    "most_different",
    "nearest",
    "nearest_elsewhere",
    "paired_difference",
    "pairwise",
    "rank_ranges",
    "ratio_estimate",
    "reached",
    "require_bytes",
    "share_estimate",
    "simultaneous",
    "uniform_ranks",
    "win_rate",
]
