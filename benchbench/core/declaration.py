"""What a method was trained with, as its author declares it; what is not declared is unknown, and shown as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from benchbench.core.uncertainty import STRICT

OWN = "task"
"""Among the data: the training split of the task at hand."""
OTHER = "other"
"""Among the data: what is no task of the suite."""


@dataclass(frozen=True)
class Pretrained:
    """Weights that somebody else trained, and that a method starts from or looks through."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    licence: str
    """By its SPDX identifier, or in a few words; empty: unknown."""
    address: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Declaration:
    """What a method was trained with. `None` is unknown; an empty tuple says that there is none."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    data: tuple[str, ...] | None = None
    """Names of tasks whose training split was used, `task` for the one at hand, or `other`."""
    pretrained: tuple[Pretrained, ...] | None = None
    trained_against: tuple[str, ...] | None = None
    """The feature extractors that the losses look through, as `name@version`; a checkpoint of `fit` says it itself."""
    weights: str = ""
    """Where the trained weights are published; empty: nowhere that is known."""
