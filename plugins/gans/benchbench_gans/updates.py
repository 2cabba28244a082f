"""The two halves of an update, each one forward call of a module whose trained weights are those that it changes."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from benchbench_gans import unrolling
from benchbench_gans.batches import seen
from benchbench_gans.losses.diversity import mode_seeking_loss
from benchbench_gans.objectives import Judge, Objective, Seen, Terms
from benchbench_gans.plan import Plan


class JudgeUpdate(nn.Module):
    """The discriminator's loss."""

    def __init__(self, judge: nn.Module, objective: Objective, packing: int) -> None:
        super().__init__()
        self.judge = judge
        self.objective, self._packing = objective, packing

    def forward(self, given: Mapping[str, Tensor], fake: Tensor) -> Terms:
        """Return the loss on what was drawn and on generated samples `[N, …]`, which take no gradient."""
        real, made = seen(given["real"], given, self._packing), seen(fake, given, self._packing)
        return self.objective.judging(self.judge, real, made, given["places"])


class GeneratorUpdate(nn.Module):
    """The generator's loss; the discriminator's weights stay as they are."""

    def __init__(
        self, generator: nn.Module, judging: JudgeUpdate, judge_optimizer: torch.optim.Optimizer, plan: Plan
    ) -> None:
        super().__init__()
        self.generator = generator
        self._others = (judging.judge, judging.objective)  # in a tuple: their weights are not this module's
        self._judge_optimizer, self._plan = judge_optimizer, plan

    def forward(self, given: Mapping[str, Tensor]) -> Terms:
        """Return the loss on generated samples of the drawn noise, with the mode-seeking term if it has a weight."""
        judge, objective = self._others
        samples = self.generator.draw(given["noise"], given.get("label"))
        real, fake = (seen(each, given, self._plan.packing) for each in (given["real"], samples))
        if self._plan.unrolling:
            sizes = unrolling.AsOptimizer(self._judge_optimizer)
            loss = functools.partial(_judged, objective, real, given["places"])
            weights = unrolling.unrolled(judge, functools.partial(loss, fake), sizes, self._plan.unrolling, objective)
            total, shown = objective.generating(unrolling.judge_with(judge, unrolling.held(weights)), real, fake)
            answer = loss(fake.detached(), unrolling.judge_with(judge, weights)).total
            total = total + unrolling.slope_alone(-answer)
        else:
            total, shown = objective.generating(judge, real, fake)
        if self._plan.mode_seeking:
            others = self.generator.draw(given["other_noise"], given.get("label"))
            seeking = mode_seeking_loss(samples, others, given["noise"], given["other_noise"])
            shown["mode_seeking"] = seeking.detach()
            total = total + self._plan.mode_seeking * seeking
        return Terms(total, shown)


def _judged(objective: Objective, real: Seen, places: Tensor, fake: Seen, judge: Judge) -> Terms:
    return objective.judging(judge, real, fake, places)
