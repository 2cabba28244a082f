"""`benchbench list`: the names of what is installed."""

from __future__ import annotations

import json

import click

from benchbench.cli import _common


@click.command("list")
@click.argument("kind", type=click.Choice(["tasks", "methods", "metrics", "features", "executors", "protocols"]))
@_common.json_option
def command(kind: str, as_json: bool) -> None:
    """List installed tasks, methods, metrics, features, executors or protocols."""
    from tabulate import tabulate

    from benchbench.plugins import registry

    found = registry()
    rows = []
    for name, item in sorted(getattr(found, kind).items()):
        row = {"name": name, "version": getattr(item, "version", ""), "summary": item.summary}
        if kind == "metrics":
            row["scope"] = item.scope
            row["better"] = {True: "higher", False: "lower", None: "neither"}[item.higher_is_better]
        row["from"] = found.distribution(kind, name)
        rows.append(row)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    else:
        click.echo(tabulate(rows, headers="keys", tablefmt="simple"))
    for row_ in found.broken():
        click.echo(f"not loaded: {row_.name}: {'; '.join(row_.problems)}", err=True)
