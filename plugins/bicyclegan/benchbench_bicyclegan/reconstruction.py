"""How well E's z reconstructs B: methods that are given B and sample G(A, E(B)), and the metric of these samples.

A metric sees samples, never the method; so the reconstruction is a method of its own, which reads the answers, and the
error of its samples is a metric like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, ConditionSamples, Task, Unsupported
from benchbench.training.encoded import Encoded, around

from benchbench_bicyclegan.methods import BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class EncodedCaeGan(Encoded, CaeGan):
    """cAE-GAN given the answer: G(A, E(B))."""

    name = "encoded-cae-gan"
    summary = "cae-gan's reconstruction of the answer, G(A, E(B))"
    original = CaeGan


@dataclass
class EncodedCvaeGan(Encoded, CvaeGan):
    """cVAE-GAN given the answer: G(A, E(B))."""

    name = "encoded-cvae-gan"
    summary = "cvae-gan's reconstruction of the answer, G(A, E(B))"
    original = CvaeGan


@dataclass
class EncodedCvaeGanPlus(Encoded, CvaeGanPlus):
    """cVAE-GAN++ given the answer: G(A, E(B))."""

    name = "encoded-cvae-gan++"
    summary = "cvae-gan++'s reconstruction of the answer, G(A, E(B))"
    original = CvaeGanPlus


@dataclass
class EncodedClrGan(Encoded, ClrGan):
    """cLR-GAN given the answer: G(A, E(B))."""

    name = "encoded-clr-gan"
    summary = "clr-gan's reconstruction of the answer, G(A, E(B))"
    original = ClrGan


@dataclass
class EncodedBicycleGan(Encoded, BicycleGan):
    """BicycleGAN given the answer: G(A, E(B))."""

    name = "encoded-bicyclegan"
    summary = "bicyclegan's reconstruction of the answer, G(A, E(B))"
    original = BicycleGan


ENCODED: tuple[type[Encoded], ...] = (
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
