"""The class losses of AC-GAN (Odena, Olah & Shlens, ICML 2017)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def class_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return -E log P(C = c | x) of class logits `[N, C]` and labels `int64[N]`."""
    return cross_entropy(logits.float(), labels)
