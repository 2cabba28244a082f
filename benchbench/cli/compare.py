"""`benchbench compare`: paired differences of methods on the same conditions."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.records import Record, Score


@dataclass(frozen=True)
class _Run:
    """A record with its scores by condition."""

    record: Record
    path: Path
    ids: tuple[str, ...]
    """Of the conditions; empty where the record alone is at hand."""
    groups: tuple[int, ...]
    values: dict[str, list[float]]
    """By metric, one value a condition."""

    @property
    def scores(self) -> dict[str, Score]:
        """The record's scores by metric."""
        return {score.metric: score for score in self.record.scores}


@click.command()
@click.argument("methods", nargs=-1, required=True, metavar="METHOD METHOD…")
@_common.task_option
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    default="runs",
    show_default=True,
    help="A folder of runs, or a records.jsonl (the ranking metric alone).",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC[FEATURES]",
    help="Compare by this metric; all: every one. Default: those of the table.",
)
@_common.json_option
@click.option("--off-protocol", is_flag=True, help="Compare shortened runs too.")
def command(
    methods: tuple[str, ...], task: str, records: Path, metrics: tuple[str, ...], as_json: bool, off_protocol: bool
) -> None:
    """Compare methods condition for condition: paired differences, their uncertainty, and whether they can be told.

    METHOD is a label as tables show it (mr1, dial[collapse=0.5]), of which the newest record counts, or a run id.
    """
    from benchbench.core import MissingData
    from benchbench.plugins import registry
    from benchbench.records import find_records

    registry().get("tasks", task)
    if len(methods) < 2:
        raise click.UsageError("name two methods at least")
    if not records.exists():
        raise MissingData(f"no records at {records}: run `benchbench run -t {task}`, or name them with --records")
    found = [(path, record) for path, record in find_records(records) if record.task["name"] == task]
    if not found:
        raise MissingData(f"no record of {task} under {records}: run `benchbench run -t {task}`")
    runs = [_read(path, record) for path, record in _chosen(found, methods, task, off_protocol)]
    _check_conditions(runs)
    wanted = _wanted(runs, metrics, task)
    rows = _compared(runs, wanted)
    if as_json:
        first = runs[0].record
        made_of = {"task": first.task, "protocol": first.protocol, "runs": [run.record.run_id for run in runs]}
        click.echo(json.dumps({**made_of, "comparisons": rows}, indent=1))
    else:
        _show(runs, rows)
    for run, name in zip(runs, _names(runs), strict=True):
        click.echo(f"{name}: seed {run.record.seed}, {run.record.created}, {run.path}", err=True)


def _chosen(
    found: Sequence[tuple[Path, Record]], names: Sequence[str], task: str, off_protocol: bool
) -> list[tuple[Path, Record]]:
    """Return each name's newest record among those that can be compared with the newest of them all."""
    from benchbench.core import BenchbenchError, UnknownName
    from benchbench.plugins import unknown_name

    standing: dict[str, list[tuple[Path, Record]]] = {}
    for name in names:
        own = [each for each in found if name in (each[1].method["label"], each[1].run_id)]
        if not own:
            raise UnknownName(unknown_name("recorded method", name, {record.method["label"] for _, record in found}))
        standing[name] = sorted((each for each in own if each[1].status == "ok"), key=lambda each: each[1].created)
        if not standing[name]:
            raise BenchbenchError(f"{name} has no scores on {task}: {own[-1][1].status}: {own[-1][1].reason}")
        if not off_protocol:
            standing[name] = [each for each in standing[name] if not each[1].protocol["off_protocol"]]
        if not standing[name]:
            raise BenchbenchError(f"{name} has off-protocol records of {task} alone: run it in full, or --off-protocol")
    model = max((own[-1][1] for own in standing.values()), key=lambda record: record.created)
    chosen = []
    for name in names:
        comparable = [each for each in standing[name] if not _unlike(each[1], model)]
        if not comparable:
            newest = standing[name][-1][1]
            raise BenchbenchError(
                f"{name} cannot be compared with {model.method['label']}: {_unlike(newest, model)}; run both again"
            )
        chosen.append(comparable[-1])
    return chosen


def _unlike(record: Record, model: Record) -> str:
    """Return why two records cannot be compared; empty if they can."""
    if record.task != model.task:
        ours, theirs = (f"version {r.task['version']}, {r.task['fingerprint'][:8]}" for r in (record, model))
        return f"their test data differ ({ours} and {theirs})"
    if record.protocol != model.protocol:
        keys = sorted({*record.protocol, *model.protocol} - {"off_protocol"})
        pairs = [(key, record.protocol.get(key), model.protocol.get(key)) for key in keys]
        differ = ", ".join(f"{key} {ours} and {theirs}" for key, ours, theirs in pairs if ours != theirs)
        return f"their protocols differ ({differ})"
    return ""


def _read(path: Path, record: Record) -> _Run:
    """Return the run with what lies beside its record, or else with the ranking score that the record holds."""
    import pandas

    from benchbench.core import BenchbenchError

    beside = path.with_name("conditions.parquet")
    if path.name != "record.json" or not beside.is_file():
        paired = record.paired
        values = {paired["metric"]: list(paired["values"])} if paired else {}
        return _Run(record, path, (), tuple(paired.get("groups", ())), values)
    try:
        table = pandas.read_parquet(beside)
    except (OSError, ValueError) as error:
        raise BenchbenchError(f"{beside} cannot be read ({error}); run {record.method['label']} again") from None
    groups, _ = table.pop("group").factorize()
    ids = tuple(map(str, table.pop("id")))
    values = {str(name): list(map(float, table[name])) for name in table}
    return _Run(record, path, ids, tuple(map(int, groups)), values)


def _check_conditions(runs: Sequence[_Run]) -> None:
    from benchbench.core import BenchbenchError

    names = _names(runs)
    for run, name in zip(runs, names, strict=True):
        if not run.values:
            raise BenchbenchError(
                f"{name} has no values by condition in {run.path}: name the folder of its run with --records"
            )
        if len(set(run.groups)) < 2:
            raise BenchbenchError(f"the conditions of {name} are of one group, which tells no error: run more of them")
        other_ids = run.ids and runs[0].ids and run.ids != runs[0].ids
        if other_ids or run.groups != runs[0].groups:
            raise BenchbenchError(f"{name} cannot be compared with {names[0]}: their conditions differ; run both again")


def _wanted(runs: Sequence[_Run], metrics: Sequence[str], task: str) -> list[str]:
    """Return the metrics to compare by, all of which every run has under one identity."""
    from benchbench.core import BenchbenchError, UnknownName
    from benchbench.evaluation import get_task
    from benchbench.leaderboard import shown_columns
    from benchbench.plugins import unknown_name

    common = [metric for metric in runs[0].values if all(metric in run.values for run in runs)]
    shown = shown_columns(get_task(task), [run.record for run in runs])
    asked = [each for name in metrics for each in (common if name == "all" else [name])]
    wanted = list(dict.fromkeys(asked)) or [metric for metric in shown if metric in common]
    if not wanted:
        raise BenchbenchError(f"the records of {' and '.join(_names(runs))} have no metric in common by condition")
    for metric in wanted:
        if metric not in common and any(metric in run.scores for run in runs):
            raise BenchbenchError(
                f"{metric} has no value for each condition in all of these records; there are {', '.join(common)}"
            )
        if metric not in common:
            raise UnknownName(unknown_name("metric of these records", metric, common))
        if len({(run.scores[metric].id, run.scores[metric].weight_hash) for run in runs}) > 1:
            raise BenchbenchError(f"{metric} is of unlike versions or weights in these records: run the methods again")
    return wanted


def _compared(runs: Sequence[_Run], metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for each pair of runs and metric; p is corrected for the number of rows."""
    from itertools import combinations

    from benchbench.comparison import LEVEL, holm, paired_difference
    from benchbench.metrics._statistics import named

    names = _names(runs)
    rows = []
    for (a, first), (b, second) in combinations(zip(names, runs, strict=True), 2):
        for metric in metrics:
            one, other = first.values[metric], second.values[metric]
            difference = paired_difference(one, other, first.groups)
            rows.append(
                {
                    "first": a,
                    "second": b,
                    "metric": metric,
                    "id": first.scores[metric].id,
                    "higher_is_better": first.scores[metric].higher_is_better,
                    "means": [sum(one) / len(one), sum(other) / len(other)],
                    "difference": difference.value,
                    "standard_error": difference.standard_error,
                    "uncertainty": named("paired standard error", difference.degrees + 1, difference.n),
                    "interval95": difference.interval95,
                    "degrees": difference.degrees,
                    "n": difference.n,
                    "p": difference.p,
                }
            )
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row.update(p_holm=adjusted, verdict=_verdict(row, adjusted <= LEVEL))
    return rows


def _verdict(row: dict[str, Any], significant: bool) -> str:
    if not significant:
        return "not distinguishable"
    if row["higher_is_better"] is None:
        return "differ"
    return f"{row['first' if (row['difference'] > 0) == row['higher_is_better'] else 'second']} better"


def _names(runs: Sequence[_Run]) -> list[str]:
    """Return the labels, with the run id where two runs share one."""
    labels = [str(run.record.method["label"]) for run in runs]
    return [
        label if labels.count(label) == 1 else f"{label} ({run.record.run_id})"
        for label, run in zip(labels, runs, strict=True)
    ]


def _show(runs: Sequence[_Run], rows: Sequence[dict[str, Any]]) -> None:
    """Print a table for each pair: for people on a terminal, markdown elsewhere."""
    from itertools import groupby

    from rich.console import Console
    from tabulate import tabulate

    from benchbench.publish.text import LEFT, cut

    console = Console(highlight=False)
    for pair, group in groupby(rows, key=lambda row: (row["first"], row["second"])):
        titles = ["metric", *pair, "difference", "95 % interval", "p (Holm)", "verdict"]
        cells = [_cells(row) for row in group]
        if sys.stdout.isatty():
            for table in cut(titles, cells, 1, console.width):
                console.print(table)
        else:
            align = ["left" if title in LEFT else "right" for title in titles]
            click.echo(tabulate(cells, titles, tablefmt="github", colalign=align, disable_numparse=True) + "\n")
    if sys.stdout.isatty():
        console.print(_caption(runs, rows), style="dim", markup=False)
    else:
        click.echo(_caption(runs, rows))


def _cells(row: dict[str, Any]) -> list[str]:
    from benchbench.publish.text import ARROWS, number

    error = row["standard_error"]

    def short(value: float) -> str:
        return number(value, error).partition(" ±")[0]

    return [
        row["metric"] + ARROWS[row["higher_is_better"]],
        *map(short, row["means"]),
        number(row["difference"], error),
        " to ".join(map(short, row["interval95"])),
        "<0.001" if row["p_holm"] < 0.001 else f"{row['p_holm']:.3f}",
        row["verdict"],
    ]


def _caption(runs: Sequence[_Run], rows: Sequence[dict[str, Any]]) -> str:
    """Return what the differences are of, and what each number beside them is."""
    from benchbench.comparison import LEVEL

    record, row = runs[0].record, rows[0]
    protocol = record.protocol
    off = "; OFF-PROTOCOL, not for a leaderboard" if protocol["off_protocol"] else ""
    tests = f"Holm's correction for the {len(rows)} tests shown" if len(rows) > 1 else "a single test"
    return (
        f"{record.task['name']}@{record.task['version']} ({record.task['fingerprint'][:8]}), protocol"
        f" {protocol['name']}@{protocol['version']}: the same {row['n']} conditions x"
        f" {protocol['samples_per_condition']} samples{off}. Differences: the first method less the second, ±"
        f" {row['uncertainty']}; 95 % interval of each alone, Student's t with {row['degrees']} degrees of freedom. p:"
        f" two-sided paired t-test, {tests}; verdicts at {100 * LEVEL:g} %. The error is that of conditions and draws,"
        " not of training anew."
    )
