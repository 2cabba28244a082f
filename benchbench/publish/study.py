"""Studies in words and tables: what each cell says; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from benchbench.study.power import Plan, people_needed
from benchbench.study.record import Measure, Outcome, StudyRecord
from benchbench.study.resampling import Interval
from benchbench.study.setting import SIDE_BY_SIDE, SINGLE

Cells = tuple[list[str], list[list[str]]]
"""Titles and rows."""
TRIALS = (20, 40, 60, 80, 120)
PEOPLE = (10, 20, 33, 50, 100)
WORDS = {
    "single": "one image, real or fake",
    "pairs": "a real and a fake in turn, which is the fake",
    "side-by-side": "two methods side by side, which looks more real",
}


def facts(record: StudyRecord) -> list[str]:
    """Return what a study was, line by line."""
    setting, task = record.setting, record.task
    exposure = f"{setting.timing.exposure} ms" if setting.timing.exposure else "no time limit"
    excluded = [each for each in record.conducts if each.reasons]
    reasons = Counter(reason for each in excluded for reason in each.reasons)
    why = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
    rules = setting.rules
    lines = [
        f"study {record.study} of {task.name}@{task.version}: {WORDS[setting.design]}; {exposure},"
        f" {setting.trials} scored trials per person",
        f"{record.outcome.people} people scored, {len(excluded)} excluded" + (f" ({why})" if why else ""),
        f"rules fixed beforehand: vigilance at least {rules.least_vigilance:.0%}, wrong exposures in at most"
        f" {rules.most_wrong_timings:.0%} of trials, the same answer in at most {rules.most_monotony:.0%}",
    ]
    if record.simulated:
        lines.insert(0, "SIMULATED OBSERVERS: an exercise, no result about any method")
    if record.source:
        lines.append(f"source: {record.source}")
    return lines


def method_table(outcome: Outcome) -> Cells:
    """Return a row per method: each measure with its crossed interval, or that over people where there is no other."""
    columns = list(dict.fromkeys(measure.name for each in outcome.methods for measure in each.measures))
    rows = [
        [each.method.label, str(each.answers), *(measure_cell(each.get(name)) for name in columns)]
        for each in outcome.methods
    ]
    return ["method", "answers", *columns], rows


def measure_cell(measure: Measure | None) -> str:
    """Return `0.31 [0.25, 0.38]`, or a dash."""
    if measure is None:
        return "–"
    interval = measure.crossed or measure.people
    return f"{measure.value:.2f}" + (f" {_interval(interval)}" if interval else "")


def _interval(interval: Interval) -> str:
    return f"[{interval.low:.2f}, {interval.high:.2f}]"


def contrast_table(outcome: Outcome) -> Cells:
    """Return a row per pair of methods."""
    rows = []
    for each in outcome.contrasts:
        value = f"{each.value:+.3f} {_interval(each.crossed)}"
        rows.append([f"{each.first} less {each.second}", value, _p(each.p), _p(each.adjusted)])
    return [f"difference of {outcome.contrasts[0].measure}", "value", "p", "p after Holm"], rows


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def plan_lines(plan: Plan) -> list[str]:
    """Return what the plan at hand would give."""
    what = "preference share" if plan.design == SIDE_BY_SIDE else "fooling rate"
    to = "each pair of methods" if plan.design == SIDE_BY_SIDE else "each method"
    reals = "; half of the trials show real images" if plan.design == SINGLE else ""
    tests = f"{plan.pairs} pairs of methods, Holm" if plan.pairs > 1 else "one pair of methods"
    return [
        f"{plan.people} people x {plan.trials} scored trials ({WORDS[plan.design]}):"
        f" {plan.answers:g} answers per person to {to}{reals}",
        f"standard error of one {what}: {plan.rate_error():.3f}; of the difference: {plan.error():.3f}",
        f"power to find a difference of {plan.difference:g} ({tests}): {plan.power():.0%}",
    ]


def plan_table(plan: Plan, power: float) -> Cells:
    """Return a row per number of trials: the power with so many people, and how many people are needed."""
    rows = []
    for trials in sorted({*TRIALS, plan.trials}):
        own = replace(plan, trials=trials)
        needed = people_needed(own, power)
        powers = [f"{replace(own, people=people).power():.0%}" for people in PEOPLE]
        rows.append([str(trials), *powers, str(needed) if needed else "> 10000"])
    return ["trials", *(f"{people} people" for people in PEOPLE), f"people for {power:.0%}"], rows
