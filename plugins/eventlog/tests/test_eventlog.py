"""The event log of a real run."""

import json
import shutil
from pathlib import Path

from benchbench.cli.main import main
from click.testing import CliRunner

WORDS = ["run", "-t", "ring8", "--limit", "25", "-j", "0"]


def events(tmp_path, monkeypatch, *words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_EVENTS", "log/events.jsonl")
    done = CliRunner().invoke(main, [*WORDS, *words])
    return done, [json.loads(line) for line in (tmp_path / "log" / "events.jsonl").read_text().splitlines()]


def test_a_run_is_told_from_start_to_end(tmp_path, monkeypatch):
    done, found = events(tmp_path, monkeypatch, "-m", "noise")
    assert done.exit_code == 0
    assert [each["event"] for each in found] == ["run_started"] + 3 * ["shard_done"] + ["run_finished"]
    assert [each["done"] for each in found if each["event"] == "shard_done"] == [1, 2, 3]
    assert {each["method"] for each in found} == {"noise"}
    assert found[-1]["status"] == "ok"
    record = json.loads(next(tmp_path.glob("runs/**/record.json")).read_text())
    assert found[-1]["scores"] == {score["metric"]: score["value"] for score in record["scores"]}
    assert found[-1]["run_id"] == record["run_id"]


def test_a_run_that_is_skipped_is_told_with_its_reason(tmp_path, monkeypatch):
    done, found = events(tmp_path, monkeypatch, "-m", "copy")
    assert done.exit_code == 1
    assert [each["event"] for each in found] == ["run_started", "run_finished"]
    assert found[-1]["status"] == "skipped"
    assert "needs an image as condition" in found[-1]["reason"]


def test_without_the_variable_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BENCHBENCH_EVENTS", raising=False)
    assert CliRunner().invoke(main, [*WORDS, "-m", "noise"]).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_log_that_cannot_be_written_harms_no_run(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_EVENTS", "file/events.jsonl")
    assert CliRunner().invoke(main, [*WORDS, "-m", "noise"]).exit_code == 0
    assert "reporter eventlog" in caplog.text
    assert "the command continues" in caplog.text


def test_an_edition_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_EVENTS", "events.jsonl")
    board = tmp_path / "leaderboards" / "ring8" / "v1"
    board.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[3] / "leaderboards" / "ring8" / "v1" / "records.jsonl", board)
    assert CliRunner().invoke(main, ["publish"]).exit_code == 0
    (line,) = (tmp_path / "events.jsonl").read_text().splitlines()
    found = json.loads(line)
    assert (found["event"], found["task"], found["edition"]) == ("edition_published", "ring8", 1)
    assert found["changes"][0].startswith("first edition: ")
