"""`gmm-tiles`: 16 px images of 25 Gaussians from their 4 x 4 area means with noise; the posterior is exact."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, KnownPrior, ModeTask, SampleSpace, SuperResolutionTask, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._gaussians import Observed, RoundMixture
from benchbench.tasks._toys import num_examples, num_references

if TYPE_CHECKING:
    from torch import Tensor

SIDE, FACTOR = 16, 4
STD = 12.0
"""Of each Gaussian, in grey levels."""
OBSERVATION_STD = 4.0
"""Of the noise on the area means, in grey levels, before they are rounded."""
ROUNDING = 1 / 12
"""The variance that rounding to whole grey levels adds."""
AMPLITUDE = 24.0
"""Of the textures, in grey levels."""
OUTSIDE = 1e-3
"""The share of true images that are further from their centre than a mode reaches."""


class GmmTiles(KnownPrior, SuperResolutionTask, ModeTask):
    """Five layouts of colour times five textures whose mean over every block of 4 x 4 pixels is 0, plus noise.

    The input determines the layout and says nothing of the texture, so five centres stay possible. The posterior is
    exact but for the rounding of images and inputs, whose variance of 1/12 is counted.
    """

    name = "gmm-tiles"
    version = 1
    summary = "16 px images of 25 Gaussians from their noisy 4 x 4 area means; exact posterior and denoiser"
    space = SampleSpace("images", (3, SIDE, SIDE))
    factor = FACTOR
    noise_std = (OBSERVATION_STD**2 + ROUNDING) ** 0.5
    has_draws = True
    num_modes = 25
    metrics = (
        "energy-score[pixels]",
        "energy-skill[pixels]",
        "relative-diversity[pixels]",
        "relative-std",
        "diversity[pixels]",
        "realism[pixels]",
        "frechet[pixels]",
        "law-distance",
        "mode-coverage",
        "high-quality",
        "consistency",
    )
    choices = (
        "The noise of the input has a standard deviation of 4 grey levels, so the truth is not consistent with its"
        " input to the grey level.",
        "A sample belongs to the nearest centre, if 999 in 1,000 true images of that centre are not further away.",
        "Metrics are on pixels: the built-in extractor wants 32 px.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training pairs, 400 for validation, or the 300 of the test with 20 references each."""
        return _examples(self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training images."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh images of the posterior."""
        uniform, normal = noise.uniform().cpu(), noise.normal(3 * SIDE * SIDE).cpu()
        return _to_bytes(_law().sample(self._inputs(ids), uniform, normal))

    def denoiser(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return the posterior mean of the image in x, before rounding."""
        return _law().prior.denoise(x.flatten(-3), _per_image(noise_level)).unflatten(-1, self.space.shape)

    def score(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return the gradient of the log density of noisy images."""
        return _law().prior.score(x.flatten(-3), _per_image(noise_level)).unflatten(-1, self.space.shape)

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the posterior weights of the centres."""
        return _law().weights(self._inputs([id]))[0]

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest centre, or -1 where it is further away than its images are."""
        import torch
        from scipy.stats import chi2

        nearest = torch.cdist(samples.flatten(1).double(), _law().prior.means).min(1)
        reach = ((STD**2 + ROUNDING) * chi2.ppf(1 - OUTSIDE, 3 * SIDE * SIDE)) ** 0.5
        return torch.where(nearest.values < reach, nearest.indices, -1)

    def _inputs(self, ids: Sequence[str]) -> Tensor:
        """Return `float64[B, 48]`: the inputs of test examples."""
        import torch

        examples = self.examples("test")
        return torch.stack([examples[int(id)].condition["image"].flatten() for id in ids]).double()


def textures() -> np.ndarray:
    """Return `float64[5, 16, 16]` of 1 and -1: rows, columns, diagonals, and two chequerboards; 0 on every block."""
    y, x = np.mgrid[:SIDE, :SIDE]
    signs = (y % 4 < 2, x % 4 < 2, (x + y) % 4 < 2, (x // 2 + y // 2) % 2 == 0, (x + y) % 2 == 0)
    return np.where(signs, 1.0, -1.0)


@functools.lru_cache(maxsize=1)
def _law() -> Observed:
    import torch

    law = stream(GmmTiles.name, GmmTiles.version, "law")
    cells = law.uniform(96, 160, size=(5, 3, SIDE // FACTOR, SIDE // FACTOR))
    layouts = cells.repeat(FACTOR, 2).repeat(FACTOR, 3)
    centres = (layouts[:, None] + AMPLITUDE * textures()[None, :, None]).reshape(25, -1)
    weights = law.standard_normal(25) ** 2
    prior = RoundMixture(torch.from_numpy(weights / weights.sum()), torch.from_numpy(centres), STD)
    units = torch.eye(centres.shape[1], dtype=torch.float64).reshape(-1, 3, SIDE, SIDE)
    means = torch.nn.functional.avg_pool2d(units, FACTOR).flatten(1)
    return Observed(prior, means.mT.contiguous(), GmmTiles.noise_std)


@functools.lru_cache(maxsize=4)
def _examples(key: str) -> tuple[Example, ...]:
    import torch

    law, made = _law(), stream(GmmTiles.name, GmmTiles.version, key)
    prior, number, references = law.prior, num_examples(key), num_references(key)
    chosen = torch.from_numpy(made.choice(25, size=number, p=prior.weights.numpy()))
    images = prior.means[chosen] + STD * torch.from_numpy(made.standard_normal((number, prior.means.shape[1])))
    noise = OBSERVATION_STD * torch.from_numpy(made.standard_normal((number, len(law.matrix))))
    small = (images @ law.matrix.mT + noise).round().clamp(0, 255).byte()
    if references > 1:
        uniform, normal = made.random((number, references)), made.standard_normal((number, references, images.shape[1]))
        truth = law.sample(small, torch.from_numpy(uniform), torch.from_numpy(normal))
    else:
        truth = images[:, None]
    inputs, targets = small.reshape(-1, 3, SIDE // FACTOR, SIDE // FACTOR), _to_bytes(truth)
    return tuple(Example(f"{i:04d}", {"image": inputs[i]}, targets[i]) for i in range(number))


def _per_image(noise_level: float | Tensor) -> float | Tensor:
    """Return a noise level `[…, 1, 1, 1]` as `[…, 1]`; a number, or a tensor of one value, as it is."""
    return noise_level.flatten(-3) if not isinstance(noise_level, (int, float)) and noise_level.ndim else noise_level


def _to_bytes(images: Tensor) -> Tensor:
    """Return `uint8[…, 3, 16, 16]` of `[…, 768]` in grey levels, rounded and clipped."""
    return images.round().clamp(0, 255).byte().unflatten(-1, (3, SIDE, SIDE))


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (GmmTiles,)
