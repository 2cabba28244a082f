"""Intervals for statistics of answers that people gave to images which other people saw too; pure.

People and conditions are crossed: everyone judges many images, every image has several judges. Two errors are given.
Of people alone: the bootstrap over people, as if the images were fixed. Crossed: the jackknife variances over people
and over conditions, added, less that over single answers, which is in both (two-way clustering; Cameron, Gelbach &
Miller 2011), with Student's t.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from benchbench.core.noise import stream
from benchbench.core.uncertainty import STRICT

if TYPE_CHECKING:
    import numpy as np

REPLICATES = 10_000
LEVEL = 0.95
Statistic = Callable[["np.ndarray", "np.ndarray"], "np.ndarray"]
"""From cells `float64[..., K, P]` (K numbers of answers per person) and the people's weights `float64[..., P]` to
`float64[...]`."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval with its standard error."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Cells:
    """Answers counted: what a statistic needs of them."""

    total: np.ndarray
    """`float64[K, P]`: K numbers of answers per person."""
    by_condition: np.ndarray
    """`float64[C, K, P]`: the part of each condition."""
    single: np.ndarray
    """`float64[S, K, P]`: the part of a single answer, one for each kind that there is."""
    times: np.ndarray
    """`float64[S]`: how many answers are of each kind."""

    @property
    def people(self) -> int:
        """How many people."""
        return int(self.total.shape[1])

    @property
    def conditions(self) -> int:
        """How many conditions."""
        return len(self.by_condition)


def count(parts: np.ndarray, person: np.ndarray, condition: np.ndarray, people: int) -> Cells:
    """Return the cells of n answers: what each adds, `float64[n, K]`; whose it is, of which condition, `int64[n]`."""
    import numpy as np

    width = parts.shape[1]
    total = np.zeros((width, people))
    np.add.at(total.T, person, parts)
    names, place = np.unique(condition, return_inverse=True)
    by_condition = np.zeros((len(names), people, width))
    np.add.at(by_condition, (place, person), parts)
    kinds, times = np.unique(np.column_stack([person, parts]), axis=0, return_counts=True)
    single = np.zeros((len(kinds), people, width))
    single[np.arange(len(kinds)), kinds[:, 0].astype(np.int64)] = kinds[:, 1:]
    return Cells(total, by_condition.transpose(0, 2, 1), single.transpose(0, 2, 1), times.astype(np.float64))


def of_all(cells: Cells, statistic: Statistic) -> float:
    """Return the statistic of all answers."""
    import numpy as np

    return float(statistic(cells.total, np.ones(cells.people)))


@functools.lru_cache(maxsize=8)
def people_weights(people: int, replicates: int = REPLICATES) -> np.ndarray:
    """Return `float64[R, P]`: how often each person is drawn in each of R resamples; seeded."""
    import numpy as np

    drawn = stream("study people", people, replicates).multinomial(people, np.full(people, 1 / people), size=replicates)
    return np.asarray(drawn, dtype=np.float64)


def over_people(cells: Cells, statistic: Statistic, weights: np.ndarray) -> Interval | None:
    """Return the bootstrap percentile interval over people; `None` for fewer than two people.

    Resampling P people understates the spread by √((P - 1)/P), which is put right (Davison & Hinkley 1997, 2.4).
    """
    import numpy as np

    if cells.people < 2:
        return None
    value = of_all(cells, statistic)
    block = max(1, 4_000_000 // cells.total.size)
    parts = [
        statistic(cells.total * weights[i : i + block, None], weights[i : i + block])
        for i in range(0, len(weights), block)
    ]
    found = np.concatenate(parts)
    found = found[np.isfinite(found)]
    if not len(found):
        return None
    widen = (cells.people / (cells.people - 1)) ** 0.5
    low, high = (value + (np.quantile(found, q) - value) * widen for q in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(float(found.std() * widen), float(low), float(high))


def variances(cells: Cells, statistic: Statistic) -> tuple[float, float, float]:
    """Return the jackknife variances over people, over conditions and over single answers."""
    import numpy as np

    ones = np.ones(cells.people)
    without = 1 - np.eye(cells.people)
    people = statistic(cells.total * without[:, None], without)
    conditions = statistic(cells.total - cells.by_condition, np.broadcast_to(ones, (cells.conditions, cells.people)))
    single = statistic(cells.total - cells.single, np.broadcast_to(ones, (len(cells.times), cells.people)))
    return (
        _jackknife(people, np.ones(len(people))),
        _jackknife(conditions, np.ones(len(conditions))),
        _jackknife(single, cells.times),
    )


def _jackknife(left_out: np.ndarray, times: np.ndarray) -> float:
    """Return (n - 1)/n Σ (θ_i - θ̄)², each value taken so many times."""
    import numpy as np

    good = np.isfinite(left_out)
    values, times = left_out[good], times[good]
    n = times.sum()
    if n < 2:
        return 0.0
    mean = (times * values).sum() / n
    return float((n - 1) / n * (times * (values - mean) ** 2).sum())


def crossed_error(cells: Cells, statistic: Statistic) -> tuple[float, int]:
    """Return the standard error over people and conditions, at least that over people alone, and its degrees."""
    people, conditions, single = variances(cells, statistic)
    return max(people, people + conditions - single, 0.0) ** 0.5, max(1, min(cells.people, cells.conditions) - 1)


def crossed(cells: Cells, statistic: Statistic) -> Interval | None:
    """Return the interval over people and conditions, symmetric; `None` for fewer than two of either."""
    if min(cells.people, cells.conditions) < 2:
        return None
    return around(of_all(cells, statistic), *crossed_error(cells, statistic))


def around(value: float, error: float, degrees: int) -> Interval:
    """Return the symmetric interval of Student's t."""
    from scipy.special import stdtrit

    half = float(stdtrit(degrees, (1 + LEVEL) / 2)) * error
    return Interval(error, value - half, value + half)


def crossed_share(cells: Cells, statistic: Statistic, number: float) -> Interval | None:
    """Return the interval of a share of `number` answers: Wilson's, with the number that would have this error.

    That number is at most the answers' own (Korn & Graubard 1998), so that a share of 0 or 1 has an interval too.
    """
    from scipy.special import stdtrit

    if min(cells.people, cells.conditions) < 2 or number <= 0:
        return None
    p, (error, degrees) = of_all(cells, statistic), crossed_error(cells, statistic)
    effective = min(number, p * (1 - p) / error**2) if error > 0 and 0 < p < 1 else number
    t = float(stdtrit(degrees, (1 + LEVEL) / 2))
    scale = 1 + t * t / effective
    centre = (p + t * t / (2 * effective)) / scale
    half = t * (p * (1 - p) / effective + t * t / (4 * effective**2)) ** 0.5 / scale
    return Interval(error, max(0.0, centre - half), min(1.0, centre + half))
