"""Calibration and memorisation metrics: do they hold their level under the true law, and do they find known faults?

python benchmarks/posterior.py level          1,000 studies of a Gaussian law, no files
python benchmarks/posterior.py faults         100 runs of each fault on toy-shapes, from a bank of embedded draws
python benchmarks/posterior.py faults oracle conditions=50    the same of the named rows alone, on fewer conditions
python benchmarks/posterior.py memorise       the same of copies of training images
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import torch
from tabulate import tabulate
from torch import Tensor

from benchbench.core import Conditions, Estimate, FeatureSet, Task, Thresholds
from benchbench.core.noise import Noise, stream
from benchbench.evaluation import extractors
from benchbench.evaluation.points import point_of
from benchbench.evaluation.real import RealFeatures
from benchbench.methods.dial import Dial, nearest_in_pool
from benchbench.metrics import data_copying, interval, spread_skill, tarp, truth_rank
from benchbench.plugins import get_task, registry
from benchbench.stats.distances import euclidean
from benchbench.stats.estimates import block_of, jackknife_estimate, mean_estimate
from benchbench.stats.nulls import degrees_of, departure, joint
from benchbench.stats.randomised import ROUNDING, shape_of

SAMPLES = 20
LEVEL = 0.05
FAMILIES = {
    "truth-rank": ("rank bias", "rank shape"),
    "tarp": ("tarp bias", "tarp shape"),
    "tarp-condition": ("tarp-condition bias", "tarp-condition shape"),
    "spread-skill": ("spread-skill",),
    "interval-coverage": ("interval",),
}
"""What is tested together, with Holm's correction."""


@functools.cache
def task() -> Task:
    """Return the task, made once."""
    return get_task("toy-shapes")


def p_values(
    samples: Tensor, references: Tensor, points: Mapping[str, Tensor], groups: Sequence[str], seed: int
) -> dict[str, float]:
    """Return the p of every family against its null, by the functions that the metrics call.

    Embeddings of samples `[n, K, D]`, references `[n, R, D]`, points `[n, D]`; the seed breaks ties.
    """
    distances = torch.stack([euclidean(own, own) for own in samples])
    to_truth = torch.stack([euclidean(own, truth) for own, truth in zip(samples, references, strict=True)])
    generator = stream("posterior ties", seed)
    uniform = torch.from_numpy(generator.random((3, *references.shape[:2])))
    tolerance = ROUNDING * float(references.norm(dim=2).max())
    ranks = {
        "rank": truth_rank.truth_ranks(distances, to_truth, uniform[0], samples.shape[1] * tolerance),
        "tarp": tarp.nearness_ranks(samples, references, points["real"], uniform[1], tolerance),
        "tarp-condition": tarp.nearness_ranks(samples, references, points["condition"], uniform[2], tolerance),
    }
    k = samples.shape[1]
    by_condition = {
        f"{name} {what}": values.mean(1)
        for name, rank in ranks.items()
        for what, values in (("bias", 2 * rank - 1), ("shape", shape_of(rank)))
    }
    if samples.dtype == torch.float64:  # the law's own values, not embeddings of images
        inside = [interval.chance_inside(samples.movedim(1, 0), truth) for truth in references.unbind(1)]
        by_condition["interval"] = torch.stack(inside).mean((0, 2)) - (k - 1) / (k + 1)
    found = {name: against(mean_estimate(values.numpy(), groups), 0.0) for name, values in by_condition.items()}
    table = {
        "ensemble-variance": spread_skill.ensemble_variance(distances).numpy(),
        "mean-error": spread_skill.mean_error(distances, to_truth).numpy(),
        "single-error": to_truth.square().mean((1, 2)).numpy(),
    }
    whole = FeatureSet(task(), (), groups, pandas.DataFrame(table), {}, real_side())
    found["spread-skill"] = against(spread_skill.SpreadSkill().compute(whole), 1.0)
    return {family: joint([found[name] for name in names]) for family, names in FAMILIES.items() if names[0] in found}


def against(estimate: Estimate, null: float) -> float:
    """Return the p of an estimate against its null."""
    assert estimate.uncertainty is not None
    p = departure(estimate.value, estimate.standard_error, degrees_of(estimate.uncertainty), null)
    assert p is not None
    return p


def real_side() -> RealFeatures:
    """Return a real side of which only the thresholds are read."""
    empty = torch.zeros(0, 1)
    return RealFeatures(Path(), empty, empty, empty[None], np.zeros(0), Thresholds(1e-9, 1e-3))


@dataclass(frozen=True)
class Law:
    """How a study draws: y = c + y_spread, samples with another spread, or of another condition."""

    conditions: int = 100
    groups: int = 100
    references: int = 1
    scale: float = 1.0
    ignore: bool = False


def study(number: int, law: Law) -> dict[str, float]:
    """Return the p-values of one seeded study of K = 20 samples in 8 dimensions."""
    generator = stream("posterior study", number, law.conditions, law.references)
    d, n = 8, law.conditions
    group = np.arange(n) % law.groups
    centres = generator.standard_normal((law.groups, d))[group] + 0.3 * generator.standard_normal((n, d))
    truths = centres[:, None] + 0.5 * generator.standard_normal((n, law.references, d))
    of = np.roll(centres, 1, axis=0) if law.ignore else centres
    samples = of[:, None] + law.scale * 0.5 * generator.standard_normal((n, SAMPLES, d))
    points = {"condition": torch.from_numpy(centres), "real": torch.from_numpy(generator.standard_normal((n, d)))}
    groups = [str(each) for each in group]
    return p_values(torch.from_numpy(samples), torch.from_numpy(truths), points, groups, number)


def level(studies: int = 1000) -> None:
    """Print how often each family rejects the true law, and some faults, at 5 %."""
    laws = {
        "true law": (Law(), studies),
        "true law, 32 groups of 3 conditions, 5 references": (Law(96, 32, 5), studies),
        "samples 10 % too narrow": (Law(scale=0.9), studies // 10),
        "samples 10 % too wide": (Law(scale=1.1), studies // 10),
        "samples of another condition": (Law(ignore=True), studies // 10),
    }
    rows = []
    for name, (law, number) in laws.items():
        rejected: Counter[str] = Counter()
        for i in range(number):
            rejected.update(family for family, p in study(i, law).items() if p <= LEVEL)
        rows.append([name, number, *(f"{100 * rejected[family] / number:.1f} %" for family in FAMILIES)])
        print(rows[-1], file=sys.stderr)
    print(tabulate(rows, ["law", "studies", *FAMILIES], tablefmt="github", disable_numparse=True))


class Bank:
    """Embedded draws of toy-shapes: of the true law, of the truth with noise, and what metrics compare them with."""

    def __init__(self, conditions: int, draws: int, noisy: bool = True) -> None:
        self.task = task()
        self.examples = list(self.task.examples("test"))[:conditions]
        self.ids = [example.id for example in self.examples]
        self.embed = extractors.load(registry().get("features", "mini")(), "cpu")
        self.clean, self.pooled = self._draw(Dial(), draws)
        self.noisy = self._draw(Dial(noise=16), draws)[0] if noisy else self.clean
        references = [self.embed(example.references) for example in self.examples]
        self.references = torch.stack([views["embedding"] for views in references])
        self.reference_pooled = torch.stack([views["pooled"] for views in references])
        self.points = {
            kind: torch.cat([self.embed(point_of(kind, self.task, each)[None])["embedding"] for each in self.examples])
            for kind in ("real", "condition")
        }

    def _draw(self, method: Dial, draws: int) -> tuple[Tensor, Tensor]:
        """Return `[n, draws, D]` and `[n, draws, d]` of the method's samples, by the seed 0."""
        method.prepare(self.task, "cpu", None)
        embedding, pooled = [], []
        for example in self.examples:
            noise = Noise.for_samples((self.task.name, self.task.version), 0, [example.id], draws)
            values = {name: value[None] for name, value in example.condition.items()}
            views = self.embed(method.sample(Conditions((example.id,), values), draws, noise)[0])
            embedding.append(views["embedding"])
            pooled.append(views["pooled"])
        return torch.stack(embedding), torch.stack(pooled)

    def run(self, seed: int, fault: str) -> Tensor:
        """Return the samples `[n, K, D]` of a run with a fault, drawn from the bank."""
        generator, n, rows = stream("posterior bank", seed), len(self.ids), []
        for i in range(n):
            chosen = torch.from_numpy(generator.permutation(self.clean.shape[1])[:SAMPLES].copy())
            samples = (self.noisy if fault == "noise" else self.clean)[i, chosen].clone()
            others = {"ignore": SAMPLES // 2, "unconditional": SAMPLES}.get(fault, 0)
            if fault == "collapse":
                samples[: SAMPLES // 4] = samples[0]
            if others:
                other = (i + 1 + generator.integers(n - 1, size=others)) % n
                draw = generator.integers(self.references.shape[1], size=others)
                samples[-others:] = self.references[torch.from_numpy(other), torch.from_numpy(draw)]
            rows.append(samples)
        return torch.stack(rows)


FAULTS = {
    "oracle": "oracle",
    "dial[collapse=0.25]": "collapse",
    "dial[noise=16]": "noise",
    "dial[ignore=0.5]": "ignore",
    "unconditional": "unconditional",
}


def faults(*labels: str, conditions: int = 100, runs: int = 100) -> None:
    """Print how often each family rejects known faults on toy-shapes at 5 %; all of them, or those named."""
    bank = Bank(conditions, 2 * SAMPLES, noisy=not labels or "dial[noise=16]" in labels)
    families = [family for family in FAMILIES if family != "interval-coverage"]  # of values, not of embeddings
    rows = []
    for label in labels or FAULTS:
        fault = FAULTS[label]
        rejected: Counter[str] = Counter()
        for seed in range(runs):
            found = p_values(bank.run(seed, fault), bank.references, bank.points, bank.ids, seed)
            rejected.update(family for family in families if found[family] <= LEVEL)
        rows.append([label, *(f"{rejected[family]} of {runs}" for family in families)])
        print(rows[-1], file=sys.stderr)
    print(tabulate(rows, ["method", *families], tablefmt="github", disable_numparse=True))


def memorise(conditions: int = 300, runs: int = 100) -> None:
    """Print how often copies of the training images are found on toy-shapes at 1 % and at 5 %."""
    bank = Bank(conditions, 2 * SAMPLES, noisy=False)
    pool = torch.cat([bank.embed(part)["pooled"] for part in bank.task.real_pool().split(100)])
    known = data_copying.training(pool)
    copies = pool[nearest_in_pool(bank.task, SAMPLES)[:conditions]]
    placed = {"draws": bank.pooled, "copies": copies, "held out": bank.reference_pooled}
    placed_at = {
        name: tuple(part.reshape(rows.shape[:2]) for part in known.place(rows.flatten(0, 1)))
        for name, rows in placed.items()
    }
    rows = []
    fresh = {name: sides for name, sides in placed_at.items() if name != "held out"}
    cases = {
        "oracle": (0, placed_at),
        "oracle, other held-out images in each run": (0, fresh),
        "dial[memorise=0.05]": (1, placed_at),
        "dial[memorise=0.1]": (2, placed_at),
    }
    for label, (memorised, sides) in cases.items():
        p = [memorise_once(seed, memorised, sides, known, bank.ids) for seed in range(runs)]
        cells = [
            f"{sum(each[name] <= bound for each in p)} of {runs}"
            for name in ("data-copying", "authenticity-gap")
            for bound in (0.05, 0.01)
        ]
        rows.append([label, *cells])
        print(rows[-1], file=sys.stderr)
    titles = ["method", "C_T, 5 %", "C_T, 1 %", "authenticity gap, 5 %", "authenticity gap, 1 %"]
    print(tabulate(rows, titles, tablefmt="github", disable_numparse=True))


def memorise_once(
    seed: int, memorised: int, placed: Mapping[str, Any], known: data_copying.Training, groups: Sequence[str]
) -> dict[str, float]:
    """Return the p of both metrics for one run, of whose K samples so many are copies.

    Where no held-out images are given, they are those draws of the bank that are not the samples.
    """
    generator = stream("posterior memorise", seed)
    n, draws = placed["draws"][0].shape
    order = torch.from_numpy(np.stack([generator.permutation(draws) for _ in range(n)]))
    distance, place = (part.gather(1, order[:, :SAMPLES]) for part in placed["draws"])
    distance[:, :memorised], place[:, :memorised] = (part[:, :memorised] for part in placed["copies"])
    rest = tuple(part.gather(1, order[:, SAMPLES:]) for part in placed["draws"])
    held_distance, held_place = placed.get("held out", rest)
    block, r = block_of(groups), held_distance.shape[1]
    scores = np.stack(
        [
            data_copying.copying(
                distance[:, k],
                held_distance[:, k % r],
                (known.cells[place[:, k]], known.cells[held_place[:, k % r]]),
                block,
            )
            for k in range(SAMPLES)
        ]
    ).mean(0)
    ours, theirs = (
        (known.nearest[at] < away).double().mean(1) for away, at in ((distance, place), (held_distance, held_place))
    )
    estimates = {
        "data-copying": jackknife_estimate(float(scores[0]), scores[1:].tolist(), groups),
        "authenticity-gap": mean_estimate((ours - theirs).numpy(), groups),
    }
    return {name: against(estimate, 0.0) for name, estimate in estimates.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts: dict[str, Callable[..., None]] = {"level": level, "faults": faults, "memorise": memorise}
    with torch.no_grad():
        pairs = [word.split("=") for word in sys.argv[2:] if "[" not in word and "=" in word]
        labels = [word for word in sys.argv[2:] if word in FAULTS]
        parts[sys.argv[1]](*labels, **{name: int(number) for name, number in pairs})
