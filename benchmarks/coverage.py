"""How often the 95 % intervals of each family of metric hold what they should: simulated studies, seeded.

python benchmarks/coverage.py [--studies 1000] [--setting 300-independent …] [--metric frechet …]

A study draws conditions, samples, references and true outputs from known normal laws in four dimensions, and computes
the metrics as a run does. What an interval should hold is the mean of the metric over all studies: what is expected
of so many conditions. So the table shows errors, not the bias that some metrics have with few images.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch

from benchbench.core import Estimate, Uncertainty
from benchbench.core import uncertainty as kinds
from benchbench.core.metric import Thresholds
from benchbench.core.noise import stream
from benchbench.metrics.birthday import share_of_support, support_slope
from benchbench.metrics.modes import kl_estimate
from benchbench.metrics.ms_ssim import dyadic_error, pairs_across
from benchbench.plugins import registry
from benchbench.stats.estimates import (
    condition_means,
    interval95,
    mean_estimate,
    ratio_estimate,
)

DIMENSIONS, SAMPLES, REFERENCES, POOL = 4, 4, 4, 500
THRESHOLDS = Thresholds(repeat=0.05, visible=0.35)


@dataclass(frozen=True)
class Setting:
    """How the conditions of a study are drawn."""

    conditions: int
    groups: int
    """As many as conditions: each stands alone."""
    shared: float
    """Share of the samples' variance between groups."""
    between: float
    """Share of the samples' variance between the conditions of a group; the rest is within a condition."""


SETTINGS = {
    "300-independent": Setting(300, 300, 0, 0.5),
    "300-in-32-groups": Setting(300, 32, 0.3, 0.3),
    "300-within": Setting(300, 300, 0, 0.02),
    "20-independent": Setting(20, 20, 0, 0.5),
    "20-within": Setting(20, 20, 0, 0.02),
}


@dataclass(frozen=True, eq=False)
class Study:
    """What was drawn; equal to itself alone, so that what a metric makes of it can be kept for the next one."""

    samples: np.ndarray
    """`float64[n, K, d]`."""
    features: torch.Tensor
    """The same, `float32`."""
    references: np.ndarray
    """`float64[n, R, d]`."""
    truth: np.ndarray
    """`float64[n, d]`: one true output per condition."""
    groups: list[str]
    pool: torch.Tensor
    """`float32[N, d]`, the same in all studies: the training images."""


def draw(setting: Setting, seed: int) -> Study:
    """Return a study: samples that are a little off and a little too wide, under conditions of unequal spread."""
    generator = stream("coverage", setting.conditions, setting.groups, int(100 * setting.between), seed)
    n = setting.conditions
    group = np.arange(n) * setting.groups // n  # the first have one condition more where they do not divide
    common = generator.standard_normal((setting.groups, DIMENSIONS))[group]
    centre = np.sqrt(setting.shared) * common + np.sqrt(setting.between) * generator.standard_normal((n, DIMENSIONS))
    wide = np.exp(0.3 * generator.standard_normal((setting.groups, 1, 1))[group])
    within = np.sqrt(1 - setting.shared - setting.between) * wide

    def drawn(number: int) -> np.ndarray:
        return centre[:, None] + within * generator.standard_normal((n, number, DIMENSIONS))

    samples = 1.1 * drawn(SAMPLES) + 0.3
    features = torch.from_numpy(samples).float()
    return Study(samples, features, drawn(REFERENCES), drawn(1)[:, 0], [str(g) for g in group], pool())


@functools.cache
def pool() -> torch.Tensor:
    """Return the training images."""
    return torch.from_numpy(stream("coverage-pool").standard_normal((POOL, DIMENSIONS))).float()


def energy(samples: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return `float64[n]`, the energy score of samples `[n, K, d]`."""
    to_truth = np.linalg.norm(samples - truth[:, None], axis=2).mean(1)
    return np.asarray(to_truth - condition_means(pair_distances(samples)) / 2)


def pair_distances(samples: np.ndarray) -> np.ndarray:
    """Return `float64[n, K, K]`."""
    return np.asarray(np.linalg.norm(samples[:, :, None] - samples[:, None], axis=3))


def mean_of(values: Callable[[Study], np.ndarray]) -> Callable[[Study], Estimate]:
    """Return the estimate of a mean over conditions, as `score_of_conditions` makes it."""
    return lambda study: mean_estimate(condition_means(values(study)), study.groups)


def of_set(name: str, extractor_view: str = "pooled") -> Callable[[Study], Estimate]:
    """Return a set metric's own estimate."""
    metric = registry().get("metrics", name)()

    def compute(study: Study) -> Estimate:
        references = torch.from_numpy(study.references).float()
        real = SimpleNamespace(pooled=study.pool, sketch=study.pool, reference_pooled=references, thresholds=THRESHOLDS)
        conditions = [SimpleNamespace(condition=True)] * len(study.samples)
        data = SimpleNamespace(
            features={extractor_view: study.features}, real=real, groups=study.groups, examples=conditions, task=None
        )
        found: Estimate = metric.compute(data)
        return found

    return compute


def relative_diversity(study: Study) -> Estimate:
    """Return the ratio of the samples' mean distance to the references'."""
    both = [condition_means(pair_distances(each)) for each in (study.samples, study.references)]
    return ratio_estimate(*both, study.groups)


def energy_skill(study: Study) -> Estimate:
    """Return the ratio of the energy score to that of images of the pool."""
    strangers = np.broadcast_to(study.pool[:16].double().numpy(), (len(study.truth), 16, DIMENSIONS))
    return ratio_estimate(energy(study.samples, study.truth), energy(strangers, study.truth), study.groups)


def law_kl(study: Study) -> Estimate:
    """Return the divergence of the frequencies of sixteen modes (orthants) from the uniform law."""
    mode = ((study.samples > 0) * 2 ** np.arange(DIMENSIONS)).sum(2)
    counts = np.stack([np.bincount(row, minlength=16) for row in mode])
    return kl_estimate(counts, np.full((len(counts), 16), 1 / 16), study.groups)


def across(study: Study) -> Estimate:
    """Return the mean distance of disjoint pairs of different conditions, as `ms-ssim-across` takes them."""
    pairs = pairs_across(*study.samples.shape[:2])
    first, second = pairs.transpose(1, 2, 0)
    found = np.linalg.norm(study.samples[tuple(first)] - study.samples[tuple(second)], axis=1)
    _, group = np.unique(np.asarray(study.groups), return_inverse=True)
    n, ends = len(study.truth), group[pairs[:, :, 0]]
    stated = Uncertainty(kinds.DYADIC, n, len(set(study.groups)))
    return Estimate(float(found.mean()), dyadic_error(found, ends), n, stated)


def nearest(study: Study) -> np.ndarray:
    """Return `float64[n]`: the distance of the nearest sample to the truth."""
    return np.asarray(np.linalg.norm(study.samples - study.truth[:, None], axis=2).min(1))


def in_ball(study: Study) -> np.ndarray:
    """Return `float64[n, K]`: whether a sample is near the origin, as it would be in a mode."""
    return np.asarray(np.linalg.norm(study.samples, axis=2) < 2.2).astype(float)


def share_behind(estimate: Estimate) -> Estimate:
    """Return the share of pairs that look alike, of which a support is made, with its error and interval.

    Where there is no such pair, what is stated is a bound of the support from below: of the share from above.
    """
    share = share_of_support(estimate.value)
    if estimate.standard_error is None:
        return Estimate(0.0, 0.0, estimate.n, interval=(0.0, share))
    low, high = estimate.interval or (np.nan, np.nan)
    ends = share_of_support(high), share_of_support(low)
    return Estimate(share, estimate.standard_error / abs(support_slope(share)), estimate.n, interval=ends)


FAMILIES: Mapping[str, Callable[[Study], Estimate]] = {
    "mean: energy-score": mean_of(lambda study: energy(study.samples, study.truth)),
    "mean over samples: distance-to-truth": mean_of(
        lambda study: np.linalg.norm(study.samples - study.truth[:, None], axis=2)
    ),
    "mean over pairs: diversity": mean_of(lambda study: pair_distances(study.samples)),
    "mean of a minimum: best-of-k": mean_of(nearest),
    "mean of shares: high-quality": mean_of(in_ball),
    "mean of pairs of conditions: ms-ssim-across": across,
    "ratio: relative-diversity": relative_diversity,
    "ratio: energy-skill": energy_skill,
    "frechet": of_set("frechet"),
    "kernel": of_set("kernel"),
    "precision": of_set("precision"),
    "density": of_set("density"),
    "recall": of_set("recall"),
    "coverage": of_set("coverage"),
    "vendi": of_set("vendi"),
    "ndb": of_set("ndb"),
    "jsd": of_set("jsd"),
    "law-kl": law_kl,
    "collapse-across": of_set("collapse-across", "sketch"),
    "memorised": of_set("memorised", "sketch"),
    "support": of_set("support", "sketch"),
    "realism": of_set("realism"),
}


BEHIND: Mapping[str, Callable[[Estimate], Estimate]] = {"support": share_behind}
"""What an estimate is a transform of, where that has an expectation and the estimate itself may be infinite."""


@dataclass(frozen=True)
class Found:
    """Of one family in one setting."""

    coverage: float
    """The share of intervals that hold the mean over all studies."""
    ratio: float
    """The root mean square of the standard errors over the standard deviation of the values."""
    none: float
    """The share of studies without an error."""


def coverage(families: Sequence[str], setting: Setting, studies: int) -> list[Found]:
    """Return of each family how often the interval of its estimate holds the mean of its values over all studies."""
    estimates: dict[str, list[Estimate]] = {family: [] for family in families}
    for seed in range(studies):
        study = draw(setting, seed)
        for family in families:
            estimates[family].append(FAMILIES[family](study))
    return [_found(each, BEHIND.get(family)) for family, each in estimates.items()]


def _found(stated: Sequence[Estimate], behind: Callable[[Estimate], Estimate] | None) -> Found:
    estimates = [behind(each) for each in stated] if behind else stated
    values = np.array([each.value for each in estimates])
    intervals, errors = [], []
    for each in estimates:
        kind = each.uncertainty
        interval = each.interval or (interval95(each.value, each.standard_error, kind.degrees) if kind else None)
        if interval is not None and each.standard_error is not None:
            intervals.append(interval)
            errors.append(each.standard_error)
    inside = [low <= values.mean() <= high for low, high in intervals]
    ratio = np.sqrt(np.mean(np.square(errors))) / values.std(ddof=1) if errors else np.nan
    none = np.mean([each.standard_error is None for each in stated])
    return Found(float(np.mean(inside)), float(ratio), float(none))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--setting", action="append", choices=SETTINGS)
    parser.add_argument("--metric", action="append", help="part of a family's name")
    given = parser.parse_args()
    torch.set_num_threads(1)
    chosen = [name for name in FAMILIES if not given.metric or any(part in name for part in given.metric)]
    settings = given.setting or list(SETTINGS)
    columns = [coverage(chosen, SETTINGS[name], given.studies) for name in settings]
    print(f"| {given.studies} studies | " + " | ".join(settings) + " |")
    print("|---" * (len(settings) + 1) + "|")
    for family, *found in zip(chosen, *columns, strict=True):
        cells = [
            f"{each.coverage:.1%} ({each.ratio:.2f})" + f", {each.none:.0%} none" * (each.none > 0) for each in found
        ]
        print(f"| {family} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
