"""One method on one task: resume what is there, work what is missing, score, record."""

from __future__ import annotations

import dataclasses
import datetime
import json
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any, Literal

from benchbench.core import BenchbenchError, Executor, Method, RunInfo, Unsupported
from benchbench.core.record import Record, RecordedMethod, RecordedProtocol, RecordedTask, Score, Timing
from benchbench.evaluation.plan import Plan, prepare
from benchbench.evaluation.real import stamp
from benchbench.evaluation.scores import Evaluated, paired, score_run
from benchbench.evaluation.session import Session
from benchbench.plugins import report
from benchbench.runs.cost import cost_of
from benchbench.runs.directory import RunDirectory
from benchbench.runs.flags import flagged, oracles
from benchbench.runs.identity import identity_of_run
from benchbench.runs.request import KEEP, Stage
from benchbench.runs.source import source_hash
from benchbench.runs.subject import Subject
from benchbench.runs.training import training_of
from benchbench.runs.work import Place, Work, num_shards
from benchbench.system.blame import describe
from benchbench.system.determinism import isolated
from benchbench.system.environment import environment
from benchbench.system.hashes import identity_hash

_log = logging.getLogger("benchbench")
Progress = Callable[[int, int], None]
"""Called with how many shards are done, and of how many."""


class Run:
    """A subject on a stage: `record` does what is left to do."""

    def __init__(self, stage: Stage, subject: Subject) -> None:
        request, session = stage.request, stage.session
        self._stage, self._subject = stage, subject
        self._training = training_of(subject.checkpoint, session)
        self.label = subject.label
        self.identity = identity_of_run(session, subject.method, subject.checkpoint, request.batch_size)
        if subject.token:
            self.identity["token"] = subject.token
        self.run_id = identity_hash(self.identity)
        self.directory = RunDirectory(request.output / session.task.name / subject.method.name / self.run_id)
        self.num_shards = num_shards(session.num_conditions)
        self._source = source_hash(subject.method)

    @property
    def info(self) -> RunInfo:
        """What reporters learn of this run."""
        session = self._stage.session
        return RunInfo(
            session.task.name, self.label, self.run_id, self.directory.path, session.seed, self.num_shards
        )

    def record(self, executor: Executor, progress: Progress) -> tuple[Record, bool]:
        """Return the run's record, and whether it was there before; raise `Busy` if another process works on it."""
        with self.directory.locked():
            self.directory.remove_leftovers()
            if self._stage.request.force or not self._goes_on():
                self.directory.clear()
            done = self.directory.read_record()
            if done is not None and done.status == "ok":
                return done, True
            beside = {"keep_samples": self._stage.request.keep_samples, "source": self._source}
            self.directory.start({**self.identity, **beside})
            report("run_started", run=self.info)
            record = self._made(executor, progress)
            self.directory.write_record(record)
            if record.status == "ok":
                self.directory.drop_shards()
            report("run_finished", run=self.info, record=record)
            return record, False

    def _goes_on(self) -> bool:
        """Return whether what is there, if anything is, is of the same code and kept as many samples as asked for."""
        try:
            begun = json.loads((self.directory.path / "run.json").read_text())
            kept, source = begun["keep_samples"], begun.get("source", self._source)
        except FileNotFoundError:
            return True
        except (ValueError, KeyError, TypeError, AttributeError):
            return False
        if source != self._source:
            _log.warning("%s: the code of %s has changed since this run; it is run again", self.directory.path, self.label)
            return False
        return kept in KEEP and KEEP.index(kept) >= KEEP.index(self._stage.request.keep_samples)

    def _made(self, executor: Executor, progress: Progress) -> Record:
        """Return the record of the work, whatever came of it."""
        try:
            return self._work(executor, progress)
        except Unsupported as error:
            return self._make_record("skipped", str(error))
        except BenchbenchError as error:
            return self._make_record("failed", str(error))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of a plugin's metric or extractor, which may even call sys.exit
            self.directory.write_error(traceback.format_exc())
            return self._make_record("failed", describe(error))

    def _work(self, executor: Executor, progress: Progress) -> Record:
        began = time.perf_counter()
        session, work = self._stage.session, Work(self._plan(), self._place(), self._prepared)
        executor.isolate(self._subject.distribution)
        for _ in executor.map(work, [None]):  # a mistake is found before any shard
            pass
        total = self.num_shards
        missing = [index for index in range(total) if not self.directory.has_shard(index)]
        done = total - len(missing)
        progress(done, total)
        for _ in executor.map(work, missing):
            done += 1
            progress(done, total)
            report("shard_done", run=self.info, done=done)
        tensors, summaries = self.directory.read_shards(total)
        with isolated(session.device):
            scored = score_run(session, _evaluated(tensors))
        self.directory.write_conditions(scored.table)
        images = session.num_conditions * session.protocol.samples_per_condition
        sampling = sum(summary["sampling_seconds"] for summary in summaries)
        timing = Timing(sampling / images, sampling, time.perf_counter() - began)
        peak = max(summary["peak_memory_bytes"] for summary in summaries)
        record = self._make_record("ok", "", scored.scores, timing, peak)
        values = paired(scored.table, session.task.metrics[0])
        record = dataclasses.replace(
            record, paired=values, undefined=dict(scored.undefined), cost=cost_of(summaries)
        )
        return flagged(record, session.task.metrics[0], summaries, oracles(self._stage.request.output, record))

    def _prepared(self) -> tuple[Session, Method]:
        """Return what all shards need in this process."""
        session, subject = self._stage.session, self._subject
        prepare(subject.method, session.task, session.device, subject.checkpoint)
        return session, subject.method

    def _place(self) -> Place:
        request = self._stage.request
        return Place(self.directory.path.absolute(), request.keep_samples, request.batch_size)

    def _plan(self) -> Plan | None:
        """Return the run in names and numbers; `None` for an object, which has no name elsewhere."""
        if self._subject.token:
            return None
        session, checkpoint = self._stage.session, self._subject.checkpoint
        return Plan(
            task=session.task.name,
            method=self._subject.method.name,
            options=tuple(sorted(self._subject.method.options().items())),
            checkpoint=str(checkpoint.absolute()) if checkpoint else None,
            protocol=session.protocol,
            scores=tuple(score.specification for score in session.scores),
            seed=session.seed,
            device=session.device,
            cache=str(self._stage.request.cache.absolute()),
            fingerprint=session.fingerprint,
            whole=tuple((name, stamp(known.path)) for name, known in session.real.items()),
        )

    def _make_record(
        self,
        status: Literal["ok", "skipped", "failed"],
        reason: str,
        scores: tuple[Score, ...] = (),
        timing: Timing | None = None,
        peak_memory_bytes: int = 0,
    ) -> Record:
        session, subject = self._stage.session, self._subject
        return Record(
            task=RecordedTask(**self.identity["task"]),
            protocol=RecordedProtocol(**self.identity["protocol"], off_protocol=self._stage.off_protocol),
            method=RecordedMethod(
                **self.identity["method"],
                label=subject.label,
                distribution=subject.distribution,
                reference=subject.method.reads_the_answers,
                training=self._training,
            ),
            seed=session.seed,
            status=status,
            reason=reason,
            scores=scores,
            timing=timing,
            peak_memory_bytes=peak_memory_bytes,
            environment=environment(session.device, subject.distribution),
            created=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            run_id=self.run_id,
            batch_size=self.identity.get("batch_size"),
        )


def _evaluated(tensors: dict[str, Any]) -> Evaluated:
    """Return the tensors of the shards by what they are."""
    scores = {name.removeprefix("score:"): value for name, value in tensors.items() if name.startswith("score:")}
    keys = {name: name.split(":", 2) for name in tensors if name.startswith("view:")}
    return Evaluated(scores, {(extractor, view): tensors[name] for name, (_, extractor, view) in keys.items()})
