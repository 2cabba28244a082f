"""The two phases of a training: the predictor, kept where it validates best, and the GAN."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from benchbench.training import Engine, TrainingSet, gan
from torch import Tensor, nn

from benchbench_mrgan.batches import Draw, condition_of, noise_of, part_of
from benchbench_mrgan.objectives import DiscriminatorObjective, GeneratorObjective, PredictorObjective
from benchbench_mrgan.recipes import Recipe
from benchbench_mrgan.reward import Reward

VALIDATION_BATCH = 64


class PredictorPhase:
    """Trains the predictor by its likelihood loss, and leaves it frozen with the weights of least validation loss."""

    def __init__(self, make: Callable[[], nn.Module], recipe: Recipe, data: TrainingSet, engine: Engine) -> None:
        self._recipe, self._data, self._engine = recipe, data, engine
        self.predictor: Any = gan.build(engine, make)
        self._best = copy.deepcopy(self.predictor).requires_grad_(False)
        self._objective = engine.parallel(PredictorObjective(self.predictor, recipe))
        self._best_loss = torch.tensor(torch.inf, device=engine.device)
        self._optimizer = _optimizer(engine, self.predictor, recipe.predictor_rate, recipe)
        self._updating = engine.updating(self._update)

    def step(self, index: int, num_steps: int, validation: TrainingSet) -> dict[str, Tensor]:
        """Make update `index` of `num_steps`, validate when it is time, and freeze the best after the last."""
        self.predictor.train()
        share = gan.height(index, num_steps, self._recipe.falling)
        gan.set_rates({"predictor": self._optimizer}, {"predictor": self._recipe.predictor_rate}, share)
        draw = Draw(self._data, self._engine.random("predictor", index))
        draw.add("p", draw.rows(self._engine.share(self._recipe.predictor_batch)))
        shown = self._updating(draw.given)
        last = index + 1 == num_steps
        if last or (index + 1) % self._recipe.validate_every == 0:
            shown["P-validation"] = self._validate(validation)
        if last:
            self.predictor.load_state_dict(self._best.state_dict())
            self.freeze()
        return shown

    def freeze(self) -> None:
        """Let the predictor be looked at only."""
        self.predictor.eval().requires_grad_(False)

    def best(self) -> Any:
        """Return a copy of the predictor with the best weights so far, or the present ones before a validation."""
        chosen = self._best if bool(torch.isfinite(self._best_loss)) else self.predictor
        return copy.deepcopy(chosen).eval().requires_grad_(False)

    def state(self) -> dict[str, Any]:
        """Return all that a resumed training needs, the same in every process."""
        if self._engine.world_size > 1:
            _join_buffers(self.predictor, self._engine.world_size)
        return {
            "predictor": self.predictor.state_dict(),
            "best": self._best.state_dict(),
            "best_loss": self._best_loss,
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Load the state that `state` gave."""
        self.predictor.load_state_dict(state["predictor"])
        self._best.load_state_dict(state["best"])
        self._best_loss.copy_(state["best_loss"])
        self._optimizer.load_state_dict(state["optimizer"])

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        self._optimizer.zero_grad(set_to_none=True)
        with self._engine.autocast():
            found = self._objective(part_of(given, "p"))
        _descend(found["P"], self.predictor, self._optimizer, self._recipe)
        return {"P": found["P"].detach()}

    def _validate(self, validation: TrainingSet) -> Tensor:
        """Return the loss on the validation split, and keep the weights if it is the least so far."""
        if self._engine.world_size > 1:
            _join_buffers(self.predictor, self._engine.world_size)
        objective = PredictorObjective(self.predictor.eval(), self._recipe)
        total = torch.zeros((), device=self._engine.device)
        with torch.no_grad(), self._engine.autocast():
            for rows in torch.arange(len(validation)).split(VALIDATION_BATCH):
                condition, target = validation.batch(rows)
                named = {f"condition.{name}": value for name, value in condition.items()}
                total += objective({"target": target, **named})["P"] * len(rows)
        loss = total / len(validation)
        better = loss < self._best_loss  # stays on the device
        for kept, new in zip(self._best.state_dict().values(), self.predictor.state_dict().values(), strict=True):
            kept.copy_(torch.where(better, new, kept))
        self._best_loss.copy_(torch.where(better, loss, self._best_loss))
        return loss


class GanPhase:
    """Trains the network against its discriminator: K samples an input, and the added losses of the recipe."""

    def __init__(
        self,
        make_generator: Callable[[], nn.Module],
        make_discriminator: Callable[[], nn.Module],
        predictor: nn.Module | None,
        recipe: Recipe,
        data: TrainingSet,
        engine: Engine,
    ) -> None:
        self._recipe, self._data, self._engine = recipe, data, engine
        self._generator: Any = gan.build(engine, make_generator)
        self._discriminator: Any = gan.build(engine, make_discriminator)
        self._average = gan.Average(self._generator, recipe.average)
        self._judging = engine.parallel(DiscriminatorObjective(self._discriminator))
        self._generating = engine.parallel(GeneratorObjective(self._generator, self._discriminator, predictor, recipe))
        self._rates = {"generator": recipe.generator_rate, "discriminator": recipe.discriminator_rate}
        networks = {"generator": self._generator, "discriminator": self._discriminator}
        self._optimizers = {
            name: _optimizer(engine, network, self._rates[name], recipe) for name, network in networks.items()
        }
        self._updating = engine.updating(self._update)
        self._reward = Reward(recipe, engine) if recipe.spreading and recipe.spreading.automatic else None

    def step(self, index: int, num_steps: int, held_out: gan.HeldOut) -> dict[str, Tensor]:
        """Update the discriminator once, and the network as often as the recipe asks; return the losses."""
        if self._reward and index and index % self._recipe.validate_every == 0:
            self._reward.follow(self.averaged(), held_out)
        recipe, share = self._recipe, self._engine.share
        gan.set_rates(self._optimizers, self._rates, gan.height(index, num_steps, recipe.falling))
        shapes = self._generator.noise_shapes
        draw = Draw(self._data, self._engine.random("gan", index))
        batch, inputs = share(recipe.discriminator_batch), share(recipe.num_inputs)
        rows = draw.rows(max(batch, inputs))
        if recipe.adversarial_weight:
            draw.add("d", rows[:batch], shapes)
        for i in range(recipe.generator_updates):
            # the first update sees what the discriminator saw, as the authors' does
            draw.add(f"g{i}", rows[:inputs] if i == 0 else draw.rows(inputs), shapes, recipe.num_samples)
            if self._reward:
                draw.given[f"g{i}.reward_weight"] = self._reward.weight
        return self._updating(draw.given)

    def averaged(self) -> Any:
        """Return a copy of the averaged network, with the statistics of the present one, ready to sample."""
        return self._average.network()

    def state(self) -> dict[str, Any]:
        """Return the states of the networks and of their optimizers."""
        return gan.state_of(self._parts())

    def restore(self, state: Mapping[str, Any]) -> None:
        """Load the states of the networks and of their optimizers."""
        gan.restore(self._parts(), state)

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        shown: dict[str, Tensor] = {}
        if self._recipe.adversarial_weight:
            shown |= self._update_discriminator(part_of(given, "d"))
        for i in range(self._recipe.generator_updates):
            shown |= self._update_generator(part_of(given, f"g{i}"))
        return shown

    def _update_discriminator(self, given: dict[str, Tensor]) -> dict[str, Tensor]:
        optimizer = self._optimizers["discriminator"]
        optimizer.zero_grad(set_to_none=True)
        with self._engine.autocast():
            with torch.no_grad():
                fake = self._generator(condition_of(given), noise_of(given))[:, 0].float()
            found = self._judging({**given, "fake": fake})
        _descend(found["D"], self._discriminator, optimizer, self._recipe)
        return {"D": found["D"].detach()}

    def _update_generator(self, given: dict[str, Tensor]) -> dict[str, Tensor]:
        optimizer = self._optimizers["generator"]
        optimizer.zero_grad(set_to_none=True)
        self._discriminator.requires_grad_(False)
        with self._engine.autocast():
            found = dict(self._generating(given))
        _descend(found.pop("total"), self._generator, optimizer, self._recipe)
        self._discriminator.requires_grad_(True)
        self._average.update()
        return {name: loss.detach() for name, loss in found.items()}

    def _parts(self) -> dict[str, Any]:
        return {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "average": self._average,
            **({"reward": self._reward} if self._reward else {}),
            **{f"{name}_optimizer": optimizer for name, optimizer in self._optimizers.items()},
        }


def _optimizer(engine: Engine, network: nn.Module, rate: float, recipe: Recipe) -> torch.optim.Optimizer:
    return gan.adam(engine, network.parameters(), rate, recipe.betas, recipe.weight_decay, amsgrad=True)


def _descend(loss: Tensor, network: nn.Module, optimizer: torch.optim.Optimizer, recipe: Recipe) -> None:
    torch.autograd.backward(loss)
    nn.utils.clip_grad_value_(network.parameters(), recipe.clip)
    optimizer.step()


def _join_buffers(network: nn.Module, world_size: int) -> None:
    """Give all processes the mean of their batch-norm statistics, so that all choose the same weights."""
    for buffer in network.buffers():
        if buffer.is_floating_point():
            torch.distributed.all_reduce(buffer)
            buffer /= world_size
