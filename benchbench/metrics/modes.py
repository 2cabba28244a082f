"""Where the modes of a condition are known: how many are found, how cleanly, and in which proportions."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import (
    ConditionMetric,
    ConditionSamples,
    Estimate,
    Metric,
    ModeTask,
    SampleSet,
    SetMetric,
    Task,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import jackknife
from benchbench.stats.influence import group_sums, two_sided_estimate

if TYPE_CHECKING:
    from torch import Tensor

CAPTURED_SHARE = 0.002
"""A mode of an unconditional task counts as covered if it has at least this share of all samples (20 in 10,000)."""


def law_distance(modes: Tensor, probabilities: Tensor) -> float:
    """Return the unbiased estimate of Σ_m (q_m - p_m)² from the modes `int64[K]` (-1: none) of K samples.

    q is the law of the method's modes, with what is of low quality as a mode of its own, whose true mass is 0;
    E[c(c-1)] = K(K-1) q² makes it unbiased, so the oracle has 0 in expectation and single values may be negative.
    """
    import torch

    k = len(modes)
    masses = torch.cat([torch.zeros(1, dtype=torch.float64), probabilities.double()])
    counts = torch.bincount(modes + 1, minlength=len(masses)).double()
    squares = counts * (counts - 1) / (k * (k - 1))
    return float((squares - 2 * masses * counts / k + masses.square()).sum())


class _ModeMetric(ConditionMetric[ConditionSamples]):
    uses_features = False

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the modes are not known."""
        require_modes(task)

    def _modes(self, data: ConditionSamples) -> tuple[Tensor, Tensor]:
        assert isinstance(data.task, ModeTask)
        modes = data.task.assign_modes(data.example.id, data.samples)
        return modes, data.task.mode_probabilities(data.example.id)


class ModeCoverage(_ModeMetric):
    """Modes of the condition that its K samples hit, over the number that K true draws are expected to hit."""

    name = "mode-coverage"
    summary = "modes of a condition hit by its samples, over what true samples would hit: 1 is right"
    higher_is_better = True

    def compute(self, data: ConditionSamples) -> float:
        """Return the relative coverage of one condition."""
        modes, probabilities = self._modes(data)
        hit = set(modes[modes >= 0].tolist())
        valid = {m for m in hit if probabilities[m] > 0}
        expected = float((1 - (1 - probabilities) ** len(modes)).sum())
        return len(valid) / expected


class HighQuality(_ModeMetric):
    """Share of samples that belong to some mode at all."""

    name = "high-quality"
    summary = "share of samples that belong to one of the known modes"
    better = "more realistic"
    higher_is_better = True

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return, for each sample, 1 where it belongs to a mode."""
        modes, _ = self._modes(data)
        return (modes >= 0).double()


class LawDistance(_ModeMetric):
    """Squared distance between the method's and the true probabilities of the modes; 0 in expectation for the truth."""

    name = "law-distance"
    summary = "unbiased squared distance between the frequencies of the modes and their true probabilities"
    higher_is_better = False

    def compute(self, data: ConditionSamples) -> float:
        """Return the distance for one condition."""
        return law_distance(*self._modes(data))


class ModesOverall(SetMetric[SampleSet]):
    """How many modes enough of an unconditional task's samples belong to, all together."""

    uses_features = False
    higher_is_better = True
    keeps = ("samples",)

    @abstractmethod
    def least(self, drawn: int) -> float:
        """Return how many of so many samples a mode must hold to count."""

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the modes are not known or depend on a condition."""
        require_modes(task)
        if task.examples("test")[0].condition:
            raise Unsupported(f"{self.name} counts over all samples: for a conditional task use mode-coverage")

    def compute(self, data: SampleSet) -> Estimate:
        """Return the number of modes."""
        counts, k = mode_counts(data), data.features["samples"].shape[1]

        def number(keep: np.ndarray) -> float:
            return float((counts[keep].sum(0) >= self.least(k * len(keep))).sum())

        return jackknife(number, data.groups)


class ModesCovered(ModesOverall):
    """How many modes an unconditional task's samples cover, all together."""

    name = "modes-covered"
    summary = f"unconditional: modes that hold at least {CAPTURED_SHARE:.1%} of all samples, by count"

    def least(self, drawn: int) -> float:
        """Return a fixed share of the samples."""
        return CAPTURED_SHARE * drawn


class LawKl(SetMetric[SampleSet]):
    """KL(q ‖ p) of the modes of all samples against the true law (Lin et al., PacGAN, NeurIPS 2018; there uniform)."""

    name = "law-kl"
    summary = "KL divergence of the frequencies of the modes, over all samples together, from the true law, in nats"
    uses_features = False
    higher_is_better = False
    keeps = ("samples",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a mode has no mass under some condition, as one sample of it is infinitely far."""
        require_modes(task)
        assert isinstance(task, ModeTask)
        if any(bool((task.mode_probabilities(example.id) <= 0).any()) for example in task.examples("test")):
            raise Unsupported(
                f"{task.name} has modes of probability 0 under some condition (infinite KL): use law-distance"
            )

    def compute(self, data: SampleSet) -> Estimate:
        """Return the divergence of the samples that belong to a mode; with none, the greatest that there can be."""
        assert isinstance(data.task, ModeTask)
        counts = mode_counts(data)
        laws = np.stack([data.task.mode_probabilities(example.id).numpy() for example in data.examples])

        number, drawn = int(counts.sum()), len(counts) * data.features["samples"].shape[1]
        if not number:
            flag = f"none of {drawn} samples belongs to a mode: the greatest divergence that there can be"
            return Estimate(float(-np.log(laws.mean(0).min())), None, len(counts), flag=flag)
        floor = (data.task.num_modes - 1) / (2 * number)
        detail = (
            f"{number} of {drawn} samples belong to a mode",
            f"perfect samples have {floor:.3g} on average",
        )
        return dataclasses.replace(kl_estimate(counts, laws, data.groups), detail=detail)


def kl_estimate(counts: np.ndarray, laws: np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return the divergence of all counts `[n, M]` from the mean of the conditions' laws `float64[n, M]`.

    The interval is of the cube root: to second order it is a weighted squared distance of the two laws. Without any
    count it is the greatest divergence that there can be.
    """
    modes = counts.shape[1]

    def divergence(total: np.ndarray) -> float:
        found, law = total[:modes], total[modes:] / total[modes:].sum()
        return kl_divergence(found, law) if found.any() else float(-np.log(law.min()))

    return two_sided_estimate(divergence, group_sums(np.hstack([counts, laws]), groups), groups)


def kl_divergence(counts: np.ndarray, probabilities: np.ndarray) -> float:
    """Return Σ q log(q / p) in nats, q the frequencies from counts `int[M]`, p their probabilities `float[M]`.

    Biased upward: for N draws of p itself its expectation is near (M - 1) / 2N (half the G statistic over N).
    """
    found = counts > 0
    q = counts[found] / counts.sum()
    return float((q * np.log(q / probabilities[found])).sum())


def mode_counts(data: SampleSet) -> np.ndarray:
    """Return `int64[n, M]`: how many samples of each condition belong to each mode."""
    assert isinstance(data.task, ModeTask)
    rows = []
    for example, samples in zip(data.examples, data.features["samples"], strict=True):
        modes = data.task.assign_modes(example.id, samples)
        rows.append(np.bincount(modes[modes >= 0].numpy(), minlength=data.task.num_modes))
    return np.stack(rows)


def require_modes(task: Task) -> None:
    """Raise `Unsupported` where the modes of a task are not known."""
    if not isinstance(task, ModeTask):
        raise Unsupported(f"the modes of {task.name} are not known")


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (ModeCoverage, HighQuality, LawDistance, ModesCovered, LawKl)
