"""The metric in a run: a method with a likelihood has bits, one without is skipped."""

import json

from benchbench.training.fit import fit
from benchbench.training.plan import Training


def test_a_run_has_the_bits_of_the_references(benchbench_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = fit(Training("digits-by-class", "cvae", {}, 0, "cpu", tmp_path, steps=1), lambda done, total, losses: None)
    words = ["run", "-t", "digits-by-class", "--metric", "bits-per-value", "-j", 0, "--json"]
    words += ["--limit", 3, "--samples", 2, "-o", "runs"]

    def run(*more):
        done = benchbench_cli(*words, *more)
        (record,) = json.loads(done.out[done.out.index("[\n") :])
        return record

    record = run("-m", "cvae", "--checkpoint", path)
    (score,) = (each for each in record["scores"] if each["metric"] == "bits-per-value")
    assert 4 < score["value"] < 12
    assert score["standard_error"] > 0
    assert record["cost"]["evaluations_per_sample"] == 1, "a likelihood is no part of what a sample costs"
    other = run("-m", "real")
    assert (other["status"], other["reason"]) == ("skipped", "real has no likelihood")
