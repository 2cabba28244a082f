"""A calibration as a picture: one row per metric, one column per dial, and how far each step is from rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.calibration.answers import TOLD
from benchbench.calibration.report import Answer, Calibration, Turned
from benchbench.core.specification import features_of, name_of
from benchbench.publish.calibration import mark
from benchbench.publish.words import BETTER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"sees": "#00785a", "blind": "#808080", "wrong": "#c43c00", "flat": "#808080", "unknown": "#808080"}
"""Dark enough for paper, and apart for colour-blind eyes; metrics without a better side are blue."""
NEUTRAL = "#0067a8"
MARKERS = {"sees": "o", "blind": "s", "wrong": "X", "flat": "s", "unknown": "s"}
LIMIT = 1000
"""Standard errors where the axis ends."""
WIDTH, ROW, HEAD, FOOT = 7.4, 0.56, 0.68, 0.92
"""Inches: of the page, of a metric, above and below."""
LEFT, RIGHT, COLUMN = 1.85, 0.12, 1.5
"""Inches: beside the panels, and of a dial at most."""


def save(calibration: Calibration, metrics: Sequence[str], path: Path) -> None:
    """Draw these metrics and write the file, a bitmap or SVG by its suffix."""
    from matplotlib import rc_context

    with rc_context({"font.size": 7, "axes.linewidth": 0.5, "svg.hashsalt": "benchbench"}):
        figure = draw(calibration, metrics)
        undated = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=200, metadata=undated)


def draw(calibration: Calibration, metrics: Sequence[str]) -> Figure:
    """Return the figure: up is worse, or higher where neither side is better; within the band is noise."""
    from matplotlib.figure import Figure

    dials = [dial for dial in calibration.dials if dial.answers]
    height = HEAD + ROW * len(metrics) + FOOT
    figure = Figure(figsize=(WIDTH, height))
    grid = figure.subplots(len(metrics), len(dials), sharex="col", sharey=True, squeeze=False)
    right = min(WIDTH - RIGHT, LEFT + COLUMN * len(dials))
    figure.subplots_adjust(LEFT / WIDTH, FOOT / height, right / WIDTH, 1 - HEAD / height, 0.06, 0.14)
    for column, dial in enumerate(dials):
        answers = {answer.metric: answer for answer in dial.answers}
        _title(grid[0][column], dial)
        for row, metric in enumerate(metrics):
            _panel(grid[row][column], answers.get(metric))
    for row, metric in enumerate(metrics):
        _label(grid[row][0], next(each for dial in dials for each in dial.answers if each.metric == metric))
    _legend(figure, calibration, height)
    return figure


def standardised(answer: Answer) -> tuple[list[float], list[float]]:
    """Return each step's change from rest and its error, in standard errors of the last step's; up is worse.

    One unit a panel, so that its shape is that of the values. A change without any error is as far as the axis goes.
    """
    sign = -1 if answer.higher_is_better else 1
    errors = [step.from_rest.standard_error or 0.0 for step in answer.steps]
    unit = errors[-1] or max(errors)
    if unit == 0:
        reach = max(abs(step.from_rest.value) for step in answer.steps)
        return [sign * LIMIT * step.from_rest.value / reach if reach else 0.0 for step in answer.steps], errors
    return [sign * step.from_rest.value / unit for step in answer.steps], [error / unit for error in errors]


def _panel(axes: Axes, answer: Answer | None) -> None:
    axes.set_yscale("symlog", linthresh=TOLD, linscale=0.6)
    axes.set_ylim(-LIMIT * 1.6, LIMIT * 1.6)
    axes.set_yticks([-100, -TOLD, TOLD, 100], ["−100", "", "", "100"])
    axes.set_yticks([], minor=True)
    axes.tick_params(length=2, width=0.4, labelsize=6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.axhspan(-TOLD, TOLD, color="#e4e4e4", linewidth=0)
    axes.axhline(0, color="#9a9a9a", linewidth=0.5)
    if answer is None:
        return
    values, errors = standardised(answer)
    colour = COLOURS.get(answer.verdict, NEUTRAL)
    axes.errorbar(
        range(len(values)),
        [max(-LIMIT, min(LIMIT, value)) for value in values],
        [TOLD * error for error in errors],
        color=colour,
        marker=MARKERS.get(answer.verdict, "^"),
        markersize=3.2,
        linewidth=1.1,
        elinewidth=0.7,
        capsize=1.5,
        capthick=0.7,
        clip_on=False,
    )
    axes.set_xlim(-0.35, len(values) - 0.65)
    axes.set_xticks(range(len(values)), [f"{step.setting:g}" for step in answer.steps])
    corner: dict[str, Any] = {"transform": axes.transAxes, "va": "top"}  # a curve that starts at rest leaves it free
    axes.text(0.04, 0.97, mark(answer), color=colour, fontsize=9, fontweight="bold", **corner)


def _title(axes: Axes, dial: Turned) -> None:
    import textwrap

    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center"}
    axes.annotate(dial.dial, (0.5, 1), (0, 22), fontsize=8.5, fontweight="bold", **place)
    unit = "\n".join(textwrap.wrap(dial.unit, 23))
    axes.annotate(unit, (0.5, 1), (0, 19), va="top", fontsize=5.8, color="#404040", **place)


def _label(axes: Axes, answer: Answer) -> None:
    name, inside = name_of(answer.metric), features_of(answer.metric)
    better = BETTER[answer.higher_is_better] if answer.null is None else f"{answer.null:g} is right"
    below = f"{inside}, {better}" if inside else better
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right"}
    axes.annotate(name, (0, 0.5), (-24, 1), va="bottom", fontsize=7.5, **place)
    axes.annotate(below, (0, 0.5), (-24, -1), va="top", fontsize=5.5, color="#606060", **place)


def _legend(figure: Figure, calibration: Calibration, height: float) -> None:
    task, protocol = calibration.task, calibration.protocol
    title = (
        f"{task.name}: what each metric sees of a known fault"
        f" ({protocol.num_conditions} conditions x {protocol.samples_per_condition} samples)"
    )
    figure.suptitle(title, fontsize=9, y=1 - 0.06 / height, va="top", x=0.02, ha="left")
    lines = (
        ("✓ sees the fault", COLOURS["sees"]),
        ("– cannot tell it", COLOURS["blind"]),
        ("✗ calls it better", COLOURS["wrong"]),
        ("↑ ↓ ↕ moves, has no better side   (!: as more diversity would)", NEUTRAL),
    )
    x = 0.02
    for words, colour in lines:
        figure.text(x, 0.46 / height, words, color=colour, fontsize=7, fontweight="bold", va="bottom")
        x += (len(words) * 0.062 + 0.16) / WIDTH
    figure.text(
        0.02,
        0.08 / height,
        f"Across: the dial's settings; 0 is rest, {calibration.rest}.\n"
        "Up: worse, or higher where there is no better side; in standard errors of the last step's change from rest:"
        " linear in the grey\nband of ± 2, logarithmic beyond, to 1000. Bars: ± 2 standard errors.",
        fontsize=6,
        color="#404040",
        va="bottom",
    )
