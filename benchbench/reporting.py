"""Telling reporters what happens: each in turn, whatever another one does."""

from __future__ import annotations

import logging
from typing import Any

from benchbench.plugins import EVENTS, registry

_log = logging.getLogger("benchbench")
_TOLD: set[tuple[str, str, str]] = set()
"""Which reporter broke at which event of what: a training has thousands of steps, and is told of once."""


def report(event: str, **facts: Any) -> None:
    """Call every reporter of an event with the facts that it asks for; what it raises is logged, once, no more."""
    assert event in EVENTS
    for row, heard, impl in registry().reporters:
        if heard != event:
            continue
        try:
            impl.function(**{name: facts[name] for name in impl.argnames})
        except Exception as error:
            told = row.name, event, str(facts.get("training") or facts.get("run") or facts)
            if told in _TOLD:
                continue
            _TOLD.add(told)
            text = " ".join(str(error).split())
            _log.warning(
                "reporter %s: %s: %s (at %s); nothing else is harmed", row.name, type(error).__name__, text, event
            )
