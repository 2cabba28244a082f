"""The methods: which network serves which task, and how samples are drawn; nothing heavy is imported here."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchbench.core import BenchbenchError, Conditions, Method, Task, Trainer, Unsupported
from benchbench.names import format_method
from benchbench.noise import Noise

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench_mrgan.recipes import Recipe

CHECKPOINTS = Path(__file__).parent / "checkpoints"
FACTOR = 4
UNET_SIDE = 32


@dataclass
class _Gan(Method):
    """A base network with noise, trained by a recipe."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the given or the shipped checkpoint; raise `Unsupported` where the network does not fit the task."""
        base = self.base_for(task)
        path = checkpoint or self.default_checkpoint(task)
        if path is None:
            wanted = format_method(self.name, self.options(), defaults=type(self)().options())
            raise Unsupported(
                f"no checkpoint of {wanted} for {task.name}: train one with"
                f" `benchbench fit -t {task.name} -m {shlex.quote(wanted)}`"
            )
        from benchbench_mrgan.recipes import BASES
        from benchbench_mrgan.weights import load

        self._network = load(path, BASES[base].network, self, task).to(device)
        self._noise_shapes = self._network.noise_shapes(*task.space.shape[1:])

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint that ships for this task; there is one for default options only."""
        path = CHECKPOINTS / f"{task.name}-{self.name}.safetensors"
        return path if path.is_file() and self.options() == type(self)().options() else None

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `uint8[B, K, 3, H, W]`; one condition a network call, so that the batch size changes no bit."""
        import torch

        from benchbench_mrgan.images import from_bytes, to_bytes

        del num_samples  # the noise is of K samples already
        images = from_bytes(conditions["image"])
        drawn = []
        with torch.no_grad():
            for i in range(len(conditions)):
                own = [noise.condition(i).normal(*shape) for shape in self._noise_shapes]
                drawn.append(to_bytes(self._network(images[i : i + 1], own)))
        return torch.cat(drawn)

    def trainer(self, task: Task, device: str, seed: int) -> Trainer:
        """Return the trainer of the base network that serves the task."""
        base = self.base_for(task)
        from benchbench_mrgan.recipes import BASES
        from benchbench_mrgan.training import GanTrainer

        return GanTrainer(BASES[base], self.recipe(base), task, device, seed)

    @abstractmethod
    def base_for(self, task: Task) -> str:
        """Return the name of the base network that serves the task; raise `Unsupported` with the reason if none."""

    @abstractmethod
    def recipe(self, base: str) -> Recipe:
        """Return the training on this base network."""


@dataclass
class Pix2PixNoise(_Gan):
    """pix2pix with noise (Isola et al. 2017): adversarial and L1 loss; known to ignore its noise."""

    name = "pix2pix-noise"
    summary = "U-Net with noise, conditional PatchGAN and L1 loss; collapses to one output a condition"

    reconstruction_weight: float = 20.0
    """Weight of the L1 loss (100 in the paper, at 256 px)."""

    def base_for(self, task: Task) -> str:
        """Return `pix2pix`."""
        return _checked("pix2pix", task)

    def recipe(self, base: str) -> Recipe:
        """Return the adversarial and reconstruction losses."""
        from benchbench_mrgan.recipes import reconstruction

        return reconstruction(base, self.reconstruction_weight)


@dataclass
class SrganNoise(_Gan):
    """SRGAN with noise (Ledig et al. 2017): adversarial and squared loss; known to ignore its noise."""

    name = "srgan-noise"
    summary = "residual x4 network with noise, GAN and squared loss; collapses to one output a condition"

    reconstruction_weight: float = 100.0
    """Weight of the squared loss (1000 in MR-GAN's baseline)."""

    def base_for(self, task: Task) -> str:
        """Return `srgan`."""
        return _checked("srgan", task)

    def recipe(self, base: str) -> Recipe:
        """Return the adversarial and reconstruction losses."""
        from benchbench_mrgan.recipes import reconstruction

        return reconstruction(base, self.reconstruction_weight)


@dataclass
class Mr1(_Gan):
    """Gaussian MR1 (Lee, Ha & Kim 2019): adversarial loss, and the mean of K samples is drawn to the one truth."""

    name = "mr1"
    summary = "MR-GAN: adversarial loss, and only the mean of K samples is drawn to the truth"

    base: Literal["auto", "pix2pix", "srgan"] = "auto"
    """The base network; `auto`: U-Net for translation, residual network for super-resolution."""
    weight: float = 20.0
    """Weight of the moment loss."""
    num_samples: int = 8
    """K, the samples of each input in a training step (10 and 24 in the paper)."""

    def base_for(self, task: Task) -> str:
        """Return the base network that was asked for, or that serves tasks of this kind."""
        if self.base != "auto":
            return _checked(self.base, task)
        bases = {"translation": "pix2pix", "super-resolution": "srgan"}
        if task.kind not in bases:
            raise Unsupported(f"serves translation and super-resolution; {task.name} is of kind {task.kind}")
        return _checked(bases[task.kind], task)

    def recipe(self, base: str) -> Recipe:
        """Return the adversarial and moment losses."""
        from benchbench_mrgan.recipes import moment_reconstruction

        if self.num_samples < 1:
            raise BenchbenchError(f"mr1: num_samples is at least 1, got {self.num_samples}")
        return moment_reconstruction(base, self.weight, self.num_samples)


def _checked(base: str, task: Task) -> str:
    """Return `base` if its network takes the task's conditions and gives its samples; raise `Unsupported` if not."""
    kind = {"pix2pix": "translation", "srgan": "super-resolution"}[base]
    if task.kind != kind:
        raise Unsupported(f"{base} serves {kind}; {task.name} is of kind {task.kind}")
    image = task.examples("test")[0].condition.get("image")
    if image is None or len(image) != 3 or task.space.kind != "images":
        raise Unsupported(f"{base} needs an RGB image as condition, and images as samples")
    factor = {"pix2pix": 1, "srgan": FACTOR}[base]
    height, width = image.shape[1] * factor, image.shape[2] * factor
    if task.space.shape != (3, height, width):
        wanted = "as large as the condition" if factor == 1 else f"{factor} times as large as the condition"
        given = " x ".join(map(str, task.space.shape[1:]))
        raise Unsupported(f"{base} gives samples {wanted} ({height} x {width}); those of {task.name} are {given}")
    if base == "pix2pix" and (height, width) != (UNET_SIDE, UNET_SIDE):
        raise Unsupported(
            f"the small U-Net takes images of {UNET_SIDE} x {UNET_SIDE}; those of {task.name} are {height} x {width}"
        )
    return base
