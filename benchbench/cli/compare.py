"""`benchbench compare`: paired differences of methods on the same conditions."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.leaderboards.contrasts import Contrast
    from benchbench.leaderboards.sides import Side


@click.command()
@click.argument("methods", nargs=-1, metavar="METHOD METHOD…")
@_common.task_option
@click.option("-m", "--methods", "more", multiple=True, metavar="METHOD", help="As METHOD; again for another.")
@_common.records_option
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC[FEATURES]",
    help="Compare by this metric; all: every one. Default: those of the table.",
)
@click.option(
    "--most", type=click.IntRange(0), default=5, show_default=True, help="How many conditions to name, of each pair."
)
@click.option(
    "--scatter",
    type=_common.UserPath(dir_okay=False),
    metavar="FILE",
    help="Draw the conditions in this .png or .svg, by the metrics named with --metric or by the one that ranks.",
)
@_common.json_option
@click.option("--off-protocol", is_flag=True, help="Compare shortened runs too.")
def command(
    methods: tuple[str, ...],
    task: str,
    records: tuple[Path, ...],
    metrics: tuple[str, ...],
    scatter: Path | None,
    **given: Any,
) -> None:
    """Compare methods condition for condition: paired differences, their uncertainty, who is distinguishable.

    METHOD is a label as tables show it (mr1, dial[collapse=0.5]), of which the newest record counts, with all trainings
    that differ from it in their seed, machine or precision alone; or a run id.
    """
    from benchbench.core import MissingData
    from benchbench.leaderboards import contrasts
    from benchbench.leaderboards import sides as sides_of
    from benchbench.plugins import get_task, registry
    from benchbench.publish.contrast_text import as_fields
    from benchbench.publish.escape import plain

    registry().get("tasks", task)
    methods += given["more"]
    if len(methods) < 2:
        raise click.UsageError("name two methods at least")
    if scatter and scatter.suffix not in (".png", ".svg"):
        raise click.UsageError(f"--scatter {scatter}: name a .png or an .svg")
    own = [each for each in _common.found_records(records, task) if each[1].task.name == task]
    found = [sides_of.Found(path, record) for path, record in own]
    if not found:
        places = ", ".join(map(str, records))
        raise MissingData(f"no record of {task} under {places}: run `benchbench run -t {task}`")
    sides = sides_of.read(sides_of.choose(found, methods, task, given["off_protocol"]))
    wanted = contrasts.wanted(sides, metrics, get_task(task))
    compared = contrasts.contrast(sides, wanted, given["most"])
    if scatter:
        _draw(sides, [each for each in compared if metrics or each.metric == wanted[0]], scatter)
    if given["as_json"]:
        first = sides[0].records[0]
        runs = [[record.run_id for record in side.records] for side in sides]
        rows = [as_fields(each) for each in compared]
        click.echo(
            json.dumps(
                {"task": vars(first.task), "protocol": vars(first.protocol), "runs": runs, "comparisons": rows},
                indent=1,
            )
        )
    else:
        _show(sides, compared, wanted[0])
    for side in sides:
        for each in side.found:
            record = each.record
            training = f", training seed {record.training_seed}" if record.training else ""
            click.echo(plain(f"{side.label}: seed {record.seed}{training}, {record.created}, {each.path}"), err=True)


def _draw(sides: Sequence[Side], compared: Sequence[Contrast], path: Path) -> None:
    from benchbench.publish.scatter import save
    from benchbench.system.files import writing

    with writing(path):
        save(sides, compared, path)
    _common.stderr_console().print(str(path), markup=False)


def _show(sides: Sequence[Side], compared: Sequence[Contrast], ranking: str) -> None:
    """Print a table for each pair, then what it means: for people on a terminal, markdown elsewhere."""
    from itertools import groupby

    from benchbench.publish import contrast_text

    edition = _edition(sides)
    for _, group in groupby(compared, key=lambda each: (each.first, each.second)):
        own = list(group)
        _common.show_table(contrast_text.table(own))
        place = contrast_text.place_of(sides[0], edition, own[0].difference.n)
        _say([contrast_text.sentence(each, place) for each in own])
        where = [contrast_text.where_most(each) for each in own if each.metric == ranking and each.most]
        _say(where)
    _say([contrast_text.caption(sides, compared)])


def _edition(sides: Sequence[Side]) -> int | None:
    """Return the newest edition of a published board that shows all these records; `None` where they are of none."""
    from benchbench.leaderboards.editions import edition_of

    paths = {each.path for side in sides for each in side.found}
    records = [record for side in sides for record in side.records]
    return edition_of(paths.pop(), records) if len(paths) == 1 else None


def _say(sentences: Sequence[str]) -> None:
    """Print a paragraph of sentences."""
    from benchbench.publish.escape import markdown, plain

    if not sentences:
        return
    if sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False, emoji=False).print(plain(" ".join(sentences)), markup=False)
    else:
        click.echo("\n" + markdown(" ".join(sentences)))
