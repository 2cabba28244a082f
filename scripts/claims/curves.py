"""Small figures of curves with error bars, the same file for the same numbers."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.system.files import write_bytes

INKS = (
    ("#1b6ca8", "o", "-"),
    ("#b3431e", "s", "--"),
    ("#3f7f3f", "^", "-."),
    ("#6b4a8c", "D", ":"),
    ("#8a6d00", "v", (0, (5, 1, 1, 1, 1, 1))),
    ("#00838f", "P", (0, (1, 1))),
    ("#ad1457", "X", (0, (5, 1))),
    ("#5d4037", "<", (0, (3, 1, 1, 1))),
)
"""Colour, marker and line of the first, the second … curve: distinguishable without colour too."""

MOST_WITHIN = 5
"""Curves whose names fit into the axes; more stand beside them."""


@dataclass(frozen=True)
class Curve:
    """One method over what is varied."""

    label: str
    points: tuple[tuple[float, float, float], ...]
    """Where it is varied to, the value, its standard error."""


@dataclass(frozen=True)
class Panel:
    """One set of axes."""

    across: str
    up: str
    curves: tuple[Curve, ...]
    log: bool = True


def drawn(panels: Sequence[Panel]) -> bool:
    """Return whether there is a curve to draw."""
    return any(len(curve.points) > 1 for panel in panels for curve in panel.curves)


def is_current(path: Path, panels: Sequence[Panel]) -> bool:
    """Return whether a figure shows these numbers."""
    return path.is_file() and _digest(panels) in re.findall(r"numbers ([0-9a-f]{16})", path.read_text())


def draw(path: Path, panels: Sequence[Panel]) -> None:
    """Write the figure as SVG, which names the hash of its numbers."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"font.size": 8, "axes.linewidth": 0.5, "svg.hashsalt": "benchbench"}):
        aside = len(panels[0].curves) > MOST_WITHIN
        figure = Figure(figsize=(3.4 * len(panels) + 1.2 * aside, 2.6), layout="constrained")
        for panel, axes in zip(panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=True):
            places = sorted({x for curve in panel.curves for x, _, _ in curve.points})
            for curve, (ink, marker, line) in zip(panel.curves, INKS, strict=False):
                if curve.points:
                    x, y, error = zip(*curve.points, strict=True)
                    style = {"color": ink, "marker": marker, "linestyle": line, "markersize": 4, "capsize": 2}
                    axes.errorbar(x, y, yerr=[2 * each for each in error], label=curve.label, linewidth=1, **style)
            if panel.log:
                axes.set_xscale("symlog" if 0 in places else "log", **({"linthresh": 1} if 0 in places else {}))
            axes.set_xticks(places, [f"{x:g}" for x in places], minor=False)
            axes.minorticks_off()
            axes.set(xlabel=panel.across, ylabel=panel.up)
            if all(y >= 0 for curve in panel.curves for _, y, _ in curve.points):
                axes.set_ylim(bottom=0)
            if not aside:
                axes.legend(frameon=False, fontsize=7)
        if aside:
            figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=7)
        content = io.BytesIO()
        about = {"Date": None, "Creator": None, "Description": f"numbers {_digest(panels)}"}
        figure.savefig(content, format="svg", metadata=about)
    write_bytes(path, content.getvalue())


def _digest(panels: Sequence[Panel]) -> str:
    return hashlib.sha256(repr(panels).encode()).hexdigest()[:16]
