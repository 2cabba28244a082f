"""Features of a task's real images under one extractor: computed once, kept on disk by all that they depend on."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Example, FeatureExtractor, Task, Thresholds
from benchbench.core.noise import stream
from benchbench.stats.distances import distances_to
from benchbench.stats.sketch import sketch
from benchbench.system.envelope import Damaged, read_sum, require_sum, write_sum
from benchbench.system.files import remove_temporaries, write_bytes

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger("benchbench")
SKILL_POOL = 1000
"""How many real images the unconditional energy score is made of."""
TOGETHER, FEW = 256, 16
"""How many references are measured against the pool in one go, as each go reads all of the pool.

Of examples with fewer than `FEW` each one has a go of its own, as its few rows are rounded otherwise among others.
"""
FLOOR_SHARE = 0.01
"""Share of values that the noise floor moves by one grey level."""
THRESHOLD_IMAGES = 100
"""How many real images a threshold is the median over."""
JPEG_QUALITY = 95
"""A copy that people cannot distinguish from the image."""
LAYOUT = 2
"""Of the cached file; part of its key."""


@dataclass(frozen=True)
class RealFeatures:
    """What metrics need of the real images, for n test examples with R references and a pool of N."""

    path: Path
    pooled: Tensor
    """`float32[N, d]` of the pool."""
    sketch: Tensor
    """`float32[N, s]` of the pool."""
    reference_pooled: Tensor
    """`float32[n, R, d]` of the references."""
    energy: np.ndarray
    """`float64[n]`: each condition's energy score of the pool's images, that is of ignoring the condition."""
    thresholds: Thresholds
    """See `_thresholds`."""

    def reference_embedding(self, index: int) -> Tensor:
        """Return `float32[R, D]` of one example, read from disk."""
        from safetensors import safe_open

        with safe_open(self.path, "pt") as file:
            return file.get_slice("reference_embedding")[index]

    def first(self, n: int) -> RealFeatures:
        """Return the same for the first n examples."""
        return dataclasses.replace(self, reference_pooled=self.reference_pooled[:n], energy=self.energy[:n])


def cache_path(directory: Path, task: Task, fingerprint: str, extractor: FeatureExtractor) -> Path:
    """Return the file for this task and extractor; its name hashes fingerprint, version and weights."""
    key = f"{LAYOUT} {fingerprint} {extractor.name} {extractor.version} {extractor.weight_hash()}"
    return directory / f"{task.name}-{extractor.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"


def stamp(path: Path) -> str:
    """Return what changes whenever a file does, without reading it: place, size and time; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns}"


def prepare(
    path: Path,
    task: Task,
    examples: Sequence[Example],
    embed: Callable[[Tensor], dict[str, Tensor]],
    whole: str = "",
) -> RealFeatures:
    """Return the features from `path`, computing and writing them there first if they are not there or are damaged.

    `whole` is the stamp of a file whose checksum another process of the run has compared: its bytes are not read for
    that again.
    """
    if path.exists():
        if whole and whole == stamp(path):
            return load(path)
        try:
            require_sum(path, read_sum(path), "it is computed again")
            return load(path)
        except Damaged as error:
            _log.warning("%s", error)
    remove_temporaries(path.parent, of=path.name)
    _write(path, task, examples, embed)
    return load(path)


def load(path: Path) -> RealFeatures:
    """Return the features that `prepare` wrote."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        get = file.get_tensor
        repeat, visible = get("thresholds").tolist()
        return RealFeatures(
            path,
            get("pooled"),
            get("sketch"),
            get("reference_pooled"),
            get("energy").numpy(),
            Thresholds(repeat, visible),
        )


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
        "sketch": in_pool["sketch"],
        "energy": torch.from_numpy(unconditional_energy(embedding, in_pool["embedding"])),
        "thresholds": torch.tensor(_thresholds(embed, pool[:THRESHOLD_IMAGES]), dtype=torch.float64),
    }
    content = save({name: tensor.contiguous() for name, tensor in tensors.items()})
    write_sum(path, hashlib.sha256(content).hexdigest())
    write_bytes(path, content)


def unconditional_energy(references: Tensor, pool: Tensor) -> np.ndarray:
    """Return `float64[n]`: the energy score of all pool images `[M, D]` as samples, for references `[n, R, D]`."""
    import torch

    m, to_pool = len(pool), distances_to(pool)
    spread = sum(float(to_pool(part).double().sum()) for part in pool.split(TOGETHER)) / (m * (m - 1))
    number = references.shape[1]
    several = references.split(TOGETHER // number if FEW <= number <= TOGETHER else 1)
    to_truth = torch.empty(len(references), dtype=torch.float64)
    start = 0
    for part in several:  # a small result that stays would be cut from a large block that was freed, and split the heap
        distances = to_pool(part.flatten(0, 1)).double().unflatten(0, part.shape[:2])
        to_truth[start : start + len(part)] = distances.mean((1, 2))
        start += len(part)
    return np.asarray((to_truth - spread / 2).numpy())


def _in_pieces(
    embed: Callable[[Tensor], dict[str, Tensor]], samples: Tensor, size: int = 20, keep: int | None = None
) -> dict[str, Tensor]:
    import torch

    views: dict[str, list[Tensor]] = {"embedding": [], "pooled": [], "sketch": []}
    for start in range(0, len(samples), size):
        found = embed(samples[start : start + size])
        views["pooled"].append(found["pooled"].cpu())
        views["sketch"].append(sketch(found["embedding"]).cpu())
        if keep is None or start < keep:
            views["embedding"].append(found["embedding"].cpu())
    return {name: torch.cat(parts)[: keep if name == "embedding" else None] for name, parts in views.items()}


def _thresholds(embed: Callable[[Tensor], dict[str, Tensor]], samples: Tensor) -> tuple[float, float]:
    """Return the distances up to which two images count as one made twice, and as not distinguishable.

    Made twice: one value in a hundred moved by one grey level, as another device or library would round. Not
    distinguishable: a JPEG copy at quality 95. Each is the median over real images. Points: 1/10,000 and 1/100 of their
    spread.
    """
    import torch

    generator = stream("noise floor")
    if samples.dtype == torch.uint8:
        size = tuple(samples.shape)
        change = generator.choice([-1, 1], size=size) * (generator.random(size) < FLOOR_SHARE)
        again = (samples.int() + torch.from_numpy(change)).clamp(0, 255).byte()
        copies = torch.stack([_jpeg(image) for image in samples])
    else:
        noise = samples.std() * torch.from_numpy(generator.standard_normal(samples.shape, dtype=np.float32))
        again, copies = samples + 1e-4 * noise, samples + 1e-2 * noise
    clean = _in_pieces(embed, samples)["embedding"]
    repeat, visible = (
        float((clean - _in_pieces(embed, each)["embedding"]).double().norm(dim=1).median()) for each in (again, copies)
    )
    return repeat, visible


def _jpeg(image: Tensor) -> Tensor:
    from io import BytesIO

    import torch
    from PIL import Image

    content = BytesIO()
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(content, "JPEG", quality=JPEG_QUALITY)
    return torch.from_numpy(np.asarray(Image.open(content)).transpose(2, 0, 1).copy())
