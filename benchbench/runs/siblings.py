"""Runs beside another one, of the same method on the same task, that agree with it in what matters to a caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchbench.runs.directory import RunDirectory
from benchbench.system.records import object_in

Facts = Mapping[str, Any]
"""What `run.json` says of a run."""


def siblings(run: RunDirectory, facts: Facts, agree: Callable[[Facts], Facts]) -> Iterator[tuple[RunDirectory, Facts]]:
    """Yield the runs beside this one, and what they say, where `agree` returns of their facts what it does of these.

    None where a method draws from its batch's generator: then its samples depend on all numbers of the run.
    """
    if "batch_size" in facts:
        return
    for path in sorted(run.path.parent.iterdir()):
        theirs = object_in(path / "run.json")
        if path != run.path and theirs and agree(theirs) == agree(facts):
            yield RunDirectory(path), theirs


def other_than(facts: Facts, names: tuple[str, ...] = (), numbers: tuple[str, ...] = ()) -> Facts:
    """Return the facts without these names, and without these numbers of the protocol."""
    protocol = facts.get("protocol")
    own = {name: value for name, value in facts.items() if name not in names}
    if isinstance(protocol, dict):
        own["protocol"] = {name: value for name, value in protocol.items() if name not in numbers}
    return own
