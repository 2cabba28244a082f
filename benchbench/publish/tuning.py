"""The best score for a budget, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchbench.core.noise import stream
from benchbench.publish.escape import plain
from benchbench.publish.table import Table
from benchbench.specs import format_method
from benchbench.stats.budget import bootstrap_least
from benchbench.tuning.trials import Trial

BUDGETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
RESAMPLES = 5000
COLOURS = ("#0067a8", "#c1440e", "#3a7d44", "#7b4ea3", "#8a6d00", "#5b5b5b")


@dataclass(frozen=True)
class Curve:
    """What one method reaches for 1 .. N runs."""

    label: str
    trials: tuple[Trial, ...]
    higher_is_better: bool
    means: np.ndarray
    """`float64[N]`: of the best score."""
    deviations: np.ndarray
    """`float64[N]`: its standard deviation over resamples."""

    @property
    def best(self) -> Trial:
        """The trial with the best score."""
        sign = -1 if self.higher_is_better else 1
        return min((each for each in self.trials if each.score is not None), key=lambda each: sign * (each.score or 0))

    @property
    def minutes(self) -> float:
        """What a trial took on the mean."""
        return sum(trial.seconds for trial in self.trials) / len(self.trials) / 60


def curve(label: str, trials: Sequence[Trial], higher_is_better: bool) -> Curve | None:
    """Return the curve of a method's trials, `None` where none has a score; a failed one counts as the worst of all."""
    found = [trial.score for trial in trials if trial.score is not None]
    if not found:
        return None
    sign = -1 if higher_is_better else 1
    worst = max(sign * score for score in found)
    scores = [worst if trial.score is None else sign * trial.score for trial in trials]
    generator = stream("budget", label, len(scores))
    means, deviations = bootstrap_least(scores, len(scores), generator, RESAMPLES)
    return Curve(label, tuple(trials), higher_is_better, sign * means, deviations)


def table(task: str, metric: str, curves: Sequence[Curve]) -> Table:
    """Return a row for each method and a column for each budget in runs."""
    most = max(len(each.trials) for each in curves)
    budgets = sorted({budget for budget in BUDGETS if budget <= most} | {len(each.trials) for each in curves})
    rows = tuple((each.label, str(len(each.trials)), f"{each.minutes:.3g}", *_cells(each, budgets)) for each in curves)
    titles = ("method", "runs", "minutes per run", *(f"best of {budget}" for budget in budgets))
    arrow = "↑" if curves[0].higher_is_better else "↓"
    caption = (
        f"{task}: {metric} {arrow} of the best of so many runs with options drawn at random: mean ± standard deviation"
        f" over {RESAMPLES} bootstrap resamples of all runs of the method. The best is chosen on the test conditions,"
        " so it is better than a fresh training of the same options would be."
    )
    return Table(task, titles, (rows,), ("method",), 1, caption, tuple(map(_note, curves)))


def _cells(each: Curve, budgets: Sequence[int]) -> list[str]:
    return [
        f"{each.means[budget - 1]:.4g} ± {each.deviations[budget - 1]:.2g}" if budget <= len(each.trials) else ""
        for budget in budgets
    ]


def _note(each: Curve) -> str:
    best, failed = each.best, sum(trial.score is None for trial in each.trials)
    name = each.label.partition("[")[0]
    said = f"{each.label}: the best is trial {best.number}, {best.score:.4g}, {format_method(name, best.options)}"
    return said + (f"; {failed} of {len(each.trials)} failed, and count as the worst" if failed else "")


def save(metric: str, curves: Sequence[Curve], path: Path) -> None:
    """Draw mean and one standard deviation of the best score over the budget; a bitmap or SVG by the file's suffix."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"font.size": 7, "axes.linewidth": 0.5, "svg.hashsalt": "benchbench", "text.parse_math": False}):
        figure = Figure(figsize=(4.2, 2.8), layout="constrained")
        axes = figure.subplots()
        for place, each in enumerate(curves):
            runs, colour = np.arange(1, len(each.means) + 1), COLOURS[place % len(COLOURS)]
            axes.plot(runs, each.means, color=colour, linewidth=1, label=plain(each.label))
            low, high = each.means - each.deviations, each.means + each.deviations
            axes.fill_between(runs, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set_xlabel("runs that one can afford")
        axes.set_ylabel(f"{plain(metric)} of the best, ± one standard deviation")
        axes.legend(frameon=False)
        undated = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=200, metadata=undated)
