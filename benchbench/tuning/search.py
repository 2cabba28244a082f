"""Random search: each trial draws options, trains the method with them, runs it on the task, and is written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, Executor, Method
from benchbench.core.noise import stream
from benchbench.core.record import Record
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.runs.request import Stage
from benchbench.runs.run import Run
from benchbench.specs import format_method
from benchbench.system.files import held
from benchbench.system.hashes import checkpoint_hash, identity_hash
from benchbench.training.fit import fit
from benchbench.training.plan import Training
from benchbench.tuning.space import Space, described, draw
from benchbench.tuning.trials import Trial, Trials

Told = Callable[[int, str], None]
"""Called with a trial's number and what it does, as it goes on."""


@dataclass(frozen=True)
class Budget:
    """How much a search may spend; one of the two is given."""

    runs: int | None = None
    seconds: float | None = None

    def left(self, trials: list[Trial]) -> bool:
        """Return whether another trial may begin: a budget of time is spent when the trials before have spent it."""
        if self.runs is not None:
            return len(trials) < self.runs
        assert self.seconds is not None
        return sum(trial.seconds for trial in trials) < self.seconds


@dataclass(frozen=True)
class Search:
    """A method with options that are fixed and a space of others, on the task of a stage."""

    stage: Stage
    method: str
    options: Mapping[str, Any]
    space: Space
    output: Path
    """Holds the file of trials and the checkpoints; runs go where the stage's request says."""
    steps: int | None = None

    @property
    def label(self) -> str:
        """The method with its fixed options."""
        return format_method(self.method, self.options)

    @property
    def metric(self) -> str:
        """The score that is to be best: the one that ranks the task."""
        return self.stage.session.task.metrics[0]

    def identity(self) -> dict[str, Any]:
        """Return what makes trials comparable; not the budget, so that a search can go on with a larger one."""
        task, request = self.stage.session.task, self.stage.request
        return {
            "schema": 1,
            "task": {"name": task.name, "version": task.version, "fingerprint": fingerprint(task)},
            "metric": self.metric,
            "method": {"name": self.method, "version": self.stage.registry.get("methods", self.method).version},
            "options": dict(self.options),
            "space": described(self.space),
            "seed": request.seed,
            "steps": self.steps,
            "device": request.device.split(":")[0],
            "protocol": self.stage.session.protocol.numbers(),
        }

    @property
    def path(self) -> Path:
        """The file of trials."""
        return self.output / self.stage.session.task.name / f"{self.method}-{identity_hash(self.identity())}.jsonl"

    def drawn(self, number: int) -> dict[str, Any]:
        """Return the options of a trial; the same ones whenever and wherever it is made."""
        key = ("tune", identity_hash(self.identity()), number)
        return {**self.options, **draw(self.space, stream(*key))}


def search(what: Search, budget: Budget, executor: Executor, told: Told) -> list[Trial]:
    """Make trials until the budget is spent, those that are on file included, and return all.

    A trial whose training diverges, whose run fails, or whose options cannot serve the task, has failed, and counts.
    """
    with held(what.path.with_suffix(".lock"), f"another process is tuning {what.path}; let it finish"):
        trials = Trials(what.path, what.identity())
        while budget.left(trials.found):
            trials.append(_trial(what, len(trials.found), executor, told))
    return trials.found


def _trial(what: Search, number: int, executor: Executor, told: Told) -> Trial:
    """Train and run one setting; what was trained or run before is not done again."""
    options, began = what.drawn(number), time.perf_counter()
    record: Record | None = None
    checkpoint, reason = None, ""
    try:
        checkpoint = _trained(what, number, options, told)
        told(number, "runs")
        run = Run(what.stage, what.stage.subject(what.method, options, checkpoint))
        record, _ = run.record(executor, lambda done, total: None)
        reason = record.reason
    except BenchbenchError as error:
        reason = str(error)
    found = next((each for each in record.scores if each.metric == what.metric), None) if record else None
    return Trial(
        number,
        options,
        number,
        "ok" if found is not None else "failed",
        reason if found is None else "",
        None if found is None else found.value,
        None if found is None else found.standard_error,
        round(time.perf_counter() - began, 3),
        "" if checkpoint is None else f"{checkpoint.name} sha256:{checkpoint_hash(checkpoint)}",
        "" if record is None else record.run_id,
    )


def _trained(what: Search, number: int, options: dict[str, Any], told: Told) -> Path | None:
    """Return the checkpoint of a setting; `None` of a method that is not trained."""
    request = what.stage.request
    training = Training(
        request.task, what.method, options, number, request.device, what.output / "checkpoints", what.steps
    )
    if type(training.make_method()).trainer is Method.trainer:
        return None
    told(number, "trains")
    return fit(training, lambda done, total, losses: None)
