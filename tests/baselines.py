"""Runs of the baselines, whose scores are known in order or in value: made once for all tests."""

import os
from pathlib import Path

SHARES = (0.1, 0.25, 0.5)
METHODS = {
    **{name: (name, {}) for name in ("oracle", "collapsed", "unconditional", "real", "copy", "noise")},
    **{f"dial {share}": ("dial", {"collapse": share}) for share in SHARES},
    "blurred": ("dial", {"blur": 1.0}),
}
PLANS = {
    "toy-shapes": (
        (("oracle", "collapsed", "unconditional", "real", "copy", "noise", "dial 0.5", "blurred"), 80, ("all",)),
        (("dial 0.1", "dial 0.25"), 80, ("repeats-within[mini]",)),
    ),
    "sr-photos": (
        (
            ("collapsed", "copy", "real", "noise"),
            20,
            ("psnr", "ssim", "sr-space[mini]", "lr-psnr", "lr-psnr-worst"),
        ),
    ),
    "ring8": ((("oracle", "noise", "collapsed"), 100, ("all",)),),
}
"""By task: which methods, on how many conditions, with which metrics beside the task's own."""


def runs_of(folder, task):
    """Run the task's methods, or read what was run before; return each one's scores by name, and its conditions."""
    from benchbench.executors.local import Local

    with Local(0 if "PYTEST_XDIST_WORKER" in os.environ else min(2, os.cpu_count() or 1)) as executor:
        return {label: found for plan in PLANS[task] for label, found in _runs_of(folder, task, *plan, executor)}


def _runs_of(folder, task, labels, limit, metrics, executor):
    import pandas

    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    request = Request(task, Path(folder), limit=limit, keep_samples="none", metrics=metrics)
    stage = open_stage(request, registry())
    for label in labels:
        name, options = METHODS[label]
        run = Run(stage, stage.subject(name, options))
        record, _ = run.record(executor, lambda done, total: None)
        assert record.status == "ok", record.reason
        table = pandas.read_parquet(Path(run.directory.path) / "conditions.parquet")
        yield label, ({score.metric: score for score in record.scores}, table)
