"""The method with its options; nothing heavy is imported here."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchbench.core import BenchbenchError, Conditions, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.training import Engine, TrainedMethod, Trainer, network_inputs, require_images, to_samples

from benchbench_cyclegan.sizes import EPOCHS, SIZES, SMALLER, Size

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench_cyclegan.networks import Translator

IDENTITY = 0.5
KINDS = ("translation", "unpaired")


@dataclass
class CycleGan(TrainedMethod):
    """CycleGAN: translators there and back, which are to undo each other; no pair is seen in training."""

    checkpoints = Path(__file__).parent / "checkpoints"
    name = "cyclegan"
    summary = "translation learned without pairs, by cycles; one output for a condition"
    source = "Zhu et al., ICCV 2017 (arXiv 1703.10593), equation 3"

    size: Literal["small", "paper"] = "small"
    """`paper`: the networks and the training of the paper. `small`: minutes on a CPU core for 16 to 64 px."""
    cycle_weight: float = 10.0
    """Of the mean |F(G(x)) - x| and |G(F(y)) - y|."""
    identity: float | None = None
    """Weight of the mean |G(y) - y| and |F(x) - x|, as a share of `cycle_weight`; default: 0.5, and 0 where
    conditions have one channel."""

    def __post_init__(self) -> None:
        for name, value in (("cycle_weight", self.cycle_weight), ("identity", self.identity)):
            if value is not None and not 0 <= value < math.inf:
                raise BenchbenchError(f"{self.name}: {name} is {value}: a weight is a number of 0 or more")

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the networks do not take the task's conditions and give its samples."""
        if task.kind not in KINDS:
            raise Unsupported(f"{self.name} serves {' and '.join(KINDS)}; {task.name} is of kind {task.kind}")
        side = require_images(task, self.name, task.kind, channels=(1, 3))
        if side % 4 or side < 16:
            raise Unsupported(
                f"{self.name} takes square images of 16 px or more whose side is a multiple of 4;"
                f" those of {task.name} are {side} x {side}"
            )
        if self.identity and _channels(task) != task.space.shape[0]:
            raise Unsupported(
                f"{self.name}[identity={self.identity}] needs conditions of 3 channels;"
                f" those of {task.name} have {_channels(task)}"
            )

    def make_network(self, task: Task) -> Translator:
        """Return the translator from conditions to samples."""
        from benchbench_cyclegan.networks import make_translator

        return make_translator(_channels(task), task.space.shape[0], self.numbers(task))

    def numbers(self, task: Task, steps: int | None = None) -> Size:
        """Return the size's numbers for a task, with these steps where they are given."""
        size = SIZES[self.size]
        total = steps or size.num_steps or EPOCHS * len(task.examples("train"))
        blocks = SMALLER.get(task.space.shape[1], size.blocks) if self.size == "paper" else size.blocks
        return dataclasses.replace(size, num_steps=total, blocks=blocks)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer; `steps`: in the place of the size's own number."""
        self.require(task)
        from benchbench_cyclegan.objectives import Weights
        from benchbench_cyclegan.training import CycleTrainer

        identity = IDENTITY if _channels(task) == task.space.shape[0] else 0.0
        weights = Weights(self.cycle_weight, identity if self.identity is None else self.identity)
        return CycleTrainer(self.numbers(task, steps), weights, task, engine)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `uint8[B, K, 3, S, S]`: the one output of each condition, K times; no noise is drawn."""
        import torch

        del noise
        images = network_inputs({"image": conditions["image"]})["image"]
        with torch.no_grad():
            drawn = torch.cat([self._network({"image": image[None]}) for image in images])
        return to_samples(drawn).expand(-1, num_samples, -1, -1, -1).contiguous()


def _channels(task: Task) -> int:
    return int(task.examples("test")[0].condition["image"].shape[0])
