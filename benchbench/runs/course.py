"""The course of a run: how it begins, which jobs it has, and how it becomes a record."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import json
import logging
import traceback
from typing import Literal

from benchbench.core import BenchbenchError, Method, RunInfo, Unsupported
from benchbench.core.record import Fast, Record, RecordedMethod, RecordedProtocol, RecordedTask, Score, Timing
from benchbench.evaluation.answers import visible_to
from benchbench.evaluation.plan import Plan, prepare
from benchbench.evaluation.real import stamp
from benchbench.evaluation.session import Session
from benchbench.plugins import report
from benchbench.runs.adopt import adopt_shards
from benchbench.runs.cost import cost_of
from benchbench.runs.declared import declared
from benchbench.runs.directory import RunDirectory
from benchbench.runs.earlier import Earlier, earlier_run
from benchbench.runs.flags import flagged, oracles
from benchbench.runs.identity import identity_of_run
from benchbench.runs.request import KEEP, Stage
from benchbench.runs.scoring import Scored
from benchbench.runs.source import source_hash
from benchbench.runs.subject import Subject
from benchbench.runs.training import training_of
from benchbench.runs.work import Place, Work, num_shards
from benchbench.system.blame import describe
from benchbench.system.environment import environment
from benchbench.system.hashes import identity_hash

_log = logging.getLogger("benchbench")


class Course:
    """A subject on a stage. Whoever works it holds the lock of its directory from `begin` to `finish`."""

    def __init__(self, stage: Stage, subject: Subject) -> None:
        request, session = stage.request, stage.session
        self._stage, self._subject = stage, subject
        self._training = training_of(subject.checkpoint, session)
        self._declaration = declared(subject.method, session.task, subject.checkpoint, subject.distribution)
        self.label = subject.label
        self.task = session.task.name
        self.seed = session.seed
        self.owner = subject.distribution
        self.reference = subject.method.reads_the_answers
        """Whether the records of others are held against this one's."""
        self.identity = identity_of_run(session, subject.method, subject.checkpoint, request.batch_of(subject.method))
        if subject.token:
            self.identity["token"] = subject.token
        self.run_id = identity_hash(self.identity)
        self.directory = RunDirectory(request.output / session.task.name / subject.method.name / self.run_id)
        self.num_shards = num_shards(session.num_conditions)
        self._source = source_hash(subject.method)
        self._earlier: Earlier | None = None

    @property
    def info(self) -> RunInfo:
        """What reporters learn of this run."""
        return RunInfo(self.task, self.label, self.run_id, self.directory.path, self.seed, self.num_shards)

    def refused(self) -> Unsupported | None:
        """Return why the method cannot serve the task, where it says so before it is prepared."""
        try:
            self._subject.method.supports(
                visible_to(self._subject.method, self._stage.session.task), self._subject.checkpoint
            )
        except Unsupported as error:
            return error
        except Exception:  # a fault of its code is met, and told, where it is prepared
            return None
        return None

    def begin(self) -> Record | None:
        """Return the record if the run has a good one; else make the directory ready for what is left to do."""
        self.directory.remove_leftovers()
        if self._stage.request.force or not self._goes_on():
            self.directory.clear()
        done = self.directory.read_record()
        if done is not None and done.status == "ok":
            return done
        beside = {"keep_samples": self._stage.request.keep_samples, "source": self._source}
        facts = {**self.identity, **beside}
        self.directory.start(facts)
        if not self._stage.request.force:
            session = self._stage.session
            examples = session.task.examples("test")
            adopt_shards(self.directory, facts, session.num_conditions, lambda number: examples[number].id)
            if not self.reference:
                self._earlier = earlier_run(self.directory, facts, session.task.space.shape)
        report("run_started", run=self.info)
        return None

    def missing(self) -> list[int]:
        """Return the numbers of the shards that are not on disk."""
        return [index for index in range(self.num_shards) if not self.directory.has_shard(index)]

    def work(self) -> Work:
        """Return the shards of this run as a function of their number."""
        return Work(self._plan(), self._place(), self._prepared)

    def shard_done(self, done: int) -> None:
        """Tell reporters that `done` shards are on disk now."""
        report("shard_done", run=self.info, done=done)

    def finish(self, came: Scored | BaseException, wall_seconds: float) -> Record:
        """Write and return the record of what came of the work: its scores, or why there are none."""
        record = self._with_scores(came, wall_seconds) if isinstance(came, Scored) else self._without_scores(came)
        self.directory.write_record(record)
        if record.status == "ok" and not self._stage.request.keep_shards:
            self.directory.drop_shards()
        report("run_finished", run=self.info, record=record)
        return record

    def _with_scores(self, scored: Scored, wall_seconds: float) -> Record:
        session, summaries = self._stage.session, scored.summaries
        images = session.num_conditions * session.protocol.samples_per_condition
        if all("samples_drawn" in summary for summary in summaries):  # shards of an earlier version do not say
            images = sum(summary["samples_drawn"] for summary in summaries)
        sampling = sum(summary["sampling_seconds"] for summary in summaries)
        peak = max(summary["peak_memory_bytes"] for summary in summaries)
        record = self._make_record("ok", "", scored.scores, Timing(sampling / images, sampling, wall_seconds), peak)
        record = dataclasses.replace(
            record,
            paired=scored.paired,
            by_condition=scored.by_condition,
            undefined=scored.undefined,
            cost=cost_of(summaries),
            fast=Fast(**summaries[0]["fast"]) if session.fast else None,
        )
        return flagged(record, session.task.metrics[0], summaries, oracles(self._stage.request.output, record))

    def _without_scores(self, error: BaseException) -> Record:
        if isinstance(error, Unsupported):
            return self._make_record("skipped", str(error))
        if isinstance(error, BenchbenchError):
            return self._make_record("failed", str(error))
        self.directory.write_error("".join(traceback.format_exception(error)))
        return self._make_record("failed", describe(error))

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
            _log.warning(
                "%s: the code of %s has changed since this run; it is run again", self.directory.path, self.label
            )
            return False
        return kept in KEEP and KEEP.index(kept) >= KEEP.index(self._stage.request.keep_samples)

    def _prepared(self) -> tuple[Session, Method]:
        """Return what all shards need in this process."""
        session, subject = self._stage.session, self._subject
        method = subject.method
        if not subject.token:  # an object of the caller is tested as it is
            method = copy.copy(method)  # what it loads goes with the work, not with the run
        prepare(method, session.task, session.device, subject.checkpoint, session.fast)
        return session, method

    def _place(self) -> Place:
        request = self._stage.request
        return Place(
            self.directory.path.absolute(),
            request.keep_samples,
            request.batch_of(self._subject.method),
            self._earlier,
        )

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
            draw=session.task.test_draw,
            whole=tuple((name, stamp(known.path)) for name, known in session.real.items()),
            fast=session.fast,
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
                declaration=self._declaration,
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
