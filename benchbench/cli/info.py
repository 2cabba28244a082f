"""`benchbench info`: all about one name."""

from __future__ import annotations

import dataclasses
import inspect
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core import Protocol


@click.command()
@click.argument("name", shell_complete=_common.complete())
@click.option("--export", type=click.Path(path_type=Path), help="A task: write its test conditions into DIR, by id.")
@_common.json_option
def command(name: str, export: Path | None, as_json: bool) -> None:
    """Describe a task, method, metric, feature extractor, executor or protocol."""
    from benchbench.core import UnknownName
    from benchbench.plugins import KINDS, registry, unknown_name

    found = registry()
    kinds = [kind for kind in KINDS if name in getattr(found, kind)]
    if not kinds:
        known = {each for kind in KINDS for each in getattr(found, kind)}
        what = "task, method, metric, extractor, executor or protocol"
        raise UnknownName(unknown_name(what, name, known, found.broken()))
    if export is not None:
        if "tasks" not in kinds:
            raise click.UsageError(f"--export writes the conditions of a task; {name} is one of the {kinds[0]}")
        _export(found.get("tasks", name)(), export)
        return
    if as_json:
        facts = [_facts(kind, found.get(kind, name), found.distribution(kind, name)) for kind in kinds]
        click.echo(json.dumps(facts[0] if len(facts) == 1 else facts, indent=1, default=str))
        return
    for number, kind in enumerate(kinds):
        item = found.get(kind, name)
        version = getattr(item, "version", "–")
        origin = found.distribution(kind, name)
        click.echo("\n" * (number > 0) + f"{name} ({kind.removesuffix('s')}, version {version}, from {origin})\n")
        _describe_protocol(item) if kind == "protocols" else _describe_class(kind, item)


def _facts(kind: str, item: Any, distribution: str) -> dict[str, Any]:
    """Return what is known of an item, ready for JSON."""
    facts = {"name": item.name, "kind": kind.removesuffix("s"), "version": getattr(item, "version", "")}
    facts |= {"summary": item.summary, "from": distribution}
    if kind == "tasks":
        space = {"kind": item.space.kind, "shape": item.space.shape, "dtype": item.space.dtype}
        facts |= {"space": space, "protocol": item.protocol.numbers(), "metrics": item.metrics}
    if kind == "methods":
        options = [field for field in dataclasses.fields(item) if field.init]
        facts["options"] = [{"name": o.name, "type": str(o.type), "default": o.default} for o in options]
    if kind == "metrics":
        facts |= {"scope": item.scope, "higher_is_better": item.higher_is_better}
    if kind == "protocols":
        facts |= dataclasses.asdict(item)
    return facts


def _describe_class(kind: str, item: Any) -> None:
    click.echo(inspect.cleandoc(item.__doc__ or item.summary))
    if kind == "tasks":
        protocol = item.protocol
        click.echo(f"\nsamples   {item.space.kind} {list(item.space.shape)} {item.space.dtype}")
        click.echo(f"protocol  {protocol.name}@{protocol.version}: {protocol.summary}")
        click.echo(f"metrics   {', '.join(item.metrics)}")
    options = [field for field in dataclasses.fields(item) if field.init] if kind == "methods" else []
    if options:
        click.echo("\noptions")
        for field in options:
            click.echo(f"  {field.name}={field.default!r}  ({field.type})")


def _describe_protocol(protocol: Protocol) -> None:
    click.echo(f"samples   {protocol.summary}")
    click.echo(f"scores    {', '.join(protocol.scores) or 'those of the task'}")
    click.echo(f"images    {f'{protocol.side} px' if protocol.side else 'of no fixed size'}")
    click.echo(f"source    {protocol.source or 'none given'}")
    if protocol.departures:
        click.echo("\ndeviations from the original")
        for sentence in protocol.departures:
            click.echo(textwrap.fill(sentence, 110, initial_indent="- ", subsequent_indent="  "))


def _export(task: object, directory: Path) -> None:
    from PIL import Image

    from benchbench.core import Task, Unsupported

    assert isinstance(task, Task)
    examples = task.examples("test")
    if "image" not in examples[0].condition:
        raise Unsupported(f"{task.name} has no condition images to export")
    directory.mkdir(parents=True, exist_ok=True)
    for example in examples:
        for modality, value in example.condition.items():
            if value.ndim == 3:
                pixels = value.permute(1, 2, 0).numpy()
                suffix = "" if modality == "image" else f".{modality}"
                Image.fromarray(pixels.squeeze()).save(directory / f"{example.id}{suffix}.png")
    click.echo(
        f"{len(examples)} conditions of {task.name} are in {directory}; write the samples of each into a"
        f" sub-folder of its id and run: benchbench score --samples DIR -t {task.name}",
        err=True,
    )
