"""Runs of the baselines, whose scores are known in order or in value: made once for all tests."""

import os
import re
from pathlib import Path

SHARES = (0.1, 0.25, 0.5)
METHODS = {
    **{name: (name, {}) for name in ("oracle", "collapsed", "unconditional", "real", "copy", "noise")},
    **{f"dial {share}": ("dial", {"collapse": share}) for share in SHARES},
    "blurred": ("dial", {"blur": 1.0}),
}
BEATS = {
    "energy-score": ("toy-shapes", "oracle < dial 0.5 < collapsed < unconditional < noise"),
    "energy-skill": ("toy-shapes", "oracle > dial 0.5 > collapsed > unconditional > noise"),
    "distance-to-truth": ("toy-shapes", "oracle < unconditional < noise"),
    "spread": ("toy-shapes", "unconditional > oracle > dial 0.5 > collapsed"),
    "diversity": ("toy-shapes", "unconditional > oracle > dial 0.5 > collapsed"),
    "diversity-all": ("toy-shapes", "unconditional > oracle > dial 0.5 > collapsed"),
    "relative-diversity": ("toy-shapes", "unconditional > oracle > dial 0.5 > collapsed"),
    "variance": ("toy-shapes", "noise > unconditional > oracle > dial 0.5 > collapsed"),
    "relative-std": ("toy-shapes", "noise > unconditional > oracle > dial 0.5 > collapsed"),
    "vendi-within": ("toy-shapes", "unconditional > oracle > dial 0.5 > collapsed"),
    "vendi": ("toy-shapes", "oracle > copy > noise"),
    "ms-ssim": ("toy-shapes", "collapsed > dial 0.5 > oracle > unconditional > noise"),
    "ms-ssim-across": ("toy-shapes", "oracle > noise"),
    "sample-diversity": ("toy-shapes", "oracle < noise"),
    "realism": ("toy-shapes", "oracle > blurred > noise"),
    "frechet": ("toy-shapes", "oracle < blurred < copy < noise"),
    "frechet-infinity": ("toy-shapes", "oracle < blurred < copy < noise"),
    "conditional-frechet": ("toy-shapes", "oracle < blurred < unconditional < noise"),
    "joint-frechet": ("toy-shapes", "oracle < unconditional < noise"),
    "joint-realism": ("toy-shapes", "oracle > unconditional > noise"),
    "conditional-vendi": ("toy-shapes", "unconditional > oracle > dial 0.5 > collapsed"),
    "information-vendi": ("toy-shapes", "oracle > unconditional"),
    "kernel": ("toy-shapes", "oracle < blurred < copy < noise"),
    "precision": ("toy-shapes", "oracle > noise"),
    "recall": ("toy-shapes", "real > copy"),
    "density": ("toy-shapes", "oracle > noise"),
    "coverage": ("toy-shapes", "oracle > copy"),
    "ndb": ("toy-shapes", "oracle < noise"),
    "jsd": ("toy-shapes", "oracle < copy < noise"),
    "support": ("toy-shapes", "oracle > unconditional"),
    "repeats-within": ("toy-shapes", "oracle < dial 0.5 < collapsed"),
    "collapse-within": ("toy-shapes", "unconditional < oracle < dial 0.5 < collapsed"),
    "collapse-rate": ("toy-shapes", "oracle < collapsed"),
    "collapse-near": ("toy-shapes", "unconditional < oracle < dial 0.5 < collapsed"),
    "repeats-across": ("toy-shapes", "oracle < unconditional"),
    "collapse-across": ("toy-shapes", "oracle < unconditional"),
    "memorised": ("toy-shapes", "oracle < real"),
    "best-of-k": ("toy-shapes", "oracle < dial 0.5 < collapsed < noise"),
    "consistency": ("toy-shapes", "oracle < unconditional < noise"),
    "mode-coverage": ("toy-shapes", "oracle > dial 0.5 > collapsed > unconditional > noise"),
    "high-quality": ("toy-shapes", "oracle > unconditional > noise"),
    "law-distance": ("toy-shapes", "oracle < dial 0.5 < collapsed < unconditional < noise"),
    "psnr": ("sr-photos", "collapsed > copy > real > noise"),
    "ssim": ("sr-photos", "collapsed > copy > real > noise"),
    "sr-space": ("sr-photos", "real > copy"),
    "lr-psnr": ("sr-photos", "collapsed > copy > noise"),
    "lr-psnr-worst": ("sr-photos", "collapsed > copy > noise"),
    "truth-rank": ("toy-shapes", "oracle < dial 0.5 < collapsed"),
    "rank-bias": ("toy-shapes", "oracle < dial 0.5 < collapsed"),
    "rank-shape": ("toy-shapes", "oracle < collapsed"),
    "tarp": ("toy-shapes", "oracle > noise"),
    "tarp-shape": ("toy-shapes", "oracle < noise"),
    "tarp-condition": ("toy-shapes", "oracle > unconditional"),
    "tarp-condition-shape": ("toy-shapes", "oracle < unconditional"),
    "interval-coverage": ("toy-shapes", "oracle > dial 0.5 > collapsed"),
    "interval-width": ("toy-shapes", "noise > oracle > dial 0.5 > collapsed"),
    "ensemble-variance": ("toy-shapes", "oracle > dial 0.5 > collapsed"),
    "mean-error": ("toy-shapes", "oracle < dial 0.5 < collapsed"),
    "single-error": ("toy-shapes", "oracle < unconditional < noise"),
    "spread-skill": ("toy-shapes", "oracle > dial 0.5 > collapsed"),
    "averaging-gain": ("toy-shapes", "oracle > dial 0.5 > collapsed"),
    "c2st": ("toy-shapes", "oracle < unconditional"),
    "clipped-density": ("toy-shapes", "oracle > noise"),
    "clipped-coverage": ("toy-shapes", "oracle > noise"),
    "p-precision": ("toy-shapes", "oracle > noise"),
    "p-recall": ("toy-shapes", "oracle > noise"),
    "data-copying": ("toy-shapes", "oracle > real"),
    "authenticity-gap": ("toy-shapes", "oracle > real"),
    "fld": ("toy-shapes", "oracle < noise"),
    "fld-gap": ("toy-shapes", "oracle > real"),
    "modes-covered": ("ring8", "oracle > noise"),
    "law-kl": ("ring8", "oracle < collapsed"),
}
"""For each metric its task and methods, from the best or greatest on; what has no line is a fact of the truth."""
TASKS = {"toy-shapes": (100, "mini"), "sr-photos": (20, "mini"), "ring8": (100, "pixels")}
"""On how many conditions, under which extractor."""
ALSO = {
    "collapsed": ("diversity-all", "collapse-within", "repeats-within"),
    **{f"dial {share}": ("repeats-within",) for share in SHARES},
}
"""What tests/test_shows.py asks for on toy-shapes, beside the task's own metrics."""


def methods_of(order):
    """Return the methods of an order such as `oracle > copy`."""
    return re.split(" [<>] ", order)


def wanted(task):
    """Return for each method of a task the metrics that some test compares, beside the task's own."""
    found = {label: list(names) for label, names in ALSO.items() if task == "toy-shapes"}
    for metric, (where, order) in BEATS.items():
        for label in methods_of(order) if where == task else ():
            found.setdefault(label, []).append(metric)
    return found


def runs_of(folder, task):
    """Run the task's methods, or read what was run before; return each one's scores by name, and its conditions."""
    import pandas

    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    (limit, extractor), found = TASKS[task], {}
    with Local(0 if "PYTEST_XDIST_WORKER" in os.environ else min(2, os.cpu_count() or 1)) as executor:
        for label, names in wanted(task).items():
            uses = {name: registry().get("metrics", name).uses_features for name in names}
            metrics = tuple(f"{name}[{extractor}]" if uses[name] else name for name in names)
            request = Request(task, Path(folder), limit=limit, keep_samples="none", metrics=metrics)
            stage = open_stage(request, registry())
            name, options = METHODS[label]
            run = Run(stage, stage.subject(name, options))
            record, _ = run.record(executor, lambda done, total: None)
            assert record.status == "ok", record.reason
            table = pandas.read_parquet(Path(run.directory.path) / "conditions.parquet")
            found[label] = {score.metric: score for score in record.scores}, table
    return found
