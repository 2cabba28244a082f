"""What a condition shows of itself: its pictures and those of its truths, and what it says without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchbench.core import Example
from benchbench.publish.site import sprites

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_TRUTHS = 6
"""References shown of a condition."""


@dataclass(frozen=True)
class Given:
    """The pictures of one condition."""

    titles: list[str] = field(default_factory=list)
    """What each picture is: `condition`, `truth`."""
    facts: list[str] = field(default_factory=list)
    """What the condition says without a picture: `label 3`."""
    images: list[Image] = field(default_factory=list)


def of_example(example: Example | None) -> Given:
    """Return what an example shows, the truths last; nothing without one."""
    found = Given()
    if example is None:
        return found
    for modality, value in example.condition.items():
        if value.ndim == 3:
            found.titles.append("condition" if modality == "image" else modality)
            found.images.append(sprites.picture(value))
        else:
            found.facts.append(f"{modality} {value.tolist()}")
    for reference in example.references[:MOST_TRUTHS]:
        found.titles.append("truth" if example.condition else "a real one")
        found.images.append(sprites.picture(reference))
    return found
