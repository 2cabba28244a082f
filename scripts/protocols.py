"""Print the tables of docs/protocols.md: every registered protocol, side by side, and what each does otherwise.

`python scripts/generated.py docs/protocols.md` puts them into the page.

python scripts/protocols.py                 the numbers
python scripts/protocols.py --departures    what is not as published
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from methods import linked

from benchbench.core import Protocol
from benchbench.plugins import registry

COLUMNS = ("protocol", "conditions", "samples of each", "pairs of each", "pairing", "images", "scores", "source")


def numbers(protocol: Protocol) -> tuple[str, ...]:
    """Return the cells of a protocol's row."""
    return (
        f"`{protocol.name}@{protocol.version}`",
        "all" if protocol.num_conditions is None else str(protocol.num_conditions),
        str(protocol.samples_per_condition),
        str(protocol.pairs_per_condition),
        protocol.pairing,
        f"{protocol.side} px" if protocol.side else "of no fixed size",
        ", ".join(f"`{score}`" for score in protocol.scores) or "the task's",
        linked(protocol.source),
    )


def side_by_side(protocols: Iterable[Protocol]) -> str:
    """Return one table with a row for each protocol."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(numbers, protocols)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def departures(protocols: Iterable[Protocol]) -> str:
    """Return one section for each protocol that departs from what is published."""
    sections = (
        "\n".join([f"### {protocol.name}", "", *(f"- {sentence}" for sentence in protocol.departures)])
        for protocol in protocols
        if protocol.departures
    )
    return "\n\n".join(sections)


if __name__ == "__main__":
    known = [protocol for _, protocol in sorted(registry().protocols.items())]
    print(departures(known) if "--departures" in sys.argv else side_by_side(known))
