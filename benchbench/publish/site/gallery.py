"""The gallery: the same conditions under every method, as sprites, with near-duplicates and extremes marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Example, Task
from benchbench.leaderboards.rows import Board
from benchbench.publish.pictures import Pictures
from benchbench.publish.site import given, repeats, sprites
from benchbench.publish.site.kept import Kept, Means, kept_rows, means
from benchbench.publish.site.small import Small, small_rows
from benchbench.publish.words import ARROWS

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_CONDITIONS = 10
MOST_THUMBNAILS = 2400
"""On a page; with more methods, each shows fewer samples."""
SIDE = 64
"""Of a thumbnail at most, in pixels."""
NOT_HERE = "No samples of these runs are here."
SMALL = "These are small copies, kept beside the records; near-duplicates are not marked in them."


@dataclass(frozen=True)
class Strip:
    """One method's samples of one condition."""

    row: int
    """Of the table."""
    label: str
    line: int
    """Of the sprite."""
    samples: int
    repeats: dict[int, int]
    """Samples that look like an earlier one of the strip, with that one, by their indices."""
    value: float | None
    """The ranking score of this condition."""


@dataclass(frozen=True)
class Block:
    """One condition under every method."""

    id: str
    file: str
    """Of the sprite, from the page."""
    titles: list[str]
    """What the pictures of the sprite's first line are: `condition`, `truth`, …"""
    facts: list[str]
    """What the condition says without a picture: `label 3`."""
    strips: list[Strip]
    extremes: list[str]
    """`worst energy-score[mini] (0.41)`."""
    values: dict[str, float]
    """The mean over the ranked methods, by metric."""
    lines: int
    columns: int


@dataclass(frozen=True)
class Gallery:
    """The conditions of a page, their sprites by file (not stored yet), and what is to be said of them."""

    blocks: list[Block] = field(default_factory=list)
    size: tuple[int, int] = (SIDE, SIDE)
    """Width and height of a thumbnail."""
    metrics: dict[str, str] = field(default_factory=dict)
    """The metrics that conditions can be put in order by, with their arrows."""
    ranked_by: str = ""
    sentences: list[str] = field(default_factory=list)
    sheets: dict[str, Image] = field(default_factory=dict)
    marked: bool = False
    """Near-duplicates are marked."""


def make_gallery(task: Task, board: Board, runs: Path, pictures: Pictures | None = None) -> Gallery:
    """Return the gallery of the rows whose run directories are under `runs`; what is not there is said in sentences.

    Where `pictures` of more rows are stored beside the board, it is of these small ones.
    """
    if task.space.kind != "images":
        return Gallery(sentences=[f"The samples of this task are {task.space.kind}: there are no pictures of them."])
    rows: Sequence[Kept | Small]
    rows, missing = kept_rows(board, runs)
    stored, lacking = small_rows(board, pictures) if pictures else ([], [])
    small = len(stored) > len(rows)
    if small:
        rows, missing = stored, lacking
    if not rows:
        return Gallery(sentences=[NOT_HERE])
    common = set.intersection(*(row.ids() for row in rows))
    examples, sentences = _examples(task, common)
    if missing:
        sentences.append(f"Not shown, as their samples are not here: {', '.join(missing)}.")
    ids = [id for id in examples if id in common] + sorted(common - examples.keys())
    if not ids:
        return Gallery(sentences=[*sentences, "The runs that are here kept samples of different conditions."])
    found = means(board, rows, ids)
    chosen = choose(ids, found)
    rows = rows[: MOST_THUMBNAILS // len(chosen)]
    most = min(min(row.number(id) for row in rows for id in chosen), MOST_THUMBNAILS // len(chosen) // len(rows))
    finder, said = (None, SMALL) if small else repeats.of_scores(rows[0].scores.values())
    shown = (
        f"Shown: {len(chosen)} conditions that are stored, {most} samples each."
        if small
        else f"Shown: {len(chosen)} of the {len(ids)} conditions whose samples were kept by every run,"
        f" {most} samples each. Worst and best are among these, by the mean over the ranked methods."
    )
    size = sprites.size_of(task.space.shape[1], task.space.shape[2], SIDE)
    shows = {id: given.of_example(examples.get(id)) for id in chosen}
    if small and pictures and not examples:
        shows, sentences = {id: pictures.given_of(id) for id in chosen}, sentences[1:]
    drawn = [_drawn(number, id, shows[id], rows, most, finder) for number, id in enumerate(chosen)]
    columns = max(2, most, *(len(block.titles) for block, _ in drawn))
    extremes = _extremes(chosen, found)
    blocks = [_with_values(block, columns, found, extremes) for block, _ in drawn]
    return Gallery(
        blocks,
        size,
        {metric: metric + ARROWS[side] for metric, side in found.metrics.items()},
        board.ranked_by,
        [shown, said, *sentences],
        {block.file: sprites.grid(lines, columns, size) for block, lines in drawn},
        finder is not None,
    )


def choose(ids: Sequence[str], found: Means) -> list[str]:
    """Return the conditions to show, in their order: all, or the worst and the best by each metric, then the first."""
    if len(ids) <= MOST_CONDITIONS:
        return list(ids)
    orders = [found.worst_first(metric, ids) for metric in found.metrics]
    wanted = [id for order in orders if order for id in (order[0], order[-1])]
    chosen = list(dict.fromkeys([*wanted, *ids]))[:MOST_CONDITIONS]
    return [id for id in ids if id in chosen]


def _examples(task: Task, ids: set[str]) -> tuple[dict[str, Example], list[str]]:
    """Return the test examples of these ids in the task's order, or none and why."""
    found: dict[str, Example] = {}
    try:
        for example in task.examples("test"):
            if len(found) == len(ids):
                break
            if example.id in ids:
                found[example.id] = example
        return found, []
    except BenchbenchError as error:
        return {}, [f"Conditions and truths are not shown, as the data of {task.name} are not here: {error}"]


def _drawn(
    number: int,
    id: str,
    shows: given.Given,
    rows: Sequence[Kept | Small],
    most: int,
    finder: repeats.Repeats | None,
) -> tuple[Block, list[list[Image]]]:
    """Return a block without its values, and the pictures of its sprite."""
    lines, strips = [shows.images], []
    for line, row in enumerate(rows, 1):
        images = _readable(row, id, most)
        lines.append(images)
        strips.append(Strip(row.row, row.label, line, len(images), finder(images) if finder and images else {}, None))
    block = Block(id, f"gallery/{number:02d}.webp", shows.titles, shows.facts, strips, [], {}, len(lines), 0)
    return block, lines


def _readable(row: Kept | Small, id: str, most: int) -> list[Image]:
    """Return the images of a row, or none where one of their files is broken: the others are shown all the same."""
    try:
        return row.images(id, most)
    except (OSError, BenchbenchError):
        return []


def _extremes(ids: Sequence[str], found: Means) -> dict[str, list[str]]:
    """Return what each condition is the worst or the best by; highest and lowest where neither side is better."""
    said: dict[str, list[str]] = {}
    for metric, side in found.metrics.items():
        order = found.worst_first(metric, ids)
        if len(order) < 2 or found.values[order[0]][metric] == found.values[order[-1]][metric]:
            continue
        first, last = ("lowest", "highest") if side is None else ("worst", "best")
        for id, words in ((order[0], first), (order[-1], last)):
            said.setdefault(id, []).append(f"{words} {metric} ({found.values[id][metric]:.3g})")
    return said


def _with_values(block: Block, columns: int, found: Means, extremes: dict[str, list[str]]) -> Block:
    strips = [replace(strip, value=found.by_row.get((strip.row, block.id))) for strip in block.strips]
    values = found.values.get(block.id, {})
    return replace(block, columns=columns, strips=strips, values=values, extremes=extremes.get(block.id, []))
