"""A leaderboard as plain data for its page: columns, lines with their cells, and where each line comes from; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchbench.core.record import Entry, Record, Score
from benchbench.core.specification import features_of, name_of
from benchbench.leaderboards import judged, unfinished
from benchbench.leaderboards.attested import has_tiers
from benchbench.leaderboards.costs import RowCost, cost_of
from benchbench.leaderboards.divisions import division, is_divided
from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.tiers import LETTERS, MEANINGS, ORDER, Tier
from benchbench.publish import cost, text, words
from benchbench.publish.caption import caption, footnotes, num_seeds
from benchbench.publish.cost import CostColumn
from benchbench.publish.site import provenance
from benchbench.publish.site.aligned import aligned
from benchbench.stats.estimates import interval95


@dataclass(frozen=True)
class Column:
    """One metric of the table, in full."""

    metric: str
    name: str
    """Without its extractor."""
    features: str
    id: str
    arrow: str
    better: str
    summary: str
    weight_hash: str


@dataclass(frozen=True)
class Cell:
    """One score, as it is shown."""

    value: str
    error: str
    """With its ±; empty where the score has no error."""
    sort: float
    flag: str


@dataclass(frozen=True)
class Source:
    """One record of a line: what it was made with, and its file."""

    record: Record
    digest: str
    """SHA-256 of its line in `records.jsonl`."""
    commands: list[str]
    facts: list[tuple[str, str]]

    @property
    def file(self) -> str:
        """The path of its JSON, from the page."""
        return f"records/{self.digest[:16]}.json"


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    label: str
    unfinished: str
    """Why its training is not known to be finished; empty where it is, or where nothing was trained."""
    judged: str
    """How others judge it, where it was trained on the extractor that ranks it; empty where it was not."""
    seeds: str
    """How many trainings it is the mean of; a dash where nothing was trained."""
    once: bool
    """It was trained once: another training may rank elsewhere."""
    tier: Tier
    division: str
    rank: str
    """`3`, `3–4` where the tests leave ranks open, `ref` for what reads the answers."""
    letters: str
    """Lines that share a letter are not distinguishable; empty where nothing was tested."""
    order: int
    reference: bool
    tied: bool
    """The tests cannot tell it from a neighbour."""
    cells: list[Cell | None]
    costs: list[Cell | None]
    sources: list[Source]


@dataclass(frozen=True)
class Table:
    """The table of a page."""

    columns: list[Column]
    costs: list[CostColumn]
    """The columns after these."""
    lines: list[Line]
    trained: bool
    """Some row tells the seed of its training."""
    tested: bool
    """Lines have letters."""
    tiers: list[tuple[str, str, str]]
    """Letter, name and meaning of the tiers that lines have, the lowest first; empty where none is shown."""
    divided: bool
    """Lines are of different divisions."""
    caption: str
    notes: list[str]

    @property
    def once(self) -> int:
        """How many ranked rows were trained once."""
        return sum(line.once for line in self.lines)


def table_of(board: Board, task_metrics: Sequence[str], summaries: Mapping[str, str]) -> Table:
    """Return the table of a board; `summaries` says in one sentence what each metric is, by its name."""
    cells = [_cells([row.scores.get(column) for row in board.rows]) for column in board.columns]
    costs = cost.columns_of(board)
    lines = [
        Line(
            label=row.label,
            unfinished=unfinished.in_words(row),
            judged=judged.in_words(row, board),
            seeds=text.seeds(row, board),
            once=row.rank is not None and num_seeds(row) == 1,
            tier=row.tier,
            division=division(row),
            rank=text.rank(row),
            letters=row.letters,
            order=place,
            reference=row.rank is None,
            tied=row.rank_range is not None and row.rank_range[0] != row.rank_range[1],
            cells=[column[place] for column in cells],
            costs=[_cost_cell(column, cost_of(row)) for column in costs],
            sources=[source(entry, task_metrics) for entry in row.entries],
        )
        for place, row in enumerate(board.rows)
    ]
    columns = [_column(board, metric, summaries) for metric in board.columns]
    trained = any(row.seeds for row in board.rows)
    return Table(
        columns=columns,
        costs=costs,
        lines=lines,
        trained=trained,
        tested=board.tested is not None,
        tiers=_tiers(board),
        divided=is_divided(board),
        caption=caption(board),
        notes=footnotes(board),
    )


def _tiers(board: Board) -> list[tuple[str, str, str]]:
    """Return letter, name and meaning of the tiers that rows have, the lowest first; empty where none is shown."""
    there = {row.tier for row in board.rows} if has_tiers(board) else set()
    return [(LETTERS[tier], tier, MEANINGS[tier]) for tier in ORDER if tier in there]


def _cost_cell(column: CostColumn, spent: RowCost) -> Cell | None:
    value = column.value(spent)
    return None if value is None else Cell(cost.cell(column, spent), "", value, "")


def source(entry: Entry, task_metrics: Sequence[str]) -> Source:
    """Return the record with its hash, its commands and what it was made with."""
    record = entry.record
    return Source(record, entry.digest, provenance.commands(record, task_metrics), provenance.made_with(record))


def interval(score: Score) -> tuple[float, float] | None:
    """Return the 95 % interval: the recorded one, else Student's; `None` where the ± is no standard error."""
    if score.interval is not None or score.uncertainty is None:
        return score.interval
    return interval95(score.value, score.standard_error, score.uncertainty.degrees)


def tips(board: Board) -> dict[str, Any]:
    """Return what the table shows of each score on hover and focus, for a script: texts once, and cells that name them.

    A cell is `[value, low, high, n, id, uncertainty, weights, detail, flag]`, the last five as indices of `texts`.
    """
    texts: dict[str, int] = {}

    def index(said: str) -> int:
        return texts.setdefault(said, len(texts))

    rows, costs = [], cost.columns_of(board)
    for row in board.rows:
        cells: list[list[Any] | None] = []
        for metric in board.columns:
            score = row.scores.get(metric)
            if score is None:
                cells.append(None)
                continue
            low, high = interval(score) or (None, None)
            kind = words.uncertainty(score.uncertainty)
            said = (score.id, kind, score.weight_hash[:12], words.detail(score), score.flag)
            cells.append([short(score.value), short(low), short(high), score.n, *map(index, said)])
        spent = cost_of(row)
        for column in costs:
            value, calls = column.value(spent), sum(each.cost.calls for each in row.records if each.cost)
            said = (column.name, column.says, "", "", "")
            cells.append(None if value is None else [short(value), None, None, calls, *map(index, said)])
        rows.append(cells)
    return {"texts": list(texts), "rows": rows}


def short(value: float | None) -> float | None:
    """Return the number with five digits, so that pages stay small."""
    return None if value is None else float(f"{value:.5g}")


def _column(board: Board, metric: str, summaries: Mapping[str, str]) -> Column:
    name = name_of(metric)
    score = next((row.scores[metric] for row in board.rows if metric in row.scores), None)
    higher = score.higher_is_better if score else None
    return Column(
        metric=metric,
        name=name,
        features=features_of(metric),
        id=score.id if score else metric,
        arrow=words.ARROWS[higher].strip(),
        better=words.BETTER[higher],
        summary=summaries.get(name, ""),
        weight_hash=score.weight_hash if score else "",
    )


def _cells(scores: Sequence[Score | None]) -> list[Cell | None]:
    """Return a column's cells with their decimal points in one line."""
    there = [score for score in scores if score is not None]
    parts = [words.rounded(score.value, score.standard_error) for score in there]
    values = aligned([value for value, _ in parts])
    errors = iter(aligned([error for _, error in parts if error is not None]))
    cells = iter(
        [
            Cell(value, "" if error is None else f"± {next(errors)}", score.value, score.flag)
            for value, (_, error), score in zip(values, parts, there, strict=True)
        ]
    )
    return [None if score is None else next(cells) for score in scores]
