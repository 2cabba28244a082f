"""What happens in runs and to leaderboards, as lines of JSON in the file that BENCHBENCH_EVENTS names."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import benchbench

if TYPE_CHECKING:
    from benchbench import Edition, Record, RunInfo, TrainingInfo


@benchbench.hookimpl
def benchbench_run_started(run: RunInfo) -> None:
    """Write the start of a run."""
    _write("run_started", **_about(run), num_shards=run.num_shards)


@benchbench.hookimpl
def benchbench_shard_done(run: RunInfo, done: int) -> None:
    """Write a finished shard."""
    _write("shard_done", **_about(run), done=done, num_shards=run.num_shards)


@benchbench.hookimpl
def benchbench_run_finished(run: RunInfo, record: Record) -> None:
    """Write the end of a run, with its status and scores."""
    scores = {score.metric: score.value for score in record.scores}
    _write(
        "run_finished",
        **_about(run),
        status=record.status,
        reason=record.reason,
        scores=scores,
        timing=vars(record.timing) if record.timing else {},
    )


@benchbench.hookimpl
def benchbench_edition_published(edition: Edition, directory: Path) -> None:
    """Write a leaderboard's new edition, with what changed."""
    facts = {"task": edition.task, "edition": edition.number, "changes": edition.changes}
    _write("edition_published", **facts, directory=str(directory))


@benchbench.hookimpl
def benchbench_training_finished(training: TrainingInfo) -> None:
    """Write the end of a training, with its checkpoint."""
    facts = {"task": training.task, "method": training.method, "seed": training.seed, "steps": training.num_steps}
    _write("training_finished", **facts, checkpoint=str(training.checkpoint))


def _about(run: RunInfo) -> dict[str, str]:
    return {"task": run.task, "method": run.method, "run_id": run.run_id, "directory": str(run.directory)}


def _write(event: str, **facts: Any) -> None:
    """Append one line, in one write, so that two processes may share the file."""
    path = os.environ.get("BENCHBENCH_EVENTS")
    if not path:
        return
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    line = json.dumps({"event": event, "time": now, **facts}, sort_keys=True)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("ab") as file:
        file.write(line.encode() + b"\n")
