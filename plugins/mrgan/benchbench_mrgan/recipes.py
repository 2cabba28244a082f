"""What each training is made of: the losses, their weights, and how many images an update sees; no torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from benchbench.core import BenchbenchError

Base = Literal["pix2pix", "srgan", "glcic", "mlp"]
Size = Literal["small", "paper"]
Family = Literal["gaussian", "laplace"]


@dataclass(frozen=True)
class Variant:
    """One of the eight losses of MR-GAN."""

    family: Family
    moments: Literal[1, 2]
    proxy: bool = False
    """A frozen predictor's moments stand in for the one truth."""


@dataclass(frozen=True)
class Weights:
    """How strongly a variant is enforced."""

    first: float
    """Of the only loss (MR), or of the first moment's (proxy MR)."""
    second: float
    """Of the second moment's loss (proxy MR2)."""
    min_noise: float
    """c of the likelihood losses: keeps the best dispersion from falling to 0."""


@dataclass(frozen=True)
class Spreading:
    """What asks for samples of one input to differ."""

    kind: Literal["mode-seeking", "diversity-sensitive", "deviation"]
    weight: float
    """Of the loss; of a deviation reward, in units of the reconstruction loss, where it begins."""
    automatic: bool = False
    """The weight of a deviation reward follows the averaging gain on validation pairs."""


@dataclass(frozen=True)
class Recipe:
    """A training: first the predictor, where the losses need one, and then the GAN."""

    reconstruction: Literal["absolute", "squared", "mean"]
    """The error of the base's reconstruction loss."""
    reconstruction_weight: float
    generator_updates: int
    """Updates of the network for each of the discriminator."""
    discriminator_batch: int
    num_inputs: int
    """N, the inputs of an update of the network."""
    num_samples: int
    """K, the samples of each input in an update of the network."""
    num_steps: int
    """Of the GAN."""
    generator_rate: float
    discriminator_rate: float
    predictor_steps: int
    predictor_batch: int
    predictor_rate: float
    validate_every: int
    """Predictor steps from one validation to the next; the best weights are kept."""
    weight_decay: float
    falling: float
    """The share of the steps, at the end, over which the learning rates fall to 0; 0: they stay."""
    adversarial_weight: float = 1.0
    variant: Variant | None = None
    weights: Weights = Weights(0.0, 0.0, 0.0)
    spreading: Spreading | None = None
    average: float = 0.999
    """Decay of the exponential moving average of the network's weights; 0: the last weights are kept."""
    save_every: int = 200
    """Steps from one saved state to the next."""
    halved: bool = True
    """Kernels are kept as float16."""
    clip: float = 0.5
    """Largest absolute value of a gradient's entry."""
    betas: tuple[float, float] = (0.5, 0.999)

    @property
    def matched(self) -> Variant:
        """The variant, of a recipe that has one."""
        assert self.variant is not None, "a baseline matches no moments"
        return self.variant


# MR-GAN, appendix B, and the released settings. How many steps were made is stated nowhere.
_PAPER = Recipe(
    reconstruction="absolute",
    reconstruction_weight=100,
    generator_updates=1,
    discriminator_batch=16,
    num_inputs=8,
    num_samples=10,
    num_steps=100_000,
    generator_rate=1e-4,
    discriminator_rate=1e-4,
    predictor_steps=20_000,
    predictor_batch=16,
    predictor_rate=1e-4,
    validate_every=1000,
    weight_decay=1e-4,
    falling=0,
    average=0.0,
    save_every=5000,
    halved=False,
)
# With D at 4e-4 it wins after 1000 steps (SRGAN, GLCIC) or 2500 (pix2pix), and samples grow textures; with rates that
# stay for two thirds of 6000 steps, the colours of a shape become unequal (TRAININGS.md).
_SMALL = Recipe(
    reconstruction="absolute",
    reconstruction_weight=20,
    generator_updates=1,
    discriminator_batch=16,
    num_inputs=8,
    num_samples=8,
    num_steps=3000,
    generator_rate=1e-3,
    discriminator_rate=1e-4,
    predictor_steps=1000,
    predictor_batch=32,
    predictor_rate=1e-3,
    validate_every=100,
    weight_decay=0,
    falling=2 / 3,
)
_MLP = replace(
    _SMALL,
    reconstruction="squared",
    reconstruction_weight=100,
    discriminator_batch=256,
    num_inputs=32,
    num_samples=16,
    num_steps=6000,
    predictor_batch=256,
    predictor_rate=1e-2,
    falling=1 / 3,
)
BASES: dict[tuple[Base, Size], Recipe] = {
    ("pix2pix", "paper"): _PAPER,
    ("srgan", "paper"): replace(
        _PAPER,
        reconstruction="squared",
        reconstruction_weight=1000,
        discriminator_batch=32,
        predictor_batch=32,
        num_samples=24,
        generator_updates=5,
    ),
    # released for images in [0, 1], where a squared error is a quarter of what it is in [-1, 1]
    ("glcic", "paper"): replace(
        _PAPER, reconstruction="squared", reconstruction_weight=100 / 4, num_samples=12, generator_updates=3
    ),
    ("pix2pix", "small"): _SMALL,
    ("srgan", "small"): replace(_SMALL, reconstruction="squared", reconstruction_weight=100, num_samples=16),
    # the weight of the paper's size: the mean is over the whole image in both
    ("glcic", "small"): replace(_SMALL, reconstruction="squared", reconstruction_weight=100 / 4, generator_updates=2),
    # the paper names three layers and nothing else of its experiment in the plane: there is one size of it
    ("mlp", "small"): _MLP,
    ("mlp", "paper"): _MLP,
}
"""The reconstruction baseline of each base; `num_inputs` and `num_samples` are those of its variants."""

_Table = dict[tuple[Family, bool, Literal[1, 2]], Weights]


def _table(
    gaussian: tuple[Weights, Weights, Weights, Weights], laplace: tuple[Weights, Weights, Weights, Weights]
) -> _Table:
    """Return weights by variant from those of MR1, MR2, proxy MR1 and proxy MR2."""
    keys: list[tuple[bool, Literal[1, 2]]] = [(False, 1), (False, 2), (True, 1), (True, 2)]
    rows: list[tuple[Family, tuple[Weights, ...]]] = [("gaussian", gaussian), ("laplace", laplace)]
    return {(family, *key): row for family, own in rows for key, row in zip(keys, own, strict=True)}


def _rows(
    first: float, second: float, proxy: float, min_noise: float, proxy_noise: float | None = None
) -> tuple[Weights, Weights, Weights, Weights]:
    """Return the weights of a family from those of MR1, MR2 and both proxy losses."""
    own = min_noise if proxy_noise is None else proxy_noise
    return (
        Weights(first, 0, min_noise),
        Weights(second, 0, min_noise),
        Weights(proxy, 0, own),
        Weights(proxy, proxy, own),
    )


_CITYSCAPES = _table(_rows(10, 10, 10, 0), _rows(10, 10, 1, 0))
_MAPS = _table(
    (Weights(100, 0, 0), Weights(10, 0, 0), Weights(300, 0, 0), Weights(1000, 1000, 0)),
    _rows(10, 1, 10, 0),
)
WEIGHTS: dict[tuple[Base, Size], _Table] = {
    ("pix2pix", "paper"): _CITYSCAPES,
    ("srgan", "paper"): _table(_rows(20, 20, 2400, 1e-4, 1e-2), _rows(30, 30, 2400, 1e-2)),
    # of GLCIC only Gaussian proxy MR2 was released: 1000, 1000 and c = 0.01 in [0, 1], where squares and variances are
    # a quarter, and a variance's square a 16th; the rest is that, or SRGAN's, which is nearest and in [-1, 1]
    ("glcic", "paper"): _table(
        (Weights(20, 0, 1e-4), Weights(20, 0, 1e-4), Weights(250, 0, 0.04), Weights(250, 62.5, 0.04)),
        (Weights(30, 0, 1e-2), Weights(30, 0, 1e-2), Weights(250, 0, 0.02), Weights(250, 250, 0.02)),
    ),
    ("pix2pix", "small"): _table(_rows(20, 1, 50, 0.01), _rows(10, 1, 5, 0.01)),
    ("srgan", "small"): _table(_rows(20, 1, 500, 0.01), _rows(10, 1, 20, 0.01)),
    ("glcic", "small"): _table(_rows(20, 1, 200, 0.01), _rows(10, 1, 10, 0.01)),
    ("mlp", "small"): _table(_rows(10, 10, 10, 0.01), _rows(10, 10, 10, 0.01)),
    ("mlp", "paper"): _table(_rows(10, 10, 10, 0.01), _rows(10, 10, 10, 0.01)),
}
OF_TASK: dict[tuple[Base, Size, str], _Table] = {
    ("pix2pix", "paper", "maps"): _MAPS,
    ("srgan", "small", "toy-faces"): _table(_rows(200, 10, 1000, 1e-3), _rows(100, 10, 100, 1e-3)),
}
"""Weights of one task. Of translation two sets were released, Cityscapes' and that of Maps. In `toy-faces` a few pixels
differ, whose error counts for nothing beside the adversarial loss at the usual weights."""
RECONSTRUCTION_OF_TASK: dict[tuple[Base, Size, str], float] = {("srgan", "small", "toy-faces"): 1000}
SEEN: dict[tuple[Base, Size, Family, bool], tuple[int, int, int]] = {
    ("srgan", "paper", "gaussian", True): (8, 12, 5),
    ("srgan", "paper", "laplace", True): (8, 12, 5),
    ("pix2pix", "small", "laplace", True): (4, 16, 1),
    ("srgan", "small", "laplace", True): (4, 16, 2),
    ("glcic", "small", "gaussian", False): (8, 16, 1),
    ("glcic", "small", "gaussian", True): (8, 16, 1),
    ("glcic", "small", "laplace", True): (4, 16, 2),
}
"""N, K and updates a step by base, size, family and whether the loss is a proxy one, where they are not the base's.

The paper's are the released ones. A mean of K samples that differ is off by their variance / K, which a squared error
counts too: with K = 8 it draws them together. Of 8 samples the median and the deviation hardly feel one that lies far
off."""


def baseline(base: Base, size: Size, task: str) -> Recipe:
    """Return the training by the adversarial and the reconstruction loss, one sample an input."""
    own = BASES[base, size]
    weight = RECONSTRUCTION_OF_TASK.get((base, size, task), own.reconstruction_weight)
    inputs = own.discriminator_batch
    return replace(own, reconstruction_weight=weight, num_inputs=inputs, num_samples=1, predictor_steps=0)


def checked_spreading(how: Spreading) -> Spreading:
    """Return it; raise `BenchbenchError` where its weight is no weight."""
    if not 0 <= how.weight < float("inf"):
        raise BenchbenchError(f"weight is {how.weight}: a weight is a number of 0 or more")
    return how


def spreading(recipe: Recipe, how: Spreading, num_samples: int) -> Recipe:
    """Return a baseline's training with a loss on `num_samples` samples of each input, and as many fewer inputs."""
    inputs = max(recipe.num_inputs // num_samples, 1)
    kind = "mean" if how.kind == "deviation" else recipe.reconstruction
    return _checked(replace(recipe, spreading=how, reconstruction=kind, num_inputs=inputs, num_samples=num_samples))


def matching(base: Base, size: Size, task: str, variant: Variant) -> Recipe:
    """Return the training by the adversarial and the moments' loss."""
    own = replace(BASES[base, size], variant=variant, weights=_weights(base, size, task, variant))
    usual = (own.num_inputs, own.num_samples, own.generator_updates)
    inputs, samples, updates = SEEN.get((base, size, variant.family, variant.proxy), usual)
    return replace(
        own,
        reconstruction_weight=0,
        predictor_steps=own.predictor_steps if variant.proxy else 0,
        num_inputs=inputs,
        num_samples=samples,
        generator_updates=updates,
    )


def predicting(base: Base, size: Size, task: str, family: Family) -> Recipe:
    """Return the training of the predictor alone, with the proxy losses' c."""
    variant = Variant(family, 2, proxy=True)
    return replace(
        BASES[base, size], variant=variant, weights=_weights(base, size, task, variant), num_steps=0, num_samples=1
    )


def changed(
    recipe: Recipe,
    *,
    weight: float | None = None,
    second_weight: float | None = None,
    num_samples: int | None = None,
    adversarial_weight: float | None = None,
    reconstruction_weight: float | None = None,
    average: float | None = None,
) -> Recipe:
    """Return the recipe with the options that are given; raise `BenchbenchError` where it trains nothing then."""
    weights = replace(recipe.weights, **_given(first=weight, second=second_weight))
    others = _given(
        num_samples=num_samples,
        adversarial_weight=adversarial_weight,
        reconstruction_weight=reconstruction_weight,
        average=average,
    )
    return _checked(replace(recipe, weights=weights, **others))


def lasting(recipe: Recipe, steps: int | None) -> Recipe:
    """Return the recipe with `steps` in all, of which the predictor keeps its share; `None`: the recipe as it is.

    Raise `BenchbenchError` where a training of two phases has fewer than two steps.
    """
    if steps is None:
        return recipe
    if not recipe.num_steps:
        return replace(recipe, predictor_steps=steps)
    share = round(steps * recipe.predictor_steps / (recipe.predictor_steps + recipe.num_steps))
    first = max(share, 1) if recipe.predictor_steps else 0
    if first >= steps:
        raise BenchbenchError(
            f"{steps} step is too few: the predictor is trained first, and then the GAN; give 2 or more"
        )
    return replace(recipe, predictor_steps=first, num_steps=steps - first)


def _given(**options: float | None) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _weights(base: Base, size: Size, task: str, variant: Variant) -> Weights:
    table = OF_TASK.get((base, size, task), WEIGHTS[base, size])
    return table[variant.family, variant.proxy, variant.moments]


def _checked(recipe: Recipe) -> Recipe:
    named = {
        "adversarial_weight": recipe.adversarial_weight,
        "reconstruction_weight": recipe.reconstruction_weight,
        "weight": recipe.weights.first,
        "second_weight": recipe.weights.second,
    }
    for name, weight in named.items():
        if not 0 <= weight < float("inf"):
            raise BenchbenchError(f"{name} is {weight}: a weight is a number of 0 or more")
    if not any(named.values()):
        raise BenchbenchError("every loss has weight 0: there is nothing to train by")
    if not 0 <= recipe.average < 1:
        raise BenchbenchError(f"average is {recipe.average}: it is a decay, from 0 (the last weights) to below 1")
    second = recipe.variant is not None and recipe.variant.moments == 2
    least = 2 if second or recipe.spreading else 1
    if recipe.num_samples < least:
        why = "" if least == 1 else " where second moments are matched" if second else " where samples are compared"
        raise BenchbenchError(f"num_samples is {recipe.num_samples}: it is at least {least}{why}")
    return recipe
