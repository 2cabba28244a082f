"""`benchbench run --dry-run`: what would be run, and about how long it takes."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchbench.cli._sweep import Asked
    from benchbench.runs.left import Left


def show(asked: Asked, settings: dict[str, Any], workers: int | None, as_json: bool) -> None:
    """Print what is left to do of each run, with the seconds that earlier runs took."""
    from benchbench.cli._sweep import open_runs
    from benchbench.evaluation.sources import SHARD_CONDITIONS
    from benchbench.publish.table import Table
    from benchbench.runs.left import seconds_per_shard, shown, total_seconds, what_is_left
    from benchbench.runs.request import resolve_device

    settings["device"] = resolve_device(settings["device"])
    known = seconds_per_shard(settings["output"], SHARD_CONDITIONS)
    runs = open_runs(asked, settings)
    left = [what_is_left(run, known, settings["device"], settings["force"]) for run in runs]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in left], indent=1))
        return
    skipped, left = [each for each in left if each.refused], [each for each in left if not each.refused]
    number = max(1, _common.default_workers(workers, settings["device"]))
    rows = tuple(
        (
            each.task,
            each.method,
            str(each.seed),
            "recorded" if each.recorded else f"{each.missing} of {each.shards}",
            "?" if each.seconds is None else shown(each.seconds),
            each.run_id,
        )
        for each in left
    )
    seconds, unknown = total_seconds(left, number)
    shards = sum(each.missing for each in left)
    caption = f"{len(left)} runs, {shards} shards to work; about {shown(seconds)} of sampling with -j {number}"
    caption += f", and {unknown} runs of which nothing is known." if unknown else "."
    caption += _of_skipped(skipped)
    titles = ("task", "method", "seed", "shards to work", "sampling", "run id")
    _common.show_table(Table("plan", titles, (rows,), ("task", "method", "run id"), 3, caption))


def _of_skipped(skipped: Sequence[Left]) -> str:
    """Return what would be skipped: one run with its reason, more by name."""
    if not skipped:
        return ""
    if len(skipped) == 1:
        return f" {skipped[0].method} would be skipped: {skipped[0].refused}."
    names = ", ".join(dict.fromkeys(each.method for each in skipped))
    return f" {len(skipped)} would be skipped: {names}; name one with -m to read why."
