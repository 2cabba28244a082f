"""A question of our own: what each metric alone ranks first."""

from __future__ import annotations

from benchbench.leaderboards.rows import Row
from claims.evidence import MISSING, NO, UNSURE, YES, Evidence, Part, cell, more
from claims.finding import Finding, table

TASK, IGNORES = "toy-shapes", "unconditional"
METRICS = {
    "diversity[mini]": True,
    "frechet[mini]": False,
    "realism[mini]": True,
    "energy-score[mini]": False,
    "law-distance": False,
}
"""Whether more is better, by metric; the last one is what the others are held to."""


def firsts(evidence: Evidence) -> Finding:
    """What each metric alone ranks first on toy-shapes, and where it puts what ignores the condition."""
    rows = evidence.rows(TASK)
    trained = [row for row in rows if row.rank is not None and row.seeds]
    true = min(trained, key=lambda row: row.scores["law-distance"].value, default=None)
    ignoring = next((row for row in rows if row.record.method.label == IGNORES), None)
    shown = [row for row in (true, ignoring) if row]
    lines, parts = [], []
    for metric, higher in METRICS.items():
        ordered = sorted(
            (row for row in trained if metric in row.scores), key=lambda row: row.scores[metric].value, reverse=higher
        )
        alike = [row for row in ordered if more(row.scores[metric], ordered[0].scores[metric]) == UNSURE]
        laws = sorted((row.scores["law-distance"] for row in alike), key=lambda each: each.value)
        shown += ordered[:1]
        named = [f"`{row.record.method.label}` {cell(row.scores[metric])}" for row in ordered[:1]] or ["–"]
        law = " to ".join(dict.fromkeys(cell(each) for each in (*laws[:1], *laws[-1:]))) or "–"
        both = [cell(row.scores.get(metric)) if row else "–" for row in (true, ignoring)]
        lines.append([f"{metric} {'↑' if higher else '↓'}", *named, str(len(alike)), law, *both])
        if metric != "law-distance":
            worse = {more(each, true.scores["law-distance"]) == YES for each in laws if true}
            kind = MISSING if not worse else UNSURE if len(worse) > 1 else NO if True in worse else YES
            parts.append(Part(f"{metric}: its first is the nearest", kind))
            parts.append(Part(f"{metric}: `{IGNORES}` is behind", _behind(evidence, metric, higher, true)))
    nearest = f"`{true.record.method.label}`" if true else "the nearest"
    head = ["metric alone", "its first", "alike", "law distance of these", nearest, f"`{IGNORES}`"]
    return Finding(
        "12. What each metric alone ranks first",
        "ours",
        f"on `{TASK}`, is the method that a metric ranks first the one nearest to the true law? And does the metric put"
        f" `{IGNORES}`, true images of other conditions, behind that one? A method's law distance, Σ (q − p)² over the"
        " colours and what is none, is known here; it is 0 for the truth.",
        table(head, lines),
        tuple(parts),
        tuple({id(row): row for row in shown}.values()),
        "*Alike* are the trained methods that the metric cannot distinguish from its first, this one included. Its"
        " first is the nearest where all of these have the least law distance or are not distinguishable from it,"
        " and is not where none has. The weights of [`mini`](mini.md)'s maps were set with energy scores on this"
        " task in sight, those of"
        f" references: that the energy score puts `{IGNORES}` behind may be in part their doing.",
    )


def _behind(evidence: Evidence, metric: str, higher: bool, true: Row | None) -> str:
    other, own = evidence.score(TASK, IGNORES, metric), true.scores.get(metric) if true else None
    return more(own, other) if higher else more(other, own)
