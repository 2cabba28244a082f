"""A calibration as tables: the verdicts of every metric on every dial, then each dial step by step."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from benchbench.calibration.answers import POWER, REVERSED, ROUNDING, TOLD
from benchbench.calibration.report import Answer, Calibration, Step, Turned
from benchbench.core.specification import name_of
from benchbench.publish.words import ARROWS, uncertainty

MARKS = {
    "sees": "✓",
    "blind": "–",
    "wrong": "✗",
    "rises": "↑",
    "falls": "↓",
    "mixed": "↕",
    "flat": "–",
    "unknown": "?",
}
MOST_CONDITIONS = 9999
"""More are as good as none that would do."""


BLOCKS = "·▁▂▃▄▅▆▇█"
"""Of a histogram in text."""
BLOCK = 4
"""The height of a flat one."""


@dataclass(frozen=True)
class Table:
    """Cells under titles, with a heading."""

    heading: str
    titles: list[str]
    rows: list[list[str]]


def mark(answer: Answer) -> str:
    """Return the verdict as a sign, with `!` where the fault is rewarded."""
    return MARKS[answer.verdict] + "!" * answer.rewards


def short(value: float, standard_error: float | None, rounding: float = 0.0) -> str:
    """Return `0.162 ± 0.007`: one digit of the error, and the value to the same place; what is rounding alone is 0."""
    value = 0.0 if abs(value) <= rounding else value
    if standard_error is None:
        return f"{value:.3g}"
    if standard_error <= rounding:
        return f"{value:.3g} ± 0"
    places = max(0, -math.floor(math.log10(standard_error)))
    if places > 5:
        return f"{value:.1e} ± {standard_error:.0e}"
    return f"{round(value, places) + 0.0:.{places}f} ± {standard_error:.{places}f}"  # + 0.0: there is no -0


def tables(calibration: Calibration) -> list[Table]:
    """Return the summary, then a table for each dial that was turned, then the rank histograms where there are any."""
    turned = [_of_dial(dial) for dial in calibration.dials if dial.answers]
    return [summary(calibration), *turned, *_of_histograms(calibration)]


def summary(calibration: Calibration, names: Collection[str] | None = None) -> Table:
    """Return the verdicts of every metric on every dial, or of the metrics of these names alone."""
    turned = [dial for dial in calibration.dials if dial.answers]
    answers = {answer.metric: answer for dial in turned for answer in dial.answers}
    marks = [{answer.metric: mark(answer) for answer in dial.answers} for dial in turned]
    rows = [
        [_name(answer), *(each.get(metric, "") for each in marks)]
        for metric, answer in answers.items()
        if names is None or name_of(metric) in names
    ]
    return Table("What each metric sees", ["metric", *(dial.dial for dial in turned)], rows)


def _of_dial(dial: Turned) -> Table:
    settings = [f"{step.setting:g}" for step in dial.answers[0].steps]
    rows = [
        [
            _name(answer),
            *_values(answer),
            _verdict(answer),
            " / ".join(map(_needed, answer.steps[1:])),
        ]
        for answer in dial.answers
    ]
    return Table(f"{dial.dial}: {dial.unit}", ["metric", *settings, "verdict", "conditions needed"], rows)


def _of_histograms(calibration: Calibration) -> list[Table]:
    """Return the table of the histograms of every setting, one column per metric that has some; none without them."""
    shown = [
        (dial.dial, {answer.metric: answer for answer in dial.answers if any(step.histogram for step in answer.steps)})
        for dial in calibration.dials
    ]
    metrics = list(dict.fromkeys(metric for _, answers in shown for metric in answers))
    rows = [
        [f"{dial} {step.setting:g}", *(bars(answers[metric].steps[i].histogram) for metric in metrics)]
        for dial, answers in shown
        if answers
        for i, step in enumerate(next(iter(answers.values())).steps)
    ]
    return [Table("Rank histograms", ["setting", *metrics], rows)] if metrics else []


def bars(histogram: Sequence[int]) -> str:
    """Return counts as a line of blocks: `▄` is what a flat histogram has, `█` twice that or more, `·` nothing."""
    total = sum(histogram)
    if not total:
        return ""
    heights = (BLOCK * number * len(histogram) / total for number in histogram)
    return "".join(BLOCKS[min(len(BLOCKS) - 1, round(height))] for height in heights)


def _values(answer: Answer) -> list[str]:
    rounding = ROUNDING * max(abs(step.value) for step in answer.steps)
    return [short(step.value, step.standard_error, rounding) for step in answer.steps]


def _name(answer: Answer) -> str:
    return answer.metric + "°" * (not answer.paired) + ARROWS[answer.higher_is_better]


def _verdict(answer: Answer) -> str:
    first_step = answer.steps[min(1, len(answer.steps) - 1)].setting
    late = answer.since is not None and (answer.verdict == "wrong" or answer.since > first_step)
    return f"{mark(answer)} {answer.verdict}" + (f" from {answer.since:g}" if late else "")


def _needed(step: Step) -> str:
    if step.from_before.standard_error is None:
        return "?"
    if step.conditions_needed is None or step.conditions_needed > MOST_CONDITIONS:
        return f"> {MOST_CONDITIONS}"
    return str(step.conditions_needed)


def notes(calibration: Calibration) -> list[str]:
    """Return what could not be turned, what the tables are made of, and what their marks mean."""
    task, protocol = calibration.task, calibration.protocol
    off = "; OFF-PROTOCOL" if protocol.off_protocol else ""
    answers = [answer for dial in calibration.dials for answer in dial.answers]
    found = {answer.verdict for answer in answers}
    nulls = any(answer.null is not None for answer in answers)
    drawn = any(step.histogram for answer in answers for step in answer.steps)
    meanings = {
        "sees": f"worse at the last step than at rest (beyond {TOLD:g} standard errors of the difference), and at no"
        " step better than at an earlier one",
        "blind": f"the last step is within {TOLD:g} standard errors of rest",
        "wrong": f"better as the fault grows: at the last step than at rest, or at some step than at an earlier one"
        f" (beyond {REVERSED:g} standard errors)",
        "rises": "rises; it has no better side",
        "falls": "falls; it has no better side",
        "mixed": "rises and falls; it has no better side",
        "unknown": "there is no standard error to tell by",
    }
    marks = [f"{MARKS[name]} {meaning}" for name, meaning in meanings.items() if name in found]
    if any(answer.rewards for answer in answers):
        marks.append("! moves as it would with more diversity, so the fault is rewarded where that is read as better")
    return [
        *(f"{dial.dial} was not turned: {dial.reason}." for dial in calibration.dials if not dial.answers),
        f"{task.name}@{task.version} ({task.fingerprint[:8]}), protocol {protocol.name}"
        f"@{protocol.version}: the same {protocol.num_conditions} conditions x"
        f" {protocol.samples_per_condition} samples at every step, seed {calibration.seed}{off}."
        f" At rest: {calibration.rest}. ±: {'; '.join(map(uncertainty, calibration.uncertainties)) or 'none'}.",
        "Marks: " + ". ".join(marks) + ". Arrows at names: the better side. Where there is nothing to see, about"
        " one verdict in twenty is chance.",
        "Steps are compared condition by condition; of metrics with ° the errors of two steps are taken as"
        " independent, which is cautious.",
        *(["Metrics of which the true law has a known value are judged by their distance from it."] if nulls else []),
        *([f"Rank histograms: {BLOCKS[BLOCK]} is flat, as of the true law."] if drawn else []),
        "Conditions needed: to tell each step from the one before with 80 % power at 5 % (two-sided), by the difference"
        f" Δ and its error on these n conditions: n ({POWER:.2f} SE/Δ)². Where that is a handful, take more.",
    ]


def markdown(calibration: Calibration) -> str:
    """Return the calibration as markdown: a heading a table, then the notes."""
    from tabulate import tabulate

    parts = []
    for table in tables(calibration):
        align = [_align(title) for title in table.titles]
        cells = tabulate(table.rows, table.titles, tablefmt="github", colalign=align, disable_numparse=True)
        parts.append(f"### {table.heading}\n\n{cells}")
    parts.append("\n".join(f"- {note}" for note in notes(calibration)))
    return "\n\n".join(parts)


def _align(title: str) -> str:
    return {"metric": "left", "verdict": "left", "conditions needed": "right"}.get(title, "center")
