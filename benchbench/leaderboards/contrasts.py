"""Methods side by side on the same conditions, from the records of their runs: by which metrics, and the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from benchbench.core import BenchbenchError, Task, UnknownName
from benchbench.core.differences import ScoreIdentity
from benchbench.core.uncertainty import PAIRED, Uncertainty
from benchbench.leaderboards.rows import shown_columns
from benchbench.leaderboards.sides import Side
from benchbench.plugins import unknown_name
from benchbench.stats import paired as comparison
from benchbench.stats.ranking import holm

Verdict = Literal["alike", "differ", "first", "second"]
"""`alike`: not distinguishable; `differ`: of a metric without a better side; else which one is better."""


@dataclass(frozen=True)
class Place:
    """A condition where two methods differ much."""

    condition: str
    first: float
    second: float


@dataclass(frozen=True)
class Contrast:
    """Two methods by one metric."""

    first: str
    second: str
    metric: str
    id: str
    higher_is_better: bool | None
    means: tuple[float, float]
    difference: comparison.Difference
    uncertainty: Uncertainty
    """What the difference's standard error is."""
    training_seeds: dict[str, int]
    """How many seeds each method has that has several, by label; their spread is in the error."""
    p_holm: float
    """Corrected for the number of all contrasts."""
    cohens_d: float | None
    win_rate: float
    """The share of conditions where the first is better, or higher where neither side is."""
    most: tuple[Place, ...]
    """Where they differ most."""

    @property
    def significant(self) -> bool:
        """Whether the methods are distinguishable."""
        return self.p_holm <= comparison.LEVEL

    @property
    def verdict(self) -> Verdict:
        """Which method is better."""
        if not self.significant:
            return "alike"
        if self.higher_is_better is None:
            return "differ"
        return "first" if (self.difference.value > 0) == self.higher_is_better else "second"


def wanted(sides: Sequence[Side], metrics: Iterable[str], task: Task) -> list[str]:
    """Return the metrics to compare by, all of which every side has under one identity."""
    common = [metric for metric in sides[0].values if all(metric in side.values for side in sides)]
    records = [record for side in sides for record in side.records]
    asked = [each for name in metrics for each in (common if name == "all" else [name])]
    found = list(dict.fromkeys(asked)) or [
        metric for metric in shown_columns(task.metrics, records) if metric in common
    ]
    if not found:
        names = " and ".join(side.label for side in sides)
        raise BenchbenchError(f"the records of {names} have no metric in common by condition")
    for metric in found:
        if metric not in common and any(metric in side.scores for side in sides):
            raise BenchbenchError(
                f"{metric} has no value for each condition in all of these records; there are {', '.join(common)}"
            )
        if metric not in common:
            raise UnknownName(unknown_name("metric of these records", metric, common))
        own = {ScoreIdentity.of(score) for record in records for score in record.scores if score.metric == metric}
        if len(own) > 1:
            raise BenchbenchError(f"{metric} is of unlike versions or weights in these records: run the methods again")
    return found


def contrast(sides: Sequence[Side], metrics: Sequence[str], most: int) -> list[Contrast]:
    """Return a contrast for each pair of sides and metric; p is corrected for the number of all."""
    jobs = [(a, b, metric) for a, b in combinations(sides, 2) for metric in metrics]
    differences = [comparison.paired_difference(a.values[metric], b.values[metric], a.groups) for a, b, metric in jobs]
    adjusted = holm([difference.p for difference in differences])
    return [
        _contrast(a, b, metric, difference, p, most)
        for (a, b, metric), difference, p in zip(jobs, differences, adjusted, strict=True)
    ]


def _contrast(a: Side, b: Side, metric: str, difference: comparison.Difference, p_holm: float, most: int) -> Contrast:
    one, other, higher = a.values[metric], b.values[metric], a.scores[metric].higher_is_better
    means = [[sum(column) / len(column) for column in zip(*values, strict=True)] for values in (one, other)]
    ids = a.ids or b.ids or tuple(f"condition {i}" for i in range(len(a.groups)))
    return Contrast(
        first=a.label,
        second=b.label,
        metric=metric,
        id=a.scores[metric].id,
        higher_is_better=higher,
        means=(sum(means[0]) / len(means[0]), sum(means[1]) / len(means[1])),
        difference=difference,
        uncertainty=Uncertainty(PAIRED, difference.n, len(set(a.groups))),
        training_seeds={side.label: side.seeds for side in (a, b) if side.seeds > 1},
        p_holm=p_holm,
        cohens_d=comparison.cohens_d(one, other),
        win_rate=comparison.win_rate(one, other, higher),
        most=tuple(Place(ids[i], means[0][i], means[1][i]) for i in comparison.most_different(one, other, most)),
    )
