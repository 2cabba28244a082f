"""`benchbench info`: all about one name."""

from __future__ import annotations

import dataclasses
import inspect
import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common
from benchbench.core.kinds import KINDS, nouns

if TYPE_CHECKING:
    from benchbench.core import Protocol, Task


@click.command(help=f"Describe a {nouns(' or ')}.")
@click.argument("name", shell_complete=_common.complete())
@click.option("--export", type=_common.UserPath(), help="A task: write its test conditions into DIR, by id.")
@click.option("--sheet", type=_common.UserPath(), help="A task: draw conditions and references into FILE.png.")
@_common.json_option
def command(name: str, export: Path | None, sheet: Path | None, as_json: bool) -> None:
    """Print all that is known of a name."""
    from benchbench.core import UnknownName
    from benchbench.plugins import registry, unknown_name

    found = registry()
    kinds = found.kinds_of(name)
    if not kinds:
        known = {each for kind in KINDS for each in found.of(kind)}
        raise UnknownName(unknown_name(nouns(" or "), name, known, found.broken()))
    if export is not None or sheet is not None:
        if "tasks" not in kinds:
            wish = "--sheet draws" if export is None else "--export writes"
            raise click.UsageError(f"{wish} the conditions of a task; {name} is one of the {kinds[0]}")
        task = found.get("tasks", name)()
        if export is not None:
            _export(task, export)
        if sheet is not None:
            _draw(task, sheet)
        return
    if as_json:
        facts = [_facts(kind, found.get(kind, name), found.distribution(kind, name)) for kind in kinds]
        click.echo(json.dumps(facts[0] if len(facts) == 1 else facts, indent=1, default=str))
        return
    for number, kind in enumerate(kinds):
        item = found.get(kind, name)
        version = getattr(item, "version", "–")
        origin = found.distribution(kind, name)
        click.echo("\n" * (number > 0) + f"{name} ({KINDS[kind].noun}, version {version}, from {origin})\n")
        _describe_protocol(item) if kind == "protocols" else _describe_class(kind, item)


def _facts(kind: str, item: Any, distribution: str) -> dict[str, Any]:
    """Return what is known of an item, ready for JSON."""
    facts = {"name": item.name, "kind": KINDS[kind].noun, "version": getattr(item, "version", "")}
    facts |= {"summary": item.summary, "from": distribution}
    if kind == "tasks":
        space = {"kind": item.space.kind, "shape": item.space.shape, "dtype": item.space.dtype}
        facts |= {"space": space, "protocol": item.protocol.numbers(), "metrics": item.metrics}
        facts |= {"choices": item.choices, **_data_set(item)}
    if kind == "methods":
        options = [field for field in dataclasses.fields(item) if field.init]
        facts["options"] = [{"name": o.name, "type": str(o.type), "default": o.default} for o in options]
    if kind == "metrics":
        facts |= {"scope": item.scope, "higher_is_better": item.higher_is_better, "measures": item.measures}
    if kind == "features":
        facts["weights"] = [dataclasses.asdict(file) for file in item.weights]
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
        for fact, value in _data_set(item).items():
            answer = "yes" if value else f"no: run `benchbench data prepare {item.name}`"
            click.echo(f"{fact:<9} {value if isinstance(value, str) else answer}")
        _list("choices, where its source leaves them open", item.choices)
    if kind == "features" and item.weights:
        click.echo(f"\nweights   {', '.join(file.name for file in item.weights)} (`benchbench weights list`)")
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
    _list("deviations from the original", protocol.departures)


def _list(title: str, sentences: Sequence[str]) -> None:
    if sentences:
        click.echo(f"\n{title}")
    for sentence in sentences:
        click.echo(textwrap.fill(sentence, 110, initial_indent="- ", subsequent_indent="  "))


def _data_set(task: type[Task]) -> dict[str, str | bool]:
    """Return what a user must know of the data set that a task is made of; nothing for one that needs none."""
    from benchbench.data import PreparedTask, cache
    from benchbench.data.source import data_root

    if not issubclass(task, PreparedTask):
        return {}
    source, prepared = task.source, cache.prepared(data_root(), task.name, task.version)
    return {
        "data set": source.name,
        "licence": source.licence,
        "homepage": source.homepage,
        "prepared": prepared is not None,
    }


def _draw(task: Task, path: Path) -> None:
    from io import BytesIO

    from benchbench.publish.sheet import make_preview
    from benchbench.system.files import write_bytes

    if path.suffix.lower() != ".png":
        raise click.UsageError(f"--sheet writes a PNG; {path} should end in .png")
    content = BytesIO()
    make_preview(task).save(content, "PNG")
    write_bytes(path, content.getvalue(), durable=False)
    click.echo(str(path))


def _export(task: Task, directory: Path) -> None:
    from PIL import Image

    from benchbench.core import Unsupported

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
