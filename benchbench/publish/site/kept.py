"""The kept samples of the rows of a leaderboard whose run directories are here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.leaderboards.rows import Board, Row
from benchbench.runs.directory import read_conditions
from benchbench.system.images import image_of

if TYPE_CHECKING:
    import pandas
    from PIL.Image import Image

    from benchbench.core.record import Score
    from benchbench.publish.site.small import Small


@dataclass(frozen=True)
class Kept:
    """A row of the table with its run directory."""

    row: int
    label: str
    ranked: bool
    scores: dict[str, Score]
    path: Path

    def ids(self) -> set[str]:
        """Return the ids of the conditions whose samples were kept."""
        return {folder.name for folder in (self.path / "samples").iterdir() if any(folder.glob("*.png"))}

    def images(self, id: str, most: int) -> list[Image]:
        """Return the first samples of a condition."""
        return [image_of(path) for path in sorted((self.path / "samples" / id).glob("*.png"))[:most]]

    def number(self, id: str) -> int:
        """Return how many samples of a condition were kept."""
        return sum(1 for _ in (self.path / "samples" / id).glob("*.png"))

    def conditions(self) -> pandas.DataFrame | None:
        """Return the scores of each condition by its id, if they are here."""
        path = self.path / "conditions.parquet"
        if not path.is_file():
            return None
        return read_conditions(path).set_index("id")


def kept_rows(board: Board, runs: Path) -> tuple[list[Kept], list[str]]:
    """Return the rows whose samples are under `runs`, by the ids of their runs, and the labels of those that are not.

    Run ids come from records that strangers wrote: they are looked up among the folders there, and open no path.
    """
    folders = {path.name: path for path in sorted((runs / board.task).glob("*/*")) if (path / "samples").is_dir()}
    found, missing = [], []
    for place, row in enumerate(board.rows):
        path = next((folders[each.run_id] for each in row.records if each.run_id in folders), None)
        if path is None:
            missing.append(row.label)
        else:
            found.append(Kept(place, row.label, row.rank is not None, row.scores, path))
    return found, missing


@dataclass(frozen=True)
class Means:
    """What each metric says of each condition, as the mean over the ranked rows, or over all where none is ranked."""

    metrics: dict[str, bool | None]
    """With the better side, `higher_is_better`."""
    values: dict[str, dict[str, float]]
    """By condition, then metric."""
    by_row: dict[tuple[int, str], float]
    """The ranking score of a row and condition."""

    def worst_first(self, metric: str, ids: Sequence[str]) -> list[str]:
        """Return the conditions with the worst one first; the lowest where neither side is better."""
        known = [id for id in ids if metric in self.values.get(id, {})]
        return sorted(known, key=lambda id: self.values[id][metric], reverse=self.metrics[metric] is False)


def means(board: Board, rows: Sequence[Kept | Small], ids: Sequence[str]) -> Means:
    """Return the means of the table's metrics over the rows, for conditions that every row kept."""
    tables = {each.row: table for each in rows if (table := each.conditions()) is not None}
    by_row = {
        (place, id): float(table.loc[id, board.ranked_by])
        for place, table in tables.items()
        if board.ranked_by in table
        for id in ids
        if id in table.index
    }
    ranked = [each.row for each in rows if each.ranked and each.row in tables] or list(tables)
    metrics = {
        metric: _better_side(board.rows, metric)
        for metric in board.columns
        if tables and all(metric in tables[place] for place in ranked)
    }
    values: dict[str, dict[str, float]] = {}
    for id in ids:
        if all(id in tables[place].index for place in ranked):
            found = {
                metric: sum(float(tables[place].loc[id, metric]) for place in ranked) / len(ranked)
                for metric in metrics
            }
            values[id] = {metric: value for metric, value in found.items() if math.isfinite(value)}
    return Means(metrics, values if ranked else {}, by_row)


def _better_side(rows: Sequence[Row], metric: str) -> bool | None:
    return next((row.scores[metric].higher_is_better for row in rows if metric in row.scores), None)
