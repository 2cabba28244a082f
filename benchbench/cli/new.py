"""`benchbench new`: a working plugin to start from."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common
from benchbench.templates import scaffold


@click.command()
@click.argument("kind", type=click.Choice(scaffold.MADE))
@click.argument("name")
@click.option("--wrap", type=click.Choice(scaffold.WRAPS), default="none", help="What the method is made around.")
@click.option("-o", "--output", type=_common.UserPath(), metavar="DIR", help="Default: benchbench-NAME.")
def command(kind: str, name: str, wrap: str, output: Path | None) -> None:
    """Write a distribution with a plugin of this kind that works, to be installed and then edited.

    NAME is lower-case words joined by hyphens. A method can be made around what you have already: a torch module, a
    folder of images, a Python function, an ONNX file or a diffusers pipeline.
    """
    from benchbench.plugins import registry

    if kind != "method" and wrap != "none":
        raise click.UsageError(f"--wrap is for methods; a {kind} wraps nothing")
    files = scaffold.make_files(kind, wrap, name)
    scaffold.check_free(kind, name, registry())
    folder = output or Path(f"benchbench-{name}")
    scaffold.write_files(folder, files)
    click.echo(f"{folder}: {kind} {name}")
    for relative in files:
        click.echo(f"  {relative}")
    click.echo("\nnext:")
    for each in scaffold.next_commands(kind, wrap, name, folder):
        click.echo(f"  {each}")
