"""`benchbench runs`: which runs there are, how far they came, and what may go."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from benchbench.cli import _common

STATES = ("failed", "skipped", "unfinished", "damaged")
"""What `clean` can remove; good records are yours to remove."""


@click.group()
def command() -> None:
    """List, show and clean run directories."""


@command.command("list")
@_common.output_option
@click.option("-t", "--task", metavar="TASK", help="Of this task alone.")
@_common.json_option
def list_runs(output: Path, task: str | None, as_json: bool) -> None:
    """List the runs in a folder: state, method, seed, shards on disk, size."""
    from benchbench.publish.table import Table
    from benchbench.runs.found import find_runs

    found = [each for each in find_runs(output) if task in (None, each.task)]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in found], default=str, indent=1))
        return
    if not found:
        click.echo(f"no runs in {output}", err=True)
        return
    titles = ("state", "task", "method", "seed", "shards", "MB", "directory")
    rows = tuple(
        (e.state, e.task, e.method, str(e.seed), str(e.shards or ""), f"{e.size / 1e6:.1f}", str(e.path)) for e in found
    )
    counts = {state: sum(each.state == state for each in found) for state in dict.fromkeys(e.state for e in found)}
    caption = f"{len(found)} runs: " + ", ".join(f"{number} {state}" for state, number in counts.items()) + "."
    _common.show_table(Table("runs", titles, (rows,), ("state", "task", "method", "directory"), 3, caption))


@command.command("show")
@click.argument("run", type=_common.UserPath(exists=True))
def show_run(run: Path) -> None:
    """Show one run: what it is, how far it came, who works on it, why it failed, its scores."""
    from benchbench.core import BenchbenchError
    from benchbench.publish.text import cell
    from benchbench.runs.directory import recorded
    from benchbench.runs.found import look

    if not (run / "run.json").is_file():
        raise BenchbenchError(f"{run} is not a run directory: it has no run.json")
    found = look(run)
    facts = {
        "task": found.task,
        "method": found.method,
        "seed": found.seed,
        "state": found.state,
        "reason": found.reason,
        "shards on disk": found.shards or "",
        "works on it": found.owner or "",
        "size": f"{found.size / 1e6:.1f} MB",
        "recorded": found.created,
    }
    for name, value in facts.items():
        if value not in ("", None):
            click.echo(f"{name:<16}{value}")
    if found.state == "ok":
        for score in recorded(run).scores:
            click.echo(f"{score.metric:<40}{cell(score)}")
    elif found.state in ("failed", "unfinished"):
        click.echo("the command that started it goes on with it")


@command.command("clean")
@_common.output_option
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, required=True, help="Again for another.")
@click.option("-t", "--task", metavar="TASK", help="Of this task alone.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are listed.")
def clean_runs(output: Path, states: tuple[str, ...], task: str | None, yes: bool) -> None:
    """Remove runs without a good record, shards and all; what a process works on stays."""
    from benchbench.runs.found import clean, find_runs

    found = [each for each in find_runs(output) if each.state in states and task in (None, each.task)]
    gone = list(clean(found, states)) if yes else found
    for each in gone:
        click.echo(f"{'removed' if yes else 'would remove'}  {each.state:<12}{each.method:<24}{each.path}")
    size = sum(each.size for each in gone) / 1e6
    click.echo(f"{len(gone)} runs, {size:.1f} MB" + ("" if yes or not gone else "; add --yes to remove them"), err=True)
