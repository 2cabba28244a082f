"""Small pictures of a board's samples, kept beside its records, so that a fresh clone shows some.

<board>/samples/index.json       which conditions, how many samples, the size of a picture
<board>/samples/given.webp       the conditions and truths, one line per condition
<board>/samples/<digest>.webp    one row's samples, one line per condition; named by the record's line (16 digits)
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Task
from benchbench.core.record import Entry, Record
from benchbench.leaderboards.rows import Board, Row
from benchbench.publish.site import given, sprites
from benchbench.system.files import write_bytes, write_text
from benchbench.system.images import image_of
from benchbench.system.records import read_run

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 300_000
"""Of all pictures of a board."""
ROW_BYTES, GIVEN_BYTES = 7_500, 20_000
"""Of one row's pictures, and of those of conditions and truths."""
MOST_RANKED, MOST_REFERENCES = 28, 9
"""Rows with pictures: the best ranked ones, and the first references."""
CONDITIONS, SAMPLES, SIDE = 4, 6, 48
SCHEMA = 1


@dataclass(frozen=True)
class Index:
    """What the pictures of a board are of."""

    conditions: tuple[str, ...]
    """Their ids."""
    samples: int
    size: tuple[int, int]
    """Width and height of a picture."""
    titles: tuple[tuple[str, ...], ...] = ()
    """What the pictures of each line of `given.webp` are: `condition`, `truth`; empty where that is not stored."""
    facts: tuple[tuple[str, ...], ...] = ()
    """What each condition says without a picture."""
    schema: int = SCHEMA


class Pictures:
    """The pictures in the folder of a board."""

    def __init__(self, board: Path) -> None:
        self.path = board / "samples"

    @cached_property
    def index(self) -> Index | None:
        """What they are of; `None` where there are none, or of another schema."""
        file = self.path / "index.json"
        if not file.is_file():
            return None
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            if found["schema"] != SCHEMA:
                return None
            titles, facts = (tuple(map(tuple, found[key])) for key in ("titles", "facts"))
            width, height = found["size"]
            return Index(tuple(found["conditions"]), int(found["samples"]), (width, height), titles, facts)
        except (ValueError, KeyError, TypeError):
            raise BenchbenchError(f"{file} cannot be read; remove {self.path} and publish again") from None

    def file_of(self, entry: Entry) -> Path:
        """Return where the pictures of a record are."""
        return self.path / f"{entry.digest[:16]}.webp"

    def of_row(self, row: Row) -> Path | None:
        """Return the file of a row, of the first of its trainings that has one."""
        return next((file for entry in row.entries if (file := self.file_of(entry)).is_file()), None)

    def tiles(self, file: Path, line: int, number: int, columns: int) -> list[Image]:
        """Return the first pictures of a line of a sheet."""
        assert self.index is not None
        sheet = image_of(file)
        width, height = sheet.width / columns, sheet.height / len(self.index.conditions)
        box = (round(width), round(height))
        corners = [(round(k * width), round(line * height)) for k in range(number)]
        return [sheet.crop((x, y, x + box[0], y + box[1])) for x, y in corners]

    def given_of(self, id: str) -> given.Given:
        """Return what is stored of a condition and its truths; nothing where that is not stored."""
        file = self.path / "given.webp"
        if self.index is None or not self.index.titles or id not in self.index.conditions or not file.is_file():
            return given.Given()
        line = self.index.conditions.index(id)
        titles, columns = self.index.titles[line], max(map(len, self.index.titles))
        return given.Given(list(titles), list(self.index.facts[line]), self.tiles(file, line, len(titles), columns))


def add(board_path: Path, task: Task, board: Board, runs: Path) -> int:
    """Add pictures of the rows whose samples are under `runs`, remove those of rows that are gone; return how many.

    A run counts for a row if its record is the row's, or if it is a shortened run of the same method, options, version,
    checkpoint and seed: each sample has its own stream of noise, so that its samples are the row's.
    """
    pictures, rows = Pictures(board_path), _wanted(board)
    shown = {pictures.file_of(entry) for row in rows for entry in row.entries}
    for file in pictures.path.glob("*.webp"):
        if file not in shown and file.name != "given.webp":
            file.unlink()
    if task.space.kind != "images":
        return 0
    kept, found = _kept(runs / task.name), []
    for row in rows:
        if pictures.of_row(row) is None and (match := _match(row, kept)) is not None:
            found.append(match)
    index = pictures.index or _new_index(task, [path for _, path in found])
    whole = [
        (entry, path)
        for entry, path in found
        if index and all(_number(path, id) >= index.samples for id in index.conditions)
    ]
    if not whole or index is None:
        return 0
    if pictures.index is None:
        index = _write_given(pictures.path, task, index)
        write_text(pictures.path / "index.json", json.dumps(dataclasses.asdict(index), indent=1) + "\n")
    for entry, path in whole:
        write_bytes(pictures.file_of(entry), _sheet(path, index), durable=False)
    return len(whole)


def _wanted(board: Board) -> list[Row]:
    ranked = [row for row in board.rows if row.rank is not None]
    references = [row for row in board.rows if row.rank is None]
    return [*ranked[:MOST_RANKED], *references[:MOST_REFERENCES]]


def _kept(runs: Path) -> list[tuple[Record, Path]]:
    """Return the records of run directories that kept samples."""
    found = []
    for path in sorted(runs.glob("*/*")):
        if (path / "samples").is_dir():
            try:
                found.append((read_run(path), path))
            except BenchbenchError:
                continue  # of a run that was cut short
    return found


def _match(row: Row, kept: Sequence[tuple[Record, Path]]) -> tuple[Entry, Path] | None:
    """Return an entry of the row with the run directory that has its samples."""
    for entry in row.entries:
        for record, path in kept:
            if record.run_id == entry.record.run_id or _same_samples(record, entry.record):
                return entry, path
    return None


def _same_samples(one: Record, other: Record) -> bool:
    if one.batch_size is not None or other.batch_size is not None:  # noise by batch: a shortened run has other batches
        return False
    return _made_by(one) == _made_by(other)


def _made_by(record: Record) -> tuple[Any, ...]:
    method, task = record.method, record.task
    return task.name, task.version, method.name, method.version, method.options, method.checkpoint, record.seed


def _new_index(task: Task, runs: Sequence[Path]) -> Index | None:
    """Return an index of the first conditions that every run kept; `None` where there are none."""
    if not runs:
        return None
    ids = set.intersection(*({each.name for each in (run / "samples").iterdir()} for run in runs))
    chosen = tuple(sorted(ids)[:CONDITIONS])
    if not chosen:
        return None
    number = min(_number(run, id) for run in runs for id in chosen)
    return Index(chosen, min(SAMPLES, number), sprites.size_of(task.space.shape[1], task.space.shape[2], SIDE))


def _number(run: Path, id: str) -> int:
    """Return how many samples of a condition a run kept."""
    return sum(1 for _ in (run / "samples" / id).glob("*.png"))


def _write_given(path: Path, task: Task, index: Index) -> Index:
    """Write the pictures of conditions and truths where the task's data are here; return the index that says so."""
    try:
        examples = {each.id: each for each in task.examples("test") if each.id in index.conditions}
    except BenchbenchError:
        return index
    found = [given.of_example(examples.get(id)) for id in index.conditions]
    columns = max(len(each.titles) for each in found)
    if columns:
        sheet = sprites.grid([each.images for each in found], columns, index.size)
        write_bytes(path / "given.webp", _within(sheet, GIVEN_BYTES), durable=False)
    titles = tuple(tuple(each.titles) for each in found)
    return dataclasses.replace(index, titles=titles, facts=tuple(tuple(each.facts) for each in found))


def _sheet(run: Path, index: Index) -> bytes:
    lines = [
        [image_of(file) for file in sorted((run / "samples" / id).glob("*.png"))[: index.samples]]
        for id in index.conditions
    ]
    return _within(sprites.grid(lines, index.samples, index.size), ROW_BYTES)


def _within(sheet: Image, budget: int) -> bytes:
    """Return the sheet as WebP within the budget: in lower quality, then (noise) in half the size."""
    (stored,) = sprites.encoded([sheet], budget)
    if len(stored) <= budget or min(sheet.size) < 16:
        return stored
    return _within(sheet.resize((sheet.width // 2, sheet.height // 2)), budget)
