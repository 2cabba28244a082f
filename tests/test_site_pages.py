"""Pages over all boards: skill, methods, metrics, editions, search, what readers take away; and pictures in boards."""

import dataclasses
import json
import math
import re
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from made_records import TASK, make
from PIL import Image
from sites import BOARDS, HERE, METHODS, Page, board_of

from benchbench.core import MissingData
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.rows import make_board
from benchbench.leaderboards.skills import Scale, family_of, scale_of
from benchbench.plugins import get_task, registry
from benchbench.publish import numbers, pictures
from benchbench.publish.archive.write import READER, export
from benchbench.publish.pictures import MOST_BYTES, Pictures
from benchbench.publish.site import described, pvalues, views, zoom
from benchbench.publish.site.gallery import make_gallery
from benchbench.publish.site.shown import file_of
from benchbench.publish.text import in_groups
from benchbench.system.records import digest

# Skill ----------------------------------------------------------------------------------------------------------------


def test_skill_is_the_share_of_the_way_from_the_baseline_to_the_truth():
    scale = Scale("unconditional", 0.4, "oracle", 0.1)
    assert [scale.skill(each) for each in (0.4, 0.25, 0.1, 0.05, 0.9)] == pytest.approx([0, 0.5, 1, 1, 0])
    higher = Scale("noise", 1.0, "real", 5.0)
    assert [higher.skill(each) for each in (1.0, 4.0, 9.0)] == pytest.approx([0, 0.75, 1])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"unconditional": 0.4, "oracle": 0.1, "noise": 0.9, "real": 0.41}, Scale("unconditional", 0.4, "oracle", 0.1)),
        ({"unconditional": 0.4, "real": 0.41, "collapsed": 0.0}, Scale("unconditional", 0.4, "", 0.0)),
        ({"noise": 0.9, "real": 0.1}, Scale("noise", 0.9, "real", 0.1)),
        ({"mine": 0.3}, None),
        ({"unconditional": 0.1, "oracle": 0.4}, None),
    ],
)
def test_the_ends_of_the_scale_are_rows_of_the_board(values, expected):
    board = make_board(get_task("toy-shapes"), TASK.fingerprint, [make(name, value) for name, value in values.items()])
    assert scale_of(board) == expected


def test_the_lower_bound_is_one_wherever_the_truth_is_known():
    """On boards with an oracle, 0 in its place gives at most the skill."""
    for task in ("toy-shapes", "toy-faces", "toy-holes", "emoji-tones"):
        board = board_of(task)
        known, bound = (scale_of(each) for each in (board, without(board, "oracle")))
        assert (known.at_least, bound.at_least) == (False, True)
        scores = [row.scores[board.ranked_by].value for row in board.rows]
        assert all(bound.skill(score) <= known.skill(score) for score in scores)


def without(board, label):
    return dataclasses.replace(board, rows=tuple(row for row in board.rows if row.label != label))


def test_a_family_is_a_distribution():
    found = [family_of(each) for each in ("benchbench-flows 0.1.0", "benchbench 0.1.0", "mine 3", "")]
    assert found == ["flows", "baselines", "mine", "other"]


def test_each_cell_of_the_overview_is_the_best_row_of_its_family_and_leads_to_its_board(own_site):
    index = (own_site / "index.html").read_text()
    table = index[index.index('<table class="heats">') : index.index("</table>")]
    families = re.findall(r'class="turned"><span>([^<]*)', table)
    lines = re.findall(r'<tr><th scope="row"><a href="([^"]*)"[^>]*>([^<]*)</a></th>(.*?)</tr>', table, re.S)
    assert len(lines) >= 12
    for page, task, cells in lines:
        board = board_of(task)
        scale, shown = scale_of(board), re.findall(r'<td class="heat (?:none|leads)?|<td class="heat', cells)
        assert len(shown) == len(families)
        links = re.findall(r'--s:(\d+)"><a href="([^"]*)" title="([^"]*)">', cells)
        best = {}
        for row in board.rows:
            if row.rank is not None:
                best.setdefault(family_of(row.record.method.distribution), row)
        skills = [
            round(100 * scale.skill(best[name].scores[board.ranked_by].value)) for name in families if name in best
        ]
        assert [int(percent) for percent, _, _ in links] == skills
        assert all(link == page for _, link, _ in links)
        assert (own_site / page).is_file()


# Methods and metrics --------------------------------------------------------------------------------------------------


def test_every_method_has_a_page_with_its_paper_options_and_rows(own_site):
    for name, kind in registry().methods.items():
        page = Page(own_site / "methods" / file_of(name))
        assert kind.summary[1:] in page.text
        for option in described.options_of(kind):
            assert option.name in page.text
    page = Page(own_site / "methods" / "mr1.html")
    assert "https://arxiv.org/abs/1902.09225" in page.links
    rows = [row for task in ("ring8", "toy-shapes") for row in board_of(task).rows if row.record.method.name == "mr1"]
    assert rows
    assert all(row.label in page.text for row in rows)
    assert any(link.startswith("../toy-shapes/v1/index.html#record-") for link in page.links)
    assert 'class="curve"' in (own_site / "methods" / "flow.html").read_text()


def test_an_option_says_what_its_source_says():
    said = {each.name: each for each in described.options_of(registry().methods["dial"])}
    assert said["collapse"].default == "0.0"
    documented = [
        option.says for kind in registry().methods.values() for option in described.options_of(kind) if option.says
    ]
    assert len(documented) > 30


def test_every_metric_has_a_page_with_what_it_is_and_what_it_sees(own_site):
    for name, kind in registry().metrics.items():
        assert kind.summary[1:] in Page(own_site / "metrics" / file_of(name)).text
    page = Page(own_site / "metrics" / "diversity.html")
    stored = json.loads((HERE.parent / "docs" / "calibration" / "toy-shapes.json").read_text())
    assert "diversity[mini] in the calibration of toy-shapes" in page.text
    verdicts = {
        dial["dial"]: answer["verdict"]
        for dial in stored["dials"]
        for answer in dial["answers"]
        if answer["metric"] == "diversity[mini]"
    }
    assert all(dial in page.text for dial in verdicts)
    assert "tested against it" in Page(own_site / "metrics" / "tarp.html").text


def test_what_fools_a_metric_is_found_on_the_boards(own_site):
    """A collapsed row is perfectly real: realism puts it beside or before draws of the true law, diversity never."""
    fooled = Page(own_site / "metrics" / "best-of-k.html").text
    board = board_of("toy-shapes")
    oracle = next(row for row in board.rows if row.label == "oracle").scores["best-of-k[mini]"]
    better = [
        row.label
        for row in board.rows
        if row.rank is None
        and oracle.value - row.scores["best-of-k[mini]"].value
        > 2 * math.hypot(oracle.standard_error, row.scores["best-of-k[mini]"].standard_error)
    ]
    assert ("What fools it on the boards" in fooled) == bool(better)
    assert all(label in fooled for label in better)
    assert "What fools it" not in Page(own_site / "metrics" / "energy-score.html").text


@pytest.mark.parametrize("name", ["../../etc", "a b", "<img>", "", ".hidden", "x" * 99])
def test_a_name_that_a_stranger_chose_opens_no_path(name):
    assert re.fullmatch(r"named-[0-9a-f]{12}\.html", file_of(name))
    assert file_of("cvae-gan++") == "cvae-gan++.html"


def test_the_search_knows_every_page(own_site):
    script = (own_site / "assets" / "search-index.js").read_text()
    lines = json.loads(script[script.index("[") : script.rindex(";")])
    assert {name for name, kind, _, _ in lines if kind == "method"} >= set(registry().methods)
    assert {name for name, kind, _, _ in lines if kind == "metric"} == set(registry().metrics)
    assert all((own_site / page).is_file() for _, _, page, _ in lines)


# Boards ---------------------------------------------------------------------------------------------------------------


def test_each_edition_has_a_permanent_page_and_files_to_take_away(own_site):
    folder = BoardFolder(BOARDS, "ring8", 1)
    place = own_site / "ring8" / "v1"
    for edition in folder.editions():
        page = Page(place / "editions" / f"{edition.number:04d}.html")
        assert digest(folder.edition_file(edition.number).read_text()) in page.text
        assert all(each.label in page.text for each in edition.standings)
    board = Page(place / "index.html")
    assert {"table.csv", "table.tex", "table.json", "cite.bib"} <= set(board.links)
    assert "\\tablenum" in (place / "table.tex").read_text()
    assert f"edition {folder.editions()[-1].number}" in (place / "cite.bib").read_text()
    assert len((place / "table.csv").read_text().splitlines()) == len(board_of("ring8").rows) + 1


def test_readers_are_shown_no_commands_for_maintainers(own_site):
    for page in (Page(path) for path in own_site.rglob("v1/index.html")):
        before = page.text[: page.text.index("What is behind each row")]
        assert not re.search(r"benchbench (publish|calibrate|submit|fit)", before)


def test_the_p_values_are_those_of_the_letters():
    board = board_of("toy-shapes")
    lines = pvalues.of_board(board)
    letters = {row.label: set(row.letters) for row in board.rows}
    assert len(lines) == min(20, len(board.tested.letters))
    for place, line in enumerate(lines):
        assert len(line.cells) == place
        for other, cell in zip(lines, line.cells, strict=False):
            assert cell.alike == bool(letters[line.label] & letters[other.label])


def test_rows_of_one_training_are_warned_of(own_site):
    board = board_of("toy-faces")
    once = sum(row.rank is not None and row.trained and len(row.records) == 1 for row in board.rows)
    text = (own_site / "toy-faces" / "v1" / "index.html").read_text()
    assert once
    assert text.count('class="badge once"') == once


def test_noise_is_on_no_front_and_stretches_no_axis():
    for task in ("toy-shapes", "toy-faces", "sr-photos"):
        board = board_of(task)
        for view in (views.realism_diversity(board), views.energy_parts(board)):
            (noise,) = [point for point in view["points"] if point["label"] == "noise"]
            assert not noise["front"]
            inside = [point for point in view["points"] if point["label"] not in view["outside"]]
            for axis in ("x", "y"):
                low, high = view["window"][axis]
                assert all(low <= point[axis][0] <= high for point in inside)
        assert "noise" in views.realism_diversity(board)["outside"]


def test_a_window_leaves_out_what_is_far_and_nothing_else():
    assert zoom.window([1, 2, 3, 4, 5, 100]) == (1, 5)
    assert zoom.window([1, 2, 3, 4, 5]) == (1, 5)
    assert zoom.window([2, 2, 2, 9]) == (2, 9)
    points = [
        {"label": str(x), "x": [x, None, None], "y": [1.0, None, None], "front": x == 100} for x in (1, 2, 3, 100)
    ]
    assert zoom.of_points(points)["outside"] == []


# Pictures -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictured(small_site, tmp_path_factory):
    """The small site's board with pictures of the rows whose runs are there."""
    folder = BoardFolder(tmp_path_factory.mktemp("pictured"), "toy-shapes", 1)
    given = small_site / "leaderboards" / "toy-shapes"
    shutil.copytree(given, folder.path.parent, ignore=shutil.ignore_patterns("samples"))
    board = folder.board(get_task("toy-shapes"), folder.editions()[-1])
    assert pictures.add(folder.path, get_task("toy-shapes"), board, small_site / "runs") == len(METHODS)
    return folder, board


def test_a_board_keeps_pictures_that_a_clone_without_runs_shows(pictured, small_site, tmp_path):
    folder, board = pictured
    found = make_gallery(get_task("toy-shapes"), board, tmp_path, Pictures(folder.path))
    assert {strip.label for block in found.blocks for strip in block.strips} == set(METHODS)
    assert [block.titles[:2] for block in found.blocks] == [["condition", "truth"]] * len(found.blocks)
    assert sum(file.stat().st_size for file in Pictures(folder.path).path.iterdir()) <= MOST_BYTES
    full = make_gallery(get_task("toy-shapes"), board, small_site / "runs", Pictures(folder.path))
    (block,) = [each for each in full.blocks if each.id == found.blocks[0].id]
    sheets = [np.asarray(each.sheets[each.blocks[0].file].convert("RGB"), float) for each in (found, full)]
    for strip in found.blocks[0].strips:
        (other,) = [each for each in block.strips if each.label == strip.label]
        stored, kept = (
            sheet[32 * line : 32 * (line + 1), : 32 * strip.samples]
            for sheet, line in zip(sheets, (strip.line, other.line), strict=True)
        )
        assert np.abs(stored - kept).mean() < (8 if strip.label != "noise" else 80), strip.label


def test_pictures_of_rows_that_are_gone_go_and_those_that_are_there_stay(pictured, small_site):
    folder, board = pictured
    there = set(Pictures(folder.path).path.glob("*.webp"))
    stale = Pictures(folder.path).path / f"{'0' * 16}.webp"
    stale.write_bytes(b"old")
    assert pictures.add(folder.path, get_task("toy-shapes"), board, small_site / "runs") == 0
    assert set(Pictures(folder.path).path.glob("*.webp")) == there


def test_a_shortened_run_gives_the_row_its_pictures(pictured, small_site, tmp_path):
    """The run ids differ, the samples do not; another checkpoint or seed is another row's."""
    folder, board = pictured
    shutil.copytree(small_site / "runs", tmp_path / "runs")
    row = next(row for row in board.rows if row.label == "collapsed")
    for path in (tmp_path / "runs" / "toy-shapes").glob("*/*/record.json"):
        content = json.loads(path.read_text())
        content["run_id"] = "0" * 16
        if content["method"]["name"] == "oracle":
            content["seed"] = 1
        path.write_text(json.dumps(content))
        for sums in path.parent.glob("*sums*"):
            sums.unlink()
    kept = pictures._kept(tmp_path / "runs" / "toy-shapes")
    assert pictures._match(row, kept) is not None
    assert pictures._match(next(row for row in board.rows if row.label == "oracle"), kept) is None


def test_noise_is_stored_within_its_budget():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (192, 288, 3), dtype=np.uint8))
    assert len(pictures._within(noise, 7500)) <= 7500


# The archive ----------------------------------------------------------------------------------------------------------


def test_the_archive_reads_itself_without_the_suite(tmp_path):
    held = export(BOARDS, ["ring8"], tmp_path / "ring8.zip", tmp_path)
    assert held == ["ring8 v1"]
    with zipfile.ZipFile(tmp_path / "ring8.zip") as archive:
        archive.extractall(tmp_path)
    root = tmp_path / "benchbench-boards"
    assert len(READER.read_text().splitlines()) <= 30
    for file in ("schema/record.json", "schema/edition.json", "site/ring8/v1/index.html", "leaderboards/heads.json"):
        assert (root / file).is_file()
    words = [sys.executable, "-I", "-S", str(root / "read.py")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    board = board_of("ring8")
    ranked = [row for row in in_groups(board) if row.rank is not None]
    shown = done.stdout.splitlines()
    assert shown[0].startswith("ring8 v1, edition ")
    for row, line in zip(ranked, shown[1:], strict=True):
        assert f"{row.scores[board.ranked_by].value:.4f}  {row.label}  ({len(row.records)} records)" in line
    records = root / "leaderboards" / "ring8" / "v1" / "records.jsonl"
    records.write_text(records.read_text().replace('"seed": 0', '"seed": 7', 1))
    assert "a record that it shows was changed" in subprocess.run(words, capture_output=True, text=True).stderr


def test_an_archive_of_a_task_without_a_board_is_refused(tmp_path):
    with pytest.raises(MissingData, match="no edition of no-such-task"):
        export(BOARDS, ["no-such-task"], tmp_path / "x.zip", tmp_path)
    assert not (tmp_path / "x.zip").exists()


# Tables for papers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "form", "shown"),
    [
        (["0.162 ± 0.007", "12.5 ± 1.1"], "2.3(2)", "\\tablenum[table-format=2.3(2)]{0.162 \\pm 0.007}"),
        (["-0.5"], "-1.1", "\\tablenum[table-format=-1.1]{-0.5}"),
        (["0.1523 ± 0"], "1.4(1)", "\\tablenum[table-format=1.4(1)]{0.1523 \\pm 0.0000}"),
        (["0.20 ± 0.01†"], "1.2(1)", "\\tablenum[table-format=1.2(1)]{0.20 \\pm 0.01}\\textdagger{}"),
        (["3", "1–4"], "", None),
        (["–"], "", None),
    ],
)
def test_numbers_are_aligned_by_siunitx(cells, form, shown):
    assert numbers.format_of(cells) == form
    assert (numbers.cell(cells[0], form) if form else None) == shown


def test_the_bars_and_the_archive_come_from_the_command(bench, tmp_path):
    words = ("leaderboard", "ring8", "--boards", BOARDS, "--edition", 5)
    done = bench(*words, "--plot", tmp_path / "bars.svg")
    assert done.code == 0, done.err
    assert "proxy-mr1" in (tmp_path / "bars.svg").read_text() or (tmp_path / "bars.svg").stat().st_size > 5000
    assert bench(*words, "--plot", tmp_path / "bars.gif").code == 2


def test_a_sentence_of_compare_names_task_edition_and_number(bench):
    done = bench("compare", "mr1", "mlp-noise", "-t", "ring8", "--records", BOARDS / "ring8/v1/records.jsonl")
    assert done.code == 0, done.err
    newest = BoardFolder(BOARDS, "ring8", 1).editions()[-1].number
    assert f"On ring8@1 (edition {newest}, n = 300 conditions), mr1 is better by" in done.out.replace("\\", "")
