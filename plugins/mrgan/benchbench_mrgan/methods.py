"""The methods: their options, the tasks they serve, and what each is trained by; nothing heavy is imported here."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from benchbench.core import Conditions, Task, Trainer, Unsupported
from benchbench.core.noise import Noise
from benchbench.training.method import TrainedMethod

from benchbench_mrgan import bases, recipes
from benchbench_mrgan.recipes import Base, Recipe, Variant

if TYPE_CHECKING:
    from benchbench.core.engine import Engine
    from torch import Tensor

CHECKPOINTS = Path(__file__).parent / "checkpoints"


@dataclass
class Trained(TrainedMethod):
    """What the methods share: networks of one base, in one size, and one trainer."""

    checkpoints = CHECKPOINTS
    noisy: ClassVar[bool] = True
    """Its network takes noise."""

    size: Literal["small", "paper"] = "small"
    """`paper`: the networks and settings of the paper; `small`: for 32 and 64 px, minutes on a CPU core."""

    @property
    def standardised(self) -> bool:
        """Whether the networks see conditions standardised by channel."""
        return getattr(self, "standardise", False)

    @abstractmethod
    def base_for(self, task: Task) -> Base:
        """Return the base network that serves the task; raise `Unsupported` if none does."""

    @abstractmethod
    def recipe(self, task: Task) -> Recipe:
        """Return what it is trained by."""

    def require(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the networks do not fit the task."""
        base = self.base_for(task)
        bases.require(base, self.size, task)
        if self.standardised and base != "pix2pix":
            raise Unsupported(f"standardise is for the conditions of pix2pix; {base} serves {task.name}")

    def make_network(self, task: Task) -> Any:
        """Return the network that samples."""
        return bases.make_network(self.base_for(task), self.size, task, noise=self.noisy, standardise=self.standardised)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer, with the networks of the base that serves the task; `steps`: of both phases together."""
        self.require(task)
        from benchbench_mrgan.training import MomentTrainer, Networks

        base, recipe = self.base_for(task), recipes.lasting(self.recipe(task), steps)
        networks = Networks(
            generator=lambda: self.make_network(task),
            discriminator=lambda: bases.make_discriminator(base, self.size, task, self.standardised),
            predictor=lambda: self._make_predictor(task),
            law=lambda predictor: _law(predictor, recipe, task, "law"),
        )
        return MomentTrainer(networks, recipe, task, engine)

    def _make_predictor(self, task: Task) -> Any:
        """Return the base network without noise and with a head for the dispersion."""
        base = self.base_for(task)
        return bases.make_network(base, self.size, task, False, dispersion=True, standardise=self.standardised)


@dataclass
class _Baseline(Trained):
    """An adversarial and a reconstruction loss."""

    base: ClassVar[Base]

    reconstruction_weight: float | None = None
    """Weight of the reconstruction loss; 0 trains by the adversarial loss alone; default: that of base and size."""
    adversarial_weight: float = 1.0
    """Weight of the adversarial loss; 0 trains by reconstruction alone."""
    average: float | None = None
    """Decay of the moving average of the weights that is sampled from; 0: the last weights; default: 0.999 where
    small, 0 in the paper's size."""

    def base_for(self, task: Task) -> Base:
        """Return the one base that the method is named by."""
        del task
        return self.base

    def recipe(self, task: Task) -> Recipe:
        """Return the adversarial and reconstruction losses."""
        return recipes.changed(
            recipes.baseline(self.base, self.size, task.name),
            adversarial_weight=self.adversarial_weight,
            reconstruction_weight=self.reconstruction_weight,
            average=self.average,
        )


@dataclass
class Pix2Pix(_Baseline):
    """pix2pix (Isola et al. 2017) without noise: one output for a condition."""

    name = "pix2pix"
    summary = "U-Net, conditional PatchGAN and L1 loss; without noise, so one output a condition"
    source = "Isola et al., CVPR 2017 (arXiv 1611.07004)"
    base = "pix2pix"
    noisy = False

    standardise: bool = False
    """Conditions are standardised by channel, with constants of the training set that the checkpoint keeps."""

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `uint8[B, K, 3, H, W]`: the one output K times."""
        drawn = super().sample(conditions, num_samples, noise)
        return drawn.expand(-1, num_samples, *drawn.shape[2:]).contiguous()


@dataclass
class Pix2PixNoise(_Baseline):
    """pix2pix with noise (Isola et al. 2017): adversarial and L1 loss; known to ignore its noise."""

    name = "pix2pix-noise"
    summary = "U-Net with noise, conditional PatchGAN and L1 loss; collapses to one output a condition"
    source = "Isola et al., CVPR 2017 (arXiv 1611.07004), with the noise of Lee, Ha & Kim, ICLR 2019"
    base = "pix2pix"

    standardise: bool = False
    """Conditions are standardised by channel, with constants of the training set that the checkpoint keeps."""


@dataclass
class SrganNoise(_Baseline):
    """SRGAN with noise (Ledig et al. 2017): adversarial and squared loss; known to ignore its noise."""

    name = "srgan-noise"
    version = 2
    summary = "residual x4 network with noise, GAN and squared loss; collapses to one output a condition"
    source = "Ledig et al., CVPR 2017 (arXiv 1609.04802), with the noise of Lee, Ha & Kim, ICLR 2019"
    base = "srgan"


@dataclass
class GlcicNoise(_Baseline):
    """GLCIC with noise (Iizuka et al. 2017): adversarial and squared loss; known to ignore its noise."""

    name = "glcic-noise"
    version = 2
    summary = "dilated inpainting network with noise, whole and local GAN, squared loss; collapses to one output"
    source = "Iizuka, Simo-Serra & Ishikawa, SIGGRAPH 2017, with the noise of Lee, Ha & Kim, ICLR 2019"
    base = "glcic"


@dataclass
class MlpNoise(_Baseline):
    """The paper's experiment in the plane (MR-GAN, appendix C): adversarial and squared loss, which collapses."""

    name = "mlp-noise"
    summary = "three-layer network with noise for points, GAN and squared loss; collapses to one point"
    source = "Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225), appendix C"
    base = "mlp"


@dataclass
class _Matching(Trained):
    """An adversarial loss, and one on the moments of K samples (Lee, Ha & Kim 2019)."""

    moments: ClassVar[Literal[1, 2]]
    proxy: ClassVar[bool] = False

    family: Literal["gaussian", "laplace"] = "gaussian"
    """The moments: mean and variance, or median and mean absolute deviation."""
    base: Literal["auto", "pix2pix", "srgan", "glcic", "mlp"] = "auto"
    """The base network; `auto`: by the task's kind, translation, super-resolution, inpainting or points."""
    weight: float | None = None
    """Weight of the moment loss, of proxy losses of the first moment's; default: that of base, size and family."""
    num_samples: int | None = None
    """K, the samples of each input in a training step; default: that of base and size."""
    adversarial_weight: float = 1.0
    """Weight of the adversarial loss; 0 trains by the moments alone."""
    reconstruction_weight: float = 0.0
    """Weight of the base's reconstruction loss in joint use, 0 to 100 in the paper."""
    standardise: bool = False
    """Conditions of translation are standardised by channel, with constants that the checkpoint keeps."""
    average: float | None = None
    """Decay of the moving average of the weights that is sampled from; 0: the last weights; default: 0.999 where
    small, 0 in the paper's size."""

    def base_for(self, task: Task) -> Base:
        """Return the base that was asked for, or the one for tasks of this kind."""
        return bases.base_for(self.base, task)

    def recipe(self, task: Task) -> Recipe:
        """Return the adversarial and moment losses."""
        variant = Variant(self.family, self.moments, self.proxy)
        return recipes.changed(
            recipes.matching(self.base_for(task), self.size, task.name, variant),
            weight=self.weight,
            second_weight=getattr(self, "second_weight", None),
            num_samples=self.num_samples,
            adversarial_weight=self.adversarial_weight,
            reconstruction_weight=self.reconstruction_weight,
            average=self.average,
        )


@dataclass
class Mr1(_Matching):
    """MR1: adversarial loss, and the mean (or median) of K samples is drawn to the one truth."""

    name = "mr1"
    version = 2
    summary = "MR-GAN: adversarial loss, and only the mean of K samples is drawn to the truth"
    source = "Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225)"
    moments = 1


@dataclass
class Mr2(_Matching):
    """MR2: adversarial loss, and the likelihood of the one truth under mean and variance of K samples."""

    name = "mr2"
    version = 2
    summary = "MR-GAN: adversarial loss, and the truth's likelihood under mean and variance of K samples"
    source = "Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225)"
    moments = 2


@dataclass
class ProxyMr1(_Matching):
    """Proxy MR1: adversarial loss, and the mean of K samples is drawn to a frozen predictor's."""

    name = "proxy-mr1"
    version = 2
    summary = "MR-GAN: adversarial loss, and the mean of K samples is drawn to a predicted one"
    source = "Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225)"
    moments = 1
    proxy = True


@dataclass
class ProxyMr2(_Matching):
    """Proxy MR2: adversarial loss, and mean and variance of K samples are drawn to a frozen predictor's."""

    name = "proxy-mr2"
    version = 2
    summary = "MR-GAN: adversarial loss, and mean and variance of K samples are drawn to predicted ones"
    source = "Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225)"
    moments = 2
    proxy = True

    second_weight: float | None = None
    """Weight of the second moment's loss; default: that of base, size and family."""


@dataclass
class Predictor(Trained):
    """The predictor of MR-GAN's proxy losses alone: mean and variance (or median and deviation) of each pixel."""

    name = "predictor"
    version = 2
    summary = "the conditional moments, by maximum likelihood; pixels drawn independently: right moments, no image"
    source = "Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225)"
    sampling_options = ("draw",)

    family: Literal["gaussian", "laplace"] = "gaussian"
    """The law of each pixel, whose moments are predicted."""
    base: Literal["auto", "pix2pix", "srgan", "glcic", "mlp"] = "auto"
    """The base network, without noise; `auto`: by the task's kind."""
    draw: Literal["law", "mean"] = "law"
    """Samples of the predicted law, or its mean (or median) every time."""
    standardise: bool = False
    """Conditions of translation are standardised by channel, with constants that the checkpoint keeps."""

    def base_for(self, task: Task) -> Base:
        """Return the base that was asked for, or the one for tasks of this kind."""
        return bases.base_for(self.base, task)

    def recipe(self, task: Task) -> Recipe:
        """Return the likelihood loss of both moments."""
        return recipes.predicting(self.base_for(task), self.size, task.name, self.family)

    def make_network(self, task: Task) -> Any:
        """Return the predicted law, which is sampled from."""
        return _law(self._make_predictor(task), self.recipe(task), task, self.draw)


def _law(predictor: Any, recipe: Recipe, task: Task, draw: Literal["law", "mean"]) -> Any:
    from benchbench_mrgan.predictor import PredictedLaw

    return PredictedLaw(predictor, recipe.matched.family, tuple(task.space.shape), draw)


METHODS = (Pix2Pix, Pix2PixNoise, SrganNoise, GlcicNoise, MlpNoise, Mr1, Mr2, ProxyMr1, ProxyMr2, Predictor)
