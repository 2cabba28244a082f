"""Packing (Lin et al., "PacGAN", NeurIPS 2018): a discriminator sees several samples of one law at once."""

from __future__ import annotations

from torch import Tensor


def packed(samples: Tensor, packing: int) -> Tensor:
    """Return `[N / m, m C, …]` of samples `[N, C, …]`: m = `packing` that follow each other become channels of one."""
    return samples.reshape(len(samples) // packing, packing * samples.shape[1], *samples.shape[2:])


def packed_labels(labels: Tensor | None, packing: int) -> Tensor | None:
    """Return the label of each pack of labels `int64[N]`; those of a pack are equal."""
    return labels if labels is None else labels[::packing]
