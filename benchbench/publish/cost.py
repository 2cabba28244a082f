"""The columns of cost: their titles, their cells, and what a reader must know of them; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchbench.leaderboards.costs import RowCost, cost_of
from benchbench.leaderboards.rows import Board

_PREFIXES = (("", 1), ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000))


@dataclass(frozen=True)
class CostColumn:
    """One column of cost."""

    title: str
    """As tables show it."""
    name: str
    """As data name it, with its unit."""
    axis: str
    """As plots call it."""
    says: str
    """What it is, in one sentence without a full stop."""
    value: Callable[[RowCost], float | None]
    shown: Callable[[float], str]


def _count(value: float) -> str:
    """Return a number of parameters: `812`, `1.23 M`."""
    for prefix, scale in reversed(_PREFIXES):
        if value >= scale and scale > 1:
            return f"{value / scale:.3g} {prefix}"
    return f"{value:.0f}"


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


COLUMNS = (
    CostColumn(
        title="parameters",
        name="parameters",
        axis="parameters",
        says="parameters of the networks that sample",
        value=lambda cost: cost.parameters,
        shown=_count,
    ),
    CostColumn(
        title="NFE",
        name="evaluations_per_sample",
        axis="network evaluations per sample",
        says="network evaluations per sample, of the layer that is used most",
        value=lambda cost: cost.evaluations,
        shown=_short,
    ),
    CostColumn(
        title="s/sample",
        name="seconds_per_sample",
        axis="seconds per sample",
        says="seconds per sample, the median over a run's calls on its machine, on a CPU with one thread",
        value=lambda cost: cost.seconds,
        shown=lambda value: f"{value:.2g}",
    ),
    CostColumn(
        title="core-s",
        name="training_core_seconds",
        axis="core-seconds of training",
        says="processor time of one training, in seconds",
        value=lambda cost: cost.core_seconds,
        shown=_short,
    ),
    CostColumn(
        title="GPU-s",
        name="training_gpu_seconds",
        axis="GPU-seconds of training",
        says="time of one training on GPUs, in seconds",
        value=lambda cost: cost.gpu_seconds,
        shown=_short,
    ),
)


def column(name: str) -> CostColumn:
    """Return the column of this name."""
    return next(each for each in COLUMNS if each.name == name)


def columns_of(board: Board) -> list[CostColumn]:
    """Return the columns of cost that the board shows: those that it names, or all for which some row has a value."""
    if board.costs is not None:
        return [each for each in COLUMNS if each.name in board.costs]
    costs = [cost_of(row) for row in board.rows]
    return [each for each in COLUMNS if any(each.value(cost) is not None for cost in costs)]


def data_columns(board: Board) -> list[CostColumn]:
    """Return the columns of cost for data, where a column without any value stands too."""
    return [each for each in COLUMNS if board.costs is None or each.name in board.costs]


def cell(column: CostColumn, cost: RowCost) -> str:
    """Return a cost as text, or a dash where it is not known."""
    value = column.value(cost)
    return "–" if value is None else column.shown(value)


def caption(board: Board) -> str:
    """Return what the columns of cost are; empty where there are none."""
    shown = columns_of(board)
    if not shown:
        return ""
    means = any(cost_of(row).is_mean for row in board.rows)
    rest = "; of records of earlier versions it is the mean" if means else ""
    return "Cost: " + "; ".join(
        f"{each.title}: {each.says}" + (rest if each.name == "seconds_per_sample" else "") for each in shown
    )
