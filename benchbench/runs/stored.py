"""Stored samples under published protocols: each image is read once, and passed once through each extractor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Example, MissingData, Protocol, Task, Unsupported
from benchbench.core.record import Record, Score
from benchbench.data.listing import list_samples, require_complete
from benchbench.evaluation.condition import embed, score
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.resolve import ResolvedScore, resolve_scores
from benchbench.evaluation.scores import groups_of, score_of_conditions
from benchbench.evaluation.session import Session, Setting, open_session
from benchbench.evaluation.sources import Stored
from benchbench.methods.folder import ids_of, range_of
from benchbench.plugins import Registry
from benchbench.specs import split
from benchbench.system.determinism import isolated

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[int, int], None]
"""Called with how many conditions are done, and of how many."""


@dataclass(frozen=True)
class StoredSamples:
    """One method's images for the first conditions of a task."""

    label: str
    task: Task
    folder: Path
    """Holds a sub-folder per condition, named by its id."""
    num_conditions: int
    samples_per_condition: int
    seed: int
    """What the pairs are drawn by."""
    select: str = ""
    pattern: str = ""
    """Which files are samples: see `benchbench.data.listing.list_samples`."""
    value_range: str = ""
    """Black and white of values of more than 8 bits, as the method `folder` takes them."""


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


def stored_run(path: Path, record: Record, task: Task, label: str | None = None) -> StoredSamples:
    """Return the samples that a run kept; raise `BenchbenchError` if it is not a whole run with all its samples."""
    if record.status != "ok":
        raise BenchbenchError(f"{path} has no samples: the run is {record.status} ({record.reason})")
    _require_images(task)
    here = fingerprint(task)
    if record.task.fingerprint != here:
        raise BenchbenchError(
            f"{path}: made on other test data of {task.name} ({record.task.fingerprint[:8]}) than are here"
            f" ({here[:8]}); make the run again"
        )
    wanted = record.protocol.num_conditions
    kept = sum((path / "samples" / task.examples("test")[i].id).is_dir() for i in range(wanted))
    if kept < wanted:
        raise MissingData(
            f"{path} kept the samples of {kept} of its {wanted} conditions: run {record.method.label} on {task.name}"
            " again with --keep-samples all"
        )
    return StoredSamples(
        label=label or record.method.label,
        task=task,
        folder=path / "samples",
        num_conditions=wanted,
        samples_per_condition=record.protocol.samples_per_condition,
        seed=record.seed,
    )


def stored_folder(
    folder: Path, task: Task, label: str, seed: int, select: str = "", pattern: str = "", value_range: str = ""
) -> StoredSamples:
    """Return the images of a folder, whose conditions are the task's first ones, all with as many samples.

    `select`, `pattern` and `value_range` are those of the method `folder`.
    """
    _require_images(task)
    ids = ids_of(task, None)
    present = set(list_samples(folder, ids, None, select, pattern).present)
    last = max((number for number, id in enumerate(ids, 1) if id in present), default=len(ids))
    found = list_samples(folder, ids[:last], None, select, pattern)
    most = max(map(len, found.files.values()))
    require_complete(found, most)
    return StoredSamples(label, task, folder, last, most, seed, select, pattern, value_range)


def _require_images(task: Task) -> None:
    if task.space.kind != "images":
        raise Unsupported(f"{task.name} has {task.space.kind}: only images are stored")


def apply(published: Protocol, stored: StoredSamples, registry: Registry, features: Sequence[str] = ()) -> Application:
    """Return the protocol on what is stored; each of `features` takes the place of the protocol's own extractor."""
    task = stored.task
    if min(stored.num_conditions, stored.samples_per_condition) < 2:
        raise BenchbenchError(
            f"{stored.folder} has {stored.samples_per_condition} samples of {stored.num_conditions} conditions;"
            " at least two of each are needed"
        )
    conditions = min(published.num_conditions or stored.num_conditions, stored.num_conditions)
    protocol = published.resized(conditions, min(published.samples_per_condition, stored.samples_per_condition))
    specifications = published.scores or task.metrics
    used = tuple(dict.fromkeys(other for each in specifications for other in _under(each, features)))
    resolved = [score for score in resolve_scores(used, task, registry) if score.specification in used]
    scores = tuple(score for score in resolved if score.by_condition)
    pooled = [score.specification for score in resolved if not score.by_condition]
    if not scores:
        raise Unsupported(
            f"protocol {published.name} has scores of a whole run alone ({', '.join(pooled)}); stored samples are"
            " scored by condition"
        )
    found = _deviations(published, protocol, stored, features)
    if pooled:
        found.append(f"Scores of a whole run are not computed: {', '.join(pooled)}.")
    return Application(published, protocol, scores, (*published.departures, *found))


def _under(specification: str, features: Sequence[str]) -> list[str]:
    name, inside = split(specification)
    return [f"{name}[{each}]" for each in features] if inside and features else [specification]


def _deviations(published: Protocol, protocol: Protocol, stored: StoredSamples, features: Sequence[str]) -> list[str]:
    """Return what is not as published, because conditions, samples, pixels or weights are missing."""
    found = []
    wanted, there = published.num_conditions or len(stored.task.examples("test")), protocol.num_conditions
    if there != wanted:
        found.append(f"{there} of {wanted} conditions.")
    k, wanted_k = protocol.samples_per_condition, published.samples_per_condition
    if k != wanted_k:
        fewer = protocol.pairs_per_condition != published.pairs_per_condition
        rest = f"{protocol.drawing} of {published.pairs_per_condition}" if fewer else f"{protocol.drawing} among them"
        found.append(f"{k} of {wanted_k} samples: {rest}.")
    height, width = stored.task.space.shape[1:]
    if published.side not in (None, height) or published.side not in (None, width):
        found.append(f"Images of {width} x {height} px; the original's are {published.side} x {published.side} px.")
    for own in dict.fromkeys(inside for _, inside in map(split, published.scores) if inside):
        for other in features:
            if other != own:
                found.append(f"{other} in place of {own}: compare with no published number.")
    return found


def open_stored(stored: StoredSamples, applications: Sequence[Application], device: str, cache: Path) -> Session:
    """Return the session in which the stored samples are scored under all these protocols."""
    most = max(each.num_conditions for each in applications)
    samples = max(each.protocol.samples_per_condition for each in applications)
    scores = {score.specification: score for each in applications for score in each.scores}
    protocol = applications[0].protocol.resized(most, samples)
    setting = Setting(stored.seed, device, cache)
    return open_session(stored.task, fingerprint(stored.task), protocol, tuple(scores.values()), setting)


def rescore(
    stored: StoredSamples, applications: Sequence[Application], session: Session, progress: Progress
) -> list[Rescored]:
    """Return what each protocol says of the stored samples."""
    k, ids = session.protocol.samples_per_condition, ids_of(stored.task, session.num_conditions)
    found = list_samples(stored.folder, ids, None, stored.select, stored.pattern)
    require_complete(found, k)
    source = Stored(session, found.files, k, range_of(stored.value_range))
    values: dict[tuple[int, str], list[Tensor]] = {}
    examples: list[Example] = []
    with isolated(session.device):
        for sampled in source(range(session.num_conditions)):
            condition = embed(session, sampled)
            examples.append(condition.example)
            for i, each in enumerate(applications):
                if condition.number < each.num_conditions:
                    own = condition.first(each.protocol.samples_per_condition)
                    for specification, value in score(session, own, each.scores, each.protocol).items():
                        values.setdefault((i, specification), []).append(value)
            progress(len(examples), session.num_conditions)
    return [Rescored(stored, each, _scores(i, each, values, examples, session)) for i, each in enumerate(applications)]


def _scores(
    place: int,
    application: Application,
    values: dict[tuple[int, str], list[Tensor]],
    examples: Sequence[Example],
    session: Session,
) -> tuple[Score, ...]:
    import torch

    groups = groups_of(examples[: application.num_conditions])
    return tuple(
        score_of_conditions(each, torch.stack(values[place, each.specification]), groups, session.real)
        for each in application.scores
    )
