"""Score specifications, `diversity[lpips-alex]`: a metric's name, and its extractor in square brackets."""

from __future__ import annotations


def name_of(specification: str) -> str:
    """Return the metric's name: `diversity`."""
    return specification.partition("[")[0]


def features_of(specification: str) -> str:
    """Return the extractor's name: `lpips-alex`; empty without one."""
    return specification.partition("[")[2].rstrip("]")
