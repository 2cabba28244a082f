"""`benchbench check`: does a plugin keep the contract?"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.contract.examine import Line

MARKS = {"passed": ("✓", "green"), "warned": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("–", "bright_black")}


@click.command()
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.option(
    "-t", "--task", "tasks", multiple=True, metavar="TASK", help="Check on this task; default: those that fit."
)
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Trained weights, for a single method.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="Time limit of each check.",
)
@_common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    tasks: tuple[str, ...],
    checkpoint: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Check methods, tasks, metrics or whole plugins by name, in seconds and on a CPU: do they keep the contract?

    A method is a name or METHOD[option=value,…]. Without -t a method is checked on the smallest task of each kind that
    it serves.
    """
    from benchbench.contract.examine import examine
    from benchbench.contract.subjects import Request, subjects

    if checkpoint and len(names) != 1:
        raise click.UsageError("--checkpoint belongs to one method: check it alone")
    request = Request(tasks, checkpoint, timeout)
    lines: list[Line] = []
    for name in names:
        for subject, checks in subjects(name, request):
            if not as_json:
                click.echo(subject.label)
            for line in examine(subject, checks):
                lines.append(line)
                if not as_json:
                    _show(line)
    counts = Counter(_status(line) for line in lines)
    if as_json:
        click.echo(json.dumps([_row(line) for line in lines], indent=1))
    else:
        click.echo(_summary(counts))
    if counts["failed"]:
        ctx.exit(1)


def _status(line: Line) -> str:
    from benchbench.contract.findings import status

    return status(line.finding)


def _show(line: Line) -> None:
    from benchbench.contract.findings import sentence

    mark, colour = MARKS[_status(line)]
    click.echo(f"  {click.style(mark, fg=colour)} {line.check:<14}{sentence(line.finding)}")


def _summary(counts: Counter[str]) -> str:
    total = counts.total() - counts["skipped"]
    parts = [f"{counts['failed']} failed"] if counts["failed"] else []
    if counts["warned"]:
        parts.append(f"{counts['warned']} passed with a warning")
    if counts["skipped"]:
        parts.append(f"{counts['skipped']} more not looked at")
    return f"{total} checks: {', '.join(parts) or 'all passed'}"


def _row(line: Line) -> dict[str, str]:
    return {"subject": line.subject, "check": line.check, "status": _status(line), **dataclasses.asdict(line.finding)}
