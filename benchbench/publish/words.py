"""Facts in words: numbers, uncertainties, what a score was made with; the only place that makes them, pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchbench.core import uncertainty as kinds
from benchbench.core.record import Score
from benchbench.core.uncertainty import Threshold, Uncertainty

ARROWS = {True: " ↑", False: " ↓", None: ""}
BETTER = {True: "higher is better", False: "lower is better", None: "no better side"}
LEFT = ("method", "metric", "verdict", "tier", "division")
"""The titles of columns of words."""
_KINDS = {
    kinds.BOOTSTRAP: "bootstrap standard error",
    kinds.TWO_LEVEL_BOOTSTRAP: "two-level bootstrap standard error",
    kinds.JACKKNIFE: "jackknife standard error",
    kinds.TWO_SIDED: "two-sided jackknife standard error",
    kinds.INFLUENCE: "infinitesimal jackknife standard error",
    kinds.SUBSAMPLES: "subsampling standard error",
    kinds.DYADIC: "standard error clustered by both conditions of a pair,",
    kinds.SUBSETS: "standard deviation",
    kinds.PAIRED: "paired standard error",
    kinds.SEEDS: "standard error",
    kinds.PEOPLE: "standard error",
}
"""What a kind of uncertainty is called; others are called what they are."""


def number(value: float, standard_error: float | None) -> str:
    """Return `0.162 ± 0.007`: two digits of the error, and the value to the same place."""
    shown, error = rounded(value, standard_error)
    return shown if error is None else f"{shown} ± {error}"


def rounded(value: float, standard_error: float | None) -> tuple[str, str | None]:
    """Return the value and its error as `number` shows them, `None` without an error."""
    if standard_error is None:
        return f"{value:.3g}", None
    if standard_error < 1e-6:  # rounding of the arithmetic, or none at all
        return f"{round(value, 4):g}", "0"
    places = max(0, 1 - math.floor(math.log10(standard_error)))
    return f"{value:.{places}f}", f"{standard_error:.{places}f}"


def listed(names: Sequence[str], word: str = "and") -> str:
    """Return `a, b and c`."""
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def uncertainty(stated: Uncertainty | None) -> str:
    """Return what the ± is: `bootstrap standard error over 300 conditions in 30 groups`; empty without one."""
    if stated is None:
        return ""
    seeds = f" and {stated.training_seeds} training seeds" if stated.training_seeds > 1 else ""
    if stated.kind == kinds.SEEDS:
        return f"{kind_of(stated)} over {stated.training_seeds} training seeds"
    return f"{kind_of(stated)} over {over(stated)}{seeds}"


def kind_of(stated: Uncertainty) -> str:
    """Return the kind of an uncertainty: `jackknife standard error, 20 blocks`."""
    blocks = f", {stated.blocks} blocks" if stated.blocks is not None else ""
    return " or ".join(_KINDS.get(kind, kind) for kind in stated.kind.split(" or ")) + blocks


def over(stated: Uncertainty) -> str:
    """Return what an uncertainty was computed over: `300 conditions in 30 groups`."""
    if stated.kind == kinds.SUBSETS:
        return f"{stated.n} subsets of {stated.subset_size}"
    if stated.kind == kinds.SEEDS:
        return "training seeds"
    if stated.kind == kinds.PEOPLE:
        return f"{stated.n} people and the images that they judged"
    groups = "" if stated.groups == stated.n else f" in {stated.groups} groups"
    return f"{stated.n} conditions{groups}"


def detail(score: Score) -> str:
    """Return what a score was made with: its own words, its counts, its threshold."""
    parts = [*score.detail, ", ".join(counts(score)), threshold(score.threshold) if score.threshold else ""]
    return "; ".join(filter(None, parts))


def details(score: Score) -> list[str]:
    """Return the parts of `detail`, each of which may differ between rows."""
    stated = [threshold(score.threshold)] if score.threshold else []
    return [*score.detail, *counts(score), *stated]


def counts(score: Score) -> list[str]:
    """Return `2000 real`, `6000 samples`, …, in the order of their names: records come in any."""
    return [f"{value} {name}" for name, value in sorted(score.counts.items())]


def threshold(stated: Threshold) -> str:
    """Return `threshold 0.112 (visible)`."""
    return f"threshold {stated.value:.3g} ({stated.kind})"
