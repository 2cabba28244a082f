"""What papers report as a table, as CSV and as JSON; pure."""

from __future__ import annotations

import dataclasses
import json

from benchbench.leaderboards.reported import Method, Reported
from benchbench.publish import escape
from benchbench.publish.table import Table
from benchbench.publish.words import LEFT

NOT_COMPARABLE = "Reported in papers; other data, split or protocol; not comparable with measured rows"


def table(reported: Reported) -> Table:
    """Return the numbers as a table: one row per method, one column per metric, a letter for each source."""
    metrics = list(dict.fromkeys(number.metric for method in reported.methods for number in method.numbers))
    letters = {key: chr(ord("a") + place) for place, key in enumerate(reported.sources)}
    groups = tuple(
        tuple(
            (method.name, *(_cell(method, metric, letters) for metric in metrics))
            for method in reported.methods
            if method.reference is reference
        )
        for reference in (False, True)
    )
    notes = [f"({letters[key]}) {source}" for key, source in reported.sources.items()]
    notes += [f"{method.name}: {method.note}" for method in reported.methods if method.note]
    return Table(
        name=f"{reported.task}-reported",
        titles=("method", *metrics),
        groups=groups,
        words=LEFT,
        heads=1,
        caption=f"{NOT_COMPARABLE}. {reported.about} –: not available.",
        notes=tuple(notes),
    )


def _cell(method: Method, metric: str, letters: dict[str, str]) -> str:
    found = [f"{number.value} ({letters[number.source]})" for number in method.numbers if number.metric == metric]
    return "; ".join(found) or "–"


def as_csv(reported: Reported) -> str:
    """Return one line per number."""
    import pandas

    rows = [
        {
            "method": escape.csv(method.name),
            "reference": method.reference,
            "metric": escape.csv(number.metric),
            "value": escape.csv(number.value),
            "source": escape.csv(reported.sources[number.source]),
        }
        for method in reported.methods
        for number in method.numbers
    ]
    return str(pandas.DataFrame(rows).to_csv(index=False)).rstrip("\n")


def as_json(reported: Reported) -> str:
    """Return what is stored."""
    return json.dumps(dataclasses.asdict(reported), indent=1)
