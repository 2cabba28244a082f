"""Samples beside the training images nearest to them: whether a method invents or remembers, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import FeatureExtractor, Task, Unsupported
from benchbench.evaluation.extractors import load
from benchbench.publish.sheet import grid, kept, resized, tile
from benchbench.stats.distances import euclidean

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

AT_ONCE = 256
"""Training images whose embeddings are in memory together."""


def make_nearest(
    task: Task,
    run: Path,
    extractors: Sequence[FeatureExtractor],
    conditions: int = 6,
    neighbours: int = 5,
    scale: int = 1,
) -> Image:
    """Return the picture of the first conditions' first kept samples, each beside its nearest training images.

    One row per sample; one block of columns per extractor, the nearest training image first.
    """
    import numpy as np
    import torch

    if task.space.kind != "images":
        raise Unsupported(f"a sheet of samples shows images; those of {task.name} are {task.space.kind}")
    height, width = (side * scale for side in task.space.shape[1:])
    found = [kept(run, task.examples("test")[i].id, 1)[0].convert("RGB") for i in range(conditions)]
    samples = torch.stack([torch.from_numpy(np.array(image)).permute(2, 0, 1) for image in found])
    pool = task.real_pool()
    number = min(neighbours, len(pool))
    places = [nearest_places(samples, pool, extractor, number) for extractor in extractors]
    rows = []
    for i, image in enumerate(found):
        blocks = [[tile(pool[place], width, height) for place in each[i].tolist()] for each in places]
        rows.append([[resized(image, width, height)], *blocks])
    titles = [(f"nearest in {extractor.name}", number) for extractor in extractors]
    return grid([("sample", 1), *titles], rows, width, height)


def nearest_places(samples: Tensor, pool: Tensor, extractor: FeatureExtractor, number: int) -> Tensor:
    """Return `int64[N, number]`: for samples `uint8[N, 3, H, W]`, which of a pool are nearest, the nearest first.

    By the Euclidean distance of the extractor's embeddings; of equal distances the first in the pool.
    """
    import torch

    embed = load(extractor, "cpu")
    with torch.no_grad():
        own = embed(samples)["embedding"]
        away = torch.cat([euclidean(own, embed(block)["embedding"]) for block in pool.split(AT_ONCE)], 1)
    return away.argsort(dim=1, stable=True)[:, :number]
