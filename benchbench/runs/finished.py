"""Whether a training is finished, from what its checkpoint says of its validation curve and its health; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchbench.core.record import RecordedCurve


def verdict(about: Mapping[str, Any]) -> tuple[bool | None, str]:
    """Return whether a training is finished, and why it is not or why that is not known.

    It is where its curve no longer improves over the last quarter of the steps and every health check passes. It is not
    where one of them fails. Without a curve that is long enough nothing is known.
    """
    failed = list(_failures(about))
    if failed:
        return False, "; ".join(failed)
    curve = about.get("curve")
    if not curve:
        return None, "no validation curve was kept"
    if curve.get("still_improves") is None:
        return None, "its validation curve is too short"
    return True, ""


def _failures(about: Mapping[str, Any]) -> Iterator[str]:
    curve = about.get("curve") or {}
    if curve.get("still_improves"):
        yield f"{curve.get('score', 'its score')} still improves"
    for name, found in (about.get("health") or {}).items():
        if not found["healthy"]:
            low, high = found["bounds"]
            bounds = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
            yield f"{name} is {found['value']:.3g}, healthy is {' and '.join(filter(None, bounds))}"


def curve_of(about: Mapping[str, Any]) -> RecordedCurve | None:
    """Return the validation curve of a checkpoint's metadata; `None` where it has none."""
    curve = about.get("curve")
    if not curve:
        return None
    points = tuple((int(step), float(value), error) for step, value, error in curve["points"])
    return RecordedCurve(curve["score"], points)
