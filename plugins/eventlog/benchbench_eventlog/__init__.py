"""What happens in runs, as lines of JSON in the file that BENCHBENCH_EVENTS names."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import benchbench

if TYPE_CHECKING:
    from benchbench import Record, RunInfo


@benchbench.hookimpl
def benchbench_run_started(run: RunInfo) -> None:
    """Write the start of a run."""
    _write("run_started", run, num_shards=run.num_shards)


@benchbench.hookimpl
def benchbench_shard_done(run: RunInfo, done: int) -> None:
    """Write a finished shard."""
    _write("shard_done", run, done=done, num_shards=run.num_shards)


@benchbench.hookimpl
def benchbench_run_finished(run: RunInfo, record: Record) -> None:
    """Write the end of a run, with its status and scores."""
    scores = {score.metric: score.value for score in record.scores}
    _write("run_finished", run, status=record.status, reason=record.reason, scores=scores, timing=record.timing)


def _write(event: str, run: RunInfo, **facts: Any) -> None:
    """Append one line, in one write, so that two runs may share the file."""
    path = os.environ.get("BENCHBENCH_EVENTS")
    if not path:
        return
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    about = {"task": run.task, "method": run.method, "run_id": run.run_id, "directory": str(run.directory)}
    line = json.dumps({"event": event, "time": now, **about, **facts}, sort_keys=True)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("ab") as file:
        file.write(line.encode() + b"\n")
