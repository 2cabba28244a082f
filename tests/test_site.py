"""The static site: pages say what the records say, names are text, links lead somewhere."""

import functools
import json
import os
import re
import shutil
from urllib.parse import unquote

import pytest
from sites import BOARDS, CLOSING, HOSTILE, METHODS, STRANGERS, Page, board_of

from benchbench.leaderboards.costs import cost_of
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.unfinished import in_words, is_unfinished
from benchbench.publish import cost, words
from benchbench.publish.site.build import build
from benchbench.publish.site.kept import kept_rows
from benchbench.system.records import digest


@functools.cache
def pages(site):
    """Return the pages of a site that nothing changes, parsed once."""
    return [Page(path) for path in sorted(site.rglob("*.html"))]


def test_every_task_has_a_page_and_a_line_of_the_index(own_site):
    index = Page(own_site / "index.html")
    tasks = sorted(path.parent.parent.name for path in BOARDS.glob("*/v1/records.jsonl"))
    assert len(tasks) >= 12
    for task in tasks:
        assert f"{task}/v1/index.html" in index.links
        assert (own_site / task / "v1" / "index.html").is_file()
    assert "celeba/reported.html" in index.links
    assert "12.93 ± 0.04 (b)" in Page(own_site / "celeba" / "reported.html").text


def test_every_link_leads_to_a_file_of_the_site_or_a_place_on_the_page(own_site, small_site):
    checked = 0
    for site in (own_site, small_site / "site"):
        for page in pages(site):
            for link in page.links:
                if re.fullmatch(r"https://arxiv\.org/abs/\d{4}\.\d{4,5}", link):
                    continue  # a paper: followed by readers, not loaded
                assert not re.match(r"[a-z]+:|/", link), f"{page.path} links to {link}"
                path, _, place = unquote(link).partition("#")
                if path:
                    assert (page.path.parent / path).resolve().is_relative_to(site)
                    assert (page.path.parent / path).is_file(), f"{page.path}: {link}"
                else:
                    assert place in page.ids, f"{page.path}: {link}"
                checked += 1
    assert checked > 500


def test_a_page_with_all_that_it_loads_is_below_five_megabytes(own_site, small_site):
    for site in (own_site, small_site / "site"):
        for page in pages(site):
            loaded = {unquote(link) for link in page.links if re.search(r"\.(js|css|webp|svg)$", link)}
            size = page.path.stat().st_size + sum((page.path.parent / each).stat().st_size for each in loaded)
            assert size < 5_000_000, page.path


def test_the_table_has_each_score_of_the_edition(own_site):
    board = board_of("toy-shapes")
    page = Page(own_site / "toy-shapes" / "v1" / "index.html")
    cells = [
        float(a["data-order"])
        for tag, a in page.tags
        if tag == "td" and a.get("class") == "number" and "data-order" in a
    ]
    rows = sorted(board.rows, key=lambda row: row.rank is None)
    assert cells == [row.scores[column].value for row in rows for column in board.columns]
    costs = [float(a["data-order"]) for tag, a in page.tags if tag == "td" and a.get("class") == "number cost"]
    known = [column.value(cost_of(row)) for row in rows for column in cost.columns_of(board)]
    assert costs == [each for each in known if each is not None]
    marked = [a["title"] for tag, a in page.tags if tag == "span" and a.get("class") == "badge unfinished"]
    assert marked == [in_words(row) for row in rows if is_unfinished(row)]
    ranks = [a["data-order"] for tag, a in page.tags if tag == "td" and a.get("class") == "rank"]
    assert [int(each) for each in ranks] == list(range(len(rows)))
    assert "share a letter are not distinguishable" in page.text
    assert "(paired test on 300 conditions" in page.text


def test_tips_say_interval_and_versions(own_site):
    board = board_of("toy-shapes")
    tips = json.loads(Page(own_site / "toy-shapes" / "v1" / "index.html").data)["tips"]
    one, several = (
        next(place for place, row in enumerate(board.rows) if (len(row.records) > 1) == more) for more in (False, True)
    )
    value, low, high, n, id, kind, weights, _, flag = tips["rows"][one][0]
    score = board.rows[one].scores[board.ranked_by]
    assert (value, n, tips["texts"][id]) == (pytest.approx(score.value, rel=1e-4), score.n, score.id)
    assert (low, high) == pytest.approx(score.interval, rel=1e-4)
    of_many = board.rows[several].scores[board.ranked_by]
    assert tips["rows"][several][0][1:3] == pytest.approx(of_many.interval, rel=1e-4)
    assert tips["texts"][kind] == words.uncertainty(score.uncertainty)
    assert tips["texts"][weights] == score.weight_hash[:12]
    assert tips["texts"][flag] == score.flag


def test_each_row_has_its_record_and_its_command(own_site):
    page = Page(own_site / "toy-shapes" / "v1" / "index.html")
    folder = BoardFolder(BOARDS, "toy-shapes", 1)
    files = [link for link in page.links if link.startswith("records/")]
    lines = {(page.path.parent / file).read_text().removesuffix("\n") for file in files}
    assert {digest(line) for line in lines} == set(folder.editions()[-1].records)
    assert "benchbench run -t toy-shapes -m 'dial[blur=1]' --seed 0 --metric all" in page.text
    for name in (p.name for p in folder.edition_files()):
        assert (page.path.parent / "editions" / name).read_bytes() == (folder.path / "editions" / name).read_bytes()


def test_the_same_records_give_the_same_bytes(small_site, tmp_path):
    build(small_site / "leaderboards", tmp_path / "again", small_site / "runs", small_site / "calibration")
    first, again = (
        {p.relative_to(s): p.read_bytes() for p in s.rglob("*") if p.is_file()}
        for s in (small_site / "site", tmp_path / "again")
    )
    assert first == again


def test_editions_are_told_newest_first(small_site):
    page = Page(small_site / "site" / "toy-shapes" / "v1" / "index.html")
    second, first = page.text.index("Edition 2 , 2026-01-03"), page.text.index("Edition 1 , 2026-01-02")
    assert second < first
    assert f"added: {HOSTILE}" in page.text


def test_what_is_not_there_is_said_in_a_sentence(own_site):
    said = {
        "digits": "The ranking score is one of the whole set of samples: it has no value for a single condition.",
        "digits-by-class": "These records do not hold the score's parts.",
        "ring8": "The samples of this task are points: there are no pictures of them.",
        "emoji-tones": "No calibration of this task is stored.",
    }
    for task, sentence in said.items():
        assert sentence in Page(own_site / task / "v1" / "index.html").text


def test_a_board_without_pictures_says_so(tmp_path):
    without = shutil.ignore_patterns("samples")
    shutil.copytree(BOARDS / "toy-holes", tmp_path / "boards" / "toy-holes", ignore=without)
    build(tmp_path / "boards", tmp_path / "site", tmp_path, tmp_path)
    assert "No samples of these runs are here." in Page(tmp_path / "site" / "toy-holes" / "v1" / "index.html").text


def test_a_version_that_is_not_installed_shows_its_ranks(own_site, tmp_path):
    shutil.copytree(BOARDS / "ring8", tmp_path / "boards" / "ring8")
    os.rename(tmp_path / "boards" / "ring8" / "v1", tmp_path / "boards" / "ring8" / "v7")
    shutil.copytree(BOARDS / "ring8", tmp_path / "boards" / "gone")
    build(tmp_path / "boards", tmp_path / "site", tmp_path, tmp_path)
    for page in (Page(tmp_path / "site" / name / "index.html") for name in ("ring8/v7", "gone/v1")):
        assert "Its editions stand as they are" in page.text
        assert "noise" in page.text


def test_hostile_names_come_out_as_text(small_site):
    assert len(pages(small_site / "site")) > 1
    for page in pages(small_site / "site"):
        raw = page.path.read_text()
        assert "<img" not in raw.replace("&lt;img", "")
        assert raw.count("<script") == len([tag for tag, _ in page.tags if tag == "script"])
        assert not any("onerror" in attributes for _, attributes in page.tags)
    page = Page(small_site / "site" / "toy-shapes" / "v1" / "index.html")
    assert HOSTILE in page.text
    assert CLOSING in page.text
    assert "49" not in re.findall(r"&amp;\S*", page.text)
    labels = {point["label"] for point in json.loads(page.data)["realism"]["points"]}
    assert set(STRANGERS) <= labels


def test_a_run_id_opens_no_path(small_site, tmp_path):
    (tmp_path / "etc" / "samples" / "0000").mkdir(parents=True)
    rows, missing = kept_rows(board_of("toy-shapes", small_site / "leaderboards"), small_site / "runs")
    assert sorted(row.label for row in rows) == sorted(METHODS)
    assert set(missing) == set(STRANGERS)
