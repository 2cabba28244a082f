"""The trainers: samples against the truth by the energy score, and each truth against its nearest sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from benchbench.core import Task
from benchbench.plugins import registry
from benchbench.training import Engine
from benchbench.training.descent import Descent, Objective
from torch import Tensor

from benchbench_scored import losses
from benchbench_scored.methods import NO_EMBEDDING
from benchbench_scored.sizes import SIZES

if TYPE_CHECKING:
    from benchbench_scored.methods import Cimle, Engression

AT_ONCE = 64
"""Samples of one network call where the nearest is sought."""


class EngressionObjective(Objective):
    """The energy score of m samples."""

    def __init__(self, model: Any, embed: losses.Embed | None) -> None:
        super().__init__(model)
        self._embed = embed

    def losses(self, condition: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the score, under `energy`."""
        samples = self.model(condition, noise_of(given)).float()
        found = losses.views(samples.flatten(0, 1), self._embed)
        truth = losses.views(given["target"].float(), self._embed)
        return {"energy": losses.energy_loss([each.unflatten(0, samples.shape[:2]) for each in found], truth)}


class CimleObjective(Objective):
    """The distance of a sample to the truth that chose it."""

    def __init__(self, model: Any, embed: losses.Embed | None) -> None:
        super().__init__(model)
        self._embed = embed

    def losses(self, condition: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the distance, under `nearest`."""
        samples = self.model(condition, noise_of(given)).float()[:, 0]
        found, truth = losses.views(samples, self._embed), losses.views(given["target"].float(), self._embed)
        return {"nearest": losses.total_distance(found, truth).mean()}


class EngressionTrainer(Descent):
    """Trains by the energy score."""

    def __init__(self, method: Engression, task: Task, engine: Engine, steps: int | None = None) -> None:
        embed, self.trained_against = embedding(method.embedding, engine)
        self._samples = method.samples
        super().__init__(
            lambda: method.make_network(task),
            lambda model: EngressionObjective(model, embed),
            SIZES[method.size],
            task,
            engine,
            steps,
            method.augmentation,
        )

    def drawn(self, target: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        """Return the noise of m samples of each."""
        return named(draw(self._model.noise_shapes, (len(target), self._samples), random))


class CimleTrainer(Descent):
    """Seeks each truth's nearest sample for a pool of pairs, then draws it nearer for many updates (Li & Malik 2018).

    What was chosen for the pool is a part of the state: it depends on the weights of then.
    """

    def __init__(self, method: Cimle, task: Task, engine: Engine, steps: int | None = None) -> None:
        self._embed, self.trained_against = embedding(method.embedding, engine)
        self._codes, self._pool, self._pool_steps = method.codes, method.pool, method.pool_steps
        self._rows, self._chosen = torch.zeros(0, dtype=torch.int64), [torch.zeros(0)]
        super().__init__(
            lambda: method.make_network(task),
            lambda model: CimleObjective(model, self._embed),
            SIZES[method.size],
            task,
            engine,
            steps,
        )

    def step(self, index: int) -> dict[str, Tensor]:
        """Choose for a new pool where the last one is used up, and update the model once."""
        if index % self._pool_steps == 0:
            self._choose(index // self._pool_steps)
        return super().step(index)

    def pairs(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """Return pairs of the pool with the noise that was chosen for them."""
        del index
        picked = torch.randint(len(self._rows), (self._number,), generator=random)
        return {**self.pairs_of(self._rows[picked]), **named([each[picked][:, None] for each in self._chosen])}

    def drawn(self, target: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        """Return nothing: the noise is that which was chosen."""
        del target, random
        return {}

    def state(self) -> dict[str, Any]:
        """Return the states of the parts, and the pool with what was chosen for it."""
        return {**super().state(), "rows": self._rows, "chosen": list(self._chosen)}

    def restore(self, state: dict[str, Any]) -> None:
        """Load the states of the parts and the pool."""
        super().restore(state)
        self._rows, self._chosen = state["rows"].cpu(), [each.cpu() for each in state["chosen"]]

    def _choose(self, number: int) -> None:
        """Draw a pool's pairs and, for each, the noise of the nearest of many samples; of equals, the first."""
        random = self._engine.random("pool", number)
        self._rows = torch.randint(len(self._data), (self._pool,), generator=random)
        chosen = []
        for rows in self._rows.split(max(1, AT_ONCE // self._codes)):
            noise = draw(self._model.noise_shapes, (len(rows), self._codes), random)
            condition, target = self._data.batch(rows)
            with torch.no_grad(), self._engine.autocast():
                samples = self._model(condition, [each.to(self._engine.device) for each in noise]).float()
                found = [each.unflatten(0, samples.shape[:2]) for each in self._views(samples.flatten(0, 1))]
                away = losses.total_distance(found, [each[:, None] for each in self._views(target)])
            chosen.append(nearest(away.cpu(), noise))
        self._chosen = [torch.cat(parts) for parts in zip(*chosen, strict=True)]

    def _views(self, samples: Tensor) -> list[Tensor]:
        return losses.views(samples, self._embed)


def nearest(away: Tensor, noise: Sequence[Tensor]) -> list[Tensor]:
    """Return `[N, *shape]` of each noise `[N, m, *shape]`: that of the least of the distances `[N, m]`."""
    rows = torch.arange(len(away))
    return [each[rows, away.argmin(1)] for each in noise]


def embedding(name: str, engine: Engine) -> tuple[losses.Embed | None, tuple[str, ...]]:
    """Return the embedding of an extractor with its name and version, or nothing where none is wanted."""
    if name == NO_EMBEDDING:
        return None, ()
    extractor = registry().get("features", name)()
    return extractor.differentiable(engine.device), (f"{extractor.name}@{extractor.version}",)


def draw(shapes: Sequence[tuple[int, ...]], sizes: tuple[int, int], random: torch.Generator) -> list[Tensor]:
    """Return standard normal `float32[N, K, *shape]` of each shape, for `(N, K)`."""
    return [torch.randn((*sizes, *shape), generator=random) for shape in shapes]


def named(noise: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the noise under names that say its order."""
    return {f"noise_{number}": each for number, each in enumerate(noise)}


def noise_of(given: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the noise that `named` named, in its order."""
    return [given[f"noise_{number}"] for number in range(sum(name.startswith("noise_") for name in given))]
