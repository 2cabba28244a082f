"""Boards in words: what each cell, title, caption and note says; pure."""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchbench.core.record import Edition, Score
from benchbench.leaderboards.rows import Board, Row
from benchbench.publish.escape import plain
from benchbench.publish.table import Table
from benchbench.publish.table import markdown as in_markdown
from benchbench.stats.paired import LEVEL

if TYPE_CHECKING:
    import pandas

ARROWS = {True: " ↑", False: " ↓", None: ""}
LEFT = ("method", "metric", "verdict")
"""The titles of columns of words."""
MOST_SETS = 8
"""Of methods that cannot be told apart, as many are named in a caption; the ranges of ranks tell the rest."""
_INSIDE = re.compile(r"[^\[]+@\d+\[(.*)\]")
_PARTS = re.compile(r"[,;] ")
_SIZE = re.compile(r"\d+(x\d+)?px")
_SEEDS = re.compile(r" and \d+ training seeds$")


def number(value: float, standard_error: float | None) -> str:
    """Return `0.162 ± 0.007`: two digits of the error, and the value to the same place."""
    if standard_error is None:
        return f"{value:.3g}"
    if standard_error < 1e-6:  # rounding of the arithmetic, or none at all
        return f"{round(value, 4):g} ± 0"
    places = max(0, 1 - math.floor(math.log10(standard_error)))
    return f"{value:.{places}f} ± {standard_error:.{places}f}"


def cell(score: Score | None) -> str:
    """Return a score as text, with a dagger where it is flagged, or a dash where the row has none."""
    return "–" if score is None else number(score.value, score.standard_error) + ("†" if score.flag else "")


def header(board: Board, specification: str) -> str:
    """Return the column's title: the specification with an arrow to the better side, if there is one."""
    for row in board.rows:
        if specification in row.scores:
            return specification + ARROWS[row.scores[specification].higher_is_better]
    return specification


def frame(board: Board) -> pandas.DataFrame:
    """Return the board as strings, one row a method: the ranked ones, then the references."""
    import pandas

    rows = []
    trained = any(row.seeds for row in board.rows)
    for row in in_groups(board):
        first = {"rank": _rank(row), "method": row.label, **({"seeds": seeds(row)} if trained else {})}
        scores = {header(board, column): cell(row.scores.get(column)) for column in board.columns}
        rows.append({**first, **scores})
    return pandas.DataFrame(rows)


def in_groups(board: Board) -> list[Row]:
    """Return the rows in the order of a table: those that are ranked, then the references."""
    return sorted(board.rows, key=lambda row: row.rank is None)


def table(board: Board, edition: Edition | None = None) -> Table:
    """Return the board as a table; bold are the rows that may be the first, by their ranking score."""
    cells, rows = frame(board), in_groups(board)
    texts = [tuple(map(str, row)) for row in cells.values.tolist()]
    ranked = sum(row.rank is not None for row in rows)
    titles = tuple(map(str, cells.columns))
    own = [1, titles.index(header(board, board.ranked_by))] if header(board, board.ranked_by) in titles else [1]
    first = [i for i, row in enumerate(rows[:ranked]) if (row.rank_range or (row.rank,))[0] == 1]
    return Table(
        name=board.task,
        titles=titles,
        groups=(tuple(texts[:ranked]), tuple(texts[ranked:])),
        words=LEFT,
        heads=3 if "seeds" in titles else 2,
        caption=caption(board, edition),
        notes=tuple(footnotes(board)),
        bold=frozenset((row, column) for row in first for column in own),
    )


def _rank(row: Row) -> str:
    """Return the rank, or the range of ranks that the tests leave open."""
    if row.rank is None:
        return "ref"
    best, worst = row.rank_range or (row.rank, row.rank)
    return str(best) if best == worst else f"{best}–{worst}"


def seeds(row: Row) -> str:
    """Return how many training seeds the row has, or a dash where nothing was trained."""
    known = len(row.seeds) or int(row.record.method.get("checkpoint") is not None)
    return str(known) if known else "–"


def caption(board: Board, edition: Edition | None = None) -> str:
    """Return what the table is made of: protocol, what the ranks rest on, the kind of each ±, what the marks mean."""
    if not board.rows:
        return "no records"
    record = board.rows[0].record
    protocol = record.protocol
    off = "; OFF-PROTOCOL, not for a leaderboard" if protocol["off_protocol"] else ""
    sentences = [
        f"Edition {edition.number}, {edition.date}" if edition else "",
        f"{board.task}@{record.task['version']} ({record.task['fingerprint'][:8]}), protocol {protocol['name']}"
        f"@{protocol['version']}: {protocol['num_conditions']} conditions x {protocol['samples_per_condition']} samples"
        f"{off}",
        _ranking(board),
        "ref: reads the answers, not ranked" if any(row.rank is None for row in board.rows) else "",
        _uncertainties(board),
        _trainings(board),
        _machines(board),
        _variants(board),
    ]
    return ". ".join(filter(None, sentences)) + "."


def _ranking(board: Board) -> str:
    """Return what the ranks rest on, and which methods the tests cannot tell apart."""
    ranked = sum(row.rank is not None for row in board.rows)
    by, tested = f"Ranked by {board.ranked_by}", board.tested
    if ranked < 2:
        return by
    if tested is None:
        return f"{by}, by value alone (untested: these records lack its values by condition)"
    groups = "" if tested.groups == tested.conditions else f" in {tested.groups} group{'s' * (tested.groups > 1)}"
    many = "" if tested.pairs == 1 else f", Holm over {tested.pairs} pairs"
    test = f"(paired t-test on {tested.conditions} conditions{groups}{many}, {100 * LEVEL:g} %)"
    sets = [_listed(labels) for labels in tested.indistinguishable]
    if not sets:
        return f"{by}: {'both' if ranked == 2 else f'all {ranked}'} are distinguishable {test}"
    nor = "".join(f", nor are {names}" for names in sets[1:MOST_SETS])
    more = len(sets) - MOST_SETS
    rest = f", nor are {members_of(more)}" if more > 0 else ""
    return f"{by}: {sets[0]} are not distinguishable{nor}{rest} {test}"


def members_of(more: int) -> str:
    """Return in words who is in so many more sets of methods that the tests cannot tell apart."""
    return f"the members of {more} more set{'s' * (more > 1)}"


def _uncertainties(board: Board) -> str:
    """Return which columns have which kind of ±."""
    kinds: dict[str, list[str]] = {}
    for column in board.columns:
        for score in _column(board, column).values():
            kind = _SEEDS.sub("", score.uncertainty)  # that of trainings is said once, for all columns
            if score.standard_error is not None and column not in kinds.setdefault(kind, []):
                kinds[kind].append(column)
    if len(kinds) < 2:
        return f"±: {next(iter(kinds))}" if kinds else ""
    parts = [(*kind.partition(" over "), ", ".join(_short(board, names))) for kind, names in kinds.items()]
    if len({over for *_, over, _ in parts}) == 1:
        return f"± over {parts[0][2]}: " + "; ".join(f"{kind} ({names})" for kind, *_, names in parts)
    return "±: " + "; ".join(f"{kind}{over}{of} ({names})" for kind, over, of, names in parts)


def _trainings(board: Board) -> str:
    """Return which rows hold the spread of trainings in their ±, and which cannot."""
    numbers = sorted({len(row.records) for row in board.rows if len(row.records) > 1})
    if not any(row.seeds for row in board.rows):
        return ""
    single = _listed([row.label for row in board.rows if seeds(row) == "1"])
    one = f"one training seed: {single}, whose ± is of conditions and draws, not of training anew" if single else ""
    if not numbers:
        return one
    many = f"Rows of {_listed([str(number) for number in numbers], 'or')} training seeds are means over them"
    return f"{many}; their ± and the tests hold the spread of the seeds too" + (f"; {one}" if one else "")


def _machines(board: Board) -> str:
    """Return what the rows were trained on, and in which precision."""
    trainings = [record.training for row in board.rows for record in row.records]
    found = sorted(
        {
            each["processor"] + (f" ({each['precision']})" if "precision" in each else "")
            for each in trainings
            if each.get("processor")
        }
    )
    return f"Trained on {_listed(found)}{', each as its record says' * (len(found) > 1)}" if found else ""


def _variants(board: Board) -> str:
    """Return in full the scores that depend on more than extractor and size of the images: `ms-ssim@1[window=3]`."""
    found = {}
    for column in board.columns:
        for score in _column(board, column).values():
            inside = _INSIDE.fullmatch(score.id)
            parts = [part for part in inside[1].split(",") if not _SIZE.fullmatch(part)] if inside else []
            if any(not part.startswith(f"{score.features}@") for part in parts):
                found[score.id] = True
    return f"Scores in full: {', '.join(found)}" if found else ""


def footnotes(board: Board) -> list[str]:
    """Return a line for each flag, then one for each detail that the shown scores were made with."""
    flags: dict[str, list[str]] = {}
    details: dict[str, list[str]] = {}
    for column in board.columns:
        scores = _column(board, column)
        for flag in dict.fromkeys(score.flag for score in scores.values() if score.flag):
            labels = [label for label, score in scores.items() if score.flag == flag]
            flags.setdefault(flag, []).append(
                column if len(labels) == len(scores) else f"{column} of {_listed(labels)}"
            )
        if any(score.detail for score in scores.values()):
            details.setdefault(_detail({label: score.detail for label, score in scores.items()}), []).append(column)
    return [
        *(f"† {', '.join(columns)}: {flag}" for flag, columns in flags.items()),
        *(f"{', '.join(columns)}: {detail}" for detail, columns in details.items()),
    ]


def _detail(details: dict[str, str]) -> str:
    """Return the commonest detail, then what is other for other methods: `6000 samples (copy: 300 samples)`."""
    common = Counter(filter(None, details.values())).most_common(1)[0][0]
    parts = _PARTS.split(common)
    others: dict[str, list[str]] = {}
    for label, detail in details.items():
        if detail != common:
            own = ", ".join(part for part in _PARTS.split(detail) if part not in parts)
            others.setdefault(own or detail or "none", []).append(label)
    return common + (f" ({'; '.join(f'{_listed(who)}: {own}' for own, who in others.items())})" if others else "")


def _column(board: Board, column: str) -> dict[str, Score]:
    """Return the scores of a column by the labels of their rows."""
    return {row.label: row.scores[column] for row in board.rows if column in row.scores}


def _short(board: Board, columns: Sequence[str]) -> list[str]:
    """Return the columns' names without their extractor, where the table has one extractor alone."""
    extractors = {score.features for column in board.columns for score in _column(board, column).values()} - {None}
    return [column.partition("[")[0] for column in columns] if len(extractors) < 2 else list(columns)


def _listed(names: Sequence[str], word: str = "and") -> str:
    """Return `a, b and c`."""
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def markdown(board: Board) -> str:
    """Return the board as a markdown table with its caption and its notes."""
    return in_markdown(table(board))


def notes(board: Board) -> str:
    """Return a line for each record that may not stand in the table."""
    lines = [plain(f"not shown: {record.method['label']}: {reason}") for record, reason in board.excluded]
    return "\n".join(textwrap.shorten(line, 300) for line in lines)
