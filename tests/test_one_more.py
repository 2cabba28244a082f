"""The rule of one more: a file with one of each kind is found everywhere, with no edit elsewhere."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchbench.cli.main import main
from benchbench.contract.subjects import Request, subjects
from benchbench.core.kinds import KINDS
from benchbench.leaderboards.folder import BoardFolder
from benchbench.system.records import read_record

FOLDER = Path(__file__).parent / "one_more"
NAMES = {kind.name: f"one-more-{kind.word}" for kind in KINDS.values()}
METHODS = (NAMES["methods"], "oracle", "collapsed")


def command(*words):
    done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A folder in which the three methods have run on the new task, by the new executor, and are on its board."""
    folder = tmp_path_factory.mktemp("one-more")
    (folder / "one-more.bin").write_bytes(b"one more network")
    patch, here = pytest.MonkeyPatch(), Path.cwd()
    patch.setenv("BENCHBENCH_PLUGINS_DIR", str(FOLDER))
    patch.setenv("BENCHBENCH_WEIGHTS", str(folder))
    patch.setenv("BENCHBENCH_OFFLINE", "1")
    patch.setenv("COLUMNS", "400")
    os.chdir(folder)
    words = [word for name in METHODS for word in ("-m", name)]
    command("run", "-t", NAMES["tasks"], *words, "--executor", NAMES["executors"], "-j", 0, "--keep-samples", "all")
    board = BoardFolder(folder / "leaderboards", NAMES["tasks"], 1)
    for path in sorted(folder.glob("runs/*/*/*/record.json")):
        board.add(read_record(path))  # `submit` refuses what edited code made, such as this checkout's
    yield folder
    os.chdir(here)
    patch.undo()


@pytest.fixture
def records(worked):
    return {path.parts[-3]: json.loads(path.read_text()) for path in worked.glob("runs/*/*/*/record.json")}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_listed_and_described(worked, kind):
    (row,) = [row for row in json.loads(command("list", kind, "--json")) if row["name"] == NAMES[kind]]
    assert row["from"].endswith("one_more.py")
    facts = json.loads(command("info", NAMES[kind], "--json"))
    assert facts["kind"] == KINDS[kind].noun


def test_the_reporter_is_listed_and_heard_of_every_run(worked):
    (row,) = [row for row in json.loads(command("list", "reporters", "--json")) if row["name"] == "one_more"]
    assert row["events"] == "run_finished"
    assert [path.read_text() for path in worked.glob("runs/*/*/*/heard.txt")] == ["ok"] * len(METHODS)


def test_a_run_has_its_scores(records):
    assert set(records) == set(METHODS)
    for record in records.values():
        assert {score["metric"] for score in record["scores"]} == {
            "energy-score[one-more-extractor]",
            "one-more-metric[one-more-extractor]",
        }


def test_a_task_of_another_kind_is_left_alone_by_the_method(worked):
    done = CliRunner().invoke(main, ["run", "-t", "ring8", "-m", NAMES["methods"], "--limit", "3", "-j", "0"])
    assert "recolours; ring8 is of kind points" in done.output


def test_stored_samples_are_scored_by_the_protocol(worked):
    (run,) = worked.glob(f"runs/{NAMES['tasks']}/{NAMES['methods']}/*")
    shown = command("score", run, "--protocol", NAMES["protocols"], "--json")
    assert "one-more-metric[one-more-extractor]" in shown


def test_its_weights_are_listed_and_looked_for(worked):
    (row,) = [row for row in json.loads(command("weights", "list", "--json")) if row["file"] == "one-more.bin"]
    assert row["found"] == str(worked / "one-more.bin")
    findings = {each["about"]: each for each in json.loads(command("doctor", "--json"))}
    assert findings["weights One more network"]["seen"] == str(worked / "one-more.bin")
    assert NAMES["tasks"] in findings["tasks"]["seen"]
    assert f"{NAMES['features']}: ok" in command("weights", "check")


def test_everything_of_it_is_checked(worked):
    found = {subject.label for subject, _ in subjects("one_more", Request(tasks=(NAMES["tasks"],)))}
    assert found >= set(NAMES.values()) | {"one_more"}
    assert f"{NAMES['methods']} on {NAMES['tasks']}" in found


def test_a_comparison_says_the_metrics_words(worked):
    shown = command("compare", "oracle", "collapsed", "-t", NAMES["tasks"], "--metric", "all")
    assert "oracle is more colourful by" in shown


def test_it_is_on_the_site(worked):
    command("publish", "--site", "site")
    text = "".join(path.read_text() for path in (worked / "site").rglob("*.html"))
    for name in (NAMES["tasks"], NAMES["methods"], "one-more-metric[one-more-extractor]", "recolouring"):
        assert name in text, name
