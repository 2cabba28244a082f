"""The methods with their options; nothing heavy is imported here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchbench.core import BenchbenchError, Task, Unsupported
from benchbench.training import Engine, TrainedMethod, Trainer, require_form
from benchbench.training.scale import patch
from benchbench.training.turned import Augmentation

from benchbench_flows.sizes import SIZES

if TYPE_CHECKING:
    from benchbench_flows.networks import DiffusionModel, FlowModel, MeanFlowModel

Solver = Literal["euler", "midpoint", "heun"]


@dataclass
class NoiseMethod(TrainedMethod):
    """What the methods share: networks, and the tasks that they serve."""

    checkpoints = Path(__file__).parent / "checkpoints"
    later_options = ("augmentation",)

    size: Literal["small", "paper"] = "small"
    """`small`: minutes on a CPU core for 32 and 64 px. `paper`: wider, deeper and longer, for a GPU."""
    augmentation: Augmentation = "none"
    """Training pairs are mirrored, or mirrored and turned by quarters, where the law of the task has that symmetry."""

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the networks do not take the task's conditions and give its samples."""
        halvings = len(SIZES[self.size].multiples) - 1
        require_form(task, self.name, lambda side: patch(side) * 2**halvings)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer, which is the same for all methods; it makes the size's steps where none are given."""
        self.require(task)
        from benchbench_flows.training import NoiseTrainer

        return NoiseTrainer(self, task, engine, steps)

    def _check_steps(self, steps: int) -> None:
        if steps < 1:
            raise BenchbenchError(f"{self.name}: steps is {steps}; write 1 or more")

    def _check_range(self, name: str, low: float, high: float) -> None:
        value: Any = getattr(self, name)
        if not low <= value <= high or not math.isfinite(value):
            upper = "" if high == math.inf else f" and {high:g} or less"
            raise BenchbenchError(f"{self.name}: {name} is {value}; write a number of {low:g} or more{upper}")


@dataclass
class Flow(NoiseMethod):
    """Conditional flow matching: a velocity that moves noise to a sample, learned by least squares."""

    name = "flow"
    summary = "conditional flow matching: an ordinary differential equation from noise to a sample, in a few steps"
    source = "Lipman et al., ICLR 2023 (arXiv 2210.02747); Liu, Gong & Liu, ICLR 2023 (arXiv 2209.03003)"
    sampling_options = ("steps", "solver", "shift")

    steps: int = 8
    """Steps of the solver."""
    solver: Solver = "midpoint"
    """`midpoint` and `heun` evaluate the network twice a step."""
    shift: float | None = None
    """Over 1: shorter steps near the noise, where modes part, and longer ones near the image; default: 3, points 1."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        if self.shift is not None:
            self._check_range("shift", 1e-3, 1e3)

    def make_network(self, task: Task) -> FlowModel:
        """Return form and network with the solver."""
        from benchbench_flows.networks import FlowModel

        return FlowModel(task, self.size, self.steps, self.solver, self.shift)


@dataclass
class Palette(NoiseMethod):
    """Conditional diffusion: v-prediction, a cosine schedule, and a chain of steps that adds noise on its way."""

    name = "palette"
    summary = "conditional diffusion with v-prediction and a cosine schedule, sampled by DDIM with noise"
    source = "Saharia et al., SIGGRAPH 2022 (arXiv 2111.05826); Salimans & Ho, ICLR 2022 (arXiv 2202.00512)"
    sampling_options = ("steps", "eta")

    steps: int = 25
    """Steps of the chain; each evaluates the network once."""
    eta: float = 1.0
    """Noise that each step adds: 0 for none (DDIM), 1 for all of it (DDPM)."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        self._check_range("eta", 0, 1)

    def make_network(self, task: Task) -> DiffusionModel:
        """Return form and network with the chain."""
        from benchbench_flows.networks import DiffusionModel

        return DiffusionModel(task, self.size, self.steps, self.eta)


@dataclass
class Pmrf(NoiseMethod):
    """Posterior-mean rectified flow: realistic images near the mean, with too little spread by design."""

    name = "pmrf"
    summary = "posterior-mean rectified flow: from the mean and a little noise to an image; too sure by design"
    source = "Ohayon, Michaeli & Elad, ICLR 2025 (arXiv 2410.00418)"
    sampling_options = ("steps", "solver")

    noise: float = 0.1
    """Standard deviation of the noise on the mean, in standard deviations of what is modelled."""
    steps: int = 8
    """Steps of the solver."""
    solver: Solver = "midpoint"
    """`midpoint` and `heun` evaluate the network twice a step."""

    def __post_init__(self) -> None:
        self._check_steps(self.steps)
        self._check_range("noise", 0, 10)

    def require(self, task: Task) -> None:
        """Raise `Unsupported` for points as well: they have no condition that would tell a mean."""
        if task.space.kind == "points":
            raise Unsupported(f"{self.name} gives images; samples of {task.name} are points")
        super().require(task)

    def make_network(self, task: Task) -> MeanFlowModel:
        """Return form and network with the solver."""
        from benchbench_flows.networks import MeanFlowModel

        return MeanFlowModel(task, self.size, self.steps, self.solver, self.noise)


@dataclass
class Prior(Palette):
    """The law of a task's outputs, whatever their condition: what the posterior samplers start from."""

    name = "prior"
    summary = "diffusion of a task's outputs without their condition: the prior of ddnm, ddrm, dps and daps"

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the network does not give the task's samples; no condition is read."""
        if task.space.kind == "points":
            return
        _, side, width = task.space.shape
        multiple = patch(side) * 2 ** (len(SIZES[self.size].multiples) - 1)
        if side != width or side % multiple:
            raise Unsupported(
                f"the network of {self.name} takes square images whose side is a multiple of {multiple} px;"
                f" those of {task.name} are {side} x {width}"
            )

    def make_network(self, task: Task) -> DiffusionModel:
        """Return form and network, which see no condition, with the chain."""
        from benchbench.training.forms import unconditional_form

        from benchbench_flows.networks import DiffusionModel

        return DiffusionModel(task, self.size, self.steps, self.eta, unconditional_form(task))


METHODS = (Flow, Palette, Pmrf, Prior)
"""Those that are trained."""
