"""Simulated studies: do the intervals cover, whom do the rules exclude, is the planned power met?

python benchmarks/study.py [--studies 1000] [--first 0] [--part coverage|exclusions|power] [--json FILE]

Everything is seeded: study i of a design is the same in every run, so that parts can be run apart (`--first`).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import expit, ndtr, ndtri
from tabulate import tabulate

from benchbench.core.noise import stream
from benchbench.study.answers import Sat
from benchbench.study.design import Supply, Trial, deal
from benchbench.study.exclusions import REASONS, conduct
from benchbench.study.folder import Judged
from benchbench.study.judgements import Judgements, judged
from benchbench.study.measures import realism
from benchbench.study.messages import Answer
from benchbench.study.observers import FRAME, Crowd, Observers
from benchbench.study.outcome import contrasts, outcome
from benchbench.study.power import Plan
from benchbench.study.record import BOTH, CRITERION, FOOLING, MISS, REALISM, SENSITIVITY, STRENGTH
from benchbench.study.resampling import people_weights
from benchbench.study.setting import DESIGNS, PAIRS, SIDE_BY_SIDE, SINGLE, Setting
from benchbench.study.strengths import strengths

OBSERVERS = Observers((0.4, 1.0, 1.8), criterion=0.3, people_sd=0.3, image_sd=0.3)
"""Three methods, from hardly told to mostly told; people lean towards "real"."""
CONDITIONS = 300
REPLICATES = 1000


def methods(number: int) -> list[Judged]:
    """Return names for so many methods."""
    return [Judged(f"method {i + 1}", f"run {i + 1}", None, False) for i in range(number)]


def people_of(crowd: Crowd, seats: Sequence[Sequence[Trial]]) -> list[Sat]:
    """Return what a crowd answers, with exposures that are right but for a share of trials."""
    exposure, late = crowd.setting.timing.exposure, crowd.observers.wrong_timings
    found = []
    for seat, trials in enumerate(seats):
        moments = 1 if crowd.setting.design == SIDE_BY_SIDE else len(trials[0].shown)
        off = [exposure + 3 * FRAME * wrong for wrong in crowd.random.random(len(trials)) < late]
        answers = [
            Answer(seat, i, choice, 500.0, (0.0,) * moments, (float(off[i]),) * moments, FRAME)
            for i, choice in enumerate(crowd.choices(trials))
        ]
        found.append(Sat(seat, tuple(answers), (), True))
    return found


# Coverage -------------------------------------------------------------------------------------------------------------


def truths(observers: Observers, setting: Setting) -> list[dict[str, float]]:
    """Return each method's measures over infinitely many people and images."""
    own, lapse = observers, observers.lapses
    scale = (1 + own.people_sd**2 + own.image_sd**2) ** 0.5
    d = np.array(own.sensitivities)

    def lapsing(probability: np.ndarray) -> np.ndarray:
        return (1 - lapse) * probability + lapse / 2

    if setting.design == SINGLE:
        fooled, missed = lapsing(ndtr((own.criterion - d) / scale)), lapsing(ndtr(-own.criterion / scale)) + 0 * d
        by_person = [_mean_realism(own, setting, i) for i in range(len(d))]
        sense, lean = ndtri(1 - fooled) - ndtri(missed), -(ndtri(1 - fooled) + ndtri(missed)) / 2
        names = (FOOLING, MISS, SENSITIVITY, CRITERION, REALISM, BOTH)
        columns = (fooled, missed, sense, lean, [each[0] for each in by_person], [each[1] for each in by_person])
    elif setting.design == PAIRS:
        fooled_second = lapsing(ndtr((-d / 2**0.5 - own.criterion) / scale))  # called first, was second
        fooled_first = 1 - lapsing(ndtr((d / 2**0.5 - own.criterion) / scale))
        fooled = (fooled_first + fooled_second) / 2
        high, low = ndtri(1 - fooled_second), ndtri(fooled_first)
        names = (FOOLING, SENSITIVITY, CRITERION, REALISM)
        columns = (fooled, (high - low) / 2**0.5, -(high + low) / 2, 2 * fooled)
    else:
        nodes, weights = np.polynomial.hermite_e.hermegauss(60)
        spread = (2 * (own.people_sd**2 + own.image_sd**2)) ** 0.5 * nodes
        preferred = (expit(-d[:, None, None] + d[None, :, None] + spread) * weights).sum(-1) / weights.sum()
        wins = 1e6 * lapsing(preferred) * (1 - np.eye(len(d)))
        names, columns = (STRENGTH,), (strengths(wins),)
    return [dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)]


def _mean_realism(own: Observers, setting: Setting, method: int) -> tuple[float, float]:
    """Return the expected 2 (1 - F) of one person who sees as many images as the setting shows, by 200,000 draws."""
    random = stream("benchmark truth", method)
    fakes, reals = setting.trials // 2 // len(own.sensitivities), setting.trials // 2
    criterion = own.criterion + random.normal(0, own.people_sd, 200_000)
    scale = (1 + own.image_sd**2) ** 0.5
    fooled, missed = (
        (1 - own.lapses) * ndtr(each / scale) + own.lapses / 2
        for each in (criterion - own.sensitivities[method], -criterion)
    )
    rates = random.binomial(fakes, fooled) / fakes, random.binomial(reals, missed) / reals
    return float(realism(*rates).mean()), float(realism(*rates, both=True).mean())


def coverage(
    design: str, studies: int, first: int = 0, people: int = 33, trials: int = 60
) -> dict[str, dict[str, list[int]]]:
    """Return how many 95 % intervals of each measure hold the truth, and of how many: `[held, all]` by kind.

    Each study has people and looks of images of its own; every fiftieth one deals its trials again too.
    """
    setting = Setting(design, trials, people)
    expected = truths(OBSERVERS, setting)
    count = len(expected)
    supply = Supply([[1] * CONDITIONS] * count, [1] * CONDITIONS)
    weights = people_weights(people, REPLICATES)
    held: dict[str, dict[str, list[int]]] = {}
    for number in range(first, first + studies):
        if number == first or number % 50 == 0:
            seats = deal(replace(setting, seed=number // 50), supply)
        crowd = Crowd(OBSERVERS, setting, CONDITIONS, "coverage", design, number)
        found = outcome(judged(people_of(crowd, seats), seats, setting, True), methods(count), design, weights)
        for truth, scored in zip(expected, found.methods, strict=True):
            for measure in scored.measures:
                kinds = held.setdefault(measure.name, {"people": [0, 0], "crossed": [0, 0]})
                for kind, interval in (("people", measure.people), ("crossed", measure.crossed)):
                    kinds[kind][0] += interval.low <= truth[measure.name] <= interval.high
                    kinds[kind][1] += 1
    return held


# Exclusions -----------------------------------------------------------------------------------------------------------

KINDS = {
    "honest": Observers((0.4, 1.0, 1.8), criterion=0.3),
    "honest, 10 % lapses": Observers((0.4, 1.0, 1.8), criterion=0.3, lapses=0.1),
    "honest, slow browser": Observers((0.4, 1.0, 1.8), criterion=0.3, wrong_timings=0.2),
    "guesses all": Observers((0.4, 1.0, 1.8), lapses=1.0),
    "always the same key": Observers((0.4, 1.0, 1.8), careless=1.0),
}


def exclusions(studies: int, trials: int, people: int = 33) -> dict[str, dict[str, float]]:
    """Return the share of people of each kind whom each rule excludes, and any rule."""
    setting = Setting(SINGLE, trials, people)
    found = {}
    seats = deal(setting, Supply([[1] * CONDITIONS] * len(OBSERVERS.sensitivities), [1] * CONDITIONS))
    for kind, observers in KINDS.items():
        reasons: Counter[str] = Counter()
        for number in range(studies):
            crowd = Crowd(observers, setting, CONDITIONS, "exclusions", kind, trials, number)
            for sat in people_of(crowd, seats):
                broken = conduct(sat, seats[sat.seat], setting).reasons
                reasons.update(broken)
                reasons["any"] += bool(broken)
        found[kind] = {reason: reasons[reason] / (studies * people) for reason in (*REASONS[1:], "any")}
    return found


# Power ----------------------------------------------------------------------------------------------------------------

PLANS = (
    Plan(0.10, 33, 40, design=PAIRS),
    Plan(0.15, 20, 40, design=PAIRS),
    Plan(0.05, 100, 60, design=PAIRS),
    Plan(0.10, 33, 80),
    Plan(0.10, 33, 40, design=PAIRS, people_sd=0.0, images_sd=0.0),
)


def power(plan: Plan, studies: int, first: int = 0) -> int:
    """Return in how many simulated studies the t-test finds the planned difference of two methods."""
    answers = int(plan.answers)
    found = 0
    for number in range(first, first + studies):
        random = stream("benchmark power", number, plan.people, plan.trials, plan.difference, plan.people_sd)
        shared, own = random.normal(size=(1, plan.people)), random.normal(size=(2, plan.people))
        person = plan.people_sd * (plan.correlation**0.5 * shared + (1 - plan.correlation) ** 0.5 * own)
        image = plan.images_sd * random.normal(size=(2, plan.images))
        rows = []
        for p in range(plan.people):
            conditions = random.permutation(plan.images)[: 2 * answers]
            for method, shown in enumerate((conditions[:answers], conditions[answers:])):
                rate = np.clip(plan.rate + method * plan.difference + person[method, p] + image[method, shown], 0, 1)
                yes = random.random(answers) < rate
                rows.append(np.column_stack([np.full(answers, p), shown, np.full(answers, method), yes]))
        table = np.concatenate(rows)
        judgements = Judgements(table[:, 0], table[:, 1], table[:, 2], 0 * table[:, 0], table[:, 3].astype(bool))
        (contrast,) = contrasts(judgements, methods(2))
        found += contrast.p <= plan.level
    return found


# Tables ---------------------------------------------------------------------------------------------------------------


def main() -> None:
    """Print the tables, and write their numbers where asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--part", choices=("coverage", "exclusions", "power"))
    parser.add_argument("--design", choices=DESIGNS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    parts = [given.part] if given.part else ["coverage", "exclusions", "power"]
    numbers: dict[str, object] = {}
    if "coverage" in parts:
        designs = [given.design] if given.design else DESIGNS
        numbers["coverage"] = {design: coverage(design, given.studies, given.first) for design in designs}
        rows = [
            [design, name, *(f"{held / number:.1%} of {number}" for held, number in kinds.values())]
            for design, measures in numbers["coverage"].items()
            for name, kinds in measures.items()
        ]
        print(tabulate(rows, ["design", "measure", "people alone", "crossed"], tablefmt="github"))
    if "exclusions" in parts:
        sizes = {trials: exclusions(max(1, given.studies // 10), trials) for trials in (20, 40, 60)}
        numbers["exclusions"] = sizes
        rows = [
            [trials, kind, *(f"{share:.1%}" for share in shares.values())]
            for trials, kinds in sizes.items()
            for kind, shares in kinds.items()
        ]
        print(tabulate(rows, ["trials", "people", *REASONS[1:], "any"], tablefmt="github"))
    if "power" in parts:
        met = [power(plan, given.studies, given.first) / given.studies for plan in PLANS]
        numbers["power"] = met
        rows = [
            [
                plan.design,
                plan.people,
                plan.trials,
                plan.difference,
                plan.people_sd,
                f"{plan.power():.1%}",
                f"{each:.1%}",
            ]
            for plan, each in zip(PLANS, met, strict=True)
        ]
        titles = ["design", "people", "trials", "difference", "sd of people, images", "planned", "met"]
        print(tabulate(rows, titles, tablefmt="github"))
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main()
