"""Features of a task's real images under one extractor: computed once, kept on disk under a key that tells all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Example, FeatureExtractor, Task
from benchbench.noise import stream
from benchbench.store import write_bytes

if TYPE_CHECKING:
    from torch import Tensor

SKILL_POOL = 1000
"""How many real images the unconditional energy score is made of."""
FLOOR_SHARE = 0.01
"""Share of values that the noise floor moves by one grey level."""
FLOOR_IMAGES = 100
"""How many real images the noise floor is the median over."""


@dataclass(frozen=True)
class RealFeatures:
    """What metrics need of the real images, for n test examples with R references and a pool of N."""

    path: Path
    pooled: Tensor
    """`float32[N, d]` of the pool."""
    reference_pooled: Tensor
    """`float32[n, R, d]` of the references."""
    energy: np.ndarray
    """`float64[n]`: each condition's energy score of the pool's images, that is of ignoring the condition."""
    noise_floor: float
    """Euclidean distance between embeddings of one image made twice (median; see `_noise_floor`)."""

    def reference_embedding(self, index: int) -> Tensor:
        """Return `float32[R, D]` of one example, read from disk."""
        from safetensors import safe_open

        with safe_open(self.path, "pt") as file:
            return file.get_slice("reference_embedding")[index]

    def first(self, n: int) -> RealFeatures:
        """Return the same for the first n examples."""
        return RealFeatures(self.path, self.pooled, self.reference_pooled[:n], self.energy[:n], self.noise_floor)


def cache_path(directory: Path, task: Task, fingerprint: str, extractor: FeatureExtractor) -> Path:
    """Return the file for this task and extractor; its name hashes fingerprint, version and weights."""
    key = f"{fingerprint} {extractor.name} {extractor.version} {extractor.weight_hash()}"
    return directory / f"{task.name}-{extractor.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"


def prepare(
    path: Path, task: Task, examples: Sequence[Example], embed: Callable[[Tensor], dict[str, Tensor]]
) -> RealFeatures:
    """Return the features from `path`, computing and writing them there first if they are not."""
    if not path.exists():
        _write(path, task, examples, embed)
    return load(path)


def load(path: Path) -> RealFeatures:
    """Return the features that `prepare` wrote."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        pooled, reference_pooled = file.get_tensor("pooled"), file.get_tensor("reference_pooled")
        energy, floor = file.get_tensor("energy").numpy(), float(file.get_tensor("noise_floor"))
    return RealFeatures(path, pooled, reference_pooled, energy, floor)


def _write(path: Path, task: Task, examples: Sequence[Example], embed: Callable[[Tensor], dict[str, Tensor]]) -> None:
    import torch
    from safetensors.torch import save

    references = [_in_pieces(embed, example.references) for example in examples]
    pool = task.real_pool()
    in_pool = _in_pieces(embed, pool, keep=SKILL_POOL)
    embedding = torch.stack([views["embedding"] for views in references])
    tensors = {
        "reference_embedding": embedding,
        "reference_pooled": torch.stack([views["pooled"] for views in references]),
        "pooled": in_pool["pooled"],
        "energy": torch.from_numpy(unconditional_energy(embedding, in_pool["embedding"])),
        "noise_floor": torch.tensor(_noise_floor(embed, pool[:FLOOR_IMAGES]), dtype=torch.float64),
    }
    write_bytes(path, save({name: tensor.contiguous() for name, tensor in tensors.items()}))


def unconditional_energy(references: Tensor, pool: Tensor) -> np.ndarray:
    """Return `float64[n]`: the energy score of all pool images `[M, D]` as samples, for references `[n, R, D]`."""
    import torch

    m = len(pool)
    spread = sum(float(torch.cdist(part, pool).double().sum()) for part in pool.split(256)) / (m * (m - 1))
    to_truth = torch.stack([torch.cdist(reference, pool).double().mean() for reference in references])
    return (to_truth - spread / 2).numpy()


def _in_pieces(
    embed: Callable[[Tensor], dict[str, Tensor]], samples: Tensor, size: int = 20, keep: int | None = None
) -> dict[str, Tensor]:
    import torch

    views: dict[str, list[Tensor]] = {"embedding": [], "pooled": []}
    for start in range(0, len(samples), size):
        found = embed(samples[start : start + size])
        views["pooled"].append(found["pooled"].cpu())
        if keep is None or start < keep:
            views["embedding"].append(found["embedding"].cpu())
    return {name: torch.cat(parts)[: keep if name == "embedding" else None] for name, parts in views.items()}


def _noise_floor(embed: Callable[[Tensor], dict[str, Tensor]], samples: Tensor) -> float:
    """What making the same image again may change: one grey level at one value in a hundred.

    Another device or library rounds that much differently. Points: a ten-thousandth of their spread.
    """
    import torch

    generator = stream("noise floor")
    if samples.dtype == torch.uint8:
        size = tuple(samples.shape)
        change = generator.choice([-1, 1], size=size) * (generator.random(size) < FLOOR_SHARE)
        noisy = (samples.int() + torch.from_numpy(change)).clamp(0, 255).byte()
    else:
        noise = torch.from_numpy(generator.standard_normal(samples.shape, dtype=np.float32))
        noisy = samples + 1e-4 * samples.std() * noise
    clean, rough = (_in_pieces(embed, each)["embedding"] for each in (samples, noisy))
    return float((clean - rough).double().norm(dim=1).median())


def fingerprint(task: Task) -> str:
    """Return the SHA-256 over every test example (id, group, condition, references) and the real pool."""
    digest = hashlib.sha256(f"{task.name} {task.version} {task.space}\n".encode())
    for example in task.examples("test"):
        digest.update(f"{example.id} {example.group} {sorted(example.condition)}\n".encode())
        for modality in sorted(example.condition):
            _update(digest, example.condition[modality])
        _update(digest, example.references)
    _update(digest, task.real_pool())
    return digest.hexdigest()


def _update(digest: hashlib._Hash, tensor: Tensor) -> None:
    digest.update(f"{tensor.dtype} {tuple(tensor.shape)}\n".encode())
    digest.update(tensor.contiguous().numpy().tobytes())
