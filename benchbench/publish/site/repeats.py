"""Samples that look like an earlier one of the same condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError
from benchbench.core.record import Score

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class Repeats:
    """Finds repeats by the extractor and the threshold that the records' own collapse metrics were made with."""

    def __init__(self, features: str, threshold: float) -> None:
        from benchbench.plugins import registry

        self.threshold = threshold
        self._embed: Callable[[Tensor], dict[str, Tensor]] = registry().get("features", features)().load("cpu")

    def __call__(self, images: Sequence[Image]) -> dict[int, int]:
        """Return each image that looks like an earlier one, by its index, with the first such one's."""
        import numpy as np
        import torch

        stacked = torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(0, 3, 1, 2)
        embedding = self._embed(stacked.contiguous())["embedding"].double()
        near = (torch.cdist(embedding, embedding) <= self.threshold).tolist()
        found = {}
        for later in range(len(images)):
            first = next((earlier for earlier in range(later) if near[later][earlier]), None)
            if first is not None:
                found[later] = first
        return found


def of_scores(scores: Iterable[Score]) -> tuple[Repeats | None, str]:
    """Return what finds repeats, and a sentence for the page: what counts as one, or why none is marked."""
    for score in scores:
        stated = score.threshold
        if stated is None or stated.kind != "visible" or score.features is None:
            continue
        try:
            finder = Repeats(score.features, stated.value)
        except BenchbenchError as error:
            return None, f"Near-duplicates are not marked: {error}"
        return finder, (
            f"Marked samples look like an earlier one of their row: they are within {stated.value:.3g} of it under"
            f" {score.features}, as near as an image and its JPEG copy."
        )
    return None, "Near-duplicates are not marked: no score of these records names its threshold."
