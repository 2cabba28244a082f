"""Classifier two-sample test of the conditional law (Lopez-Paz & Oquab, ICLR 2017; of posteriors: sbibm, AISTATS 2021).

A network sees a sample or a true draw beside the mean of the condition's other true draws, and says which it is. Under
the true law both are alike, so that it is right half of the time on conditions that it was not trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task, Undefined, Unsupported
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import mean_estimate

if TYPE_CHECKING:
    from torch import Tensor

COMPONENTS = 16
"""Leading principal components of the real pool's features."""
HIDDEN = 64
"""Units of each of the two hidden layers."""
FOLDS, EPOCHS, BATCH, RATE = 5, 12, 512, 4e-3


def accuracies(samples: Tensor, references: Tensor, groups: Sequence[str]) -> np.ndarray:
    """Return `float64[n]`: the share of right answers on each condition, samples and true draws weighing the same.

    Samples `[n, K, d]` and true draws `[n, R, d]`, R > 1, in few dimensions of unit scale. Folds are cut along groups
    of conditions, so that no condition is on both sides.
    """
    import torch

    inputs, is_fake, weights = _rows(samples, references)
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        raise Undefined("it needs conditions of two groups: one to learn from and one to judge")
    folds = min(FOLDS, len(names))
    fold = torch.from_numpy((stream("c2st", len(names)).permutation(len(names)) % folds)[index])
    right = torch.zeros(is_fake.shape, dtype=torch.float64)
    for held_out in range(folds):
        train, test = (fold != held_out).nonzero()[:, 0], (fold == held_out).nonzero()[:, 0]
        logits = _learn(inputs[train], is_fake[train], weights[train], held_out)(inputs[test])
        right[test] = torch.where(logits == 0, 0.5, ((logits > 0) == (is_fake[test] > 0)).double())
    return np.asarray((right * weights / 2).sum(1).numpy())


def _rows(samples: Tensor, references: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return inputs `float32[n, K + R, 3d]`, which rows are samples, and weights that sum to 1 in each class.

    The draw beside which a row stands is the mean of R - 1 true draws: without itself, or without one of them in turn.
    """
    import torch

    (n, k, _), r = samples.shape, references.shape[1]
    others = (references.sum(1, keepdim=True) - references) / (r - 1)
    beside = torch.cat([others[:, torch.arange(k) % r], others], 1)
    rows = torch.cat([samples, references], 1)
    inputs = torch.cat([rows, beside, (rows - beside).square()], 2).float()
    inputs = (inputs - inputs.mean((0, 1))) / inputs.std((0, 1)).clamp(min=1e-9)
    is_fake = torch.cat([torch.ones(n, k), torch.zeros(n, r)], 1)
    weights = torch.cat([torch.full((n, k), 1 / k), torch.full((n, r), 1 / r)], 1)
    return inputs, is_fake, weights


class _Network:
    """Two hidden layers of ReLU, trained by Adam."""

    def __init__(self, inputs: int, generator: np.random.Generator) -> None:
        import torch

        sizes = (inputs, HIDDEN, HIDDEN, 1)
        self.parts: list[Tensor] = []
        for one, other in zip(sizes, sizes[1:], strict=False):
            drawn = generator.standard_normal((one, other)) * (2 / one) ** 0.5
            self.parts += [torch.from_numpy(drawn).float().requires_grad_(), torch.zeros(other, requires_grad=True)]

    def __call__(self, inputs: Tensor) -> Tensor:
        first, a, second, b, third, c = self.parts
        return (((inputs @ first + a).relu() @ second + b).relu() @ third + c)[..., 0]


def _learn(inputs: Tensor, is_fake: Tensor, weights: Tensor, fold: int) -> _Network:
    """Return the network trained on these rows; seeded by the fold."""
    import torch

    generator = stream("c2st network", fold)
    rows, labels, share = inputs.flatten(0, 1), is_fake.flatten(), weights.flatten()
    share = share / share.mean()
    with torch.enable_grad():
        network = _Network(rows.shape[1], generator)
        optimizer = torch.optim.Adam(network.parts, RATE)
        for _ in range(EPOCHS):
            for batch in torch.from_numpy(generator.permutation(len(rows))).split(BATCH):
                loss = torch.nn.functional.binary_cross_entropy_with_logits(
                    network(rows[batch]), labels[batch], share[batch]
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    for part in network.parts:
        part.requires_grad_(False)
    return network


def _leading(pool: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean `[d]` and axes `[d, c]`, scaled so that the pool has unit variance along each."""
    import torch

    centred = pool.double() - pool.double().mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(pool))
    kept = values > 1e-9 * values[-1]
    axes = (vectors[:, kept] / values[kept].sqrt())[:, -COMPONENTS:]
    return pool.double().mean(0), axes


class C2st(SetMetric[FeatureSet]):
    """Right answers of a classifier that never saw the condition: 1/2 is right, 1 is always distinguishable."""

    name = "c2st"
    summary = "held-out accuracy of a network that tells samples from true draws of the same condition: 1/2 is right"
    higher_is_better = None
    null = 0.5
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the law is not known, or known by its references alone."""
        if type(task).draw is Task.draw:
            raise Unsupported(f"c2st needs a known law that draws afresh; that of {task.name} does not")
        task.require_references()

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean over conditions, which are learned from in the order of their ids."""
        mean, axes = _leading(data.real.pooled)
        order = sorted(range(len(data.examples)), key=lambda place: data.examples[place].id)
        samples, references = (
            (rows[order].double() - mean) @ axes for rows in (data.features["pooled"], data.real.reference_pooled)
        )
        groups = [data.groups[place] for place in order]
        return mean_estimate(accuracies(samples, references, groups), groups)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (C2st,)
