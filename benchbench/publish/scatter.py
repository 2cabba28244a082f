"""Two methods condition by condition, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchbench.leaderboards.contrasts import Contrast
from benchbench.leaderboards.sides import Side
from benchbench.publish.escape import plain

SIDE, HEAD = 3.2, 0.5
"""Inches: of a panel, and above it."""
COLOUR = "#0067a8"


def save(sides: Sequence[Side], contrasts: Sequence[Contrast], path: Path) -> None:
    """Write a panel for each contrast, the first method across, the second up; a bitmap or SVG by the file's suffix."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    by_label = {side.label: side for side in sides}
    across = min(3, len(contrasts))
    down = -(-len(contrasts) // across)
    with rc_context({"font.size": 7, "axes.linewidth": 0.5, "svg.hashsalt": "benchbench", "text.parse_math": False}):
        figure = Figure(figsize=(SIDE * across, (SIDE + HEAD) * down), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False)
        for axes, contrast in zip(grid.flat, contrasts, strict=False):
            x, y = (
                np.mean(by_label[name].values[contrast.metric], axis=0) for name in (contrast.first, contrast.second)
            )
            low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
            margin = 0.04 * (high - low) or 1.0
            limits = (low - margin, high + margin)
            axes.plot(limits, limits, color="#9a9a9a", linewidth=0.7, zorder=0)
            axes.scatter(x, y, s=8, color=COLOUR, alpha=0.6, linewidths=0)
            axes.set(xlim=limits, ylim=limits, aspect="equal")
            axes.set_xlabel(plain(contrast.first))
            axes.set_ylabel(plain(contrast.second))
            axes.set_title(_title(contrast), fontsize=7)
        for axes in list(grid.flat)[len(contrasts) :]:
            axes.set_axis_off()
        undated = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=200, metadata=undated)


def _title(contrast: Contrast) -> str:
    where = {
        True: "below the line the first is better",
        False: "above the line the first is better",
        None: "below the line the first is higher",
    }[contrast.higher_is_better]
    share = f"{100 * contrast.win_rate:.0f} % of {contrast.difference.n}"
    return f"{plain(contrast.metric)}, one point per condition\n{where}: {share}"
