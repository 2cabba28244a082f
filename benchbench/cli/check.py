"""`benchbench check`: does a plugin keep the contract?"""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchbench.cli import _common
from benchbench.contract.findings import Skipped, sentence, status

if TYPE_CHECKING:
    from benchbench.contract.examine import Line
    from benchbench.contract.subjects import Plan, Request

MARKS = {"passed": ("✓", "green"), "warned": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("–", "bright_black")}


@click.command()
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.option(
    "-t", "--task", "tasks", multiple=True, metavar="TASK", help="Check on this task; default: those that fit."
)
@click.option("--checkpoint", type=_common.UserPath(), help="Trained weights, for a single method.")
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
    """Check plugins of any kind, or whole distributions, by name, in seconds and on a CPU: do they keep the contract?

    A method is a name or METHOD[option=value,…]. Without -t a method is checked on the smallest task of each kind that
    it serves.
    """
    from benchbench.contract.examine import examine
    from benchbench.contract.subjects import Request

    if checkpoint and len(names) != 1:
        raise click.UsageError("--checkpoint belongs to one method: check it alone")
    began = time.perf_counter()
    lines: list[Line] = []
    for subject, checks in _subjects(names, Request(tasks, checkpoint, timeout)):
        own = []
        if not as_json:
            click.echo(subject.label)
        for line in examine(subject, checks):
            own.append(line)
            if not as_json:
                _show(line)
        lines += own
        if not as_json:
            _show_rest(own)
    counts = Counter(status(line.finding) for line in lines)
    if as_json:
        rows = [{"subject": line.subject, "check": line.check, "status": status(line.finding)} for line in lines]
        found = [dataclasses.asdict(line.finding) for line in lines]
        click.echo(json.dumps([{**row, **each} for row, each in zip(rows, found, strict=True)], indent=1))
    else:
        click.echo(_summary(names, counts, time.perf_counter() - began))
    if counts["failed"]:
        ctx.exit(1)


def _subjects(names: tuple[str, ...], request: Request) -> Iterator[Plan]:
    from benchbench.contract.subjects import subjects
    from benchbench.core import BenchbenchError, UnknownName

    for name in names:
        try:
            yield from subjects(name, request)
        except UnknownName:
            raise
        except BenchbenchError as error:
            raise click.UsageError(str(error)) from None


def _show(line: Line) -> None:
    if isinstance(line.finding, Skipped) and line.finding.after:
        return
    mark, colour = MARKS[status(line.finding)]
    click.echo(f"  {click.style(mark, fg=colour)} {line.check:<14}{sentence(line.finding)}")


def _show_rest(lines: list[Line]) -> None:
    """Print in one line what could not be checked."""
    skipped = {line.check: line.finding for line in lines if isinstance(line.finding, Skipped)}
    after = {check: finding.after for check, finding in skipped.items() if finding.after}
    if after:
        reasons = ", ".join(dict.fromkeys(after.values()))
        click.echo(f"  – not looked at, after {reasons}: {', '.join(after)}")


def _summary(names: tuple[str, ...], counts: Counter[str], seconds: float) -> str:
    number = counts.total() - counts["skipped"]
    parts = [f"{counts['failed']} failed"] if counts["failed"] else []
    if counts["warned"]:
        parts.append(f"{counts['warned']} passed with a warning")
    if counts["skipped"]:
        parts.append(f"{counts['skipped']} more not looked at")
    return f"{', '.join(names)}: {number} checks in {seconds:.0f} s: {', '.join(parts) or 'all passed'}"
