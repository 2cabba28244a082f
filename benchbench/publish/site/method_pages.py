"""One page per method: its paper and options, its rows on every board, samples, training curves, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchbench.leaderboards import judged, unfinished
from benchbench.leaderboards.costs import RowCost, cost_of
from benchbench.leaderboards.rows import Row
from benchbench.leaderboards.skills import family_of
from benchbench.leaderboards.unfinished import doubt
from benchbench.plugins import registry
from benchbench.publish import cost, text
from benchbench.publish.site import described, heat
from benchbench.publish.site.curves import Curve, curve_of
from benchbench.publish.site.gallery import Block, Gallery, Strip
from benchbench.publish.site.shown import Shown, file_of

MOST_STRIPS = 12
"""Of a page, from as many boards as there are."""


@dataclass(frozen=True)
class Entry:
    """One row of a board."""

    task: str
    page: str
    """Of the board, from the site's folder, with the place of the row's record."""
    label: str
    rank: str
    of: int
    """How many rows are ranked."""
    metric: str
    score: str
    skill: str
    seeds: str
    unfinished: str
    judged: str
    spent: RowCost
    row: Row
    place: int
    """Of the row in the table."""


@dataclass(frozen=True)
class Samples:
    """One strip of a gallery, beside its condition."""

    task: str
    own: str
    """The folder of the board's pages."""
    size: tuple[int, int]
    block: Block
    strip: Strip


def all_entries(boards: Sequence[Shown]) -> dict[str, list[Entry]]:
    """Return the rows of every method, by its name."""
    found: dict[str, list[Entry]] = {}
    for shown in boards:
        rows = shown.board.rows if shown.board else ()
        number = sum(row.rank is not None for row in rows)
        for place, row in enumerate(rows):
            found.setdefault(row.record.method.name, []).append(_entry(shown, row, place, number))
    return found


def names(entries: dict[str, list[Entry]]) -> list[str]:
    """Return the methods that have a page: those that are installed, and those that have a row."""
    return sorted({*registry().methods, *entries})


def of_method(name: str, entries: Sequence[Entry], boards: dict[str, Shown]) -> dict[str, Any]:
    """Return what the page of a method shows; `boards` by the pages of these."""
    kind = registry().methods.get(name)
    recorded = next((entry.row.record.method for entry in entries), None)
    distribution = registry().distribution("methods", name) if kind else recorded.distribution if recorded else ""
    return {
        "name": name,
        "kind": kind,
        "distribution": distribution,
        "family": family_of(distribution),
        "reference": kind.reads_the_answers if kind else bool(recorded and recorded.reference),
        "words": described.words_of(kind) if kind else [],
        "source": described.linked(kind.source) if kind else "",
        "linked": described.linked,
        "options": described.options_of(kind) if kind else [],
        "entries": entries,
        "costs": [each for each in cost.COLUMNS if any(each.value(entry.spent) is not None for entry in entries)],
        "cost_cell": cost.cell,
        "curves": [curve for entry in entries for curve in _curves(entry)],
        "samples": _samples(entries, boards),
        "means": heat.MEANS,
    }


def summary_of(name: str, entries: Sequence[Entry]) -> dict[str, str]:
    """Return the line of a method in the list of methods."""
    kind = registry().methods.get(name)
    distribution = registry().distribution("methods", name) if kind else entries[0].row.record.method.distribution
    summary = kind.summary if kind else "not installed where this site was made"
    return {"name": name, "page": f"methods/{file_of(name)}", "family": family_of(distribution), "summary": summary}


def _entry(shown: Shown, row: Row, place: int, number: int) -> Entry:
    assert shown.board is not None
    score, scale = row.scores.get(shown.board.ranked_by), shown.scale
    skill = f"{'≥' * scale.at_least}{round(100 * scale.skill(score.value))}" if scale and score else "–"
    return Entry(
        task=shown.folder.task,
        page=f"{shown.page}#record-{place}",
        label=row.label,
        rank=text.rank(row),
        of=number,
        metric=shown.board.ranked_by,
        score=text.cell(score),
        skill=skill,
        seeds=text.seeds(row, shown.board),
        unfinished=unfinished.in_words(row),
        judged=judged.in_words(row, shown.board),
        spent=cost_of(row),
        row=row,
        place=place,
    )


def _curves(entry: Entry) -> list[Curve]:
    found = []
    for record in entry.row.records:
        training = record.method.training
        if training is not None and training.curve is not None and training.curve.points:
            found.append(curve_of(training.curve, entry.task, entry.label, training.seed, doubt(record)))
    return found


def _samples(entries: Sequence[Entry], boards: dict[str, Shown]) -> list[Samples]:
    """Return strips of the galleries that show the method's rows: one condition of each row, then the next."""
    found = []
    for number in range(2):
        for entry in entries:
            shown = boards[entry.page.partition("#")[0]]
            found += _strips(shown.own, entry, shown.gallery, number)
    return found[:MOST_STRIPS]


def _strips(own: str, entry: Entry, gallery: Gallery, number: int) -> list[Samples]:
    blocks = gallery.blocks[number : number + 1]
    return [
        Samples(entry.task, own, gallery.size, block, strip)
        for block in blocks
        for strip in block.strips
        if strip.row == entry.place and strip.samples
    ]
