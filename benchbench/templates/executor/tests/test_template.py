"""The contract of benchbench, check by check, and tests of what this executor does."""

import json

from benchbench.testing import *  # noqa: F403 (it brings the tests)

EXECUTORS = ["template"]
TIMEOUT = 60


def scores(run_store):
    """Return the scores of the one record that is there."""
    (path,) = run_store.glob("*/*/*/record.json")
    return [(score["id"], score["value"]) for score in json.loads(path.read_text())["scores"]]


def test_a_run_has_the_scores_that_it_has_in_one_process(tiny_task, benchbench_cli, tmp_path):
    words = ["run", "-t", tiny_task.name, "-m", "noise"]
    for executor, workers in (("template", 1), ("local", 0)):
        done = benchbench_cli(*words, "--executor", executor, "-j", workers, "-o", tmp_path / executor)
        assert done.code == 0, done.err
    assert scores(tmp_path / "template") == scores(tmp_path / "local")
