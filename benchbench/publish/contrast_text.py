"""Comparisons in words: the cells of their tables, a sentence per metric, what it all rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchbench.leaderboards.contrasts import Contrast
from benchbench.leaderboards.sides import Side
from benchbench.plugins import registry
from benchbench.publish.table import Table
from benchbench.publish.words import ARROWS, LEFT, number, rounded
from benchbench.publish.words import uncertainty as in_words
from benchbench.specs import find_metric
from benchbench.stats.paired import LEVEL


def table(contrasts: Sequence[Contrast]) -> Table:
    """Return the contrasts of one pair, one row per metric."""
    pair = contrasts[0].first, contrasts[0].second
    titles = ("metric", *pair, "difference", "95 % interval", "d", f"{pair[0]} wins", "p (Holm)", "verdict")
    return Table("compare", titles, (tuple(_cells(each) for each in contrasts),), LEFT, 1, "")


def _cells(contrast: Contrast) -> tuple[str, ...]:
    difference = contrast.difference
    error = difference.standard_error

    def short(value: float) -> str:
        return rounded(value, error)[0]

    return (
        contrast.metric + ARROWS[contrast.higher_is_better],
        *map(short, contrast.means),
        number(difference.value, error),
        " to ".join(map(short, difference.interval95 or ())),
        "–" if contrast.cohens_d is None else f"{contrast.cohens_d:.2f}",
        f"{100 * contrast.win_rate:.0f} %",
        "<0.001" if contrast.p_holm < 0.001 else f"{contrast.p_holm:.3f}",
        verdict(contrast),
    )


def verdict(contrast: Contrast) -> str:
    """Return who is better, in two words."""
    return {
        "alike": "not distinguishable",
        "differ": "differ",
        "first": f"{contrast.first} better",
        "second": f"{contrast.second} better",
    }[contrast.verdict]


def uncertainty(contrast: Contrast) -> str:
    """Return what the difference's ± is: `paired standard error over 25 conditions and 3 training seeds of mr1`."""
    seeds = [f" and {number} training seeds of {label}" for label, number in contrast.training_seeds.items()]
    return in_words(contrast.uncertainty) + "".join(seeds)


def as_fields(contrast: Contrast) -> dict[str, Any]:
    """Return the contrast in plain fields, for JSON."""
    difference = contrast.difference
    return {
        "first": contrast.first,
        "second": contrast.second,
        "metric": contrast.metric,
        "id": contrast.id,
        "higher_is_better": contrast.higher_is_better,
        "means": contrast.means,
        "difference": difference.value,
        "standard_error": difference.standard_error,
        "uncertainty": uncertainty(contrast),
        "interval95": difference.interval95,
        "degrees": difference.degrees,
        "n": difference.n,
        "training_seeds": difference.seeds,
        "p": difference.p,
        "p_holm": contrast.p_holm,
        "cohens_d": contrast.cohens_d,
        "win_rate": contrast.win_rate,
        "most": [vars(place) for place in contrast.most],
        "verdict": verdict(contrast),
    }


def place_of(side: Side, edition: int | None, n: int) -> str:
    """Return what a sentence holds for: `On toy-shapes@1 (edition 6, n = 300 conditions)`."""
    task = side.records[0].task
    stated = f"edition {edition}" if edition else "runs of no edition"
    return f"On {task.name}@{task.version} ({stated}, n = {n} conditions)"


def sentence(contrast: Contrast, place: str) -> str:
    """Return in plain words who is better by how much, or that the two are not distinguishable.

    `place` says of what (`place_of`), so that the sentence can be cited as it stands.
    """
    metric, value = contrast.metric, contrast.difference.value
    if not contrast.significant:
        return f"{place}, by {metric}, {contrast.first} and {contrast.second} are not distinguishable."
    declared = find_metric(metric, registry())
    first_wins = (value > 0) == (contrast.higher_is_better is not False)
    winner = contrast.first if first_wins else contrast.second
    what = (declared.better if declared else "") or ("higher" if contrast.higher_is_better is None else "better")
    share = contrast.win_rate if first_wins else 1 - contrast.win_rate
    by = number(abs(value), contrast.difference.standard_error)
    return f"{place}, {winner} is {what} by {by} ({metric}), on {100 * share:.0f} % of the conditions."


def where_most(contrast: Contrast) -> str:
    """Return the conditions where the two differ most."""
    places = [f"{each.condition} ({each.first:.3g} and {each.second:.3g})" for each in contrast.most]
    return f"{contrast.first} and {contrast.second} differ most by {contrast.metric} on {', '.join(places)}."


def caption(sides: Sequence[Side], contrasts: Sequence[Contrast]) -> str:
    """Return what the differences are of, and what each number beside them is."""
    record, row = sides[0].records[0], contrasts[0]
    task, protocol = record.task, record.protocol
    off = "; OFF-PROTOCOL, not for a leaderboard" if protocol.off_protocol else ""
    tests = f"Holm's correction for the {len(contrasts)} tests shown" if len(contrasts) > 1 else "a single test"
    return (
        f"{task.name}@{task.version} ({task.fingerprint[:8]}), protocol {protocol.name}@{protocol.version}: the same"
        f" {row.difference.n} conditions x {protocol.samples_per_condition} samples{off}. Differences: the first"
        f" method less the second, ± {uncertainty(row)}; 95 % interval of each alone, Student's t with"
        f" {_degrees(contrasts)}."
        f" d: mean difference in standard deviations over conditions (Cohen); wins: the share of conditions where the"
        f" first is better, or higher where neither side is. p: two-sided paired t-test, {tests}; verdicts at"
        f" {100 * LEVEL:g} %. {_trainings(sides)}"
    )


def _degrees(contrasts: Sequence[Contrast]) -> str:
    degrees = {each.difference.degrees for each in contrasts}
    if len(degrees) == 1 and all(isinstance(each, int) for each in degrees):
        return f"{min(degrees)} degrees of freedom"
    ends = dict.fromkeys(f"{each:.3g}" for each in (min(degrees), max(degrees)))
    return f"{' to '.join(ends)} degrees of freedom (Welch, Satterthwaite)"


def _trainings(sides: Sequence[Side]) -> str:
    """Return whose error holds the spread of trainings."""
    several = [f"{side.label} ({side.seeds} seeds)" for side in sides if side.seeds > 1]
    single = [side.label for side in sides if side.seeds == 1]
    if not several:
        return "The error is that of conditions and draws, not of training again."
    alone = f"; that of {', '.join(single)}, of one training seed, it cannot" if single else ""
    return f"The error holds the spread of trainings of {', '.join(several)}{alone}."
