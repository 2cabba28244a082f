"""Telling reporters what happens: each in turn, whatever another one does."""

from __future__ import annotations

import logging
from typing import Any

from benchbench.plugins import EVENTS, registry

_log = logging.getLogger("benchbench")


def report(event: str, **facts: Any) -> None:
    """Call every reporter of an event with the facts that it asks for; what one raises is logged, never passed on."""
    assert event in EVENTS
    for row, heard, impl in registry().reporters:
        if heard != event:
            continue
        try:
            impl.function(**{name: facts[name] for name in impl.argnames})
        except Exception as error:
            text = " ".join(str(error).split())
            _log.warning(
                "reporter %s: %s: %s (at %s); nothing else is harmed", row.name, type(error).__name__, text, event
            )
