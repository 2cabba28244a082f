"""What the ± of a number is: its kind, and what it was computed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

STRICT: dict[str, Any] = {"extra": "forbid", "allow_inf_nan": False, "strict": True}
"""How stored facts are validated: no unknown field, no NaN, no number as text."""

STANDARD_ERROR = "standard error"
"""Of a mean over conditions, clustered where conditions share a group."""
BOOTSTRAP = "bootstrap"
"""Standard error from resampled groups of conditions; of records made before condition metrics had `STANDARD_ERROR`."""
TWO_LEVEL_BOOTSTRAP = "two-level bootstrap"
"""Standard error from resampled groups and resampled samples within conditions; of the same older records.

It counts the noise within a condition twice, so it is too large, by √2 at most.
"""
JACKKNIFE = "jackknife"
"""Standard error from leaving out blocks of conditions."""
TWO_SIDED = "two-sided jackknife"
"""Standard error from counting each group of conditions twice and leaving it out."""
INFLUENCE = "infinitesimal jackknife"
"""Standard error of a smooth function of averages, from its derivatives along each condition."""
SUBSAMPLES = "subsamples"
"""Standard error of a share, from the shares of disjoint subsets of the conditions."""
DYADIC = "dyadic"
"""Standard error of a mean over pairs of conditions, clustered by both."""
SUBSETS = "subsets"
"""Standard deviation over random subsets; no standard error."""
PAIRED = "paired"
"""Standard error of a mean difference on the same conditions."""
SEEDS = "training seeds"
"""Standard error over training seeds alone."""
PEOPLE = "people"
"""Standard error over people and the images that they judged."""


@dataclass(frozen=True)
class Uncertainty:
    """What the ± of a number is, in facts; `benchbench.publish.words` puts them in words."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kind: str
    """One of this module's constants; a plugin may state another one in plain words."""
    n: int
    """How many conditions it is computed over; subsets where the kind is `subsets`, seeds where it is those alone."""
    groups: int
    """How many independent groups these make; n where each stands alone."""
    blocks: int | None = None
    """How many blocks of conditions a jackknife leaves out in turn."""
    subset_size: int | None = None
    """How many samples each subset has."""
    training_seeds: int = 1
    """Above 1: the number is a mean over so many training seeds, and their spread is in its error."""

    @property
    def degrees(self) -> int | None:
        """Degrees of freedom of Student's t for the error over conditions: its blocks or groups less one.

        For `dyadic` half as many, since each pair takes two groups. `None` for `subsets`, which is no standard error.
        """
        if self.kind == SUBSETS:
            return None
        if self.kind == DYADIC:
            return self.groups // 2 - 1
        return (self.groups if self.blocks is None else self.blocks) - 1


@dataclass(frozen=True)
class Threshold:
    """The distance up to which a score counts two images as one."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kind: str
    """`repeat` (one image made twice), `visible` (people cannot tell them apart), `near` (as 1 % of real pairs are)."""
    value: float
    """Euclidean, between embeddings."""
