"""Each update as one module: its trainable parameters are those that the update changes, its output the losses.

So processes that train together join the gradients of exactly these. What is only looked at is held outside of the
module tree, and frozen by the trainer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from benchbench_mrgan import losses, spreading
from benchbench_mrgan.batches import condition_of, noise_of
from benchbench_mrgan.recipes import Recipe

ERRORS = {
    "absolute": losses.absolute_error,
    "squared": losses.squared_error,
    "mean": spreading.mean_error,
}


class PredictorObjective(nn.Module):
    """The predictor's likelihood loss of both moments, under `P`."""

    def __init__(self, predictor: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.predictor, self._recipe = predictor, recipe

    def forward(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the loss on `target` and `condition.*`."""
        condition, variant = condition_of(given), self._recipe.matched
        center, log_spread = _moments(self.predictor, condition, given["target"])
        noise = self._recipe.weights.min_noise
        mask = condition.get("mask")
        return {"P": losses.predictor_loss(center, log_spread, given["target"], variant.family, noise, mask)}


class DiscriminatorObjective(nn.Module):
    """The discriminator's loss on real and generated images, under `D`."""

    def __init__(self, discriminator: nn.Module) -> None:
        super().__init__()
        self.discriminator = discriminator

    def forward(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the loss on `target` and `fake`, both `[N, *shape]`, under `condition.*`."""
        condition = condition_of(given)
        real = self.discriminator(condition, given["target"])
        fake = self.discriminator(condition, given["fake"])
        return {"D": losses.discriminator_loss(real.float(), fake.float())}


class GeneratorObjective(nn.Module):
    """The adversarial (`G`), moment (`mr` or `proxy`) and reconstruction losses, and their weighted sum, `total`."""

    def __init__(
        self, generator: nn.Module, discriminator: nn.Module, predictor: nn.Module | None, recipe: Recipe
    ) -> None:
        super().__init__()
        self.generator, self._recipe = generator, recipe
        # in a tuple, so that they are no submodules: this update does not change them
        self._looked_at: tuple[Any, Any] = (discriminator, predictor)

    def forward(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the losses of K samples each on `target`, `condition.*` and `noise.*`."""
        condition, targets, recipe = condition_of(given), given["target"], self._recipe
        samples = self.generator(condition, noise_of(given)).float()
        found: dict[str, Tensor] = {}
        weighted = []
        if recipe.adversarial_weight:
            found["G"] = losses.adversarial_loss(self._judge(condition, samples))
            weighted.append(recipe.adversarial_weight * found["G"])
        if recipe.variant:
            name, loss, weighted_loss = self._moment_loss(condition, samples, targets)
            found[name] = loss
            weighted.append(weighted_loss)
        if recipe.reconstruction_weight:
            found["reconstruction"] = ERRORS[recipe.reconstruction](samples, targets)
            weighted.append(recipe.reconstruction_weight * found["reconstruction"])
        if recipe.spreading:
            name, loss, weight = self._spreading_loss(samples, given)
            found[name] = loss
            weighted.append(weight * loss)
        return {**found, "total": sum(weighted[1:], weighted[0])}

    def _spreading_loss(self, samples: Tensor, given: Mapping[str, Tensor]) -> tuple[str, Tensor, Tensor | float]:
        """Return the name of the loss that asks for samples to differ, the loss, and its weight."""
        how = self._recipe.spreading
        assert how is not None
        if how.kind == "mode-seeking":
            return "mode-seeking", spreading.mode_seeking_loss(samples, noise_of(given)), how.weight
        if how.kind == "diversity-sensitive":
            return "diversity-sensitive", spreading.diversity_sensitive_loss(samples, noise_of(given)), how.weight
        weight = given["reward_weight"] if how.automatic else how.weight
        return "deviation", -spreading.deviation_reward(samples), self._recipe.reconstruction_weight * weight

    def _judge(self, condition: Mapping[str, Tensor], samples: Tensor) -> Tensor:
        num_samples = samples.shape[1]
        repeated = {name: value.repeat_interleave(num_samples, 0) for name, value in condition.items()}
        logits: Tensor = self._looked_at[0](repeated, samples.flatten(0, 1))
        return logits.float()

    def _moment_loss(
        self, condition: Mapping[str, Tensor], samples: Tensor, targets: Tensor
    ) -> tuple[str, Tensor, Tensor]:
        """Return the name of the loss, the loss without its weights, and with them."""
        variant, weights, mask = self._recipe.matched, self._recipe.weights, condition.get("mask")
        if not variant.proxy:
            loss = losses.moment_reconstruction(
                samples, targets, variant.family, variant.moments, weights.min_noise, mask
            )
            return "mr", loss, weights.first * loss
        center, log_spread = (each.detach() for each in _moments(self._looked_at[1], condition, targets))
        errors = losses.proxy_errors(samples, center, log_spread, variant.family, variant.moments, mask)
        weighted = [weight * error for weight, error in zip((weights.first, weights.second), errors, strict=False)]
        return "proxy", sum(errors[1:], errors[0]), sum(weighted[1:], weighted[0])


def _moments(predictor: Any, condition: Mapping[str, Tensor], targets: Tensor) -> tuple[Tensor, Tensor]:
    center, log_spread = predictor.moments(condition, num_inputs=len(targets))
    return center.float(), log_spread.float()
