"""Density ratios from classifiers (Rosca et al., 2017 and 2018).

A classifier of two laws p (class 1) and q (class 0), drawn equally often, has at its best the logit log p / q.
"""

from __future__ import annotations

from torch import Tensor


def estimated_divergence(logits: Tensor) -> Tensor:
    """Return -E logit, the estimate of KL(q ‖ p) from logits of samples of q, of any shape; it can be negative.

    As a loss of what makes q's samples it is the sum of -log D and log(1 - D), so it has a slope everywhere.
    """
    return -logits.float().mean()
