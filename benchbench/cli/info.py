"""`benchbench info`: all about one name."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option("--export", type=click.Path(path_type=Path), help="A task: write its test conditions into DIR, by id.")
def command(name: str, export: Path | None) -> None:
    """Describe a task, method, metric, feature extractor or executor."""
    from benchbench.core import UnknownName
    from benchbench.plugins import KINDS, registry, unknown_name

    found = registry()
    known = {each: kind for kind in KINDS for each in getattr(found, kind)}
    if name not in known:
        raise UnknownName(unknown_name("task, method, metric, extractor or executor", name, known, found.broken()))
    kind = known[name]
    item = found.get(kind, name)
    if export is not None:
        if kind != "tasks":
            raise click.UsageError(f"--export writes the conditions of a task; {name} is one of the {kind}")
        _export(item(), export)
        return
    click.echo(
        f"{name} ({kind.removesuffix('s')}, version {getattr(item, 'version', '–')},"
        f" from {found.distribution(kind, name)})\n"
    )
    click.echo(inspect.cleandoc(item.__doc__ or item.summary))
    if kind == "tasks":
        protocol = item.protocol
        click.echo(f"\nsamples   {item.space.kind} {list(item.space.shape)} {item.space.dtype}")
        click.echo(
            f"protocol  {protocol.name}@{protocol.version}: {protocol.num_conditions} conditions x"
            f" {protocol.samples_per_condition} samples, {protocol.pairs_per_condition} pairs"
        )
        click.echo(f"metrics   {', '.join(item.metrics)}")
    options = [field for field in dataclasses.fields(item) if field.init] if kind == "methods" else []
    if options:
        click.echo("\noptions")
        for field in options:
            click.echo(f"  {field.name}={field.default!r}  ({field.type})")


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
