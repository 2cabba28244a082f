"""The work of one shard: sample its conditions, score them, and write what came of it."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Method, Unsupported
from benchbench.evaluation.condition import embed, kept_views, score
from benchbench.evaluation.leaks import holds_a_reference
from benchbench.evaluation.networks import counted
from benchbench.evaluation.plan import Plan
from benchbench.evaluation.session import Session
from benchbench.evaluation.sources import SHARD_CONDITIONS, Live
from benchbench.runs.directory import RunDirectory
from benchbench.system.blame import describe
from benchbench.system.determinism import isolated
from benchbench.system.guard import guarded
from benchbench.system.memory import peak_memory_bytes

if TYPE_CHECKING:
    from torch import Tensor

GALLERY_CONDITIONS = 10
"""Whose samples a gallery keeps: the first ones."""


def num_shards(num_conditions: int) -> int:
    """Return how many shards the conditions make."""
    return -(-num_conditions // SHARD_CONDITIONS)


@dataclass(frozen=True)
class Place:
    """Where a run writes, and what it keeps."""

    directory: Path
    keep_samples: str
    batch_size: int
    """Conditions per call of `sample`."""


class Work:
    """The shards of one run as a function of their number.

    In this process `prepare` gives the session and the prepared method; in another one the plan is opened.
    """

    def __init__(
        self, plan: Plan | None, place: Place, prepare: Callable[[], tuple[Session, Method]] | None = None
    ) -> None:
        self._plan, self._place, self._prepare = plan, place, prepare
        self._opened: tuple[Session, Method] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self._plan is None:
            raise BenchbenchError("an object of this process cannot be sent to other workers; name a plugin")
        return Work, (self._plan, self._place)

    def __call__(self, index: int | None) -> int | None:
        """Work one shard and return its number; `None` opens and prepares what all shards need.

        Whatever goes wrong is raised as a `BenchbenchError` (or `Unsupported`) that pickles.
        """
        try:
            with guarded():
                session, method = self._open()
                if index is not None:
                    self._work(session, method, index)
        except Unsupported as error:
            raise Unsupported(str(error)) from None
        except BenchbenchError as error:
            raise BenchbenchError(str(error)) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of somebody else's code, which may even call sys.exit
            RunDirectory(self._place.directory).write_error(traceback.format_exc())
            raise BenchbenchError(describe(error)) from None
        return index

    def _open(self) -> tuple[Session, Method]:
        if self._prepare is not None:
            prepare, self._prepare = self._prepare, None
            self._opened = prepare()
        if self._opened is None:
            assert self._plan is not None
            self._opened = _opened(self._plan)
        return self._opened

    def _work(self, session: Session, method: Method, index: int) -> None:
        with isolated(session.device):
            run, source = RunDirectory(self._place.directory), Live(session, method, self._place.batch_size)
            start = index * SHARD_CONDITIONS
            tensors: dict[str, list[Tensor]] = {}
            counts: dict[str, float | None] = {}
            flat = copied = 0
            drawn = source(range(start, min(start + SHARD_CONDITIONS, session.num_conditions)))
            k = session.protocol.samples_per_condition
            for sampled in drawn if index else counted(drawn, method, k, counts):
                condition = embed(session, sampled)
                flat += is_flat(sampled.samples) and not is_flat(sampled.example.references)
                if not method.reads_the_answers:
                    copied += holds_a_reference(sampled.samples, sampled.example.references)
                scores = score(session, condition, session.scores, session.protocol)
                views = kept_views(condition, session.scores)
                named = {f"score:{name}": value for name, value in scores.items()}
                named |= {f"view:{name}:{view}": value for (name, view), value in views.items()}
                for name, value in named.items():
                    tensors.setdefault(name, []).append(value)
                if session.task.space.kind == "images" and _keeps(self._place.keep_samples, condition.number):
                    run.write_samples(condition.example.id, condition.samples)
            summary = {
                "sampling_seconds": source.seconds,
                "seconds_per_sample": source.seconds_per_sample,
                **counts,
                "peak_memory_bytes": peak_memory_bytes(),
                "flat_conditions": flat,
                "copied_conditions": copied,
            }
            run.write_shard(index, _stacked(tensors), summary)


@functools.lru_cache(maxsize=1)
def _opened(plan: Plan) -> tuple[Session, Method]:
    """Return what a worker process keeps ready from shard to shard; a plan says all that it depends on."""
    return plan.open()


def is_flat(images: Tensor) -> bool:
    """Return whether every one of the images `uint8[N, 3, H, W]` has a single colour; never so for points `[N, D]`."""
    return images.ndim == 4 and bool((images == images[:, :, :1, :1]).all())


def _keeps(keep_samples: str, number: int) -> bool:
    return keep_samples == "all" or (keep_samples == "gallery" and number < GALLERY_CONDITIONS)


def _stacked(tensors: dict[str, list[Tensor]]) -> dict[str, Tensor]:
    import torch

    return {name: torch.stack(parts) for name, parts in tensors.items()}
