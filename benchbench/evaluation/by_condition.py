"""The scores of every condition by a task's own metrics, as the text that lies beside the records of a leaderboard.

Comma-separated: `id`, `group`, and one column per metric, values with seven digits as in a record's `paired`. A record
holds the SHA-256 of the text, and the text is a file named by it: whoever has the record can see that it is unchanged.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class ByCondition:
    """What is known of each condition of a run."""

    ids: tuple[str, ...]
    """Empty where they are not known."""
    groups: tuple[int, ...]
    """Numbered in the order of their first appearance."""
    values: dict[str, list[float]]
    """By metric, one per condition."""


def text_of(table: pandas.DataFrame, metrics: Sequence[str]) -> str:
    """Return the text of those of the metrics that have a value for each condition; empty where none has.

    The table has one row per condition, with `id` and `group`.
    """
    own = [metric for metric in metrics if metric in table]
    if not own:
        return ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "group", *own])
    columns = [[f"{value:.7g}" for value in table[metric]] for metric in own]
    writer.writerows(zip(table["id"], table["group"], *columns, strict=True))
    return text.getvalue()


def parse(text: str, source: str) -> ByCondition:
    """Return what such a text holds; raise `BenchbenchError` that names `source` where it is none."""
    try:
        head, *rows = csv.reader(io.StringIO(text), strict=True)
        ids, groups, *columns = zip(*rows, strict=True)
        values = {metric: list(map(float, column)) for metric, column in zip(head[2:], columns, strict=True)}
    except (ValueError, csv.Error) as error:
        raise BenchbenchError(f"{source} does not hold scores by condition ({error})") from None
    if head[:2] != ["id", "group"] or not all(math.isfinite(each) for own in values.values() for each in own):
        raise BenchbenchError(f"{source} does not hold scores by condition")
    number = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    return ByCondition(ids, tuple(number[name] for name in groups), values)
