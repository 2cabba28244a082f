"""What five GANs reach if one can afford n settings, from the trials of `benchbench tune`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from benchbench.publish import tuning
from benchbench.tuning.trials import read_search
from claims import curves
from claims.evidence import ERRORS, MISSING, NO, YES, Evidence, Part
from claims.finding import Finding, table

TRIALS = Path(__file__).parent.parent.parent / "docs" / "findings" / "budgets"
"""A file of trials per method, as `benchbench tune` wrote it."""
SHOWN = (1, 2, 5, 10, 20, 50)


def tuned(folder: Path) -> list[tuning.Curve]:
    """Return the curves of the searches in a folder; less of a distance to the law is better."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        search = read_search(path)
        made = tuning.curve(search[0]["method"]["name"], search[1], higher_is_better=False) if search else None
        found += [made] if made else []
    return found


def better(one: tuning.Curve, other: tuning.Curve) -> list[int]:
    """Return the budgets at which one method is better than another, by the rule that was fixed before the trials."""
    most = min(len(one.means), len(other.means))
    return [
        n + 1
        for n in range(most)
        if other.means[n] - one.means[n] > ERRORS * math.hypot(one.deviations[n], other.deviations[n])
    ]


def crossing(found: Sequence[tuning.Curve]) -> list[tuple[str, str]]:
    """Return the pairs of which each is better than the other at some budget."""
    return [(a.label, b.label) for a, b in combinations(found, 2) if better(a, b) and better(b, a)]


def budgets(_: Evidence) -> Finding:
    """Whether the order of methods depends on what one can spend."""
    found = tuned(TRIALS)
    shown = [n for n in SHOWN if any(n <= len(each.means) for each in found)]
    lines = [[f"`{each.label}`", str(len(each.trials)), _failed(each), *_cells(each, shown)] for each in found]
    pairs = crossing(found)
    apart = [f"`{a.label}` before `{b.label}`" for a in found for b in found if a is not b and better(a, b)]
    points = (
        curves.Curve(
            each.label, tuple((n, each.means[n - 1], each.deviations[n - 1]) for n in shown if n <= len(each.means))
        )
        for each in found
    )
    return Finding(
        "26. Budgets of tuning",
        "arXiv 1711.10337",
        "a comparison has to name its budget: the GAN that is best of few settings need not be the best of many.",
        table(["ring8, law-distance", "trials", "failed", *(f"best of {n}" for n in shown)], lines),
        (Part("curves cross", (YES if pairs else NO) if found else MISSING),),
        (),
        "At least 50 settings of each from `plugins/gans/budgets.toml`, 1,000 steps each, 100 conditions x 20 samples:"
        " mean ± standard deviation of the best among n of them, over 5,000 bootstrap resamples. Two curves cross where"
        " each method is better at some budget, by more than two deviations, √(a² + b²) of both. Better somewhere: "
        f"{', '.join(apart) or 'none'}. The best of all 50 is close to what these 50 happened to give.",
        "budgets.svg",
        "Law distance of the best of n settings on ring8, five GANs",
        (curves.Panel("settings that one can afford", "law distance of the best (± 2 SD)", tuple(points)),),
    )


def _failed(each: tuning.Curve) -> str:
    return str(sum(trial.score is None for trial in each.trials))


def _cells(each: tuning.Curve, shown: Sequence[int]) -> list[str]:
    return [f"{each.means[n - 1]:.3f} ± {each.deviations[n - 1]:.3f}" if n <= len(each.means) else "–" for n in shown]
