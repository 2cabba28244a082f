"""One worker process: started in a clean way, given one job at a time, held to the job's limits."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing import util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.core.jobs import Job, Outcome
from benchbench.system.blame import describe
from benchbench.system.confine import confine
from benchbench.system.isolation import Isolation, as_environment, read_carefully
from benchbench.system.memory import resident_bytes
from benchbench.system.work_here import attempt
from benchbench.system.workers import become_worker

PRELOADED = ["benchbench.runs.work", "torch"]
"""Imported once by the server that worker processes are forked from, where the system has such a server."""


PATIENCE = 10.0
"""Seconds that an idle worker has to end by itself."""


class Ended(Exception):
    """The process ended in the middle of its job; the message says how."""


class Worker:
    """A process that works jobs of one owner; an isolated one works those of one run."""

    def __init__(self, owner: str, isolated_in: Path | None = None) -> None:
        self._owner, self._isolated_in = owner, isolated_in
        self._isolation = Isolation(isolated_in) if isolated_in else None
        self.job: Job | None = None
        self.warm: str | None = None
        """The run whose method and extractors it has loaded."""
        self.ended = False
        self._since = 0.0
        context: Any = multiprocessing.get_context("spawn") if self._isolation else _context()
        self._pipe, other = context.Pipe()
        environment = self._isolation.environment() if self._isolation else dict(os.environ)
        folders = self._isolation.folders if self._isolation else ()
        self._process = context.Process(target=serve, args=(other, environment, os.getcwd(), folders))
        with _without_main(), as_environment(environment) if self._isolation else nullcontext():
            self._process.start()
        other.close()
        util.Finalize(None, self._process.kill, exitpriority=10)  # an executor that was never closed holds up no exit

    @property
    def signals(self) -> tuple[Any, ...]:
        """What becomes readable when the worker has an answer, or has ended."""
        return self._pipe, self._process.sentinel

    def serves(self, job: Job) -> bool:
        """Return whether it may work a job: one of the owner and the folder that it was started for."""
        return (job.owner, job.isolated_in) == (self._owner, self._isolated_in)

    def start(self, job: Job) -> Outcome | None:
        """Give the worker a job; return its failure where the job cannot be sent."""
        try:
            self._pipe.send((job.function, job.argument))
        except (BrokenPipeError, ConnectionError):
            pass  # it ended while it had nothing to do: `answer` says so
        except Exception as error:  # it does not pickle
            return Outcome(job, error=error if isinstance(error, BenchbenchError) else BenchbenchError(describe(error)))
        self.job, self.warm, self._since = job, job.run, time.monotonic()
        return None

    def answer(self) -> Outcome | None:
        """Return what came of the job, `None` while it is under way; raise `Ended` where the process is gone."""
        assert self.job is not None
        try:
            if self._pipe.poll():
                result, error, seconds = self._receive()
                job, self.job = self.job, None
                return Outcome(job, result, error, seconds)
        except (EOFError, OSError):
            self._process.join(5)
        if self._process.is_alive():
            return self._beyond_a_limit()
        raise Ended(_how(self._process.exitcode))

    def _receive(self) -> tuple[Any, BaseException | None, float]:
        if self._isolation is None:
            answer: tuple[Any, BaseException | None, float] = self._pipe.recv()
            return answer
        result, error, seconds = read_carefully(self._pipe.recv_bytes())
        return result, error, float(seconds)

    def stop(self, kill: bool = False) -> None:
        """End the process: when it is done, or immediately."""
        self.ended = True
        if kill:
            self._process.kill()
        self._pipe.close()
        self._process.join(PATIENCE)
        if self._process.is_alive():  # stopped by a signal, or held up by a thread of a plugin
            self._process.kill()
            self._process.join()
        if self._isolation:
            self._isolation.close()

    def _beyond_a_limit(self) -> Outcome | None:
        """Return the failure of a job that takes too long or too much; its process is ended."""
        job, seconds = self.job, time.monotonic() - self._since
        assert job is not None
        said = ""
        if job.seconds is not None and seconds > job.seconds:
            said = f"stopped after {job.seconds:.3g} s, which --timeout left for it"
        elif job.memory_bytes is not None and (used := resident_bytes(self._process.pid or 0)) > job.memory_bytes:
            said = (
                f"stopped: a worker held {used / 1e9:.3g} GB of memory, --memory allows {job.memory_bytes / 1e9:.3g} GB"
            )
        if not said:
            return None
        self.stop(kill=True)
        self.job = None
        return Outcome(job, error=BenchbenchError(f"{said}; finished shards are kept"), seconds=seconds)


def serve(pipe: Connection, environment: dict[str, str], directory: str, folders: tuple[Path, ...]) -> None:
    """Work what comes through the pipe until it is closed; the body of a worker process.

    `folders`: the only ones that it may write to; without any it is held to none.
    """
    if folders:
        confine(folders)  # before there are threads, which would have rights of their own
    become_worker(environment, directory)
    with suppress(EOFError, ConnectionError, KeyboardInterrupt):
        while True:
            try:
                function, argument = pipe.recv()
            except (ImportError, AttributeError) as error:  # of code that this process does not find
                pipe.send((None, BenchbenchError(describe(error)), 0.0))
                continue
            outcome = attempt(Job(function, argument))
            try:
                pipe.send((outcome.result, outcome.error, outcome.seconds))
            except (TypeError, ValueError, AttributeError) as error:  # result or exception does not pickle
                own = outcome.error or error
                pipe.send((None, BenchbenchError(describe(own)), outcome.seconds))


def _how(code: int | None) -> str:
    """Return how a process ended, from its exit code."""
    if code is None or code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return f"{name}: it {'was killed, or out of memory' if name == 'SIGKILL' else 'crashed'}"


def _context() -> Any:
    """Return how workers start: forked from a server that has torch loaded, or spawned where there is none."""
    if "forkserver" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@contextmanager
def _without_main() -> Iterator[None]:
    """Start a process that does not import the script of this one again: it may have no `if __name__` guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
