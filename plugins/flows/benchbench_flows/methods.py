"""The methods with their options; nothing heavy is imported here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchbench.core import BenchbenchError, Task, Unsupported
from benchbench.training import Engine, TrainedMethod, Trainer

from benchbench_flows.sizes import SIZES, patch

if TYPE_CHECKING:
    from benchbench_flows.networks import DiffusionModel, FlowModel, MeanFlowModel

Solver = Literal["euler", "midpoint", "heun"]


@dataclass
class NoiseMethod(TrainedMethod):
    """What the methods share: networks, and the tasks that they serve."""

    checkpoints = Path(__file__).parent / "checkpoints"

    size: Literal["small", "paper"] = "small"
    """`small`: minutes on a CPU core for 32 and 64 px. `paper`: wider, deeper and longer, for a GPU."""

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the networks do not take the task's conditions and give its samples."""
        if task.space.kind == "points":
            if task.examples("test")[0].condition:
                raise Unsupported(f"{self.name} gives points without a condition; {task.name} has one")
            return
        side = self._side(task)
        condition = task.examples("test")[0].condition
        known = {"image", "mask", "label"}
        if not known.issuperset(condition) or ("mask" in condition and "image" not in condition):
            raise Unsupported(f"{self.name} sees images, masks and labels; {task.name} gives {', '.join(condition)}")
        image = condition.get("image")
        if image is None:
            return
        channels, *small = image.shape
        factor = side // small[0] if task.kind == "super-resolution" else 1
        if [factor * each for each in small] != [side, side] or channels not in (1, 3):
            raise Unsupported(
                f"{self.name} takes square images of 1 or 3 channels as large as the sample, or for super-resolution"
                f" smaller by a whole factor; {task.name} gives {' x '.join(map(str, image.shape))} for {side} x {side}"
            )

    def _side(self, task: Task) -> int:
        _, height, width = task.space.shape
        whole = patch(height) * 2 ** (len(SIZES[self.size].multiples) - 1)
        if height != width or height % whole:
            raise Unsupported(
                f"the {self.size} network takes square images whose side is a multiple of {whole} px;"
                f" those of {task.name} are {height} x {width}"
            )
        return height

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


METHODS = (Flow, Palette, Pmrf)
