"""The posterior samplers as methods: they share the checkpoint of `prior`, or take a task's exact denoiser."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BadSample, Conditions, KnownPrior, LinearObservation, Task, Trainer, Unsupported
from benchbench.core.engine import Engine
from benchbench.core.noise import Noise
from benchbench.training import to_samples

from benchbench_flows.methods import NoiseMethod, Prior

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench_flows.networks import DiffusionModel
    from benchbench_flows.problem import Problem

HIGHEST, LOWEST = 100.0, 0.01
"""The noise levels at both ends, in standard deviations of what is sampled."""
DRAWN_AHEAD = 4096
"""Values per sample and call of its noise stream."""


@dataclass
class PosteriorMethod(NoiseMethod):
    """A sampler of the posterior of a task's outputs given a linear observation of them."""

    exact: bool = False
    """Sample with the task's exact denoiser, where it is known, in the place of a trained one: what is then wrong is
    the sampler's own."""

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the task has no linear operator, or no exact denoiser where that is asked for."""
        if not isinstance(task, LinearObservation):
            raise Unsupported(f"{self.name} needs a condition that is a linear function of the target")
        condition = {name: value[None] for name, value in task.examples("test")[0].condition.items()}
        task.observed(condition)  # a task whose operator is not known refuses here
        if not self.exact:
            self._prior().require(task)
        elif not isinstance(task, KnownPrior):
            raise Unsupported(f"{self.name}[exact=true] needs a known law of the outputs; {task.name} has none")

    def supports(self, task: Task, checkpoint: Path | None) -> None:
        """Raise `Unsupported` where the task is none for it, or a denoiser is to be trained and there is none."""
        self.require(task)
        if not self.exact:
            self._prior().supports(task, checkpoint)

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the prior's checkpoint, or measure what the exact denoiser is scaled by."""
        self.supports(task, checkpoint)
        from benchbench_flows.problem import exact_denoiser, exact_scale, trained_denoiser, trained_scale

        self._task = task
        if self.exact:
            self._scale = exact_scale(task)
            self._denoiser = exact_denoiser(task, self._scale)
        else:
            prior = self._prior()
            prior.prepare(task, device, checkpoint)
            self._scale = trained_scale(prior._network.form, task)
            self._denoiser = trained_denoiser(prior._network)
            self._network = prior._network.network  # whose evaluations are counted

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint of `prior` that ships for the task; none where the denoiser is exact."""
        return None if self.exact else self._prior().default_checkpoint(task)

    def make_network(self, task: Task) -> DiffusionModel:
        """Return the form and network of `prior`."""
        return self._prior().make_network(task)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Raise `Unsupported`: it is the prior that is trained."""
        raise Unsupported(f"{self.name} has nothing to train: it takes the checkpoint of prior")

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `[B, K, *space.shape]`; one condition per call, and nothing is taken over its samples."""
        import torch

        from benchbench_flows.problem import Problem

        shape, drawn = self._task.space.shape, []
        with torch.no_grad():
            for i, id in enumerate(conditions.ids):
                own = noise.condition(i)
                values = {name: value[i : i + 1] for name, value in conditions.values.items()}
                problem = Problem(self._task, values, self._scale, num_samples)
                found = self._scale.sample(self.restored(problem, _drawing(own, shape))).float()
                if not bool(torch.isfinite(found).all()):
                    raise BadSample(f"{self.name} left the range of numbers on condition {id}: take smaller steps")
                drawn.append(found)
        samples = torch.stack(drawn)
        return samples if samples.ndim == 3 else to_samples(samples / 127.5 - 1)

    @abstractmethod
    def restored(self, problem: Problem, draw: Callable[[], Tensor]) -> Tensor:
        """Return samples `[K, *space.shape]` of one condition, in the units of the denoiser."""

    def _prior(self) -> Prior:
        return Prior(size=self.size, augmentation=self.augmentation)


def _drawing(noise: Noise, shape: tuple[int, ...]) -> Callable[[], Tensor]:
    """Return what draws the noise `[K, *shape]` of one condition, step by step; small ones ahead, for speed."""
    ahead = max(1, DRAWN_AHEAD // math.prod(shape))

    def draws() -> Iterator[Tensor]:
        while True:
            yield from noise.normal(ahead, *shape)[0].unbind(1)

    return draws().__next__


@dataclass
class Ddnm(PosteriorMethod):
    """DDNM: each estimate of the image is made consistent with the measurement."""

    name = "ddnm"
    summary = "denoising diffusion null-space model: a prior's samples, made consistent at every step"
    sampling_options = ("exact", "steps", "eta")

    steps: int = 100
    """Noise levels; each evaluates the network once."""
    eta: float = 0.85
    """Share of new noise in that of a step."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        self._check_range("eta", 0, 1)

    def restored(self, problem: Problem, draw: Callable[[], Tensor]) -> Tensor:
        """Return the end of the chain."""
        from benchbench_flows.samplers import ddnm
        from benchbench_flows.samplers.denoisers import levels

        sigmas = levels(self.steps, HIGHEST, LOWEST)
        return ddnm(self._denoiser, problem, problem.measured, draw, sigmas, self.eta, problem.deviation)


@dataclass
class Ddrm(PosteriorMethod):
    """DDRM: each part of the image is sampled by how well the measurement knows it."""

    name = "ddrm"
    summary = "denoising diffusion restoration model: each singular part by how well it is measured"
    sampling_options = ("exact", "steps", "eta", "eta_measured")

    steps: int = 20
    """Noise levels; each evaluates the network once."""
    eta: float = 0.85
    """Share of new noise in that of a step, of what is not measured."""
    eta_measured: float = 1.0
    """How far what is measured better than it is sampled goes to the measurement: 1, all the way."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        self._check_range("eta", 0, 1)
        self._check_range("eta_measured", 0, 1)

    def restored(self, problem: Problem, draw: Callable[[], Tensor]) -> Tensor:
        """Return the end of the chain."""
        from benchbench_flows.samplers import ddrm
        from benchbench_flows.samplers.denoisers import levels

        sigmas, etas = levels(self.steps, HIGHEST, LOWEST), (self.eta, self.eta_measured)
        return ddrm(self._denoiser, problem, problem.measured, draw, sigmas, *etas, problem.deviation)


@dataclass
class Dps(PosteriorMethod):
    """DPS: an unconditional step, then one down the gradient of the measurement's error."""

    name = "dps"
    summary = "diffusion posterior sampling: a prior's chain, drawn to the measurement by a gradient"
    sampling_options = ("exact", "steps", "zeta")

    steps: int = 200
    """Noise levels; each evaluates the network once, and its gradient."""
    zeta: float = 1.0
    """Length of a step towards the measurement; fewer noise levels need a larger one."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        self._check_range("zeta", 0, math.inf)

    def restored(self, problem: Problem, draw: Callable[[], Tensor]) -> Tensor:
        """Return the end of the chain."""
        from benchbench_flows.samplers import dps
        from benchbench_flows.samplers.denoisers import levels

        sigmas = levels(self.steps, HIGHEST, LOWEST)
        return dps(self._denoiser, problem, problem.measured, draw, sigmas, self.zeta)


@dataclass
class Daps(PosteriorMethod):
    """DAPS: at each noise level an image is drawn given x and measurement, then noised again."""

    name = "daps"
    version = 2
    summary = "decoupled annealing posterior sampling: flows and Langevin chains at falling noise levels"
    sampling_options = ("exact", "steps", "inner_steps", "langevin_steps")

    steps: int = 50
    """Noise levels, from 100 to 0.1."""
    inner_steps: int = 5
    """Network evaluations at each of them."""
    langevin_steps: int = 100
    """Steps of Langevin's chain at each of them; they evaluate no network."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        for name in ("inner_steps", "langevin_steps"):
            self._check_range(name, 1, math.inf)

    def restored(self, problem: Problem, draw: Callable[[], Tensor]) -> Tensor:
        """Return the image drawn at the last level; the chain's rate is the variance of the likelihood."""
        from benchbench_flows.samplers import daps
        from benchbench_flows.samplers.daps import Langevin
        from benchbench_flows.samplers.denoisers import levels

        deviation = max(problem.deviation, Langevin.deviation)
        chain = Langevin(self.langevin_steps, deviation**2, Langevin.least, deviation)
        sigmas = levels(self.steps, HIGHEST, 0.1)
        return daps(self._denoiser, problem, problem.measured, draw, sigmas, self.inner_steps, chain)


SAMPLERS = (Ddnm, Ddrm, Dps, Daps)
