"""Objections to rows, and rows to run again: what stands beside the records, and what comes of it."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from boards import make_runs
from made_records import with_values

from benchbench.core import BenchbenchError
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.objected import named, with_objections
from benchbench.leaderboards.objections import Objection, add, objections, standing, struck
from benchbench.leaderboards.rows import make_board
from benchbench.metrics.energy import EnergyScore
from benchbench.plugins import get_task
from benchbench.tasks.mixtures import Ring8


def objection(row, state="open", rule="trained on the test", text="its curve says so"):
    return Objection(row, rule, text, state, "2026-11-29")


@pytest.fixture
def folder(tmp_path):
    """A leaderboard of two methods."""
    folder = BoardFolder(tmp_path, "toy-shapes", 1)
    folder.add(with_values("mine", 0.1, 0.2, 0.3))
    folder.add(with_values("yours", 0.3, 0.4, 0.5))
    return folder


def test_the_last_line_on_a_record_and_rule_counts(folder):
    mine, yours = (entry.digest for entry in folder.entries())
    lines = [objection(mine), objection(yours, rule="a picked seed"), objection(mine, "upheld", text="we looked")]
    for line in lines:
        add(folder.path, [line])
    assert folder.objections() == lines
    assert standing(lines) == [lines[2], lines[1]]
    assert struck(lines) == {mine: "trained on the test"}
    add(folder.path, [objection(mine, "rejected")])
    assert struck(folder.objections()) == {}
    with pytest.raises(BenchbenchError, match="has no objection to .* by the rule 'other' to decide on"):
        add(folder.path, [objection(mine, "upheld", rule="other")])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "objections.jsonl:1 is not an objection"),
        (json.dumps({**vars(objection("a")), "state": "maybe"}), "is not an objection: state"),
        (json.dumps({**vars(objection("a")), "more": 1}), "is not an objection: more"),
        (json.dumps({"row": "a"}), "is not an objection: rule"),
    ],
)
def test_a_line_that_is_no_objection_is_named(folder, line, said):
    (folder.path / "objections.jsonl").write_text(line + "\n")
    with pytest.raises(BenchbenchError, match=said):
        objections(folder.path)


def test_a_row_shows_what_was_not_rejected_once(folder):
    entries = folder.entries()
    board = make_board(get_task("toy-shapes"), None, entries)
    mine, yours = (entry.digest for entry in entries)
    found = [objection(mine), objection(yours), objection(yours, "rejected")]
    shown = {row.label: row.objections for row in with_objections(board, found).rows}
    assert shown == {"mine": (found[0],), "yours": ()}


def test_a_row_is_named_by_its_label_or_its_record(folder):
    entries = folder.entries()
    rows = make_board(get_task("toy-shapes"), None, entries).rows
    assert named("mine", entries, rows) == named(entries[0].digest[:8], entries, rows) == (entries[0].digest,)
    for unknown in ("ours", entries[0].digest[:7], "0" * 8):
        with pytest.raises(BenchbenchError, match="names 0 records"):
            named(unknown, entries, rows)


# With the commands ----------------------------------------------------------------------------------------------------


def command(*words):
    from click.testing import CliRunner

    from benchbench.cli.main import main

    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def published(once):
    """A published board of ring8."""
    runs = once("runs-of-ring8", make_runs)

    def make(folder):
        assert command("submit", runs, "--boards", folder / "boards").exit_code == 0
        assert command("publish", "--boards", folder / "boards").exit_code == 0

    return once("board-of-ring8", make) / "boards"


@pytest.fixture
def boards(published, tmp_path):
    return Path(shutil.copytree(published, tmp_path / "boards"))


def test_the_next_edition_strikes_and_the_last_one_stands(boards):
    folder, words = BoardFolder(boards, "ring8", 1), ("--rule", "closed division", "--boards", boards)
    page, edition = folder.readme, folder.edition_file(1)
    first = edition.read_bytes()
    assert command("object", "ring8", "noise", "--text", "it saw | more", *words).exit_code == 0
    assert "noise§" in page.read_text()
    assert "§ noise: objection of 20" in page.read_text()
    assert "(open), closed division: it saw" in page.read_text()
    assert command("leaderboard", "--check", "--boards", boards).exit_code == 0
    assert command("publish", "--boards", boards).exit_code == 0
    assert len(folder.editions()) == 1, "an open objection makes no edition"
    assert command("object", "ring8", "noise", "--text", "so it is", "--state", "upheld", *words).exit_code == 0
    done = command("publish", "--boards", boards)
    assert "removed: noise, which was rank 1; an objection was upheld: closed division" in done.stdout
    assert "noise" not in {standing.label for standing in folder.editions()[-1].standings}
    assert edition.read_bytes() == first
    assert "| noise" not in page.read_text().split("## Editions")[0]
    assert command("leaderboard", "--check", "--boards", boards).exit_code == 0


def test_an_objection_to_no_record_is_found(boards):
    line = json.dumps(vars(objection(hashlib.sha256(b"").hexdigest())))
    (boards / "ring8/v1/objections.jsonl").write_text(line + "\n")
    found = command("leaderboard", "--check", "--boards", boards)
    assert "objects to a record that is not there (e3b0c44298fc)" in found.stdout


def test_what_is_of_today_is_not_stale(boards):
    done = command("leaderboard", "--stale", "--boards", boards)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "0 rows to run again\n")


def test_stale_rows_come_with_their_reasons_and_commands(boards, monkeypatch):
    monkeypatch.setattr(EnergyScore, "version", EnergyScore.version + 1)
    done = command("leaderboard", "ring8", "--stale", "--boards", boards)
    lines = done.stdout.splitlines()
    now, then = (f"energy-score@{EnergyScore.version - before}[pixels@1]" for before in (0, 1))
    place = lines.index(f"ring8 v1: noise: {then}, now {now}")
    assert lines[place + 1 : place + 3] == ["  benchbench run -t ring8 -m noise", "  benchbench submit RUN"]
    assert done.stderr == "4 rows to run again\n"
    monkeypatch.setattr(EnergyScore, "version", EnergyScore.version - 1)
    monkeypatch.setattr(EnergyScore, "superseded_by", "frechet")
    assert command("leaderboard", "--stale", "--boards", boards).stdout == ""  # every row has frechet[pixels] already
    monkeypatch.setattr(EnergyScore, "superseded_by", "kernel-distance")
    said = command("leaderboard", "--stale", "--boards", boards).stdout
    assert "noise: energy-score[pixels] is superseded by kernel-distance[pixels]" in said
    assert "  benchbench run -t ring8 -m noise --metric 'kernel-distance[pixels]'" in said


def test_a_task_that_is_superseded_sends_its_rows_to_the_other(boards, monkeypatch):
    monkeypatch.setattr(Ring8, "superseded_by", "grid25")
    done = command("leaderboard", "--stale", "--boards", boards)
    assert "ring8 v1: oracle: the task is superseded by grid25" in done.stdout
    assert "  benchbench run -t grid25 -m oracle" in done.stdout
