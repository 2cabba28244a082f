"""Scores of the baselines, every metric, for what is known of them."""

import json
import os

METHODS = {
    **{name: (name, {}) for name in ("oracle", "collapsed", "unconditional", "real", "copy", "noise")},
    "half": ("dial", {"collapse": 0.5}),
    "blurred": ("dial", {"blur": 1.0}),
}


def store(folder, task):
    """Run the baselines that serve the task on 100 of its conditions; keep their scores in the folder."""
    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    stage = open_stage(Request(task, folder / "runs", limit=100, keep_samples="none", metrics=("all",)), registry())
    found = {}
    with Local(0 if "PYTEST_XDIST_WORKER" in os.environ else min(2, os.cpu_count() or 1)) as executor:
        for label, (name, options) in METHODS.items():
            record, _ = Run(stage, stage.subject(name, options)).record(executor, lambda done, total: None)
            if record.status == "ok":
                found[label] = {score.metric.split("[")[0]: score.value for score in record.scores}
    (folder / "scores.json").write_text(json.dumps(found))


def scores_of(folder):
    """Return the scores that `store` kept there, by method and metric."""
    return json.loads((folder / "scores.json").read_text())
