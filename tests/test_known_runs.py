"""Runs that the flat house made (records of schema 2, at commit ff678e9) come out again: same ids, same scores."""

import json
from pathlib import Path

import pandas
import pytest

HERE = Path(__file__).parent
KNOWN = [json.loads(line) for line in (HERE / "known_runs.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("known", KNOWN, ids=lambda record: f"{record['task']['name']}-{record['method']['name']}")
def test_a_run_of_the_old_house_comes_out_again(bench, known):
    protocol = known["protocol"]
    words = ["--limit", protocol["num_conditions"], "--samples", protocol["samples_per_condition"], "-j", 0]
    done = bench("run", "-t", known["task"]["name"], "-m", known["method"]["label"], *words)
    assert done.code == 0, done.err
    (path,) = Path("runs").glob("*/*/*/record.json")
    record = json.loads(path.read_text())
    if record["method"]["version"] == known["method"]["version"]:  # a later version has the same scores by another id
        assert path.parent.name == known["run_id"]
    assert record["task"] == known["task"]
    own = {score["id"]: score for score in record["scores"]}
    assert set(own) == {score["id"] for score in known["scores"]}
    for score in known["scores"]:
        assert own[score["id"]]["value"] == pytest.approx(score["value"], rel=1e-5, abs=1e-7), score["id"]
    by_condition = pandas.read_parquet(path.parent / "conditions.parquet")[known["paired"]["metric"]]
    assert by_condition.tolist() == pytest.approx(known["paired"]["values"], rel=1e-5, abs=1e-7)
    assert record["paired"]["groups"] == known["paired"]["groups"]
