"""`gmm-points-8`, `gmm-points-64`: points of 25 Gaussians seen through a linear operator; the posterior is exact.

After the Gaussian mixtures of MCGDiff (Cardoso et al., ICLR 2024): centres (8i, 8j) repeated, i, j = -2..2, weights in
proportion to squared normal draws, identity covariance.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import numpy as np

from benchbench.core import Example, KnownPrior, LinearObservation, ModeTask, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._gaussians import Observed, RoundMixture
from benchbench.tasks._toys import num_examples, num_references

if TYPE_CHECKING:
    from torch import Tensor

_Key: TypeAlias = tuple[str, int, int]
"""A task's name, its version and the number of dimensions."""
STEP = 8.0
"""The distance of neighbouring centres along each coordinate, in standard deviations."""
NOISE_STD = 0.3
SINGULAR_VALUES = (0.2, 1.0)
"""The smallest and the largest singular value of A; the others are evenly spaced between them."""
GRID = 4096
OUTSIDE = 1e-3
"""The share of true points that are further from their centre than a mode reaches."""


class GmmPoints(KnownPrior, LinearObservation, ModeTask):
    """d coordinates of which d / 2 linear functions are seen, with noise.

    The operator never sees the direction (1, -1, 1, -1, …), so up to five centres stay possible for one observation.
    Truth and samplers use the same closed forms: what a sampler with the exact denoiser gets wrong is its own.
    """

    kind = "inverse-problem"
    has_draws = True
    num_modes = 25
    noise_std = NOISE_STD
    metrics: ClassVar[tuple[str, ...]] = (
        "energy-score[pixels]",
        "energy-skill[pixels]",
        "relative-diversity[pixels]",
        "relative-std",
        "law-distance",
        "mode-coverage",
        "high-quality",
        "frechet[pixels]",
    )
    choices = (
        "One operator for all conditions: d / 2 singular values from 0.2 to 1, directions drawn once, all orthogonal to"
        " (1, -1, 1, -1, …).",
        "A sample belongs to the nearest centre, if 999 in 1,000 true points of that centre are not further away.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training points with what is seen of them, 400 for validation, or 300 with 20 references each."""
        return _examples(self._key, self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training points."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh points of the posterior."""
        uniform, normal = noise.uniform().cpu(), noise.normal(*self.space.shape).cpu()
        return _law(self._key).sample(self._observations(ids), uniform, normal).float()

    def denoiser(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return the posterior mean of the point in x."""
        return _law(self._key).prior.denoise(x, noise_level)

    def score(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return the gradient of the log density of noisy points."""
        return _law(self._key).prior.score(x, noise_level)

    def observed(self, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the observation."""
        return condition["observation"][:, None]

    def degrade(self, x: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return A x."""
        return x @ _law(self._key).matrix.to(x).mT

    def pseudo_inverse(self, y: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return A⁺ y."""
        return y @ _pseudo_inverse(self._key).to(y).mT

    def singular_parts(self, x: Tensor, condition: Mapping[str, Tensor]) -> Sequence[tuple[float, Tensor]]:
        """Return the part of x along each right singular vector of A."""
        values, vectors = _spectrum(self._key)
        along = vectors.to(x)
        parts = (x @ along.mT)[..., None] * along
        return tuple(zip(values, parts.unbind(-2), strict=True))

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the posterior weights of the centres."""
        return _law(self._key).weights(self._observations([id]))[0]

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest centre, or -1 where it is further away than its points are."""
        import torch
        from scipy.stats import chi2

        nearest = torch.cdist(samples.double(), _law(self._key).prior.means).min(1)
        reach = chi2.ppf(1 - OUTSIDE, self.space.shape[0]) ** 0.5
        return torch.where(nearest.values < reach, nearest.indices, -1)

    @property
    def _key(self) -> _Key:
        """What the law is made from; a view of the task without its answers has the same."""
        return self.name, self.version, self.space.shape[0]

    def _observations(self, ids: Sequence[str]) -> Tensor:
        import torch

        examples = self.examples("test")
        return torch.stack([examples[int(id)].condition["observation"] for id in ids])


class GmmPoints8(GmmPoints):
    """In 8 dimensions, of which 4 linear functions are seen."""

    name = "gmm-points-8"
    version = 1
    summary = "points of 25 Gaussians in 8 dimensions from 4 noisy linear functions; exact posterior and denoiser"
    space = SampleSpace("points", (8,))


class GmmPoints64(GmmPoints):
    """In 64 dimensions, of which 32 linear functions are seen."""

    name = "gmm-points-64"
    version = 1
    summary = "points of 25 Gaussians in 64 dimensions from 32 noisy linear functions; exact posterior and denoiser"
    space = SampleSpace("points", (64,))


@functools.lru_cache(maxsize=2)
def _law(key: _Key) -> Observed:
    import torch

    name, version, d = key
    law = stream(name, version, "law")
    i, j = np.mgrid[-2:3, -2:3].reshape(2, 25)
    centres = STEP * np.tile(np.stack([i, j], 1), (1, d // 2))
    weights = law.standard_normal(25) ** 2
    prior = RoundMixture(torch.from_numpy(weights / weights.sum()), torch.from_numpy(centres), 1.0)
    values, vectors = _spectrum(key)
    left, _ = np.linalg.qr(law.standard_normal((d // 2, d // 2)))
    return Observed(prior, torch.from_numpy(left * values) @ vectors, NOISE_STD)


@functools.lru_cache(maxsize=2)
def _spectrum(key: _Key) -> tuple[tuple[float, ...], Tensor]:
    """Return the m singular values of A and its right singular vectors `float64[m, d]`."""
    import torch

    name, version, d = key
    never = np.resize([1.0, -1.0], d)[:, None]
    drawn = stream(name, version, "operator").standard_normal((d, d // 2))
    basis, _ = np.linalg.qr(np.concatenate([never, drawn], 1))
    return tuple(np.linspace(*SINGULAR_VALUES, d // 2).tolist()), torch.from_numpy(basis[:, 1:].T.copy())


@functools.lru_cache(maxsize=2)
def _pseudo_inverse(key: _Key) -> Tensor:
    """Return A⁺, `float64[d, m]`; a sampler asks for it thousands of times."""
    return _law(key).matrix.pinverse()


@functools.lru_cache(maxsize=6)
def _examples(key: _Key, split_key: str) -> tuple[Example, ...]:
    import torch

    name, version, d = key
    law, made = _law(key), stream(name, version, split_key)
    prior, number, references = law.prior, num_examples(split_key), num_references(split_key)
    chosen = made.choice(25, size=number, p=prior.weights.numpy())
    points = prior.means[torch.from_numpy(chosen)] + torch.from_numpy(made.standard_normal((number, d)))
    seen = points @ law.matrix.mT + NOISE_STD * torch.from_numpy(made.standard_normal((number, d // 2)))
    seen = _on_grid(seen)
    if references > 1:
        uniform, normal = made.random((number, references)), made.standard_normal((number, references, d))
        truth = law.sample(seen, torch.from_numpy(uniform), torch.from_numpy(normal))
    else:
        truth = points[:, None]
    truth = _on_grid(truth)
    return tuple(Example(f"{i:04d}", {"observation": seen[i]}, truth[i]) for i in range(number))


def _on_grid(values: Tensor) -> Tensor:
    """Return `float32` of values rounded to 1/4096, so that machines that sum in another order make the same data."""
    return ((values * GRID).round() / GRID).float()


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (GmmPoints8, GmmPoints64)
