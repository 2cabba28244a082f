"""Methods side by side on the same conditions, from the records of their runs: which, by what, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, UnknownName, WrongUsage
from benchbench.core.record import Record, Score
from benchbench.leaderboards.rows import shown_columns, trainings
from benchbench.plugins import registry, unknown_name
from benchbench.runs.directory import read_conditions
from benchbench.stats import paired as comparison
from benchbench.stats.estimates import named

Found = Sequence[tuple[Path, Record]]
"""Records with their files."""


@dataclass(frozen=True)
class Side:
    """A method with its scores by condition, of one training or of the several of a row."""

    label: str
    records: tuple[Record, ...]
    paths: tuple[Path, ...]
    ids: tuple[str, ...]
    """Of the conditions; empty where the record alone is at hand."""
    groups: tuple[int, ...]
    values: dict[str, list[list[float]]]
    """By metric: of each training one value a condition."""

    @property
    def scores(self) -> dict[str, Score]:
        """The first record's scores by metric."""
        return {score.metric: score for score in self.records[0].scores}

    @property
    def seeds(self) -> int:
        """How many trainings; 0 where nothing was trained."""
        trained = self.records[0].training or self.records[0].method.get("checkpoint")
        return len(self.records) if trained else 0


@dataclass(frozen=True)
class Place:
    """A condition where two methods differ much."""

    condition: str
    first: float
    second: float


@dataclass(frozen=True)
class Contrast:
    """Two methods by one metric."""

    first: str
    second: str
    metric: str
    id: str
    higher_is_better: bool | None
    means: tuple[float, float]
    difference: comparison.Difference
    uncertainty: str
    """What the difference's standard error is of."""
    p_holm: float
    """Corrected for the number of all contrasts."""
    cohens_d: float | None
    win_rate: float
    """The share of conditions where the first is better, or higher where neither side is."""
    most: tuple[Place, ...]
    """Where they differ most."""

    @property
    def significant(self) -> bool:
        """Whether the methods can be told apart."""
        return self.p_holm <= comparison.LEVEL

    @property
    def verdict(self) -> str:
        """Who is better, in two words."""
        if not self.significant:
            return "not distinguishable"
        if self.higher_is_better is None:
            return "differ"
        return f"{self.first if (self.difference.value > 0) == self.higher_is_better else self.second} better"


def choose(found: Found, names: Sequence[str], task: str, off_protocol: bool) -> Sequence[Found]:
    """Return each name's newest record among those that can be compared with the newest of them all.

    A label stands for all trainings of that record's method, a run id for itself.
    """
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
        row = trainings(comparable[-1][1], [record for _, record in comparable])
        chosen.append([next(each for each in comparable if each[1] is record) for record in row])
    _check_distinct(names, chosen)
    return chosen


def _check_distinct(names: Sequence[str], chosen: Sequence[Found]) -> None:
    for (name, row), (other, others) in combinations(zip(names, chosen, strict=True), 2):
        if row[-1][1] is others[-1][1]:
            raise WrongUsage(f"{name} and {other} are the same run, {row[-1][1].run_id}: name two methods")


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


def read(chosen: Sequence[Found]) -> list[Side]:
    """Return the sides with what lies beside their records, checked to be of the same conditions."""
    labels = [str(row[0][1].method["label"]) for row in chosen]
    names = [
        label if labels.count(label) == 1 else f"{label} ({row[0][1].run_id})"
        for label, row in zip(labels, chosen, strict=True)
    ]
    sides = [_side(name, row) for name, row in zip(names, chosen, strict=True)]
    for side in sides:
        _check_conditions(side, sides[0])
    return sides


def _side(label: str, row: Found) -> Side:
    parts = [_conditions(path, record) for path, record in row]
    ids, groups, _ = parts[0]
    for (path, _), (other_ids, other_groups, _) in zip(row, parts, strict=True):
        if other_groups != groups or (ids and other_ids and other_ids != ids):
            raise BenchbenchError(f"{label}: the conditions of {path} differ from those of {row[0][0]}; run it again")
    common = [metric for metric in parts[0][2] if all(metric in values for _, _, values in parts)]
    values = {metric: [values[metric] for _, _, values in parts] for metric in common}
    return Side(label, tuple(record for _, record in row), tuple(path for path, _ in row), ids, groups, values)


def _conditions(path: Path, record: Record) -> tuple[tuple[str, ...], tuple[int, ...], dict[str, list[float]]]:
    """Return ids, groups and values by metric of what lies beside the record, or else of the record's ranking score."""
    beside = path.with_name("conditions.parquet")
    if path.name != "record.json" or not beside.is_file():
        paired = record.paired
        values = {paired["metric"]: list(paired["values"])} if paired else {}
        return (), tuple(paired.get("groups", ())), values
    table = read_conditions(beside)
    groups, _ = table.pop("group").factorize()
    ids = tuple(map(str, table.pop("id")))
    return ids, tuple(map(int, groups)), {str(name): list(map(float, table[name])) for name in table}


def _check_conditions(side: Side, other: Side) -> None:
    if not side.values:
        raise BenchbenchError(
            f"{side.label} has no values by condition in {side.paths[0]}: name the folder of its run with --records"
        )
    if len(set(side.groups)) < 2:
        raise BenchbenchError(
            f"the conditions of {side.label} are of one group, which tells no error: run more of them"
        )
    other_ids = side.ids and other.ids and side.ids != other.ids
    if other_ids or side.groups != other.groups:
        raise BenchbenchError(
            f"{side.label} cannot be compared with {other.label}: their conditions differ; run both again"
        )


def wanted(sides: Sequence[Side], metrics: Sequence[str], task: str) -> list[str]:
    """Return the metrics to compare by, all of which every side has under one identity."""
    common = [metric for metric in sides[0].values if all(metric in side.values for side in sides)]
    records = [record for side in sides for record in side.records]
    shown = shown_columns(registry().task(task), records)
    asked = [each for name in metrics for each in (common if name == "all" else [name])]
    found = list(dict.fromkeys(asked)) or [metric for metric in shown if metric in common]
    if not found:
        names = " and ".join(side.label for side in sides)
        raise BenchbenchError(f"the records of {names} have no metric in common by condition")
    for metric in found:
        if metric not in common and any(metric in side.scores for side in sides):
            raise BenchbenchError(
                f"{metric} has no value for each condition in all of these records; there are {', '.join(common)}"
            )
        if metric not in common:
            raise UnknownName(unknown_name("metric of these records", metric, common))
        identities = {
            (score.id, score.weight_hash) for record in records for score in record.scores if score.metric == metric
        }
        if len(identities) > 1:
            raise BenchbenchError(f"{metric} is of unlike versions or weights in these records: run the methods again")
    return found


def contrast(sides: Sequence[Side], metrics: Sequence[str], most: int) -> list[Contrast]:
    """Return a contrast for each pair of sides and metric; p is corrected for the number of all."""
    jobs = [(a, b, metric) for a, b in combinations(sides, 2) for metric in metrics]
    differences = [comparison.paired_difference(a.values[metric], b.values[metric], a.groups) for a, b, metric in jobs]
    adjusted = comparison.holm([difference.p for difference in differences])
    return [
        _contrast(a, b, metric, difference, p, most)
        for (a, b, metric), difference, p in zip(jobs, differences, adjusted, strict=True)
    ]


def _contrast(a: Side, b: Side, metric: str, difference: comparison.Difference, p_holm: float, most: int) -> Contrast:
    one, other, higher = a.values[metric], b.values[metric], a.scores[metric].higher_is_better
    means = [[sum(column) / len(column) for column in zip(*values, strict=True)] for values in (one, other)]
    ids = a.ids or b.ids or tuple(f"condition {i}" for i in range(len(a.groups)))
    several = [f"{side.seeds} training seeds of {side.label}" for side in (a, b) if side.seeds > 1]
    return Contrast(
        first=a.label,
        second=b.label,
        metric=metric,
        id=a.scores[metric].id,
        higher_is_better=higher,
        means=(sum(means[0]) / len(means[0]), sum(means[1]) / len(means[1])),
        difference=difference,
        uncertainty=named("paired standard error", len(set(a.groups)), difference.n)
        + "".join(f" and {each}" for each in several),
        p_holm=p_holm,
        cohens_d=comparison.cohens_d(one, other),
        win_rate=comparison.win_rate(one, other, higher),
        most=tuple(Place(ids[i], means[0][i], means[1][i]) for i in comparison.most_different(one, other, most)),
    )


def as_fields(contrast: Contrast) -> dict[str, Any]:
    """Return the contrast in plain fields, for JSON."""
    difference = contrast.difference
    return {
        "first": contrast.first,
        "second": contrast.second,
        "metric": contrast.metric,
        "id": contrast.id,
        "higher_is_better": contrast.higher_is_better,
        "means": contrast.means,
        "difference": difference.value,
        "standard_error": difference.standard_error,
        "uncertainty": contrast.uncertainty,
        "interval95": difference.interval95,
        "degrees": difference.degrees,
        "n": difference.n,
        "training_seeds": difference.seeds,
        "p": difference.p,
        "p_holm": contrast.p_holm,
        "cohens_d": contrast.cohens_d,
        "win_rate": contrast.win_rate,
        "most": [
            {"condition": place.condition, "first": place.first, "second": place.second} for place in contrast.most
        ],
        "verdict": contrast.verdict,
    }
