"""`benchbench list`: the names of what is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from benchbench.cli import _common
from benchbench.core.kinds import KINDS, REPORTER

REPORTERS = f"{REPORTER}s"


@click.command("list", help=f"List what is installed of a kind: {', '.join(KINDS)} or {REPORTERS}.")
@click.argument("kind", type=click.Choice([*KINDS, REPORTERS]))
@_common.json_option
def command(kind: str, as_json: bool) -> None:
    """Print a table, or JSON, of one kind of plugin."""
    from tabulate import tabulate

    from benchbench.plugins import registry

    rows = list(_reporters() if kind == REPORTERS else _items(kind))
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    else:
        click.echo(tabulate(rows, headers="keys", tablefmt="simple", disable_numparse=True))
    for row in registry().broken():
        click.echo(f"not loaded: {row.name}: {'; '.join(row.problems)}", err=True)


def _items(kind: str) -> Iterator[dict[str, Any]]:
    from benchbench.plugins import registry

    found = registry()
    for name, item in sorted(found.of(kind).items()):
        row = {"name": name, "version": getattr(item, "version", ""), "summary": item.summary}
        if kind == "metrics":
            row["scope"] = item.scope
            row["better"] = {True: "higher", False: "lower", None: "neither"}[item.higher_is_better]
        yield {**row, "from": found.distribution(kind, name)}


def _reporters() -> Iterator[dict[str, Any]]:
    """Yield a row per plugin that hears of events."""
    from benchbench.plugins import registry

    found = registry()
    for row in found.rows:
        events = [event for heard, event, _ in found.reporters if heard is row]
        if events:
            yield {"name": row.name, "events": ", ".join(events), "from": row.distribution}
