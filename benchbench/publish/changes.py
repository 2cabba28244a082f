"""What an edition changed, in words: one sentence per change; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchbench.leaderboards.changes import (
    Added,
    Change,
    First,
    Measured,
    Moved,
    RankedBy,
    References,
    Removed,
    Ruled,
)


def sentences(changes: Iterable[Change]) -> list[str]:
    """Return a sentence for each change."""
    return [sentence(change) for change in changes]


def sentence(change: Change) -> str:
    """Return a change in words."""
    if isinstance(change, First):
        return f"first edition: {change.rows} rows, {change.ranked} of them ranked"
    if isinstance(change, RankedBy):
        return f"ranked by {change.now}, by {change.before} before"
    if isinstance(change, Ruled):
        return f"ranks rest on rule {change.now} of the tests, on rule {change.before} before"
    if isinstance(change, Added):
        return f"added: {change.label}, rank {change.rank}"
    if isinstance(change, Removed):
        struck = f"; an objection was upheld: {change.why}" if change.why else ""
        return f"removed: {change.label}, which was rank {change.rank}{struck}"
    if isinstance(change, Measured):
        more = change.more_seeds
        what = f"{more} training seed{'s' * (more > 1)} more" if more > 0 else "measured again"
        return f"{what}: {change.label}, {change.before:.4g} before, {change.now:.4g} now"
    if isinstance(change, References):
        return f"reference rows new or measured again: {', '.join(change.labels)}"
    if isinstance(change, Moved):
        moved = "rises" if change.now < change.before else "falls"
        return f"{change.label} {moved} from rank {change.before} to {change.now}: {_why(change)}"
    return "the same rows in another order"


def _why(moved: Moved) -> str:
    if moved.label in moved.measured:
        return "its own score is new"
    causes = [(moved.measured, "measured again"), (moved.added, "added"), (moved.removed, "removed")]
    return "; ".join(f"{_named(names)} {what}" for names, what in causes if names) or "the tests changed"


def _named(labels: Sequence[str]) -> str:
    """Return a few labels, or how many they are, where the sentences before name each."""
    return ", ".join(labels) if len(labels) <= 3 else f"{len(labels)} rows"
