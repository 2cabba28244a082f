"""A task, and the kinds of task that know more of their conditions or of their law."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core.errors import BenchbenchError, Unsupported
from benchbench.core.example import Example, SampleSpace
from benchbench.core.linear import LinearObservation
from benchbench.core.noise import stream
from benchbench.core.protocol import Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench.core.noise import Noise


class Task(ABC):
    """Conditions with references, a sample space, a protocol and the metrics that matter; subclass and register."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str] = ""
    kind: ClassVar[str]
    """What kind of problem it is, in lower-case words joined by hyphens, such as `translation`; methods go by it."""
    pixelwise: ClassVar[bool] = False
    """Its condition says where everything is, so that a sample may be compared with the reference pixel by pixel."""
    space: SampleSpace
    protocol: ClassVar[Protocol] = Protocol()
    metrics: ClassVar[tuple[str, ...]]
    """Score specifications such as `energy-score[mini]`; the first one ranks."""
    choices: ClassVar[tuple[str, ...]] = ()
    """What its source leaves open, and what is fixed here; one sentence each."""
    superseded_by: ClassVar[str] = ""
    """The name of the task to use instead; `leaderboard --stale` lists the rows to run there."""
    has_draws: ClassVar[bool] = False
    """A generator makes its test, from streams keyed by `split_key`: `drawn` makes another one of the same law."""
    test_draw: int = 0
    """Which draw of the generator the test is; 0 is the public one."""

    def drawn(self, number: int) -> Task:
        """Return the task with this draw of its generator as its test; its training and validation splits stay.

        Raise `Unsupported` where no generator makes it, `BenchbenchError` for a number below 0.
        """
        if number == self.test_draw:
            return self
        if not self.has_draws:
            raise Unsupported(f"{self.name} has one test: no generator makes it, so there is no draw {number}")
        if number < 0:
            raise BenchbenchError(f"a draw of {self.name} is a number from 0, got {number}")
        other = copy.copy(self)
        other.test_draw = number
        return other

    def split_key(self, split: str) -> str:
        """Return what a split is called in the keys of its random streams: the test of draw 17 is `test 17`."""
        return f"{split} {self.test_draw}" if self.test_draw and split == "test" else split

    @abstractmethod
    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return the examples of a split, indexable, in a fixed order; raise `MissingData` if they are not here."""

    def data_hash(self, split: Literal["train", "validation", "test"]) -> str | None:
        """Return the SHA-256 over the files that a split is made of, where it is known without reading them.

        `None`: what depends on the split hashes its examples.
        """
        return None

    @abstractmethod
    def real_pool(self) -> Tensor:
        """Return the real outputs for set metrics, `[N, *space.shape]`: training targets, disjoint from the test."""

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: how far each sample `[K, *shape]` departs from its condition, in grey levels (0..255).

        A task that overrides it has the metric `consistency`.
        """
        raise Unsupported(f"{self.name} has no measure of how well a sample obeys its condition")

    def condition_as_sample(self, example: Example) -> Tensor:
        """Return the condition as a point of the sample space, `[*space.shape]`; raise `Unsupported` where it is none.

        By default its image, enlarged as the baseline `copy` does; or, of a label, a training target of that label,
        the same one for every method. It depends on nothing but the condition and the id, never on the references.
        """
        if "image" in example.condition:
            return enlarged(example.condition["image"][None], self.space)[0]
        if "label" in example.condition:
            return _of_label(self, example)
        given = ", ".join(sorted(example.condition)) or "none"
        raise Unsupported(f"the condition of {self.name} (modality: {given}) is no point of its sample space")

    def require_references(self) -> None:
        """Raise `Unsupported` unless a condition of the test has several references, which tell of its true law."""
        if len(self.examples("test")[0].references) < 2:
            raise Unsupported(f"{self.name} has one reference per condition: its true law is not known")

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw `[B, K, *space.shape]` from the true law of each condition; raise `Unsupported` where it is unknown.

        By default the law is taken to be uniform over the references, where there is more than one.
        """
        import torch

        self.require_references()
        by_id = {example.id: example for example in self.examples("test")}
        drawn = []
        for i, id in enumerate(ids):
            references = by_id[id].references
            drawn.append(references[noise.condition(i).integers(len(references))[0].cpu()])
        return torch.stack(drawn)


def enlarged(images: Tensor, space: SampleSpace) -> Tensor:
    """Return condition images `uint8[B, C, h, w]` as samples `uint8[B, 3, H, W]`: bicubic where they are smaller."""
    import torch

    if space.kind != "images" or images.shape[1] not in (1, 3):
        raise Unsupported("needs an image as condition, RGB or of one channel")
    large = images.float().expand(-1, 3, -1, -1)
    if tuple(images.shape[2:]) != space.shape[1:]:
        large = torch.nn.functional.interpolate(large, size=space.shape[1:], mode="bicubic", align_corners=False)
    return large.round().clamp(0, 255).byte()


def _of_label(task: Task, example: Example) -> Tensor:
    """Return a training target of the example's label, found from a place that the id fixes."""
    train, label = task.examples("train"), int(example.condition["label"])
    places = stream("condition as sample", task.name, task.version, example.id).permutation(len(train))
    for place in places.tolist():
        found = train[place]
        if int(found.condition["label"]) == label:
            return found.references[0]
    raise Unsupported(f"{task.name} has no training target of label {label}")


class ModeTask(Task):
    """A task whose conditional law is a mixture of known modes."""

    num_modes: ClassVar[int]

    @abstractmethod
    def mode_probabilities(self, id: str) -> Tensor:
        """Return `float64[M]`, the true mass of each mode under the condition of this test example."""

    @abstractmethod
    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return `int64[K]`: the mode that each sample `[K, *shape]` belongs to, or -1 where it is of low quality."""


class SuperResolutionTask(LinearObservation, Task):
    """A task whose condition is its target made smaller: by the area mean, unless `downsample` says otherwise."""

    kind = "super-resolution"
    pixelwise = True
    factor: ClassVar[int] = 4

    def downsample(self, images: Tensor) -> Tensor:
        """Return `float32[N, 3, h, w]` in 0..255: images `uint8[N, 3, H, W]` made smaller as the condition was."""
        import torch

        return torch.nn.functional.avg_pool2d(images.float(), self.factor)

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: the mean absolute error of each sample made smaller against the input."""
        small = self.downsample(samples)
        return (small - example.condition["image"].to(small)).abs().double().mean((1, 2, 3))

    def observed(self, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the small image."""
        self._require_area_mean()
        return condition["image"].float()[:, None]

    def degrade(self, x: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the mean of each block of `factor` x `factor` pixels."""
        import torch

        self._require_area_mean()
        return torch.nn.functional.avg_pool2d(x.flatten(0, 1), self.factor).unflatten(0, x.shape[:2])

    def pseudo_inverse(self, y: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return each value repeated over its block."""
        self._require_area_mean()
        return y.repeat_interleave(self.factor, -2).repeat_interleave(self.factor, -1)

    def singular_parts(self, x: Tensor, condition: Mapping[str, Tensor]) -> Sequence[tuple[float, Tensor]]:
        """Return the one seen part, the means over blocks; A shortens it by `factor`."""
        return ((1 / self.factor, self.pseudo_inverse(self.degrade(x, condition), condition)),)

    @property
    def by_area_mean(self) -> bool:
        """Whether the condition is the area mean of the target, but for noise and rounding."""
        return type(self).downsample is SuperResolutionTask.downsample

    def _require_area_mean(self) -> None:
        if not self.by_area_mean:
            raise Unsupported(f"{self.name} makes images smaller by a filter of its own, whose inverse is not known")


class InpaintingTask(LinearObservation, Task):
    """A task whose condition is its target with a hole: `image`, the hole filled, and `mask`, 255 in the hole."""

    kind = "inpainting"
    pixelwise = True
    largest_hole: ClassVar[int | None] = None
    """The greatest height or width of a hole's bounding box in pixels, of all splits; `None` where it is not known."""

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: the mean absolute error of each sample against the image outside of the hole."""
        known = (example.condition["mask"] == 0).to(samples.device).expand(samples.shape[1:])
        image = example.condition["image"].to(samples.device).double()
        return (samples.double() - image).abs()[:, known].mean(1)

    def observed(self, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the image with zeros in the hole."""
        return self.degrade(condition["image"].float()[:, None], condition)

    def degrade(self, x: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the images with zeros in the hole."""
        return x * (condition["mask"] == 0)[:, None].to(x.device)

    def pseudo_inverse(self, y: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the known pixels, and zeros in the hole."""
        return self.degrade(y, condition)

    def singular_parts(self, x: Tensor, condition: Mapping[str, Tensor]) -> Sequence[tuple[float, Tensor]]:
        """Return the one seen part, the known pixels, which A leaves as they are."""
        return ((1.0, self.degrade(x, condition)),)
