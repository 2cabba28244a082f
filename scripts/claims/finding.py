"""What every claim is made of: a finding with its table, and the methods of a board by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.leaderboards.rows import Row
from claims.curves import Panel, drawn
from claims.evidence import Evidence, Part, cell, trained, verdict
from leaderboards import BOARDS

MR = "arXiv 1902.09225"
BICYCLEGAN = "arXiv 1711.11586"
MOMENTS = ("mr1", "mr2", "proxy-mr1", "proxy-mr2")
ALIKE = 0.05
"""`As good as` is worse by less than this share."""


@dataclass(frozen=True)
class Finding:
    """One claim of a paper, or one of ours, and what the records say of it."""

    title: str
    source: str
    """`ours`, or where the paper says it."""
    claim: str
    table: str
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]
    """The rows that its numbers are of."""
    notes: str = ""
    figure: str = ""
    """The file's name in docs/findings/; empty if there is none."""
    alt: str = ""
    panels: tuple[Panel, ...] = ()

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return "".join(c for c in self.title.lower().replace(" ", "-") if c.isalnum() or c == "-")

    @property
    def few(self) -> str:
        """What is to be said where rows are of one training; empty if none is."""
        numbers = {len(row.seeds) for row in self.rows if row.seeds}
        return "" if 1 not in numbers else ", of one training each" if numbers == {1} else ", in part of one training"

    def text(self) -> str:
        """Return its section."""
        said = "*We ask*" if self.source == "ours" else f"*The paper says* ({self.source})"
        figure = f"![{self.alt}](findings/{self.figure})" if drawn(self.panels) else ""
        ends = f"*Verdict*{self.few}: {verdict(self.parts)}."
        parts = (f"## {self.title}", f"{said}: {self.claim}", self.table, figure, self.notes, ends, trained(self.rows))
        return "\n\n".join(filter(None, parts)) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def scored(
    evidence: Evidence, task: str, methods: Sequence[str], metrics: Sequence[str]
) -> tuple[str, tuple[Row, ...]]:
    """Return the table of some methods' scores on one task, and its rows; metrics that the task lacks are left out."""
    lines, rows, shown = [], [], evidence.metrics(task, metrics)
    for method in methods:
        row = evidence.row(task, method)
        if row is None:
            lines.append([f"`{method}`", evidence.lacking(task, method), *["–"] * len(shown)])
        else:
            rows.append(row)
            lines.append([f"`{method}`", seeds(row), *(cell(row.scores.get(metric)) for metric in shown)])
    return table([task, "seeds", *shown], lines), tuple(rows)


def scored_on(
    evidence: Evidence, tasks: Sequence[str], methods: Sequence[str], metrics: Sequence[str]
) -> tuple[str, tuple[Row, ...]]:
    """Return a table per task, and the rows of all."""
    found = [scored(evidence, task, methods, metrics) for task in tasks]
    return "\n\n".join(text for text, _ in found), tuple(row for _, rows in found for row in rows)


def seeds(row: Row) -> str:
    """Return how many trainings a row is of."""
    return str(len(row.seeds)) if row.seeds else "–"


def diversity_metric(evidence: Evidence, task: str) -> str:
    """Return the metric of diversity that a task has: beside the truth's, where many truths are known."""
    return evidence.metrics(task, ["relative-diversity[mini]", "diversity[mini]"])[0]


def baseline(task: str) -> str:
    """Return the method of a board that has noise and no moment loss."""
    return next(method for method in BOARDS[task] if method.endswith("-noise"))
