"""The rows of a leaderboard whose small pictures are stored beside its records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.leaderboards.rows import Board
from benchbench.publish.pictures import Pictures

if TYPE_CHECKING:
    import pandas
    from PIL.Image import Image

    from benchbench.core.record import Score


@dataclass(frozen=True)
class Small:
    """A row with its stored pictures; it is read as `benchbench.publish.site.kept.Kept` is."""

    row: int
    label: str
    ranked: bool
    scores: dict[str, Score]
    pictures: Pictures
    file: Path

    def ids(self) -> set[str]:
        """Return the ids of the conditions of which there are pictures."""
        return set(self.pictures.index.conditions if self.pictures.index else ())

    def images(self, id: str, most: int) -> list[Image]:
        """Return the first samples of a condition."""
        index = self.pictures.index
        assert index is not None
        number = min(most, index.samples)
        return self.pictures.tiles(self.file, index.conditions.index(id), number, index.samples)

    def number(self, id: str) -> int:
        """Return how many samples of a condition there are."""
        return self.pictures.index.samples if self.pictures.index else 0

    def conditions(self) -> pandas.DataFrame | None:
        """Return no scores: pictures have none."""
        return None


def small_rows(board: Board, pictures: Pictures) -> tuple[list[Small], list[str]]:
    """Return the rows that have stored pictures, and the labels of those that have none."""
    found, missing = [], []
    for place, row in enumerate(board.rows):
        file = pictures.of_row(row) if pictures.index else None
        if file is None:
            missing.append(row.label)
        else:
            found.append(Small(place, row.label, row.rank is not None, row.scores, pictures, file))
    return found, missing
