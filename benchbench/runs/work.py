"""The work of one shard: sample its conditions, score them, and write what came of it."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Method, Unsupported
from benchbench.evaluation.condition import SampledCondition, embed, kept_views, score
from benchbench.evaluation.continued import Continued
from benchbench.evaluation.fast import held_against, not_compiled
from benchbench.evaluation.leaks import holds_a_reference
from benchbench.evaluation.plan import Plan
from benchbench.evaluation.session import Session
from benchbench.evaluation.sources import SHARD_CONDITIONS, Live
from benchbench.runs.beside import sampled_ahead, written
from benchbench.runs.directory import RunDirectory
from benchbench.runs.earlier import Earlier
from benchbench.runs.scoring import Scored, score_shards
from benchbench.runs.seconds import Clock, Seconds
from benchbench.system.blame import describe
from benchbench.system.determinism import isolated
from benchbench.system.guard import guarded
from benchbench.system.memory import peak_memory_bytes

if TYPE_CHECKING:
    from torch import Tensor

PREPARE, SCORE = "prepare", "score"
"""The jobs of a run beside its shards: its first and its last one."""
GALLERY_CONDITIONS = 10
"""Whose samples a gallery keeps: the first ones."""


def num_shards(num_conditions: int) -> int:
    """Return how many shards the conditions make."""
    return -(-num_conditions // SHARD_CONDITIONS)


@dataclass(frozen=True)
class Worked:
    """What came of a job."""

    seconds: Seconds
    scored: Scored | None = None
    """Of the job `SCORE`."""


@dataclass(frozen=True)
class Place:
    """Where a run writes, and what it keeps."""

    directory: Path
    keep_samples: str
    batch_size: int
    """Conditions per call of `sample`."""
    earlier: Earlier | None = None
    """The first samples of each condition, where another run has kept them."""


class Work:
    """The shards of one run as a function of their number.

    In this process `prepare` gives the session and the prepared method; in another one the plan is opened.
    """

    def __init__(
        self, plan: Plan | None, place: Place, prepare: Callable[[], tuple[Session, Method]] | None = None
    ) -> None:
        self.plan, self.place, self._prepare = plan, place, prepare
        self._opened: tuple[Session, Method] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.plan is None:
            raise BenchbenchError("an object of this process cannot be sent to other workers; name a plugin")
        return Work, (self.plan, self.place)

    def __call__(self, job: int | str) -> Worked:
        """Work one shard by its number; `PREPARE` opens what all shards need, `SCORE` scores what they have become.

        Whatever goes wrong is raised as a `BenchbenchError` (or `Unsupported`) that pickles.
        """
        clock = Clock()
        scored = None
        try:
            with guarded():
                session, method = self._open()
                clock.lap("loading")
                if job == SCORE:
                    run = RunDirectory(self.place.directory)
                    scored = score_shards(session, run, num_shards(session.num_conditions))
                    clock.lap("scoring")
                elif isinstance(job, int):
                    self._work(session, method, job, clock)
        except Unsupported as error:
            raise Unsupported(str(error)) from None
        except BenchbenchError as error:
            raise BenchbenchError(str(error)) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of somebody else's code, which may even call sys.exit
            RunDirectory(self.place.directory).write_error(traceback.format_exc())
            raise BenchbenchError(describe(error)) from None
        return Worked(clock.seconds, scored)

    def _open(self) -> tuple[Session, Method]:
        if self._prepare is not None:
            prepare, self._prepare = self._prepare, None
            self._opened = prepare()
        if self._opened is None:
            assert self.plan is not None
            self._opened = _opened(self.plan)
        return self._opened

    def _work(self, session: Session, method: Method, index: int, clock: Clock) -> None:
        with isolated(session.device):
            run = RunDirectory(self.place.directory)
            noted: dict[str, Any] = {}
            source, drawn = self._drawn(session, method, index, noted)
            tensors: dict[str, list[Tensor]] = {}
            flat = copied = 0
            with sampled_ahead(drawn, session.device, self.place.batch_size) as ready, written(session.device) as write:
                for sampled in ready:
                    clock.lap("sampling")
                    condition = embed(session, sampled)
                    clock.lap("features")
                    flat += is_flat(sampled.samples) and not is_flat(sampled.example.references)
                    if not method.reads_the_answers:
                        copied += holds_a_reference(sampled.samples, sampled.example.references)
                    scores = score(session, condition, session.scores, session.protocol)
                    views = kept_views(condition, session.scores)
                    named = {f"score:{name}": value for name, value in scores.items()}
                    named |= {f"view:{name}:{view}": value for (name, view), value in views.items()}
                    for name, value in named.items():
                        tensors.setdefault(name, []).append(value)
                    clock.lap("scoring")
                    if session.task.space.kind == "images" and _keeps(self.place.keep_samples, condition.number):
                        write(run.write_samples, condition.example.id, condition.samples)
                        clock.lap("writing")
            summary = {
                "sampling_seconds": source.seconds,
                "seconds_per_sample": source.seconds_per_sample,
                "samples_drawn": source.drawn,
                **noted,
                "peak_memory_bytes": peak_memory_bytes(),
                "flat_conditions": flat,
                "copied_conditions": copied,
            }
            run.write_shard(index, _stacked(tensors), summary)
            clock.lap("writing")

    def _drawn(
        self, session: Session, method: Method, index: int, noted: dict[str, Any]
    ) -> tuple[Live, Iterator[SampledCondition]]:
        """Return the source of a shard, and its conditions; what is found in the first shard alone is noted."""
        start = index * SHARD_CONDITIONS
        numbers = range(start, min(start + SHARD_CONDITIONS, session.num_conditions))
        source = self._source(session, method, index)
        if index:
            return source, source(numbers)
        if session.fast:
            return source, held_against(source(numbers), self._exact(session, method, numbers, noted), noted)
        return source, source.counted(numbers, noted)

    def _source(self, session: Session, method: Method, index: int) -> Live:
        """Return the method's samples, behind those that lie there already; in the first shard, which counts, all."""
        if self.place.earlier is None or index == 0:
            return Live(session, method, self.place.batch_size)
        return Continued(session, method, self.place.batch_size, self.place.earlier)

    def _exact(self, session: Session, method: Method, numbers: range, noted: dict[str, Any]) -> list[Tensor]:
        """Return exact samples of these conditions, and note how often networks are evaluated for one."""
        source = Live(dataclasses.replace(session, fast=False), method, self.place.batch_size)
        with not_compiled():
            return [each.samples for each in source.counted(numbers, noted)]


_session: dict[Plan, Session] = {}
_method: dict[Plan, Method] = {}


def _opened(plan: Plan) -> tuple[Session, Method]:
    """Return what a worker process keeps ready from shard to shard; a plan says all that it depends on.

    It keeps one method, which goes before another is loaded, and one session for all runs that can share it.
    """
    if plan not in _method:
        _method.clear()
        if plan.stage not in _session:
            _session.clear()
            _session[plan.stage] = plan.open_session()
        _method[plan] = plan.open_method(_session[plan.stage].task)
    return dataclasses.replace(_session[plan.stage], seed=plan.seed), _method[plan]


def is_flat(images: Tensor) -> bool:
    """Return whether every one of the images `uint8[N, 3, H, W]` has a single colour; never so for points `[N, D]`."""
    return images.ndim == 4 and bool((images == images[:, :, :1, :1]).all())


def _keeps(keep_samples: str, number: int) -> bool:
    return keep_samples == "all" or (keep_samples == "gallery" and number < GALLERY_CONDITIONS)


def _stacked(tensors: dict[str, list[Tensor]]) -> dict[str, Tensor]:
    import torch

    return {name: torch.stack(parts) for name, parts in tensors.items()}
