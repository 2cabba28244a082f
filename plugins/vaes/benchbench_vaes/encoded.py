"""The methods given the answer: reconstructions of real samples, and the way from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training.encoded import Encoded

from benchbench_vaes.methods import Aae, IntroVae, Vae, VaeGan, Veegan, Vgh, VghPlus

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class _Encoded(Encoded):
    """Samples are decoded means of the encoder: of the references, or between the first ones of two examples."""

    sampling_options: ClassVar[tuple[str, ...]] = ("interpolation",)

    interpolation: bool = False
    """The K samples lie on the straight line between the codes of this example's reference and of the next one's."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the checkpoint of the method itself, and look up the references and which example is next."""
        super().prepare(task, device, checkpoint)
        ids = list(self._references)
        self._next = dict(zip(ids, [*ids[1:], ids[0]], strict=True))

    def codes(self, id: str, num_samples: int) -> Tensor:
        """Return `float32[K, latent]`: the means of the references, or the line from one mean to the next one's."""
        if not self.interpolation:
            return super().codes(id, num_samples)
        import torch

        one, other = (self.encode(self._references[each][:1]) for each in (id, self._next[id]))
        return torch.lerp(one, other, torch.linspace(0, 1, num_samples, device=one.device)[:, None])


@dataclass
class EncodedVae(_Encoded, Vae):
    """VAE given the answer: Dec(Enc(x))."""

    name = "encoded-vae"
    summary = "vae's reconstruction of real samples, or the way between two of them"
    original = Vae


@dataclass
class EncodedVaeGan(_Encoded, VaeGan):
    """VAE-GAN given the answer: Dec(Enc(x))."""

    name = "encoded-vae-gan"
    summary = "vae-gan's reconstruction of real samples, or the way between two of them"
    original = VaeGan


@dataclass
class EncodedAae(_Encoded, Aae):
    """AAE given the answer: Dec(Enc(x))."""

    name = "encoded-aae"
    summary = "aae's reconstruction of real samples, or the way between two of them"
    original = Aae


@dataclass
class EncodedVeegan(_Encoded, Veegan):
    """VEEGAN given the answer: G(F(x))."""

    name = "encoded-veegan"
    summary = "veegan's reconstruction of real samples, or the way between two of them"
    original = Veegan


@dataclass
class EncodedVgh(_Encoded, Vgh):
    """VGH given the answer: Dec(Enc(x))."""

    name = "encoded-vgh"
    summary = "vgh's reconstruction of real samples, or the way between two of them"
    original = Vgh


@dataclass
class EncodedVghPlus(_Encoded, VghPlus):
    """VGH++ given the answer: Dec(Enc(x))."""

    name = "encoded-vgh++"
    summary = "vgh++'s reconstruction of real samples, or the way between two of them"
    original = VghPlus


@dataclass
class EncodedIntroVae(_Encoded, IntroVae):
    """IntroVAE given the answer: Dec(Enc(x))."""

    name = "encoded-introvae"
    summary = "introvae's reconstruction of real samples, or the way between two of them"
    original = IntroVae


ENCODED: tuple[type[_Encoded], ...] = (
    EncodedVae,
    EncodedVaeGan,
    EncodedAae,
    EncodedVeegan,
    EncodedVgh,
    EncodedVghPlus,
    EncodedIntroVae,
)
