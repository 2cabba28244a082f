"""How a ranking stands, as a table with its sentence; pure."""

from __future__ import annotations

from benchbench.publish.table import Table
from benchbench.stats.stability import Agreement, Stability


def table(task: str, metric: str, found: Stability) -> Table:
    """Return one row for each comparison: between extractors, then between the halves of the conditions."""
    groups = tuple(tuple(_row(each) for each in part) for part in (found.between, found.halves))
    return Table(
        name=f"{task}-stability",
        titles=("ranking by", "against", "Kendall's tau", "same best"),
        groups=groups,
        words=("ranking by", "against", "same best"),
        heads=2,
        caption=(
            f"Whether the ranking of {len(found.methods)} methods by {metric} stands under other extractors and on"
            f" other conditions: tau is 1 for the same order, -1 for the reverse. {sentence(found)}"
        ),
        notes=tuple(f"{extractor}: {', '.join(order)}" for extractor, order in found.orders.items()),
    )


def sentence(found: Stability) -> str:
    """Return who may be called first, or that nobody may."""
    if len(found.orders) == 1:
        (extractor,) = found.orders
        return f"No method is called first: all of them were judged by one extractor alone, {extractor}."
    if found.first is None:
        return "No method is first: no two extractors on which it was not trained agree on one."
    return f"{found.first} is first under {' and '.join(found.voters)}, on which it was not trained."


def _row(each: Agreement) -> tuple[str, str, str, str]:
    tau = "–" if each.tau is None else f"{each.tau:.2f}"
    return each.first, each.second, tau, "yes" if each.same_best else "no"
