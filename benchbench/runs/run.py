"""One run from its request to its record: identity, resumption, shards, scores, and what went wrong."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchbench.evaluation import shard as evaluation
from benchbench.evaluation import real
from benchbench.evaluation import scores as scoring
from benchbench.training.checkpoints import origin
from benchbench.core import BenchbenchError, Executor, Method, Protocol, RunInfo, Task, Unsupported
from benchbench.system.environment import environment, source_state
from benchbench.evaluation.shard import Plan
from benchbench.specs import convert_options, format_method, split
from benchbench.plugins import registry
from benchbench.core.record import (
    Record,
    RecordedMethod,
    RecordedProtocol,
    RecordedTask,
    RecordedTraining,
    Score,
    Timing,
)
from benchbench.reporting import report
from benchbench.system.files import RunDirectory, identity_hash
from benchbench.system.weights import file_hash

KEEP = ("none", "gallery", "all")
Progress = Callable[[int, int], None]
"""Told how many shards are done, of how many."""


@dataclass(frozen=True)
class Settings:
    """What all runs of one command share."""

    task: str
    output: Path
    protocol: str | None = None
    """A published protocol in place of the task's own, by name."""
    seed: int = 0
    device: str = "cpu"
    limit: int | None = None
    """Fewer conditions than the protocol's: off-protocol."""
    samples: int | None = None
    """Another number of samples a condition: off-protocol."""
    features: tuple[str, ...] = ()
    """Extractors to score with beside the task's own."""
    metrics: tuple[str, ...] = ()
    """Score specifications beside the task's own; `all` stands for each metric that means something on the task."""
    batch_size: int = 1
    keep_samples: str = "gallery"
    force: bool = False


@dataclass(frozen=True)
class Stage:
    """What all runs of one command have worked out before the first one starts."""

    settings: Settings
    protocol: Protocol
    off_protocol: bool
    scores: tuple[str, ...]
    fingerprint: str
    known: dict[str, real.RealFeatures]
    resolved: list[evaluation.ResolvedScore]


def resolve_device(name: str) -> str:
    """Return `cuda` or `cpu` for `auto`; raise `BenchbenchError` for a device that is not there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise BenchbenchError(f"device {name!r} is not to be had here: {reason}") from None
    return name


def protocol_of(task: Task, settings: Settings) -> tuple[Protocol, bool]:
    """Return the protocol to run, and whether it departs from the task's own."""
    available = len(task.examples("test"))
    own = task.protocol
    chosen: Protocol = registry().get("protocols", settings.protocol) if settings.protocol else own
    conditions = (chosen.num_conditions or available) if settings.limit is None else settings.limit
    samples = chosen.samples_per_condition if settings.samples is None else settings.samples
    if settings.limit is None and conditions > available:
        raise BenchbenchError(
            f"protocol {chosen.name} has {conditions} conditions, {task.name} has {available}: add --limit {available}"
        )
    if not 1 <= conditions <= available:
        raise BenchbenchError(f"--limit {conditions}: {task.name} has {available} test conditions")
    if conditions < 2:
        raise BenchbenchError("--limit 1: an uncertainty needs two conditions at least")
    if samples < 2:
        raise BenchbenchError(f"--samples {samples}: diversity needs two samples a condition at least")
    changed = chosen.resized(conditions, samples)
    whole = own.resized(own.num_conditions or available, own.samples_per_condition)
    return changed, changed.numbers() != whole.numbers()


def all_scores(task: Task) -> tuple[str, ...]:
    """Return every registered metric that means something on the task, under the extractors of the task's metrics.

    Those that stand for one extractor alone (FID) are not among them: their weights may not be here.
    """
    found = registry()
    extractors = dict.fromkeys(inside for _, inside in map(split, task.metrics) if inside)
    specifications = []
    for name, metric in found.metrics.items():
        if metric.extractor:
            continue
        try:
            metric().supports(task)
        except Unsupported:
            continue
        specifications += [f"{name}[{each}]" for each in extractors] if metric.uses_features else [name]
    return tuple(specifications)


def wanted_scores(task: Task, metrics: Sequence[str]) -> tuple[str, ...]:
    """Return the task's score specifications, then those asked for beside them."""
    asked = [each for name in metrics for each in (all_scores(task) if name == "all" else (name,))]
    return tuple(dict.fromkeys([*task.metrics, *asked]))


def with_features(specifications: Sequence[str], extra: Sequence[str]) -> tuple[str, ...]:
    """Return the score specifications, then each one that has features again under each extra extractor."""
    found = list(specifications)
    for name in extra:
        found += [f"{s.split('[')[0]}[{name}]" for s in specifications if "[" in s]
    return tuple(dict.fromkeys(found))


def set_stage(settings: Settings) -> Stage:
    """Make the task ready: its fingerprint, and the features of its real images under every extractor."""
    source_state()
    task = evaluation.get_task(settings.task)
    protocol, off_protocol = protocol_of(task, settings)
    scores = with_features(wanted_scores(task, (*protocol.scores, *settings.metrics)), settings.features)
    resolved = evaluation.resolve_scores(scores, task, registry())
    fingerprint = evaluation.get_fingerprint(settings.task)
    known = scoring.real_features(resolved, task, settings.device, real.cache_directory(settings.output))
    return Stage(settings, protocol, off_protocol, scores, fingerprint, known, resolved)


class Run:
    """One method on one task: `record` does what is left to do."""

    def __init__(self, stage: Stage, name: str, options: dict[str, Any], checkpoint: Path | None = None) -> None:
        settings, task = stage.settings, evaluation.get_task(stage.settings.task)
        self.stage = stage
        kind = registry().get("methods", name)
        self.method: Method = kind(**convert_options(kind, options))
        self.checkpoint = checkpoint or self.method.default_checkpoint(task)
        self.training = self._training()
        self.label = format_method(name, self.method.options(), type(self.method)().options())
        self.identity = self._identity(task)
        self.run_id = identity_hash(self.identity)
        self.directory = RunDirectory(settings.output / settings.task / name / self.run_id)
        self.plan = Plan(
            task=settings.task,
            method=name,
            options=tuple(sorted(self.method.options().items())),
            checkpoint=str(self.checkpoint) if self.checkpoint else None,
            protocol=stage.protocol,
            scores=stage.scores,
            seed=settings.seed,
            device=settings.device,
            batch_size=settings.batch_size,
            directory=str(self.directory.path),
            cache=str(real.cache_directory(settings.output)),
            keep_samples=settings.keep_samples,
            fingerprint=stage.fingerprint,
        )

    def _identity(self, task: Task) -> dict[str, Any]:
        """Return everything that can change the run's numbers."""
        settings, method = self.stage.settings, self.method
        identity: dict[str, Any] = {
            "schema": 2,
            "task": {"name": task.name, "version": task.version, "fingerprint": self.stage.fingerprint},
            "protocol": self.stage.protocol.numbers(),
            "method": {
                "name": method.name,
                "version": method.version,
                "options": method.options(),
                "checkpoint": checkpoint_hash(self.checkpoint) if self.checkpoint else None,
            },
            "seed": settings.seed,
            "device": settings.device.split(":")[0],
            "scores": {s.identity: s.features.weight_hash() if s.features else "" for s in self.stage.resolved},
        }
        if method.uses_batch_generator:
            identity["batch_size"] = settings.batch_size
        return identity

    def _training(self) -> RecordedTraining | None:
        """Return what the checkpoint says of its training; raise `BenchbenchError` if the task had other data then."""
        about = origin(self.checkpoint) if self.checkpoint else None
        if about is None or not isinstance(about.get("task"), dict):
            return None
        name = about["task"].get("name", self.stage.settings.task)
        if name != self.stage.settings.task:
            raise BenchbenchError(f"{self.checkpoint} was trained on {name}, not on {self.stage.settings.task}")
        fingerprint = about["task"].get("fingerprint", self.stage.fingerprint)
        if fingerprint != self.stage.fingerprint:
            raise BenchbenchError(
                f"{self.checkpoint} was trained when {self.stage.settings.task} had other data"
                f" ({fingerprint[:8]}, now {self.stage.fingerprint[:8]}): what is tested now may have trained it"
            )
        made = about.get("made_with", {})
        return RecordedTraining(
            seed=about.get("seed"),
            steps=made.get("steps"),
            device=about.get("device"),
            processor=made.get("processor"),
            torch=made.get("torch"),
            precision=about.get("precision") or "float32",
        )

    @property
    def info(self) -> RunInfo:
        """What reporters are told of this run."""
        plan = self.plan
        return RunInfo(plan.task, self.label, self.run_id, self.directory.path, plan.seed, plan.num_shards)

    def record(self, executor: Executor, progress: Progress) -> tuple[Record, bool]:
        """Return the run's record, and whether it was there already; raise `Busy` if another process is at it."""
        with self.directory.locked():
            settings = self.stage.settings
            if settings.force or not self._keeps_enough():
                self.directory.clear()
            done = self.directory.read_record()
            if done is not None and done.status == "ok":
                return done, True
            self.directory.start({**self.identity, "keep_samples": settings.keep_samples})
            report("run_started", run=self.info)
            began = time.perf_counter()
            try:
                record = self._work(executor, progress, began)
            except Unsupported as error:
                record = self._make_record("skipped", str(error))
            except BenchbenchError as error:
                record = self._make_record("failed", str(error))
            except Exception as error:  # of a plugin's metric or extractor: the other methods go on
                self.directory.write_error(traceback.format_exc())
                record = self._make_record("failed", evaluation.describe(error))
            self.directory.write_record(record)
            if record.status == "ok":
                self.directory.drop_shards()
            report("run_finished", run=self.info, record=record)
            return record, False

    def _keeps_enough(self) -> bool:
        """Tell whether what is there, if anything is, kept as many samples as are wanted now."""
        try:
            kept = json.loads((self.directory.path / "run.json").read_text())["keep_samples"]
        except FileNotFoundError:
            return True
        except (ValueError, KeyError):
            return False
        return KEEP.index(kept) >= KEEP.index(self.stage.settings.keep_samples)

    def _work(self, executor: Executor, progress: Progress, began: float) -> Record:
        self._check_preparation()
        total = self.plan.num_shards
        missing = [index for index in range(total) if not self.directory.has_shard(index)]
        done = total - len(missing)
        progress(done, total)
        for _ in executor.map(evaluation.work_shard, [(self.plan, i) for i in missing]):
            done += 1
            progress(done, total)
            report("shard_done", run=self.info, done=done)
        tensors, summaries = self.directory.read_shards(total)
        with evaluation.isolated(self.plan.device):
            scores, table = scoring.score_run(self.plan, tensors, self.stage.known)
        self.directory.write_conditions(table)
        images = self.stage.protocol.num_conditions * self.stage.protocol.samples_per_condition
        sampling = sum(summary["sampling_seconds"] for summary in summaries)
        timing = Timing(sampling / images, sampling, time.perf_counter() - began)
        peak = max(summary["peak_memory_bytes"] for summary in summaries)
        record = self._make_record("ok", "", tuple(scores), timing, peak)
        return dataclasses.replace(record, paired=scoring.paired(table, self.plan.scores[0]))

    def _check_preparation(self) -> None:
        """Prepare the method here first, so that a mistake is told once and before any shard."""
        with evaluation.isolated(self.plan.device):
            evaluation.make_method(self.plan)

    def _make_record(
        self,
        status: Any,
        reason: str,
        scores: tuple[Score, ...] = (),
        timing: Timing | None = None,
        peak_memory_bytes: int = 0,
    ) -> Record:
        distribution = registry().distribution("methods", self.method.name)
        return Record(
            task=RecordedTask(**self.identity["task"]),
            protocol=RecordedProtocol(**self.identity["protocol"], off_protocol=self.stage.off_protocol),
            method=RecordedMethod(
                **self.identity["method"],
                label=self.label,
                distribution=distribution,
                reference=self.method.reads_the_answers,
                training=self.training,
            ),
            seed=self.stage.settings.seed,
            status=status,
            reason=reason,
            scores=scores,
            timing=timing,
            peak_memory_bytes=peak_memory_bytes,
            environment=environment(self.stage.settings.device, distribution),
            created=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            run_id=self.run_id,
            batch_size=self.identity.get("batch_size"),
        )


def checkpoint_hash(path: Path) -> str:
    """Return the SHA-256 of a checkpoint: a file, or a folder with all its files by name."""
    if path.is_file():
        return file_hash(path)
    if not path.is_dir():
        return "missing"
    digest = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()} {file_hash(file)}\n".encode())
    return digest.hexdigest()
