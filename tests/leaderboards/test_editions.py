"""Editions say what they show, and never change."""

import json
import re
from pathlib import Path

import pytest
from boards import edition, standing, tree

from benchbench.core import BenchbenchError
from benchbench.core.record_json import parse_edition
from benchbench.leaderboards.editions import edition_text
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task
from benchbench.publish.pages import check
from benchbench.system.records import digest

HERE = Path(__file__).parents[2]


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


def test_an_edition_keeps_its_columns_when_the_task_gains_a_metric_or_loses_one(published, benchbench, monkeypatch):
    kind = type(get_task("ring8"))
    before = benchbench("leaderboard", "ring8", "--edition", 2, "--format", "markdown").stdout
    ranks_first, *others = kind.metrics
    monkeypatch.setattr(kind, "metrics", (ranks_first, "psnr", *others))
    assert benchbench("leaderboard", "ring8", "--edition", 2, "--format", "markdown").stdout == before
    assert benchbench("leaderboard", "--check").exit_code == 0
    refused = benchbench("publish", "ring8")
    assert refused.exit_code != 0
    assert "it has no psnr" in refused.stderr, "a new edition has all metrics, or is none"
    monkeypatch.setattr(kind, "metrics", tuple(others))
    shown = benchbench("leaderboard", "ring8", "--edition", 2, "--format", "markdown").stdout
    assert f"{ranks_first} ↓" in shown, "it is ranked by what ranked it"
    assert benchbench("leaderboard", "--check").exit_code == 0


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


def test_the_newest_edition_cannot_be_made_again_under_its_number(published, benchbench):
    (published / "editions" / "0002.json").unlink()
    done = benchbench("publish")
    assert (done.exit_code, "the newest edition that was published was changed or removed" in done.stderr) == (1, True)
    assert "the newest edition that was published was" in benchbench("leaderboard", "--check").stdout


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


def test_a_folder_that_is_no_version_is_none_of_the_leaderboards(published, benchbench):
    (published.parent / "vx").mkdir()
    (published.parent / "vx" / "records.jsonl").write_text("mine")
    assert benchbench("publish").exit_code == 0


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
