"""`benchbench weights`: where the networks' weights are, and whether they are the right ones."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common, _convert

if TYPE_CHECKING:
    from benchbench.system.weights import WeightFile


@click.group()
def command() -> None:
    """List, fetch or check the weights of feature extractors."""


command.add_command(_convert.command)


@command.command("list")
@_common.json_option
def list_weights(as_json: bool) -> None:
    """Show each network's file: where it was looked for and found, its SHA-256, licence and address."""
    from benchbench.plugins import registry

    rows = [_describe(file) for file in registry().weight_files()]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['network']}: {row['file']}" + (f" ({row['size']})" if row["size"] else ""))
        click.echo(f"  {row['problem'] or _place(row)}")
        click.echo(f"  SHA-256 {_digests(row)}")
        click.echo(f"  licence {row['licence']}; {row['url'] or 'ships with ' + row['package']}\n")


def _describe(file: WeightFile) -> dict[str, Any]:
    """Return what is known of a file and of the one that was found, ready for JSON."""
    from benchbench.system import weights

    found, problem = None, ""
    try:
        found = weights.locate(file)
    except weights.WrongWeights as error:
        problem = str(error)
    return {
        "network": file.network,
        "file": file.name,
        "size": file.size,
        "sha256": file.sha256,
        "url": file.url,
        "licence": file.licence,
        "package": file.package,
        "looked_in": [str(directory) for directory in weights.folders(file)],
        "found": str(found) if found else "",
        "found_sha256": weights.file_hash(found) if found else "",
        "features_only": found is not None and found.name == file.features_only,
        "problem": problem,
    }


def _place(row: dict[str, Any]) -> str:
    if not row["found"]:
        return f"not here; looked in {', '.join(row['looked_in'])}"
    return f"found {row['found']}" + (", its convolutional part alone" if row["features_only"] else "")


def _digests(row: dict[str, Any]) -> str:
    if row["found_sha256"] == row["sha256"]:
        return str(row["sha256"])
    return f"{row['sha256']}…" + (f", of the file found {row['found_sha256']}" if row["found_sha256"] else "")


@command.command()
@click.argument("names", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Download weight files (all of them without a name) into --weights or torch hub's cache."""
    from benchbench.core import UnknownName
    from benchbench.plugins import registry, unknown_name
    from benchbench.system import weights

    known = {file.name: file for file in registry().weight_files() if not file.package}
    for name in names:
        if name not in known:
            raise UnknownName(unknown_name("weight file", name, known))
    for name in names or known:
        path = weights.locate(known[name]) or weights.fetch(known[name])
        click.echo(str(path))


@command.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Load every network whose weights are here, with its checks; exit 1 if one is wrong."""
    from benchbench.core import BenchbenchError, MissingData
    from benchbench.plugins import registry
    from benchbench.system import weights

    os.environ["BENCHBENCH_OFFLINE"] = "1"  # to check is not to fetch
    wrong = False
    for problem in filter(None, (_describe(file)["problem"] for file in registry().weight_files())):
        wrong = True
        click.echo(problem)
    names: dict[str, list[str]] = {}
    for name, extractor in registry().features.items():
        try:
            digest = extractor().weight_hash()
            answer = f"ok {digest[:16]}" if digest else "has no weights"
        except BenchbenchError as error:
            wrong |= isinstance(error, weights.WrongWeights) or not isinstance(error, MissingData)
            answer = str(error)
        names.setdefault(answer, []).append(name)
    for answer, extractors in names.items():
        click.echo(f"{', '.join(extractors)}: {answer}")
    if wrong:
        ctx.exit(1)
