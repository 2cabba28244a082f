"""Leaderboards as folders: only whole runs get in, editions never change, and no table can be edited unseen."""

import dataclasses
import json
import re
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import processes
import pytest

from benchbench.core import BenchbenchError
from benchbench.core.edition import Edition, Standing
from benchbench.core.record_json import parse_edition, parse_record, to_json
from benchbench.leaderboards.changes import changes
from benchbench.leaderboards.editions import edition_text
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task
from benchbench.publish.changes import sentences
from benchbench.publish.pages import check
from benchbench.system.records import digest

HERE = Path(__file__).parent.parent


def make_runs(output):
    """Make runs of ring8 from committed code, as far as their records tell."""
    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    stage = open_stage(Request(task="ring8", output=output, keep_samples="none"), registry())
    for name in ("oracle", "noise", "collapsed", "real"):
        directory = Path(Run(stage, stage.subject(name, {})).directory.path)
        Run(stage, stage.subject(name, {})).record(Local(0), lambda done, total: None)
        change(directory, lambda record: record["environment"].update(git_dirty=False))


@pytest.fixture(scope="module")
def made(once):
    """The folder of these runs."""
    return once("runs-of-ring8", make_runs)


@pytest.fixture
def runs(made, tmp_path, monkeypatch):
    """Return a copy of these runs; the working directory is beside it."""
    shutil.copytree(made, tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs" / "ring8"


def change(directory, edit):
    """Edit the record of a run directory."""
    path = directory / "record.json"
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))
    path.with_name("checksums.sha256").unlink(missing_ok=True)


def only(folder):
    (path,) = [path for path in folder.iterdir() if path.is_dir()]
    return path


@pytest.fixture
def benchbench(capsys):
    """Return a function that runs the command line and gives its exit code, output and messages."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def tree(folder):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# Submitting -----------------------------------------------------------------------------------------------------------


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


# Publishing -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def published(runs, benchbench):
    """Return the board's folder after two editions: without noise, then with it."""
    for name in ("oracle", "collapsed", "real"):
        assert benchbench("submit", runs / name).exit_code == 0
    assert benchbench("publish").exit_code == 0
    assert benchbench("submit", runs / "noise").exit_code == 0
    done = benchbench("publish", "ring8")
    assert done.exit_code == 0, done.stderr
    assert "ring8: edition 2, 4 rows\n  added: noise, rank 1" in done.stdout
    return Path("leaderboards/ring8/v1")


def test_editions_say_what_they_show(published):
    first, second = BoardFolder(Path("leaderboards"), "ring8", 1).editions()
    assert (first.number, second.number) == (1, 2)
    assert first.previous == ""
    assert second.previous == digest((published / "editions" / "0001.json").read_text())
    lines = (published / "records.jsonl").read_text().splitlines()
    assert set(second.records) == {digest(line) for line in lines}
    assert len(first.records) == 3
    (standing,) = second.standings
    assert (standing.label, standing.rank, standing.best, standing.worst) == ("noise", 1, 1, 1)


def test_the_pages_show_the_newest_edition(published):
    page = (published / "README.md").read_text()
    assert "|      1 | noise " in page
    assert "Edition 2, " in page
    assert page.index("\nEdition 2, ") < page.index("\nEdition 1, "), "what changed, the newest first"
    index = Path("leaderboards/README.md").read_text()
    assert "| [ring8](ring8/v1/README.md) | v1" in index
    assert "| noise " in index


def test_an_old_edition_can_be_shown(published, benchbench):
    assert "noise" not in benchbench("leaderboard", "ring8", "--edition", 1, "--format", "markdown").stdout
    assert "noise" in benchbench("leaderboard", "ring8", "--edition", 2, "--format", "markdown").stdout
    assert "has 2 editions, no number 3" in benchbench("leaderboard", "ring8", "--edition", 3).stderr


def test_an_edition_keeps_the_score_that_it_ranks_by(published, benchbench, monkeypatch):
    kind = type(get_task("ring8"))
    now = "energy-score[pixels]"
    before = benchbench("leaderboard", "ring8", "--edition", 2, "--format", "markdown").stdout
    monkeypatch.setattr(kind, "metrics", (now, *(each for each in kind.metrics if each != now)))
    done = benchbench("publish", "ring8")
    assert "edition 3, 4 rows\n  ranked by energy-score[pixels], by law-distance before\n" in done.stdout
    editions = BoardFolder(Path("leaderboards"), "ring8", 1).editions()
    assert [each.ranked_by for each in editions] == ["law-distance", "law-distance", now]
    assert benchbench("leaderboard", "ring8", "--edition", 2, "--format", "markdown").stdout == before
    assert benchbench("leaderboard", "--check").exit_code == 0
    assert "nothing new since edition 3" in benchbench("publish").stdout


def test_published_again_nothing_changes(published, benchbench):
    before = tree(Path("leaderboards"))
    done = benchbench("publish")
    assert "nothing new since edition 2" in done.stdout
    assert tree(Path("leaderboards")) == before


def test_nothing_to_publish_is_told(tmp_path, benchbench, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no records of any task under leaderboards" in benchbench("publish").stderr
    assert "no records of ring8 under leaderboards" in benchbench("publish", "ring8").stderr
    assert "no leaderboards under leaderboards" in benchbench("leaderboard", "--check").stderr


def test_reporters_learn_of_an_edition(published, runs, benchbench, monkeypatch, caplog):
    from benchbench import plugins

    heard = []
    row = plugins.PluginRow(name="mine", distribution="")
    impl = type("Impl", (), {"argnames": ("edition",), "function": staticmethod(lambda edition: heard.append(edition))})
    bad = type("Impl", (), {"argnames": (), "function": staticmethod(lambda: 1 / 0)})
    monkeypatch.setattr(
        plugins.registry(), "reporters", [(row, "edition_published", bad), (row, "edition_published", impl)]
    )
    train(published, (0,))
    done = benchbench("publish")
    assert done.exit_code == 0
    assert [edition.number for edition in heard] == [3]
    assert "ZeroDivisionError" in caplog.text


def foreign(published, **task):
    """Add a line by hand: noise under another name, dated later than all, of another task or metric."""
    path = published / "records.jsonl"
    record = json.loads(next(line for line in path.read_text().splitlines() if '"name": "noise"' in line))
    record["method"].update(name="foreign", label="foreign")
    record["created"] = "2999-01-01T00:00:00+00:00"
    record["task"].update(task)
    if not task:
        record["scores"][0]["id"] = "law-distance@9"
    path.write_text(path.read_text() + json.dumps(record, sort_keys=True) + "\n")


@pytest.mark.parametrize("task", [{"fingerprint": "0" * 64}, {}])
def test_one_foreign_line_pushes_no_row_off_the_board(published, benchbench, task):
    foreign(published, **task)
    done = benchbench("publish")
    assert "nothing new since edition 2" in done.stdout, done.stderr
    shown = benchbench("leaderboard", "ring8", "--records", published / "records.jsonl")
    assert "| noise " in shown.stdout
    assert "not shown: foreign: " in shown.stderr
    assert "has the date '2999-01-01T00:00:00+00:00', which cannot be" in benchbench("leaderboard", "--check").stdout


def test_publish_refuses_where_a_record_was_changed(published, benchbench):
    with_a_better_score(published)
    before = tree(published)
    done = benchbench("publish")
    assert (done.exit_code, "was changed or removed; records are only added" in done.stderr) == (1, True)
    assert tree(published) == before


def test_the_newest_edition_cannot_be_made_again_under_its_number(published, benchbench):
    (published / "editions" / "0002.json").unlink()
    done = benchbench("publish")
    assert (done.exit_code, "the newest edition that was published was changed or removed" in done.stderr) == (1, True)
    assert "the newest edition that was published was" in benchbench("leaderboard", "--check").stdout


# Faults ---------------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from click.testing import CliRunner
from benchbench.system import files as store
from benchbench.cli.main import main

left, replace = int(sys.argv[1]), os.replace

def dying(*paths):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*paths)

store.os.replace = dying
sys.exit(CliRunner().invoke(main, ["publish"]).exit_code)
"""
"""A publish that dies by SIGKILL when it is about to put its n-th file in place."""


@pytest.fixture
def one_more(published, runs, benchbench):
    """Return the board's folder with a record that no edition has: noise again, with another seed."""
    path = published / "records.jsonl"
    line = next(line for line in path.read_text().splitlines() if '"name": "noise"' in line)
    record = json.loads(line)
    record["seed"] = 1
    path.write_text(path.read_text() + json.dumps(record, sort_keys=True) + "\n")
    return published


def run(script, *words):
    return processes.run(["-c", script, *words])


@pytest.mark.parametrize(("files", "editions"), [(0, 2), (1, 3), (2, 3)])
def test_a_publish_killed_before_any_of_its_files_leaves_whole_editions(one_more, benchbench, files, editions):
    assert run(KILLED, files).returncode == -signal.SIGKILL
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    assert len(folder.editions()) == editions
    assert len(folder.board(get_task("ring8"), folder.editions()[-1]).rows) == (4 if editions == 2 else 5)
    assert benchbench("publish").exit_code == 0
    assert benchbench("leaderboard", "--check").exit_code == 0
    assert len(folder.editions()) == 3
    assert not list(Path("leaderboards").rglob("*.tmp"))


def test_of_publishes_at_once_one_makes_the_edition(one_more, benchbench):
    script = "import sys; from benchbench.cli.main import main; main(sys.argv[1:])"
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: run(script, "publish"), range(4)))
    made = [each.stdout for each in told if "edition 3, 5 rows" in each.stdout]
    assert len(made) == 1, told
    for each in told:
        late = each.returncode == 1 and "another process writes to" in each.stderr
        assert each.stdout in made or "nothing new since edition 3" in each.stdout or late, each
    assert benchbench("leaderboard", "--check").exit_code == 0


def test_while_one_publishes_another_is_sent_away(one_more, benchbench):
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    before = tree(one_more)
    with folder.held():
        done = benchbench("publish")
        assert (done.exit_code, "another process writes to" in done.stderr) == (1, True)
    assert tree(one_more) == before


LIMITED = """
import resource, sys
from benchbench.cli.main import main

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
main(sys.argv[2:])
"""


@pytest.mark.parametrize(("room", "editions"), [(100, 2), (1800, 3)])
def test_a_publish_without_room_for_its_files_leaves_whole_editions(one_more, benchbench, room, editions):
    edition, page = one_more / "editions" / "0002.json", one_more / "README.md"
    assert 100 < edition.stat().st_size < 1700 < 1900 < page.stat().st_size
    before = tree(one_more)
    full = run(LIMITED, room, "publish")
    assert (full.returncode, "could not write" in full.stderr, full.stdout) == (1, True, ""), full
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    assert len(folder.editions()) == editions
    assert {name: content for name, content in tree(one_more).items() if name in before} == before
    assert benchbench("publish").exit_code == 0
    assert benchbench("leaderboard", "--check").exit_code == 0


def test_a_submission_without_room_leaves_the_records_whole(published, runs):
    before = (published / "records.jsonl").read_bytes()
    for directory in (runs / "noise").iterdir():
        change(directory, lambda record: record.update(created="2026-01-01T00:00:00+00:00"))
    full = run(LIMITED, len(before), "submit", runs / "noise")
    assert (full.returncode, "could not write" in full.stderr) == (1, True), full
    assert (published / "records.jsonl").read_bytes() == before


def test_a_full_disk_is_told_and_harms_no_edition(one_more, tmp_path, benchbench):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        shutil.copytree("leaderboards", disk / "boards")
        before = tree(disk / "boards")
        with pytest.raises(OSError, match="No space left"):
            (disk / "filler").write_bytes(bytes(1 << 20))
        done = benchbench("publish", "--boards", disk / "boards")
        assert (done.exit_code, "the disk is full: could not write" in done.stderr) == (1, True), done.stderr
        assert tree(disk / "boards") == before
        (disk / "filler").unlink()
        assert benchbench("publish", "--boards", disk / "boards").exit_code == 0
        assert benchbench("leaderboard", "--check", "--boards", disk / "boards").exit_code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Several trainings ----------------------------------------------------------------------------------------------------


def train(published, seeds, reference=False):
    """Add records of `noise`, as if it had been trained with these seeds, and the scores were others by that."""
    path = published / "records.jsonl"
    record = json.loads(next(line for line in path.read_text().splitlines() if '"name": "noise"' in line))
    name = "reads" if reference else "gan"
    record["method"].update(name=name, label=name, reference=reference)
    record["by_condition"] = ""  # those of noise
    for seed in seeds:
        record["method"].update(checkpoint=f"{seed:064d}", training={"seed": seed, "steps": 10, "device": "cpu"})
        own = json.loads(json.dumps(record))
        own["paired"]["values"] = [round(value * 0.97 + 0.001 * seed, 6) for value in own["paired"]["values"]]
        own["scores"][0]["value"] = sum(own["paired"]["values"]) / len(own["paired"]["values"])
        path.write_text(path.read_text() + json.dumps(own, sort_keys=True) + "\n")


def test_an_edition_has_one_row_of_several_trainings_and_says_when_there_are_more(published, benchbench):
    train(published, (2, 0, 1))
    done = benchbench("publish")
    assert "edition 3, 5 rows\n  added: gan, rank 1\n  noise falls from rank 1 to 2: gan added" in done.stdout
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    edition = folder.editions()[-1]
    assert [(each.label, len(each.records)) for each in edition.standings] == [("gan", 3), ("noise", 1)]
    assert (len(edition.records), edition.num_rows, edition.schema, edition.rule) == (7, 5, 3, 3)
    page = (published / "README.md").read_text()
    assert "|   rank |   letters | method    |   seeds |" in page
    assert re.search(r"\| +1 \| +a \| gan‡ +\| +3 \|", page)
    assert "## Checkpoints" in page
    assert "Rows of 3 training seeds are means over them" in page
    checked = benchbench("leaderboard", "--check")
    assert checked.exit_code == 0, checked.output
    train(published, (5, 6), reference=True)
    train(published, (3,))
    assert "  1 training seed more: gan, " in benchbench("publish").stdout
    index = Path("leaderboards/README.md").read_text()
    assert re.search(r"\| gan‡ +\| law-distance \| 2 +\| 4 +\| 4 +\| 4", index)
    assert "reference rows new or measured again: reads" in (published / "README.md").read_text()
    assert folder.editions()[-1].num_rows == 6
    assert "1 training seed more: gan" in " ".join(folder.editions()[-1].changes)
    assert "nothing new since edition 4" in benchbench("publish").stdout
    assert benchbench("leaderboard", "--check").exit_code == 0
    assert "|       3 |" in benchbench("leaderboard", "ring8", "--edition", 3, "--format", "markdown").stdout


# Checking -------------------------------------------------------------------------------------------------------------


def test_check_finds_nothing_wrong(published, benchbench):
    done = benchbench("leaderboard", "--check")
    assert done.exit_code == 0, done.stdout
    assert "1 leaderboards are what their records give" in done.stdout


def without_a_line(published):
    path = published / "records.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def with_a_better_score(published):
    path = published / "records.jsonl"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1', 1))


def with_another_table(published):
    path = published / "README.md"
    path.write_text(path.read_text().replace("noise ", "mine  ", 1))


def with_another_index(published):
    path = published.parent.parent / "README.md"
    path.write_text(path.read_text().replace("noise ", "mine  ", 1))


def with_an_edited_edition(published):
    path = published / "editions" / "0001.json"
    path.write_text(path.read_text().replace('"date": "2', '"date": "1'))


def with_an_edited_rank(published):
    path = published / "editions" / "0002.json"
    path.write_text(path.read_text().replace('"best": 1', '"best": 2'))
    heads = published.parent.parent / "heads.json"  # as one who knows would do
    heads.write_text(json.dumps({"ring8/v1": digest(path.read_text())}))


def without_an_edition(published):
    (published / "editions" / "0001.json").unlink()


def with_a_line_by_hand(published):
    path = published / "records.jsonl"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(first), indent=None, separators=(",", ":")), first, *rest]) + "\n")


def with_a_line_twice(published):
    path = published / "records.jsonl"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")


def with_a_line_of_another_task(published):
    path = published / "records.jsonl"
    record = json.loads(path.read_text().splitlines()[1])
    record["task"]["version"] = 2
    path.write_text(path.read_text() + json.dumps(record, sort_keys=True) + "\n")


def with_a_nan(published):
    path = published / "records.jsonl"
    line = path.read_text().splitlines()[1]
    path.write_text(path.read_text() + line.replace('"seed": 0', '"seed": NaN') + "\n")


def with_a_broken_line(published):
    path = published / "records.jsonl"
    path.write_text(path.read_text() + path.read_text()[:100])


def with_no_edition(published):
    shutil.rmtree(published / "editions")
    (published.parent.parent / "heads.json").unlink()


def without_its_editions(published):
    shutil.rmtree(published / "editions")


def with_a_strange_edition(published):
    (published / "editions" / "0002.json").write_text("{}")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (without_a_line, "was changed or removed; records are only added"),
        (with_a_better_score, "was changed or removed; records are only added"),
        (with_another_table, "README.md is not what its records give: run `benchbench publish ring8`"),
        (with_another_index, "README.md is not what its records give: run `benchbench publish`"),
        (with_an_edited_edition, "the edition before it has changed since; editions never change"),
        (with_an_edited_rank, "the records of edition 2 do not give its ranks"),
        (without_an_edition, "edition 1 was expected here; editions are never removed"),
        (with_no_edition, "has records and no edition: run `benchbench publish ring8`"),
        (without_its_editions, "the newest edition that was published was changed or removed"),
        (with_a_strange_edition, "0002.json is not an edition: "),
        (with_a_line_by_hand, "records.jsonl:1 is not as `benchbench submit` writes it"),
        (with_a_line_twice, "records.jsonl:5 is the record of line 2 again"),
        (with_a_line_of_another_task, "records.jsonl:5 is a record of ring8, version 2"),
        (with_a_nan, "records.jsonl:5 is not a record: it has NaN"),
        (with_a_broken_line, "records.jsonl:5 is not a record"),
    ],
)
def test_check_tells_of_each_change(published, benchbench, harm, said):
    harm(published)
    done = benchbench("leaderboard", "--check")
    assert done.exit_code == 1
    assert said in done.stdout
    assert len(done.stdout.splitlines()) == 1


# What changed ---------------------------------------------------------------------------------------------------------


def standing(label, rank, record, value=0.5):
    return Standing(label, rank, rank, rank, value, (record,) if isinstance(record, str) else record)


def edition(*standings):
    return Edition(
        "t", 1, "f", 1, "2026-01-01", "0", "m", tuple(r for s in standings for r in s.records), standings, (), ""
    )


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            [standing("a", 1, "A"), standing("c", 2, "C"), standing("b", 3, "B")],
            ["added: c, rank 2", "b falls from rank 2 to 3: c added"],
        ),
        (
            [*(standing(name, 1, name) for name in "cdef"), standing("a", 5, "A"), standing("b", 6, "B")],
            [
                *(f"added: {name}, rank 1" for name in "cdef"),
                "a falls from rank 1 to 5: 4 rows added",
                "b falls from rank 2 to 6: 4 rows added",
            ],
        ),
        ([standing("b", 1, "B")], ["removed: a, which was rank 1", "b rises from rank 2 to 1: a removed"]),
        (
            [standing("b", 1, "B2", 0.25), standing("a", 2, "A")],
            [
                "measured again: b, 0.5 before, 0.25 now",
                "b rises from rank 2 to 1: its own score is new",
                "a falls from rank 1 to 2: b measured again",
            ],
        ),
        (
            [standing("b", 1, ("B", "B2", "B3"), 0.25), standing("a", 2, "A")],
            [
                "2 training seeds more: b, 0.5 before, 0.25 now",
                "b rises from rank 2 to 1: its own score is new",
                "a falls from rank 1 to 2: b measured again",
            ],
        ),
    ],
)
def test_changes_are_said_with_their_causes(now, said):
    last = edition(standing("a", 1, "A"), standing("b", 2, "B"))
    shown = [each.records for each in now]
    assert sentences(changes(last, now, shown, {})) == said


def test_new_references_are_said():
    last = edition(standing("a", 1, "A"))
    rows = [("R", "R2"), ("A",)]
    found = changes(last, [standing("a", 1, "A")], rows, {"R": "real", "R2": "real", "A": "a"})
    assert sentences(found) == ["reference rows new or measured again: real"]


# Our own --------------------------------------------------------------------------------------------------------------


def test_our_own_leaderboards_are_what_their_records_give():
    assert check(HERE / "leaderboards", get_task) == []


def test_an_edition_is_stored_in_one_way():
    newer = 0
    for folder in sorted((HERE / "leaderboards").glob("*/v*")):
        board = BoardFolder(HERE / "leaderboards", folder.parent.name, int(folder.name[1:]))
        for file, stored in zip(board.edition_files(), board.editions(), strict=True):
            if stored.schema > 1:
                assert file.read_text() == edition_text(stored)
                newer += 1
    assert newer > 0


def test_an_edition_from_before_rows_of_several_records_is_read_as_it_stands():
    fields = json.loads(edition_text(edition(standing("a", 1, "A"))))
    fields["standings"][0]["record"] = fields["standings"][0].pop("records")[0]
    del fields["schema"]
    read = parse_edition(json.dumps(fields), "old.json")
    assert (read.standings, read.schema, read.num_rows) == ((standing("a", 1, "A"),), 1, 1)
    fields["schema"] = 2
    with pytest.raises(BenchbenchError, match="old.json is not an edition: standings.0.records"):
        parse_edition(json.dumps(fields), "old.json")
    for broken in ("[]", "{}", "null", '{"standings": [{}]}', "{"):
        with pytest.raises(BenchbenchError, match="is not an edition"):
            parse_edition(broken, "broken.json")


def test_what_is_no_text_is_named(published, benchbench):
    BoardFolder(Path("leaderboards"), "ring8", 1).records_file.write_bytes(b"\xa1\xff")
    done = benchbench("publish")
    assert (done.exit_code, "records.jsonl cannot be read ('utf-8' codec" in done.stderr) == (1, True), done.stderr


def test_a_folder_that_is_no_version_is_none_of_the_leaderboards(published, benchbench):
    (published.parent / "vx").mkdir()
    (published.parent / "vx" / "records.jsonl").write_text("mine")
    assert benchbench("publish").exit_code == 0


def test_a_lock_that_cannot_be_held_is_one_sentence(published, benchbench):
    lock = BoardFolder(Path("leaderboards"), "ring8", 1).path / ".lock"
    lock.unlink()
    lock.mkdir()
    done = benchbench("publish")
    assert (done.exit_code, "could not write leaderboards/ring8/v1/.lock: " in done.stderr) == (1, True), done.stderr


def test_a_table_of_conditions_that_is_damaged_is_no_submission(runs, benchbench):
    (path,) = runs.glob("noise/*/conditions.parquet")
    path.write_text("mine")
    done = benchbench("submit", path.parent)
    assert (done.exit_code, "conditions.parquet cannot be read" in done.stderr) == (1, True), done.stderr


def test_a_folder_of_runs_that_is_not_there_is_told_before_a_site_is_made(published, benchbench, tmp_path):
    done = benchbench("publish", "--site", tmp_path / "site", "--runs", tmp_path / "nowhere")
    assert (done.exit_code, "nowhere: there is no such folder" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "site").exists()


# Rows that cannot be honest -------------------------------------------------------------------------------------------


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
