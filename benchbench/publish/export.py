"""Boards as data: raw numbers in CSV, rows as objects in JSON; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from benchbench.core.edition import Edition
from benchbench.leaderboards import judged, unfinished
from benchbench.leaderboards.attested import has_tiers
from benchbench.leaderboards.costs import cost_of
from benchbench.leaderboards.divisions import division, is_divided, why_open
from benchbench.leaderboards.rows import Board, Row
from benchbench.publish import cost, escape, text, words
from benchbench.publish.caption import caption


def csv(board: Board) -> str:
    """Return one line per row, one number per column: of each score its value, its standard error and its n."""
    import pandas

    tiers, divided, costs = has_tiers(board), is_divided(board), cost.data_columns(board)
    lines = []
    for row in text.in_groups(board):
        line, spent = _flat(board, row), cost_of(row)
        if tiers:
            line["tier"] = row.tier
        if divided:
            line["division"] = division(row)
        lines.append(line | {column.name: column.value(spent) for column in costs})
    return str(pandas.DataFrame(lines).to_csv(index=False)).rstrip("\n")


def _flat(board: Board, row: Row) -> dict[str, Any]:
    best, worst = row.rank_range or (row.rank, row.rank)
    flat: dict[str, Any] = {
        "rank": "" if row.rank is None else str(row.rank),
        "rank_best": "" if best is None else str(best),
        "rank_worst": "" if worst is None else str(worst),
        "letters": row.letters,
        "method": escape.csv(row.label),
        "reference": row.rank is None,
        "seeds": len(row.seeds),
    }
    for column in board.columns:
        score = row.scores.get(column)
        title = escape.csv(column)
        flat[title] = score.value if score else None
        flat[f"{title} standard_error"] = score.standard_error if score else None
        flat[f"{title} n"] = str(score.n) if score else ""
    flat["unfinished"] = escape.csv(unfinished.in_words(row))
    flat["trained_on_its_judge"] = escape.csv(judged.in_words(row, board))
    return flat


def as_json(board: Board, edition: Edition | None = None) -> str:
    """Return one object: what the table is of, and its rows as objects with their numbers."""
    record, costs = board.rows[0].record, cost.data_columns(board)
    whole = {
        "task": vars(record.task),
        "protocol": vars(record.protocol),
        "edition": edition.number if edition else None,
        "date": edition.date if edition else None,
        "ranked_by": board.ranked_by,
        "columns": board.columns,
        "caption": caption(board, edition),
        "rows": [_object(board, row, costs) for row in text.in_groups(board)],
    }
    return json.dumps(whole, indent=1)


def _object(board: Board, row: Row, costs: Sequence[cost.CostColumn]) -> dict[str, Any]:
    method, spent = row.record.method, cost_of(row)
    scores = {column: row.scores[column] for column in board.columns if column in row.scores}
    return {
        "rank": row.rank,
        "rank_range": row.rank_range,
        "letters": row.letters,
        "label": row.label,
        "method": method.name,
        "options": method.options,
        "reference": row.rank is None,
        "training_seeds": row.seeds,
        "unfinished": unfinished.in_words(row),
        "trained_on_its_judge": judged.in_words(row, board),
        "tier": row.tier,
        "division": division(row),
        "open": why_open(row),
        "cost": {column.name: column.value(spent) for column in costs},
        "runs": [record.run_id for record in row.records],
        "scores": {
            column: {
                "id": score.id,
                "value": score.value,
                "standard_error": score.standard_error,
                "uncertainty": words.uncertainty(score.uncertainty),
                "interval95": score.interval,
                "n": score.n,
                "higher_is_better": score.higher_is_better,
                "detail": words.detail(score),
                "flag": score.flag,
            }
            for column, score in scores.items()
        },
    }
