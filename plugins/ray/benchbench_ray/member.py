"""What runs in an actor: one worker, with one method and its extractors loaded."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.core.jobs import Job
from benchbench.runs.agreement import facts_of_installation, facts_of_plan, require_same
from benchbench.runs.work import Work
from benchbench.system.work_here import attempt

from benchbench_ray.files import Files, collect, elsewhere

Answer = tuple[Any, BaseException | None, float, Files]
"""Result, exception, seconds in the worker, and the files that the driver is to write."""


class Member:
    """A worker: first compared with the command, then given one job at a time."""

    def __init__(self, environment: dict[str, str], directory: str, path: list[str], returned: bool) -> None:
        os.environ.update(environment)
        with suppress(OSError):  # of another machine, which has its own
            os.chdir(directory)
        sys.path[:] = [*sys.path, *(each for each in path if each not in sys.path)]
        self._returned = returned
        self._agreed: set[str] = set()
        self._folder = tempfile.mkdtemp(prefix="benchbench-")
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def hello(self, wanted: dict[str, str]) -> str:
        """Return the host's name; raise `BenchbenchError` where versions differ from the command's."""
        require_same(wanted, facts_of_installation())
        return socket.gethostname()

    def work(self, function: Callable[[Any], Any], argument: Any, run: str, facts: dict[str, str]) -> Answer:
        """Work a job; what goes wrong is its outcome, so that only a dead actor raises."""
        outcome = attempt(Job(lambda each: self._work(function, each, run, facts), argument))
        result, files = outcome.result if outcome.error is None else (None, {})
        error = outcome.error
        if error is not None and not isinstance(error, BenchbenchError):
            error = BenchbenchError(f"{type(error).__name__}: {error}")
        return result, error, outcome.seconds, files

    def _work(
        self, function: Callable[[Any], Any], argument: Any, run: str, facts: dict[str, str]
    ) -> tuple[Any, Files]:
        if not isinstance(function, Work) or function.plan is None:
            return function(argument), {}
        if run not in self._agreed:
            require_same(facts, facts_of_plan(function.plan))
            self._agreed.add(run)
        if not self._returned:
            return function(argument), {}
        own = Path(self._folder, run)
        result = elsewhere(function, own, Path(self._folder, "cache"))(argument)
        return result, collect(own)
