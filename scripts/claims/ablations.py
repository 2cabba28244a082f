"""Claims on what the moment losses are made with: weights, samples, no GAN loss, a reconstruction loss added."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchbench.core.record import Score
from benchbench.publish.words import number
from claims.curves import Curve, Panel
from claims.evidence import MISSING, NO, UNSURE, YES, Evidence, Part, all_of, beyond, more, within
from claims.finding import ALIKE, MOMENTS, MR, Finding, scored

TASK = "toy-shapes"
STEADY = ("energy-score[mini]", "relative-diversity[mini]", "realism[mini]", "law-distance")
Varied = dict[str, list[tuple[str, str]]]
"""Of each method what it is varied to, and the method varied."""


def varied(option: str, values: dict[str, Sequence[str]], default: dict[str, str]) -> Varied:
    """Return what is varied, where the default value is the plain method."""
    return {
        name: [(value, name if default[name] == value else f"{name}[{option}={value}]") for value in given]
        for name, given in values.items()
    }


def methods_of(pairs: Varied) -> tuple[str, ...]:
    """Return all methods that are varied."""
    return tuple(method for own in pairs.values() for _, method in own)


def range_of(scores: Sequence[Score | None]) -> tuple[float, float] | None:
    """Return the range of numbers and its standard error; `None` where a number is missing."""
    known = [score for score in scores if score is not None]
    if len(known) < len(scores):
        return None
    low, high = min(known, key=lambda each: each.value), max(known, key=lambda each: each.value)
    return high.value - low.value, math.hypot(high.standard_error or 0, low.standard_error or 0)


def steadier(evidence: Evidence, pairs: Varied, one: str, other: str) -> tuple[Part, str]:
    """Return whether one method is steadier than the other over what is varied.

    It is where the other's training diverges and its own does not, or else where its energy score varies less.
    """
    ranges = {
        name: range_of([evidence.score(TASK, method, "energy-score[mini]") for _, method in pairs[name]])
        for name in (one, other)
    }
    about = f"{one} and {other}"
    lost = {name: [value for value, method in pairs[name] if evidence.diverged(TASK, method)] for name in (one, other)}
    known = {name: found for name, found in ranges.items() if found is not None}
    texts = {name: f"`{name}` {number(*found)}" for name, found in known.items()}
    texts |= {name: f"`{name}` diverged at {', '.join(values)}" for name, values in lost.items() if values}
    told = ", ".join(texts[name] for name in (one, other) if name in texts)
    if all(lost.values()):
        return Part(about, UNSURE), told
    if (lost[other] and one in known) or (lost[one] and other in known):
        return Part(about, YES if lost[other] else NO), told
    if len(known) < 2:
        return Part(about, MISSING), told
    difference = known[other][0] - known[one][0]
    return Part(about, beyond(difference, math.hypot(known[one][1], known[other][1]))), told


def near_best(evidence: Evidence, pairs: Varied) -> str:
    """Return at how many values each method's energy score is within `ALIKE` of its own least one."""
    told = []
    for name, own in pairs.items():
        scores = [evidence.score(TASK, method, "energy-score[mini]") for _, method in own]
        values = [score.value for score in scores if score is not None]
        near = sum(value <= (1 + ALIKE) * min(values) for value in values)
        told.append(f"`{name}` at {near} of {len(values)}")
    return ", ".join(told)


def curves_of(evidence: Evidence, pairs: Varied, metric: str) -> tuple[Curve, ...]:
    """Return one curve a name over what is varied."""
    found = []
    for name, own in pairs.items():
        scores = [(float(value), evidence.score(TASK, method, metric)) for value, method in own]
        points = tuple((x, score.value, score.standard_error or 0) for x, score in scores if score is not None)
        found.append(Curve(name, points))
    return tuple(found)


def over_weights(evidence: Evidence) -> Finding:
    """Whether the loss weight of proxy losses matters less than that of MR1."""
    values = {"mr1": ("2", "20", "200"), "proxy-mr1": ("5", "50", "500")}
    pairs = varied("weight", values, {"mr1": "20", "proxy-mr1": "50"})
    text, rows = scored(evidence, TASK, methods_of(pairs), STEADY)
    part, told = steadier(evidence, pairs, "proxy-mr1", "mr1")
    panels = tuple(
        Panel("weight of the moment loss", metric, curves_of(evidence, pairs, metric)) for metric in STEADY[:2]
    )
    return Finding(
        "4. Proxy losses care less about their weight",
        f"{MR}, on training",
        "proxy MR is as steady in training as a reconstruction loss, and its weight may vary from tens to thousands"
        " with similar results; MR is less steady.",
        text,
        (part,),
        tuple(rows),
        f"Range of the energy score over two decades of the weight: {told}. Steadier is the smaller range, and what"
        f" does not diverge where the other does; a small range says nothing of how good the scores are. Within"
        f" {100 * ALIKE:g} % of its own best: {near_best(evidence, pairs)}."
        if told
        else "",
        "weights.svg",
        "Energy score and relative diversity of mr1 and proxy-mr1 over the weight of their loss, with bars of two"
        " standard errors",
        panels,
    )


def over_samples(evidence: Evidence) -> Finding:
    """Whether few samples an input harm MR more than proxy losses."""
    values = dict.fromkeys(MOMENTS, ("2", "4", "8"))
    pairs = varied("num_samples", values, dict.fromkeys(MOMENTS, "8"))
    text, rows = scored(evidence, TASK, methods_of(pairs), STEADY)
    parts, told = [], []
    lost = any(evidence.diverged(TASK, method) for method in methods_of(pairs))
    for order in (1, 2):
        part, ranges = steadier(evidence, pairs, f"proxy-mr{order}", f"mr{order}")
        parts.append(part)
        told += [ranges] if ranges else []
    panels = tuple(
        Panel("K, samples of an input in training", metric, curves_of(evidence, pairs, metric)) for metric in STEADY[:2]
    )
    return Finding(
        "5. Proxy losses need fewer samples",
        f"{MR}, on training",
        "MR often diverges with few samples an input (in super-resolution it does at 12 and does not at 24); proxy MR"
        " does not.",
        text,
        tuple(parts),
        tuple(rows),
        f"Range of the energy score over K = 2, 4, 8: {', '.join(told)}. Steadier is the smaller range, and what"
        f" does not diverge where the other does.{'' if lost else ' None diverged.'}"
        if told
        else "",
        "samples.svg",
        "Energy score and relative diversity of the four moment losses over the number of samples of an input in"
        " training, with bars of two standard errors",
        panels,
    )


def without_gan(evidence: Evidence) -> Finding:
    """Moment losses without the GAN loss."""
    methods = tuple(f"{name}[adversarial_weight=0]" for name in MOMENTS)
    metrics = ("relative-std", "relative-diversity[mini]", "realism[mini]", "energy-score[mini]")
    text, rows = scored(evidence, TASK, methods, metrics)
    parts = []
    for name, method in zip(MOMENTS, methods, strict=True):
        low, high = (0, 0.1) if name.endswith("1") else (0.5, math.inf)
        parts.append(Part(name, within(evidence.score(TASK, method, "relative-std"), low, high)))
    return Finding(
        "6. Without the GAN loss one moment gives no variance, two do",
        f"{MR}, figure 12",
        "without the GAN loss, MR1 and proxy MR1 give samples of almost no variance, equal to the predicted mean; MR2"
        " and proxy MR2 give variance (proxy MR2 a milder one), though no realistic images.",
        text,
        tuple(parts),
        tuple(rows),
        "No variance: `relative-std` up to 0.1 (1 % of the true variance). Variance: from 0.5 on (a quarter of it).",
    )


def with_reconstruction(evidence: Evidence) -> Finding:
    """A reconstruction loss added to a moment loss."""
    values = {"proxy-mr1": ("0", "1", "10", "100")}
    pairs = varied("reconstruction_weight", values, {"proxy-mr1": "0"})
    methods = methods_of(pairs)
    metrics = ("relative-std", "relative-diversity[mini]", "realism[mini]", "energy-score[mini]")
    text, rows = scored(evidence, TASK, methods, metrics)
    scores = [evidence.score(TASK, method, "relative-std") for method in methods]
    steps = [more(before, after) for before, after in zip(scores, scores[1:], strict=False)]
    falls = NO if NO in steps else all_of([more(scores[0], scores[-1])])
    realism = [evidence.score(TASK, method, "realism[mini]") for method in methods]
    dips = MISSING
    if None not in realism:
        lowest = min(realism[1:-1], key=lambda each: each.value)  # type: ignore[union-attr]
        dips = all_of([more(realism[0], lowest), more(realism[-1], lowest)])
    return Finding(
        "7. A reconstruction loss takes the diversity away",
        f"{MR}, figure 13",
        "added to GAN and proxy MR with weights from 0 to 100, a reconstruction loss reduces the samples' variance"
        " more the heavier it is; quality first falls and then recovers.",
        text,
        (Part("the variance falls", MISSING if None in scores else falls), Part("quality dips between", dips)),
        tuple(rows),
        "The variance falls: less at 100 than at 0, and no step up. Quality dips: realism at 1 or at 10 is below that"
        " at 0 and at 100.",
        "reconstruction.svg",
        "Relative standard deviation and realism of proxy-mr1 over the weight of an added reconstruction loss, with"
        " bars of two standard errors",
        tuple(
            Panel("weight of the reconstruction loss", metric, curves_of(evidence, pairs, metric))
            for metric in ("relative-std", "realism[mini]")
        ),
    )
