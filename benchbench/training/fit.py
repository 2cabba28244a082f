"""Training as a service: steps, progress, atomic resumable state, and a checkpoint that says where it comes from."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.core.engine import Engine
from benchbench.system.blame import describe
from benchbench.system.determinism import isolated
from benchbench.system.files import held, remove_temporaries, write_text
from benchbench.system.signals import at_the_next_step
from benchbench.training import checkpoints, distributed, states
from benchbench.training.course import Course, Progress
from benchbench.training.plan import Training


def fit(training: Training, progress: Progress) -> Path:
    """Train to the end, from the saved state if there is one, and return the checkpoint's path.

    The result is the same as that of an uninterrupted training; what was done since the last good state, one every
    `save_every` steps, is done again. Under `torchrun` the processes train together; the first one writes.
    """
    if _is_done(training):
        return training.path
    busy = f"another process is training {training.path}; let it finish"
    with distributed.together(training.device) as rank:
        engine = _engine(training, rank)
        lock = training.path.with_suffix(".lock")
        with (
            distributed.first_holds(lambda: held(lock, busy)),
            isolated(engine.device, gradients=True),
            _told(training),
        ):
            if not _is_done(training):  # by another process, until the lock was free
                if rank == 0:
                    remove_temporaries(lock.parent, of=training.path.stem)
                with at_the_next_step() if engine.world_size == 1 else nullcontext(lambda: 0) as ending:
                    Course(training, engine, progress).run(ending)
    return training.path


def finish(training: Training) -> Path:
    """Write the weights of the last good state of a training as a checkpoint, and return its path.

    Another process may train on: states are whole files. Raise `BenchbenchError` where no state is there.
    """
    if _is_done(training):
        return training.path
    engine = _engine(training, 0)
    with isolated(engine.device, gradients=True):
        return Course(training, engine, lambda done, total, losses: None).finish()


def _engine(training: Training, rank: int) -> Engine:
    return Engine(
        device=distributed.own_device(training.device),
        seed=training.seed,
        precision=training.precision,
        compile=training.compile,
        capture=training.capture,
        rank=rank,
        world_size=distributed.world_size(),
    )


def _is_done(training: Training) -> bool:
    """Return whether the checkpoint is there; raise `BenchbenchError` where something else lies in its place."""
    there = training.path.exists()
    if there and checkpoints.origin(training.path) is None:
        raise BenchbenchError(f"{training.path} is no checkpoint that fit made; remove it to train again")
    return there


@contextmanager
def _told(training: Training) -> Iterator[None]:
    """Turn what a plugin raises into a `BenchbenchError` of one sentence, and keep the traceback for its author."""
    training.error_path.unlink(missing_ok=True)
    try:
        yield
    except BenchbenchError:
        raise
    except Exception as error:
        with suppress(BenchbenchError):  # a full disk must not hide what happened
            write_text(training.error_path, traceback.format_exc())
        said, kept = describe(error), states.kept(training.state_path)
        raise BenchbenchError(f"{said}; {kept}; the traceback is in {training.error_path}") from error
