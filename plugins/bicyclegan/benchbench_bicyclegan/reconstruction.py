"""How well E's z reconstructs B: methods that are given B and sample G(A, E(B)), and the metric of these samples.

A metric sees samples, never the method; so the reconstruction is a method of its own, which reads the answers, and the
error of its samples is a metric like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import ConditionMetric, Conditions, ConditionSamples, Task, Trainer, Unsupported
from benchbench.core.engine import Engine
from benchbench.core.noise import Noise
from benchbench.training.method import from_bytes, network_inputs, to_samples

from benchbench_bicyclegan.methods import BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus, TranslationGan

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class _Encoded(TranslationGan):
    """A method that is given the answer: z is the mean of E(B), where sample k starts from reference k, counted around.

    Its options and its checkpoint are those of the method itself.
    """

    reads_the_answers = True
    by_name_only = True
    original: ClassVar[type[TranslationGan]]
    """The method itself."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the checkpoint of the method itself, and look up the references."""
        method = self._original()
        method.prepare(task, device, checkpoint)
        self._network, self._device = method._network, device
        self._references = {example.id: example.references for example in task.examples("test")}

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint that ships with the method itself."""
        return self._original().default_checkpoint(task)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Raise `Unsupported`: it is the method itself that is trained."""
        raise Unsupported(f"{self.name} has nothing to train: it takes the checkpoint of {self.original.name}")

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `uint8[B, K, 3, S, S]`, G(A, E(B)); no noise is drawn."""
        import torch

        images = network_inputs({"image": conditions["image"]})["image"]
        drawn = []
        with torch.no_grad():
            for i, id in enumerate(conditions.ids):
                references = around(self._references[id], num_samples).to(self._device)
                mean, _ = self._network.encoder(from_bytes(references))
                drawn.append(self._network({"image": images[i : i + 1]}, [mean[None]]))
        return to_samples(torch.cat(drawn))

    def _original(self) -> TranslationGan:
        return self.original(**self.options())


@dataclass
class EncodedCaeGan(_Encoded, CaeGan):
    """cAE-GAN given the answer: G(A, E(B))."""

    name = "encoded-cae-gan"
    summary = "cae-gan's reconstruction of the answer, G(A, E(B))"
    original = CaeGan


@dataclass
class EncodedCvaeGan(_Encoded, CvaeGan):
    """cVAE-GAN given the answer: G(A, E(B))."""

    name = "encoded-cvae-gan"
    summary = "cvae-gan's reconstruction of the answer, G(A, E(B))"
    original = CvaeGan


@dataclass
class EncodedCvaeGanPlus(_Encoded, CvaeGanPlus):
    """cVAE-GAN++ given the answer: G(A, E(B))."""

    name = "encoded-cvae-gan++"
    summary = "cvae-gan++'s reconstruction of the answer, G(A, E(B))"
    original = CvaeGanPlus


@dataclass
class EncodedClrGan(_Encoded, ClrGan):
    """cLR-GAN given the answer: G(A, E(B))."""

    name = "encoded-clr-gan"
    summary = "clr-gan's reconstruction of the answer, G(A, E(B))"
    original = ClrGan


@dataclass
class EncodedBicycleGan(_Encoded, BicycleGan):
    """BicycleGAN given the answer: G(A, E(B))."""

    name = "encoded-bicyclegan"
    summary = "bicyclegan's reconstruction of the answer, G(A, E(B))"
    original = BicycleGan


ENCODED: tuple[type[_Encoded], ...] = (
    EncodedCaeGan,
    EncodedCvaeGan,
    EncodedCvaeGanPlus,
    EncodedClrGan,
    EncodedBicycleGan,
)


class EncoderReconstruction(ConditionMetric[ConditionSamples]):
    """Mean |sample - reference| in grey levels, sample k against reference k, counted around.

    For the samples of an `encoded-` method this is the paper's |B - G(A, E(B))| (Zhu et al. 2017, Table 1), of images
    rounded to bytes and 127.5 times that of images in [-1, 1]. For any other method it is the absolute error of its
    samples, each against one true output of many.
    """

    name = "encoder-reconstruction"
    summary = "|B - G(A, E(B))| of the encoded- methods, in grey levels (0..255)"
    uses_features = False
    higher_is_better = False

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks whose samples are no images."""
        if task.space.kind != "images":
            raise Unsupported(f"{self.name} is of images; {task.name} has {task.space.kind}")

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the error of each sample, `float64[K]`."""
        references = around(data.example.references, len(data.samples)).to(data.samples.device)
        return (data.samples.double() - references.double()).abs().mean((1, 2, 3))


def around(references: Tensor, number: int) -> Tensor:
    """Return `[number, …]`: the references `[R, …]` in turn, again from the first after the last."""
    import torch

    return references[torch.arange(number) % len(references)]
