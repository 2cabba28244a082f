"""Stored samples under published protocols: each image is read once, and passed once through each extractor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import (
    BenchbenchError,
    ConditionMetric,
    Conditions,
    ConditionSamples,
    Example,
    MissingData,
    Protocol,
    Task,
    Unsupported,
)
from benchbench.core.noise import Noise
from benchbench.core.record import Score
from benchbench.evaluation import real
from benchbench.evaluation import scores as scoring
from benchbench.evaluation import shard as evaluation
from benchbench.evaluation.shard import ResolvedScore
from benchbench.methods.folder import SUFFIXES, Folder
from benchbench.plugins import registry
from benchbench.protocols import pairs
from benchbench.specs import split
from benchbench.system.files import recorded

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[int, int], None]
"""Told how many conditions are done, of how many."""


@dataclass(frozen=True)
class StoredSamples:
    """One method's images for the first conditions of a task."""

    label: str
    task: str
    folder: Path
    """Holds a sub-folder a condition, named by its id."""
    num_conditions: int
    samples_per_condition: int
    seed: int
    """What the pairs are drawn by."""
    fingerprint: str = ""
    """Of the test data that a run was made on; empty for a folder made by another program."""


@dataclass(frozen=True)
class Application:
    """A published protocol as far as it can be carried out on stored samples."""

    published: Protocol
    protocol: Protocol
    """With the numbers of what is stored."""
    scores: tuple[ResolvedScore, ...]
    deviations: tuple[str, ...]
    """Every sentence on what is not as published: the protocol's own, then those found here."""

    @property
    def num_conditions(self) -> int:
        """How many conditions are scored."""
        assert self.protocol.num_conditions is not None
        return self.protocol.num_conditions


@dataclass(frozen=True)
class Rescored:
    """What a protocol says of stored samples."""

    samples: StoredSamples
    application: Application
    scores: tuple[Score, ...]


def stored_run(path: Path, label: str | None = None) -> StoredSamples:
    """Return the samples that a run kept; raise `BenchbenchError` if it is not a whole run with all its samples."""
    record = recorded(path)
    if record.status != "ok":
        raise BenchbenchError(f"{path} has no samples: the run is {record.status} ({record.reason})")
    registry().get("tasks", record.task.name)
    task = _image_task(record.task.name)
    wanted = record.protocol.num_conditions
    kept = sum((path / "samples" / task.examples("test")[i].id).is_dir() for i in range(wanted))
    if kept < wanted:
        raise MissingData(
            f"{path} kept the samples of {kept} of its {wanted} conditions: run {record.method.label} on {task.name}"
            " again with --keep-samples all"
        )
    return StoredSamples(
        label=label or record.method.label,
        task=task.name,
        folder=path / "samples",
        num_conditions=wanted,
        samples_per_condition=record.protocol.samples_per_condition,
        seed=record.seed,
        fingerprint=record.task.fingerprint,
    )


def stored_folder(folder: Path, task_name: str, label: str, seed: int) -> StoredSamples:
    """Return the images of a folder, whose conditions are the task's first ones, all with as many samples."""
    task = _image_task(task_name)
    if not folder.is_dir():
        raise MissingData(f"no such folder of samples: {folder}")
    ids = [example.id for example in task.examples("test")]
    there = [number for number, id in enumerate(ids) if (folder / id).is_dir()]
    if not there:
        raise MissingData(
            f"{folder} has no sub-folder named by a condition of {task_name}, such as {ids[0]!r};"
            f" `benchbench info {task_name} --export DIR` writes the conditions by id"
        )
    most = max(sum(path.suffix.lower() in SUFFIXES for path in (folder / ids[i]).iterdir()) for i in there)
    return StoredSamples(label, task_name, folder, there[-1] + 1, most, seed)


def _image_task(name: str) -> Task:
    task = evaluation.get_task(name)
    if task.space.kind != "images":
        raise Unsupported(f"{name} has {task.space.kind}: only images are stored")
    return task


def apply(published: Protocol, stored: StoredSamples, features: Sequence[str] = ()) -> Application:
    """Return the protocol on what is stored; each of `features` takes the place of the protocol's own extractor."""
    task = evaluation.get_task(stored.task)
    if min(stored.num_conditions, stored.samples_per_condition) < 2:
        raise BenchbenchError(
            f"{stored.folder} has {stored.samples_per_condition} samples of {stored.num_conditions} conditions;"
            " two of each are needed at least"
        )
    conditions = min(published.num_conditions or stored.num_conditions, stored.num_conditions)
    protocol = published.resized(conditions, min(published.samples_per_condition, stored.samples_per_condition))
    specifications = published.scores or task.metrics
    used = tuple(dict.fromkeys(other for each in specifications for other in _under(each, features)))
    resolved = [score for score in evaluation.resolve_scores(used, task, registry()) if score.specification in used]
    scores = tuple(score for score in resolved if isinstance(score.metric, ConditionMetric))
    pooled = [score.specification for score in resolved if score not in scores]
    if not scores:
        raise Unsupported(
            f"protocol {published.name} has scores of a whole run alone ({', '.join(pooled)}); stored samples are"
            " scored by condition"
        )
    found = _deviations(published, protocol, stored, task, features)
    if pooled:
        found.append(f"Scores of a whole run are not computed: {', '.join(pooled)}.")
    return Application(published, protocol, scores, (*published.departures, *found))


def _under(specification: str, features: Sequence[str]) -> list[str]:
    name, inside = split(specification)
    return [f"{name}[{each}]" for each in features] if inside and features else [specification]


def _deviations(
    published: Protocol, protocol: Protocol, stored: StoredSamples, task: Task, features: Sequence[str]
) -> list[str]:
    """Return what is not as published for want of conditions, samples, pixels or weights."""
    found = []
    wanted, there = published.num_conditions or len(task.examples("test")), protocol.num_conditions
    if there != wanted:
        found.append(f"{there} of {wanted} conditions.")
    k, wanted_k = protocol.samples_per_condition, published.samples_per_condition
    if k != wanted_k:
        fewer = protocol.pairs_per_condition != published.pairs_per_condition
        rest = f"{protocol.drawing} of {published.pairs_per_condition}" if fewer else f"{protocol.drawing} among them"
        found.append(f"{k} of {wanted_k} samples: {rest}.")
    height, width = task.space.shape[1:]
    if published.side not in (None, height) or published.side not in (None, width):
        found.append(f"Images of {width} x {height} px; the original's are {published.side} x {published.side} px.")
    for own in dict.fromkeys(inside for _, inside in map(split, published.scores) if inside):
        for other in features:
            if other != own:
                found.append(f"{other} in place of {own}: compare with no published number.")
    return found


@dataclass(frozen=True)
class Extractors:
    """What every condition needs, by the extractors' names."""

    device: str
    embed: dict[str, Callable[[Tensor], dict[str, Tensor]]]
    known: dict[str, real.RealFeatures]


@dataclass(frozen=True)
class _Condition:
    """A condition with its stored samples, and their embeddings by the extractors' names."""

    number: int
    example: Example
    samples: Tensor
    embeddings: dict[str, Tensor]


def prepare(stored: StoredSamples, applications: Sequence[Application], device: str, cache: Path) -> Extractors:
    """Return the loaded extractors with the features of the task's real images, which `cache` keeps."""
    task = evaluation.get_task(stored.task)
    fingerprint = evaluation.get_fingerprint(stored.task)
    if stored.fingerprint not in ("", fingerprint):
        raise BenchbenchError(
            f"{stored.folder}: made on other test data of {task.name} ({stored.fingerprint[:8]}) than are here"
            f" ({fingerprint[:8]}); make the run again"
        )
    known = scoring.real_features([score for each in applications for score in each.scores], task, device, cache)
    return Extractors(device, {name: evaluation.embedder_of(name, device) for name in known}, known)


def rescore(
    stored: StoredSamples, applications: Sequence[Application], extractors: Extractors, progress: Progress
) -> list[Rescored]:
    """Return what each protocol says of the stored samples."""
    import torch

    task = evaluation.get_task(stored.task)
    values: dict[tuple[int, str], list[Tensor]] = {}
    groups = []
    total = max(each.num_conditions for each in applications)
    most = max(each.protocol.samples_per_condition for each in applications)
    with evaluation.isolated(extractors.device):
        for condition in _read(task, stored, total, most, extractors):
            groups.append(condition.example.group or condition.example.id)
            for i, application in enumerate(applications):
                if condition.number < application.num_conditions:
                    for score in application.scores:
                        value = _compute(score, application.protocol, task, stored.seed, condition, extractors)
                        values.setdefault((i, score.specification), []).append(value)
            progress(condition.number + 1, total)
    rescored = []
    for i, application in enumerate(applications):
        columns = [(score, torch.stack(values[i, score.specification])) for score in application.scores]
        scores = tuple(
            scoring.score_of_conditions(score, column, groups[: len(column)], extractors.known)
            for score, column in columns
        )
        rescored.append(Rescored(stored, application, scores))
    return rescored


def _read(
    task: Task, stored: StoredSamples, num_conditions: int, num_samples: int, extractors: Extractors
) -> Iterator[_Condition]:
    folder = Folder(stored.label)
    folder.prepare(task, "cpu", stored.folder)
    nothing = Noise([])  # a folder draws none
    for number in range(num_conditions):
        example = task.examples("test")[number]
        samples = folder.sample(Conditions((example.id,), {}), num_samples, nothing)[0]
        embeddings = {name: embed(samples)["embedding"].cpu() for name, embed in extractors.embed.items()}
        yield _Condition(number, example, samples, embeddings)


def _compute(
    score: ResolvedScore, protocol: Protocol, task: Task, seed: int, condition: _Condition, extractors: Extractors
) -> Tensor:
    """Return the score of the condition's first samples, as `ConditionMetric.compute` gives it."""
    import torch

    assert isinstance(score.metric, ConditionMetric)
    k, example = protocol.samples_per_condition, condition.example
    data = ConditionSamples(task, example, condition.samples[:k], pairs(protocol, task, seed, example.id))
    if score.features:
        name = score.features.name
        data = evaluation.with_features(data, condition.embeddings[name][:k], extractors.known[name], condition.number)
    return torch.as_tensor(score.metric.compute(data), dtype=torch.float64)
