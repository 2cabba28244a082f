"""`benchbench weights`: where the networks' weights are."""

from __future__ import annotations

import os

import click


@click.group()
def command() -> None:
    """List, fetch or check the weights of feature extractors."""


@command.command("list")
def list_weights() -> None:
    """Show each file, where it was found, and where it comes from."""
    from tabulate import tabulate

    from benchbench import weights
    from benchbench.core import MissingData

    rows = []
    for file in weights.ALL:
        try:
            found = str(weights.locate(file) or "not here")
        except MissingData as error:
            found = str(error)
        rows.append({"file": file.name, "size": file.size, "found": found, "address": file.url})
    click.echo(tabulate(rows, headers="keys", tablefmt="simple"))


@command.command()
@click.argument("names", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Download weight files (all of them without a name) into --weights or torch hub's cache."""
    from benchbench import weights
    from benchbench.core import UnknownName
    from benchbench.plugins import unknown_name

    known = {file.name: file for file in weights.ALL}
    for name in names:
        if name not in known:
            raise UnknownName(unknown_name("weight file", name, known))
    for name in names or known:
        path = weights.locate(known[name]) or weights.fetch(known[name])
        click.echo(str(path))


@command.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Load every network whose weights are here, with its checks."""
    from benchbench.core import MissingData
    from benchbench.plugins import registry

    os.environ["BENCHBENCH_OFFLINE"] = "1"  # to check is not to fetch
    wrong = False
    for name, extractor in registry().features.items():
        try:
            click.echo(f"{name}: ok {extractor().weight_hash()[:16]}")
        except MissingData as error:
            wrong |= "are not here" not in str(error)
            click.echo(f"{name}: {error}")
    if wrong:
        ctx.exit(1)
