"""`benchbench doctor`: is everything in its place?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchbench.cli import _common

MARKS = {"ok": "✓", "missing": "–", "wrong": "✗"}


@click.command()
@_common.output_option
@_common.json_option
@click.pass_context
def command(ctx: click.Context, output: Path, as_json: bool) -> None:
    """Look at device, packages, weights, data, plugins and disk; say what is wrong and the command that fixes it.

    What is missing (–) matters to those who need it; exit code 1 if something is wrong (✗).
    """
    from benchbench.contract.diagnosis import as_data, diagnose

    findings = diagnose(output)
    if as_json:
        click.echo(json.dumps(as_data(findings), indent=1))
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.state]} {finding.about}: {finding.seen}")
            if finding.remedy:
                click.echo(f"    fix: {finding.remedy}")
    if any(finding.state == "wrong" for finding in findings):
        ctx.exit(1)
