"""`benchbench doctor`: is everything in its place?"""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Show device, versions, weights, data and plugins that do not load."""
    from benchbench import weights
    from benchbench.core import BenchbenchError
    from benchbench.environment import environment
    from benchbench.plugins import registry
    from benchbench.runs import resolve_device

    found = registry()
    for key, value in environment(resolve_device("auto"), "").items():
        if key != "plugin":
            click.echo(f"{key}: {value}")
    for file in weights.ALL:
        try:
            click.echo(f"weights {file.name}: {weights.locate(file) or 'not here'}")
        except BenchbenchError as error:
            click.echo(f"weights {file.name}: {error}")
    for name, task in sorted(found.tasks.items()):
        try:
            click.echo(f"data {name}: {len(task().examples('test'))} test conditions")
        except BenchbenchError as error:
            click.echo(f"data {name}: {error}")
    for row in found.rows:
        if row.problems:
            click.echo(f"plugin {row.name}: {'; '.join(row.problems)}")
