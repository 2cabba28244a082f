"""`benchbench plugins`: what is loaded, from where, what is broken and why."""

from __future__ import annotations

import dataclasses
import json

import click

from benchbench.cli import _common


@click.command()
@_common.json_option
def command(as_json: bool) -> None:
    """Show each plugin: its distribution, what it provides, and what is wrong with it."""
    from tabulate import tabulate

    from benchbench.plugins import registry

    rows = registry().rows
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
        return
    table = [
        {
            "plugin": row.name,
            "from": row.distribution,
            "status": "broken" if row.problems else "ok",
            "provides": ", ".join(row.provides),
            "problem": "; ".join(row.problems),
        }
        for row in rows
    ]
    widths = [None, None, None, 60, 80]
    click.echo(tabulate(table, headers="keys", tablefmt="simple", maxcolwidths=widths, disable_numparse=True))
