"""Methods that sample from a trained network, and the pairs that they are trained on."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from benchbench.core import BadSample, Conditions, Method, Task, Unsupported
from benchbench.core.engine import GLOBAL_RANDOM
from benchbench.core.noise import Noise
from benchbench.specs import format_method
from benchbench.training import checkpoints

if TYPE_CHECKING:
    from torch import Tensor

RESIDENT_BYTES = 2**30
"""A training set of up to this size lies on the device, whole."""


@dataclass
class TrainedMethod(Method):
    """A method with a checkpoint, whose network gives all samples of a condition in one call."""

    checkpoints: ClassVar[Path]
    """The folder of the checkpoints that ship with the plugin."""

    @abstractmethod
    def require(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the network does not fit the task."""

    @abstractmethod
    def make_network(self, task: Task) -> Any:
        """Return the network, with any weights: a `torch.nn.Module`.

        `noise_shapes: list[tuple[int, ...]]` says what noise one sample takes, and
        `forward(condition, noise)` returns `float32[N, K, *space.shape]` (images in [-1, 1]) from the values that
        `network_inputs` gives and from a list of `float32[N, K, *shape]`, standard normal.
        """

    def supports(self, task: Task, checkpoint: Path | None) -> None:
        """Raise `Unsupported` where the network does not fit the task, or there are no weights for it."""
        self.require(task)
        if checkpoint is None and self.default_checkpoint(task) is None:
            wanted = format_method(self.name, self.trained_options(), defaults=type(self)().options())
            raise Unsupported(
                f"no checkpoint of {wanted} for {task.name}: train one with"
                f" `benchbench fit -t {task.name} -m {shlex.quote(wanted)}`"
            )

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the given or the shipped checkpoint; raise `Unsupported` where the network does not fit the task."""
        import torch

        self.supports(task, checkpoint)
        path = checkpoint or self.default_checkpoint(task)
        assert path is not None
        tensors = checkpoints.read(path, self, task)
        with GLOBAL_RANDOM, torch.random.fork_rng(devices=[]):  # initial weights are drawn, only to be replaced
            network = self.make_network(task)
        checkpoints.fill(network, tensors, f"{path} (for {self.name} on {task.name})")
        self._network = network.to(device).eval().requires_grad_(False)

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint that ships for this task and the trained options, if one does."""
        return checkpoints.shipped(self.checkpoints, self, task)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `[B, K, *space.shape]`; one condition per network call, so that the batch size changes no bit."""
        import torch

        del num_samples  # the noise is of K samples already
        inputs = network_inputs(conditions.values)
        drawn = []
        with torch.no_grad():
            for i in range(len(conditions)):
                own = {name: value[i : i + 1] for name, value in inputs.items()}
                drawn.append(self._network(own, [noise.condition(i).normal(*s) for s in self._network.noise_shapes]))
        return to_samples(torch.cat(drawn))


def require_kind(task: Task, who: str, kind: str) -> None:
    """Raise `Unsupported`, in the name of `who`, where the task is of another kind."""
    if task.kind != kind:
        raise Unsupported(f"{who} serves {kind}; {task.name} is of kind {task.kind}")


def require_images(task: Task, who: str, kind: str, channels: tuple[int, ...] = (3,), factor: int = 1) -> int:
    """Return the side of the task's samples in pixels; raise `Unsupported`, in the name of `who`, where it has others.

    The task is to be of this kind, its conditions an image of one of these numbers of channels, and its samples square
    images `factor` times as large as that.
    """
    require_kind(task, who, kind)
    image = task.examples("test")[0].condition.get("image")
    if image is None or len(image) not in channels or task.space.kind != "images":
        number = " or ".join(map(str, channels))
        raise Unsupported(f"{who} needs an image of {number} channels as condition, and images as samples")
    height, width = int(image.shape[1]) * factor, int(image.shape[2]) * factor
    if task.space.shape != (3, height, width):
        wanted = "as large as the condition" if factor == 1 else f"{factor} times as large as the condition"
        given = " x ".join(map(str, task.space.shape[1:]))
        raise Unsupported(f"{who} gives samples {wanted} ({height} x {width}); those of {task.name} are {given}")
    if height != width:
        raise Unsupported(f"{who} takes square images; those of {task.name} are {height} x {width}")
    return height


def require_form(task: Task, who: str, multiple: Callable[[int], int]) -> None:
    """Raise `Unsupported`, in the name of `who`, where `benchbench.training.forms` has no form for the task.

    It has one for points, given vectors of floating-point numbers or nothing; and for square images given an image of
    that size, or for super-resolution a smaller one, a hole in it, a label, or nothing. `multiple` gives what a side in
    pixels is to be a multiple of, from the side.
    """
    condition = task.examples("test")[0].condition
    if task.space.kind == "points":
        strange = [name for name, value in condition.items() if value.ndim != 1 or not value.is_floating_point()]
        if strange:
            raise Unsupported(f"{who} gives points from vectors, or from nothing; {task.name} has {', '.join(strange)}")
        return
    _, side, width = task.space.shape
    if side != width or side % multiple(side):
        raise Unsupported(
            f"the network of {who} takes square images whose side is a multiple of {multiple(side)} px;"
            f" those of {task.name} are {side} x {width}"
        )
    if not {"image", "mask", "label"}.issuperset(condition) or ("mask" in condition and "image" not in condition):
        raise Unsupported(f"{who} sees images, masks and labels; {task.name} gives {', '.join(condition)}")
    image = condition.get("image")
    if image is None:
        return
    channels, *small = image.shape
    factor = side // small[0] if task.kind == "super-resolution" else 1
    if [factor * each for each in small] != [side, side] or channels not in (1, 3):
        raise Unsupported(
            f"{who} takes square images of 1 or 3 channels as large as the sample, or for super-resolution smaller by a"
            f" whole factor; {task.name} gives {' x '.join(map(str, image.shape))} for {side} x {side}"
        )


def network_inputs(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what networks see of conditions: images in [-1, 1], masks as 1 in the hole and 0 elsewhere, labels."""
    return {name: _CONVERTED[name](value) if name in _CONVERTED else value for name, value in values.items()}


def from_bytes(images: Tensor) -> Tensor:
    """Return `uint8` images as `float32` in [-1, 1]; points stay what they are."""
    return images if images.is_floating_point() else images.float() / 127.5 - 1


_CONVERTED: dict[str, Callable[[Tensor], Tensor]] = {"image": from_bytes, "mask": lambda mask: (mask > 0).float()}
"""How values of a modality become what networks see."""


def to_samples(outputs: Tensor) -> Tensor:
    """Return outputs as samples: images `[N, K, 3, H, W]` in [-1, 1] rounded to `uint8`, points `[N, K, D]`.

    Raise `BadSample` where an output is NaN or infinite, which as `uint8` would be a black or a white pixel.
    """
    import torch

    if not bool(torch.isfinite(outputs).all()):
        raise BadSample("the network gave NaN or infinite outputs: its weights have diverged or overflow")
    return outputs if outputs.ndim == 3 else ((outputs + 1) * 127.5).round().clamp(0, 255).byte()


class TrainingSet:
    """The pairs of a split, by row: each condition with its first reference; on the device where they are not many."""

    def __init__(self, task: Task, split: Literal["train", "validation"], device: str) -> None:
        self._examples, self._device = task.examples(split), device
        first = self._examples[0]
        size = first.references[0].nbytes + sum(value.nbytes for value in first.condition.values())
        self._resident = size * len(self._examples) <= RESIDENT_BYTES
        if self._resident:
            self._all = self._stacked(range(len(self._examples)))

    def __len__(self) -> int:
        return len(self._examples)

    def batch(self, rows: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return what networks see of the conditions of these rows, and the targets, on the device."""
        values, targets = self._stacked(rows.tolist()) if not self._resident else self._picked(rows)
        return network_inputs(values), from_bytes(targets)

    def _picked(self, rows: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        values, targets = self._all
        here = rows.to(targets.device)
        return {name: value[here] for name, value in values.items()}, targets[here]

    def _stacked(self, rows: Any) -> tuple[dict[str, Tensor], Tensor]:
        import torch

        examples = [self._examples[row] for row in rows]
        values = {
            name: torch.stack([example.condition[name] for example in examples]).to(self._device)
            for name in examples[0].condition
        }
        return values, torch.stack([example.references[0] for example in examples]).to(self._device)
