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
CLASS_CONDITIONAL = tuple(each for each in _IMAGES if each != "collapse-across[mini]")
"""Images from a label; conditions of one label are one question, so that likeness across conditions is no fault."""
UNCONDITIONAL = (
    "frechet[mini]",
    *(
        each
        for each in _IMAGES
        if each not in ("frechet[mini]", "energy-skill[mini]", "ms-ssim", "collapse-across[mini]")
    ),
    "collapse-near[mini]",
)
"""Images without a condition, ranked by the Fréchet distance, as papers do: conditions are nothing but repeats.

The energy score has no skill, as there is no condition to use; and collapse across conditions cannot be distinguished
from collapse within one.
"""
UNPAIRED = (
    "frechet[mini]",
    "kernel[mini]",
    "realism[mini]",
    "precision[mini]",
    "recall[mini]",
    "density[mini]",
    "coverage[mini]",
    "collapse-across[mini]",
)
"""Images translated without pairs: no reference is an answer, so scores compare whole sets; the Fréchet distance ranks.

None of them sees whether an output keeps what its input shows.
"""
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
