"""The score specifications that tasks of a kind start from; the first one ranks."""

_IMAGES = (
    "energy-score[mini]",
    "energy-skill[mini]",
    "diversity[mini]",
    "ms-ssim",
    "realism[mini]",
    "frechet[mini]",
    "precision[mini]",
    "coverage[mini]",
    "collapse-rate[mini]",
    "collapse-across[mini]",
)
RESTORATION = (*_IMAGES, "best-of-k[mini]", "psnr", "consistency")
"""Super-resolution and inpainting."""
TRANSLATION = (*_IMAGES, "best-of-k[mini]")
UNCONDITIONAL = tuple(each for each in _IMAGES if each not in ("energy-skill[mini]", "ms-ssim"))
"""Images without a condition, whose energy score has no skill to show: ignoring the condition is all there is."""
KNOWN_LAW = (
    "energy-score[mini]",
    "energy-skill[mini]",
    "relative-diversity[mini]",
    "relative-std",
    "diversity[mini]",
    "realism[mini]",
    "frechet[mini]",
    "collapse-rate[mini]",
    "collapse-across[mini]",
    "best-of-k[mini]",
    "mode-coverage",
    "high-quality",
    "law-distance",
    "consistency",
)
"""Images whose conditional law is known."""
