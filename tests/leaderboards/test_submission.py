"""Only whole and honest runs get in."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from boards import change, only

from benchbench.core.record_json import parse_record, to_json
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task
from benchbench.system.records import digest


def test_submitted_records_are_those_of_the_runs(runs, benchbench):
    done = benchbench("submit", runs)
    assert done.exit_code == 0, done.stderr
    lines = Path("leaderboards/ring8/v1/records.jsonl").read_text().splitlines()
    stored = {to_json(parse_record(path.read_text(), "")) for path in runs.glob("*/*/record.json")}
    assert set(lines) == stored
    assert len(lines) == 4
    again = benchbench("submit", runs)
    assert again.exit_code == 1
    assert "has this very record already" in again.stderr
    assert Path("leaderboards/ring8/v1/records.jsonl").read_text().splitlines() == lines


def test_scores_by_condition_lie_beside_the_records_and_can_be_compared(runs, benchbench):
    import pandas

    assert benchbench("submit", runs / "oracle", runs / "noise").exit_code == 0
    board = Path("leaderboards/ring8/v1")
    record = json.loads((board / "records.jsonl").read_text().splitlines()[1])
    (path,) = board.glob(f"conditions/{record['by_condition'][:16]}.csv")
    assert digest(path.read_text()) == record["by_condition"]
    own, whole = pandas.read_csv(path), pandas.read_parquet(only(runs / "noise") / "conditions.parquet")
    assert set(own) == {"id", "group", *set(get_task("ring8").metrics) & set(whole)}
    assert own["high-quality"].tolist() == pytest.approx(whole["high-quality"].tolist(), rel=1e-6)
    asked = ("compare", "oracle", "noise", "-t", "ring8", "--metric", "high-quality", "--json", "--records")
    stored, ran = (benchbench(*asked, place) for place in (board / "records.jsonl", runs))
    (one,), (other,) = (json.loads(each.stdout)["comparisons"] for each in (stored, ran))
    assert one["difference"] == pytest.approx(other["difference"], rel=1e-6)
    path.write_text(path.read_text().replace("1", "0", 1))
    assert "was changed" in benchbench(*asked, board / "records.jsonl").stderr


def test_a_record_that_names_other_scores_by_condition_is_refused(runs, benchbench):
    change(only(runs / "noise"), lambda record: record.update(by_condition="0" * 64))
    assert "the scores by condition that it names" in benchbench("submit", runs / "noise").stderr


def wrong_fingerprint(record):
    record["task"]["fingerprint"] = "0" * 64


def lower(record):
    record["scores"][0]["value"] -= 0.1


def other_values(record):
    record["paired"]["values"][7] += 1e-6


def other_version(record):
    record["scores"][0]["id"] = record["scores"][0]["id"].replace("@1", "@2")


def one_less(record):
    record["scores"] = [score for score in record["scores"] if score["metric"] != "high-quality"]


def twice(record):
    record["scores"].append({**record["scores"][0], "value": 0.01})


def other_score(record):
    next(score for score in record["scores"] if score["metric"] == "high-quality")["value"] = 0.99


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda record: record.update(status="failed", reason="NaN"), "failed: NaN"),
        (lambda record: record["protocol"].update(off_protocol=True), "off-protocol: 300 conditions, 20 samples each"),
        (lambda record: record["environment"].update(git_dirty=True), "made with edited code that no commit holds"),
        (lambda record: record["task"].update(version=0), "made with version 0 of the task ring8, now 1"),
        (wrong_fingerprint, "made on other test data of ring8 (fingerprint 00000000, expected "),
        (other_version, "its law-distance is of another version or has other weights"),
        (one_less, "it has no high-quality"),
        (lower, "but its conditions give"),
        (other_values, "of its conditions is not what conditions.parquet holds"),
        (lambda record: record.update(scores=[]), "it claims to be ok without a single score"),
        (lambda record: record.update(seed=7), " does not match the record: it was edited"),
        (lambda record: record["protocol"].update(pairs_per_condition=3), " does not match the record: it was edited"),
        (
            lambda record: record["method"].update(reference=True),
            "noise does not read the answers, but its record says",
        ),
        (lambda record: record["method"].update(label="best"), "its label is 'best', not 'noise'"),
        (lambda record: record["scores"][0].update(value=float("nan")), "it has NaN; a record holds numbers only"),
        (lambda record: record["timing"].update(wall_seconds=float("inf")), "it has Infinity; a record holds"),
        (lambda record: record.update(rank=1), "record.json is not a record: rank: "),
        (lambda record: record["scores"][0].update(stars=5), "record.json is not a record: scores.0.stars: "),
        (
            lambda record: record["task"].pop("fingerprint"),
            "is not a record: task.fingerprint: Field required",
        ),
        (
            lambda record: record["paired"]["values"].pop(),
            "is not a record: paired: 299 values and 300 groups of",
        ),
        (lambda record: record["paired"].pop("groups"), "record.json is not a record: paired.groups: Field required"),
        (twice, "is not a record: scores: 2 have the id law-distance@1"),
        (lambda record: record["scores"][0].update(higher_is_better=True), "has another better side than the metric"),
        (lambda record: record["protocol"].update(num_conditions=50), "it has 300 conditions, its protocol 50"),
        (other_score, "high-quality is "),
        (
            lambda record: record.update(created="9999-01-01T00:00:00+00:00"),
            "its date '9999-01-01T00:00:00+00:00' is not",
        ),
        (lambda record: record.update(created="<b>now</b>"), "its date '<b>now</b>' is not between"),
        (lambda record: record["scores"][0].update(n=-5), "is made of -5 conditions"),
        (lambda record: record["scores"][0].update(n="300"), "is not a record: scores.0.n: "),
        (lambda record: record["scores"][0].update(value="0.1"), "is not a record: scores.0.value: "),
        (lambda record: record["scores"][0].update(standard_error=-0.1), "has the standard error -0.1"),
        (lambda record: record["scores"][0].update(interval=[0.2, 0.1]), "has the interval (0.2, 0.1)"),
        (lambda record: record["method"].update(training={"seed": True}), "is not a record: method.training.seed: "),
        (lambda record: record.update(schema=9), "schema 9 is of a later benchbench, which reads up to 7 here"),
    ],
)
def test_what_may_not_stand_is_refused_with_the_reason(runs, benchbench, edit, said):
    change(only(runs / "noise"), edit)
    done = benchbench("submit", runs)
    assert done.exit_code == 1
    assert said in done.stderr
    lines = Path("leaderboards/ring8/v1/records.jsonl").read_text().splitlines()
    assert {json.loads(line)["method"]["name"] for line in lines} == {"oracle", "collapsed", "real"}, (
        "the others are in"
    )


def test_a_run_whose_samples_depend_on_the_batch_has_its_id_too(runs, benchbench):
    """As a method that draws batch-wise leaves it: the batch's size is in the record, and in the hash."""
    from benchbench.core.identity import identity_of
    from benchbench.system.hashes import identity_hash
    from benchbench.system.records import read_record

    run = only(runs / "noise")
    record = read_record(run / "record.json")
    change(run, lambda fields: fields.update(run_id=identity_hash({**identity_of(record), "batch_size": 4})))
    assert "does not match the record: it was edited" in benchbench("submit", run).stderr
    change(run, lambda fields: fields.update(batch_size=4))
    assert benchbench("submit", run).exit_code == 0


def test_a_number_beyond_all_numbers_is_refused(runs, benchbench):
    path = only(runs / "noise") / "record.json"
    path.with_name("checksums.sha256").unlink(missing_ok=True)
    path.write_text(re.sub(r'"value": [0-9.e-]+', '"value": 1e400', path.read_text(), count=1))
    assert "is not a record: scores.0.value: " in benchbench("submit", path.parent).stderr


def test_conditions_whose_groups_were_merged_are_refused(runs, benchbench):
    import pandas

    path = only(runs / "noise") / "conditions.parquet"
    pandas.read_parquet(path).assign(group="one").to_parquet(path, index=False)
    path.with_name("checksums.sha256").unlink(missing_ok=True)
    done = benchbench("submit", path.parent)
    assert "groups of its conditions.parquet are not those of ring8" in done.stderr


def test_a_line_without_its_end_is_not_glued_to_the_next_one(runs, benchbench):
    assert benchbench("submit", runs / "oracle").exit_code == 0
    path = Path("leaderboards/ring8/v1/records.jsonl")
    path.write_text(path.read_text().rstrip("\n"))
    assert benchbench("submit", runs / "noise").exit_code == 0
    assert [json.loads(line)["method"]["name"] for line in path.read_text().splitlines()] == ["oracle", "noise"]


def test_a_record_of_schema_2_can_be_submitted_with_its_id(runs, benchbench):
    """Batch size aside, which then stood in `run.json`, a line of schema 2 says the same in prose."""
    run = only(runs / "noise")
    change(run, as_schema_2)
    done = benchbench("submit", run)
    assert done.exit_code == 0, done.stderr
    (line,) = Path("leaderboards/ring8/v1/records.jsonl").read_text().splitlines()
    assert json.loads(line)["schema"] == 7


def as_schema_2(record):
    """Turn a record back into the form of schema 2."""
    from benchbench.core.record import Score
    from benchbench.core.record_json import parsed
    from benchbench.publish import words

    for each in record["scores"]:
        score = parsed(Score, json.dumps(each), "made here")
        each.update(uncertainty=words.uncertainty(score.uncertainty), detail=words.detail(score))
        for name in ("variant", "threshold", "counts"):
            del each[name]
    record["schema"] = 2
    record["paired"] = record["paired"] or {}
    del record["batch_size"]


def test_a_record_without_its_conditions_is_refused(runs, benchbench):
    (only(runs / "noise") / "conditions.parquet").unlink()
    assert "its conditions.parquet is missing" in benchbench("submit", runs / "noise").stderr


def test_no_run_is_told(tmp_path, benchbench, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "holds no run: it has no record.json" in benchbench("submit", tmp_path).stderr


def test_a_table_of_conditions_that_is_damaged_is_no_submission(runs, benchbench):
    (path,) = runs.glob("noise/*/conditions.parquet")
    path.write_text("mine")
    done = benchbench("submit", path.parent)
    assert (done.exit_code, "conditions.parquet cannot be read" in done.stderr) == (1, True), done.stderr


def test_a_row_that_is_better_than_the_truth_is_refused(runs, benchbench, tmp_path):
    """It draws near the very references that it is scored on, which the true law cannot."""
    assert benchbench("submit", runs / "oracle", runs / "noise").exit_code == 0
    from benchbench.core.record_json import parse_record
    from benchbench.evaluation.leaks import better_than_the_truth

    lines = Path("leaderboards/ring8/v1/records.jsonl").read_text().splitlines()
    oracle, noise = (parse_record(line, "") for line in lines)
    assert [oracle.method.name, noise.method.name] == ["oracle", "noise"]
    assert list(better_than_the_truth(noise, [oracle])) == []
    as_good = dataclasses.replace(noise, paired=oracle.paired)
    assert list(better_than_the_truth(as_good, [oracle])) == []
    values = tuple(value - 0.05 for value in oracle.paired.values)
    score = dataclasses.replace(oracle.scores[0], value=oracle.scores[0].value - 0.05)
    leak = dataclasses.replace(
        noise, scores=(score, *noise.scores[1:]), paired=dataclasses.replace(oracle.paired, values=values)
    )
    (found,) = better_than_the_truth(leak, [oracle])
    assert "is significantly better than the oracle's" in str(found)
    assert list(better_than_the_truth(leak, [])) == []
    reference = dataclasses.replace(leak, method=dataclasses.replace(leak.method, reference=True))
    assert list(better_than_the_truth(reference, [oracle])) == []


def test_a_published_row_that_is_better_than_the_truth_is_found_by_check(runs, benchbench):
    from benchbench.core.identity import identity_of
    from benchbench.system.hashes import identity_hash
    from benchbench.system.records import read_run

    assert benchbench("submit", runs / "oracle", runs / "collapsed").exit_code == 0
    oracle, mine = read_run(only(runs / "oracle")), read_run(only(runs / "noise"))
    values = tuple(value - 0.05 for value in oracle.paired.values)
    score = dataclasses.replace(oracle.scores[0], value=oracle.scores[0].value - 0.05)
    leak = dataclasses.replace(
        mine,
        scores=(score, *mine.scores[1:]),
        paired=dataclasses.replace(oracle.paired, values=values),
        by_condition="",  # as a record of an earlier schema
    )
    assert benchbench("publish").exit_code == 0
    assert benchbench("leaderboard", "--check").exit_code == 0
    BoardFolder(Path("leaderboards"), "ring8", 1).add(
        dataclasses.replace(leak, run_id=identity_hash(identity_of(leak)))
    )
    assert benchbench("publish").exit_code == 0
    done = benchbench("leaderboard", "--check")
    assert done.exit_code == 1
    assert "ring8/v1: the record of noise: its " in done.stdout
    assert "is significantly better than the oracle's" in done.stdout


@pytest.mark.parametrize(("grey_levels", "found"), [(0, True), (1, True), (3, False)])
def test_samples_that_are_test_references_are_found(tmp_path, grey_levels, found):
    from made_records import make
    from PIL import Image

    from benchbench.evaluation.leaks import made_of_references
    from benchbench.plugins import get_task

    task = get_task("toy-shapes")
    for example in task.examples("test")[:4]:
        folder = tmp_path / "samples" / example.id
        folder.mkdir(parents=True)
        copied = example.references[7].int()
        copied[:, 5, 5] = copied[:, 5, 5] + (grey_levels if int(copied[:, 5, 5].max()) < 200 else -grey_levels)
        for k, image in enumerate((example.references[0].flip(-1), copied.byte())):
            Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / f"{k:02d}.png")
    record = make("mine")
    record = dataclasses.replace(record, protocol=dataclasses.replace(record.protocol, num_conditions=4))
    sentences = [str(each) for each in made_of_references(tmp_path, record, task)]
    said = ["the samples of 4 of 4 conditions hold a test reference: it saw the answers"]
    assert sentences == (said if found else [])


def test_code_that_nothing_identifies_is_refused(runs, benchbench):
    change(
        only(runs / "noise"), lambda record: record["environment"].update(git_commit=None, git_dirty=None, installed={})
    )
    done = benchbench("submit", runs / "noise")
    assert done.exit_code == 1
    assert "made with code that neither a commit nor an installed distribution identifies" in done.stderr
