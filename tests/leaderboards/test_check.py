"""No table, edition or record can be edited unseen."""

import json
import shutil

import pytest
from boards import tree

from benchbench.system.records import digest


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


def test_publish_refuses_where_a_record_was_changed(published, benchbench):
    with_a_better_score(published)
    before = tree(published)
    done = benchbench("publish")
    assert (done.exit_code, "was changed or removed; records are only added" in done.stderr) == (1, True)
    assert tree(published) == before
