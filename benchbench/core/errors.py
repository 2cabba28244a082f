"""The suite's errors."""

from __future__ import annotations


class BenchbenchError(Exception):
    """Something that the user can fix; the command line prints it without a traceback."""


class Unsupported(BenchbenchError):
    """Raised by `Method.prepare` (or a metric) that cannot serve a task: the run is skipped, with this reason."""


class Undefined(BenchbenchError):
    """Raised by a set metric that has no value on these samples, as 0/0: the record lacks the score, and says why."""


class Diverged(BenchbenchError):
    """A training with a loss that became NaN, infinite, or enormous and stayed so."""

    def __init__(self, loss: str, value: float, step: int, kept: str) -> None:
        self.loss, self.value, self.step = loss, value, step
        super().__init__(f"diverged: loss {loss} is {value:g} at step {step}; {kept}; try other options or a new seed")


class MissingData(BenchbenchError):
    """A data set, weight file or checkpoint is not where it was looked for; the message says how to get it."""


class BadSample(BenchbenchError):
    """A method returned something other than what the task's sample space holds."""


class WrongUsage(BenchbenchError):
    """What was written on the command line, or in its place, cannot be meant: exit code 2."""


class UnknownName(WrongUsage):
    """No task, method, metric, extractor or executor has this name."""


class Busy(BenchbenchError):
    """Another process is writing this very run."""
