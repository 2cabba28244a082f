"""A question of our own: what each metric alone ranks first."""

from __future__ import annotations

from claims.evidence import MISSING, NO, YES, Evidence, Part, cell, more
from claims.finding import Finding, table


def firsts(evidence: Evidence) -> Finding:
    """What each metric alone ranks first on toy-shapes."""
    task, lines, parts, shown = "toy-shapes", [], [], []
    rows = evidence.rows(task)
    metrics = {
        "diversity[mini]": True,
        "frechet[mini]": False,
        "realism[mini]": True,
        "energy-score[mini]": False,
        "law-distance": False,
    }
    for metric, higher in metrics.items():
        ordered = sorted(
            (row for row in rows if metric in row.scores),
            key=lambda row: row.scores[metric].value,
            reverse=higher,
        )
        ranked = [row for row in ordered if row.rank is not None and row.seeds]
        listed = [row for row in ordered if row.record.method["reference"]]
        shown += [*ranked[:2], *listed[:1]]
        first = [f"`{row.record.method['label']}` {cell(row.scores[metric])}" for row in (*ranked[:2], *listed[:1])]
        law = cell(ranked[0].scores.get("law-distance")) if ranked else "–"
        lines.append([f"{metric} {'↑' if higher else '↓'}", *(first + ["–"] * 3)[:3], law])
        if metric != "law-distance":
            best = min((row.scores["law-distance"] for row in ranked), key=lambda each: each.value, default=None)
            own = ranked[0].scores["law-distance"] if ranked else None
            parts.append(Part(metric, MISSING if own is None else NO if more(own, best) == YES else YES))
    head = ["metric alone", "its first", "its second", "its first reference", "law distance of its first"]
    return Finding(
        "12. What each metric alone ranks first",
        "ours",
        "does the method that a metric ranks first on `toy-shapes` also come nearest to the true law there? A"
        " method's law distance, Σ (q − p)² over the colours and what is none, is known here; it is 0 for the truth.",
        table(head, lines),
        tuple(parts),
        tuple({id(row): row for row in shown}.values()),
        "A metric comes out where its first is the method of the least law distance or cannot be told from it. `real`"
        " and `unconditional` are references that ignore the condition.",
    )
