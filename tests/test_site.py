"""The static site: pages say what the records say, names are text, links lead somewhere, folders are safe."""

import functools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from io import BytesIO
from urllib.parse import unquote

import numpy as np
import pandas
import processes
import pytest
from PIL import Image
from sites import BOARDS, CLOSING, CONDITIONS, HERE, HOSTILE, METHODS, SAMPLES, STRANGERS, Page, board_of

from benchbench.core import BenchbenchError, MissingData
from benchbench.core.record_json import parse_record, to_json
from benchbench.leaderboards.costs import cost_of
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.unfinished import in_words, is_unfinished
from benchbench.plugins import get_task
from benchbench.publish import cost, words
from benchbench.publish.site import provenance, sprites, views
from benchbench.publish.site.aligned import aligned
from benchbench.publish.site.build import PAGE_BUDGET, build
from benchbench.publish.site.folder import MARK, replacing
from benchbench.publish.site.gallery import MOST_CONDITIONS, choose, make_gallery
from benchbench.publish.site.kept import Means, kept_rows
from benchbench.publish.site.pareto import front
from benchbench.system.records import digest, find_records


@pytest.fixture(scope="module")
def own(own_site):
    return own_site


@pytest.fixture(scope="module")
def small(small_site):
    return small_site


@functools.cache
def pages(site):
    """Return the pages of a site that nothing changes, parsed once."""
    return [Page(path) for path in sorted(site.rglob("*.html"))]


# Pages ----------------------------------------------------------------------------------------------------------------


def test_every_task_has_a_page_and_a_line_of_the_index(own):
    index = Page(own / "index.html")
    tasks = sorted(path.parent.parent.name for path in BOARDS.glob("*/v1/records.jsonl"))
    assert len(tasks) >= 12
    for task in tasks:
        assert f"{task}/v1/index.html" in index.links
        assert (own / task / "v1" / "index.html").is_file()
    assert "celeba/reported.html" in index.links
    assert "12.93 ± 0.04 (b)" in Page(own / "celeba" / "reported.html").text


def test_every_link_leads_to_a_file_of_the_site_or_a_place_on_the_page(own, small):
    checked = 0
    for site in (own, small / "site"):
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


def test_a_page_with_all_that_it_loads_is_below_five_megabytes(own, small):
    for site in (own, small / "site"):
        for page in pages(site):
            loaded = {unquote(link) for link in page.links if re.search(r"\.(js|css|webp|svg)$", link)}
            size = page.path.stat().st_size + sum((page.path.parent / each).stat().st_size for each in loaded)
            assert size < 5_000_000, page.path


def test_the_table_has_each_score_of_the_edition(own):
    board = board_of("toy-shapes")
    page = Page(own / "toy-shapes" / "v1" / "index.html")
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


def test_tips_say_interval_and_versions(own):
    board = board_of("toy-shapes")
    tips = json.loads(Page(own / "toy-shapes" / "v1" / "index.html").data)["tips"]
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


def test_each_row_has_its_record_and_its_command(own):
    page = Page(own / "toy-shapes" / "v1" / "index.html")
    folder = BoardFolder(BOARDS, "toy-shapes", 1)
    files = [link for link in page.links if link.startswith("records/")]
    lines = {(page.path.parent / file).read_text().removesuffix("\n") for file in files}
    assert {digest(line) for line in lines} == set(folder.editions()[-1].records)
    assert "benchbench run -t toy-shapes -m 'dial[blur=1]' --seed 0 --metric all" in page.text
    for name in (p.name for p in folder.edition_files()):
        assert (page.path.parent / "editions" / name).read_bytes() == (folder.path / "editions" / name).read_bytes()


def test_the_same_records_give_the_same_bytes(small, tmp_path):
    build(small / "leaderboards", tmp_path / "again", small / "runs", small / "calibration")
    first, again = (
        {p.relative_to(s): p.read_bytes() for p in s.rglob("*") if p.is_file()}
        for s in (small / "site", tmp_path / "again")
    )
    assert first == again


def test_editions_are_told_newest_first(small):
    page = Page(small / "site" / "toy-shapes" / "v1" / "index.html")
    second, first = page.text.index("Edition 2 , 2026-01-03"), page.text.index("Edition 1 , 2026-01-02")
    assert second < first
    assert f"added: {HOSTILE}" in page.text


def test_what_is_not_there_is_said_in_a_sentence(own):
    said = {
        "digits": "The ranking score is one of the whole set of samples: it has no value for a single condition.",
        "digits-by-class": "These records do not hold the score's parts.",
        "ring8": "The samples of this task are points: there are no pictures of them.",
        "toy-holes": "No samples of these runs are here.",
        "emoji-tones": "No calibration of this task is stored.",
    }
    for task, sentence in said.items():
        assert sentence in Page(own / task / "v1" / "index.html").text


def test_a_version_that_is_not_installed_shows_its_ranks(own, tmp_path):
    shutil.copytree(BOARDS / "ring8", tmp_path / "boards" / "ring8")
    os.rename(tmp_path / "boards" / "ring8" / "v1", tmp_path / "boards" / "ring8" / "v7")
    shutil.copytree(BOARDS / "ring8", tmp_path / "boards" / "gone")
    build(tmp_path / "boards", tmp_path / "site", tmp_path, tmp_path)
    for page in (Page(tmp_path / "site" / name / "index.html") for name in ("ring8/v7", "gone/v1")):
        assert "Its editions stand as they are" in page.text
        assert "noise" in page.text


# Names are text -------------------------------------------------------------------------------------------------------


def test_hostile_names_come_out_as_text(small):
    assert len(pages(small / "site")) > 1
    for page in pages(small / "site"):
        raw = page.path.read_text()
        assert "<img" not in raw.replace("&lt;img", "")
        assert raw.count("<script") == len([tag for tag, _ in page.tags if tag == "script"])
        assert not any("onerror" in attributes for _, attributes in page.tags)
    page = Page(small / "site" / "toy-shapes" / "v1" / "index.html")
    assert HOSTILE in page.text
    assert CLOSING in page.text
    assert "49" not in re.findall(r"&amp;\S*", page.text)
    labels = {point["label"] for point in json.loads(page.data)["realism"]["points"]}
    assert set(STRANGERS) <= labels


def test_a_run_id_opens_no_path(small, tmp_path):
    (tmp_path / "etc" / "samples" / "0000").mkdir(parents=True)
    rows, missing = kept_rows(board_of("toy-shapes", small / "leaderboards"), small / "runs")
    assert sorted(row.label for row in rows) == sorted(METHODS)
    assert set(missing) == set(STRANGERS)


@pytest.mark.parametrize("label", [HOSTILE, "a b; rm -rf ~", "$(reboot)", "dial[blur=1]"])
def test_the_command_is_one_line_whose_words_are_the_labels(label):
    (_, record), *_ = find_records(BOARDS / "digits" / "v1" / "records.jsonl")
    content = json.loads(to_json(record))
    content["method"].update(label=label, name=label.partition("[")[0])
    (line,) = provenance.commands(parse_record(json.dumps(content), ""), get_task("digits").metrics)
    words = shlex.split(line)
    assert words == ["benchbench", "run", "-t", "digits", "-m", label, "--seed", "0"]


def test_the_command_has_what_the_record_has_beyond_the_task():
    found = {record.method.label: record for _, record in find_records(BOARDS / "emoji-tones" / "v1" / "records.jsonl")}
    metrics = get_task("emoji-tones").metrics
    run = "benchbench run -t emoji-tones -m copy --seed 0 -f lpips-alex --metric all"
    assert provenance.commands(found["copy"], metrics) == [run]
    content = json.loads(to_json(found["copy"]))
    content["method"]["training"] = {"seed": 3, "steps": 50, "device": "cuda", "precision": "bfloat16", "torch": None}
    assert provenance.commands(parse_record(json.dumps(content), ""), metrics) == [
        "benchbench fit -t emoji-tones -m copy --seed 3 --steps 50 --device cuda --precision bfloat16",
        run.replace("--seed 0", "--seed 0 --checkpoint CHECKPOINT"),
    ]


# What the plots show --------------------------------------------------------------------------------------------------


def test_the_front_is_what_no_other_beats():
    assert front([(0, 3), (1, 2), (2, 2), (3, 0), (0, 0), (2, 2)]) == [0, 2, 3, 5]
    assert front([]) == []
    generator = np.random.default_rng(0)
    points = [tuple(point) for point in generator.integers(0, 6, (60, 2)).tolist()]
    brute = [i for i, p in enumerate(points) if all(not (q[0] >= p[0] and q[1] >= p[1] and q != p) for q in points)]
    assert front(points) == brute


def test_the_front_takes_closeness_to_the_truth_where_that_is_known():
    view = views.realism_diversity(board_of("toy-shapes"))
    assert (view["truth"], view["x"]) == (1.0, "relative-diversity[mini]")
    places = {
        point["label"]: (point["y"][0], -abs(point["x"][0] - 1)) for point in view["points"] if not point["reference"]
    }
    unbeaten = {
        label
        for label, (realism, near) in places.items()
        if not any(each[0] >= realism and each[1] >= near and each != (realism, near) for each in places.values())
    }
    assert {point["label"] for point in view["points"] if point["front"]} == unbeaten
    assert 1 < len(unbeaten) < len(places)
    unknown = views.realism_diversity(board_of("sr-photos"))
    assert (unknown["truth"], unknown["x"]) == (None, "diversity[mini]")
    assert not any(point["front"] for point in unknown["points"] if point["reference"])


@pytest.mark.parametrize("task", ["toy-shapes", "toy-faces", "sr-photos", "emoji-tones"])
def test_the_parts_give_the_energy_score(task):
    board = board_of(task)
    view = views.energy_parts(board)
    metric = next(name for name in board.rows[0].scores if name.startswith("energy-score"))
    parts = ("distance-to-truth", "spread")
    whole = [row for row in board.rows if all(any(name.startswith(part) for name in row.scores) for part in parts)]
    assert len(view["points"]) == len(whole) >= 5  # not every run was asked for the parts
    for point in view["points"]:
        score = board.rows[point["row"]].scores[metric].value
        assert point["y"][0] - point["x"][0] / 2 == pytest.approx(score, abs=2e-4)


def test_boxes_are_the_quantiles_of_the_records():
    board = board_of("sr-photos")
    boxes = views.over_conditions(board)["boxes"]
    assert len(boxes) == len(board.rows)
    for box in boxes:
        values = np.mean([record.paired.values for record in board.rows[box["row"]].records], axis=0)
        assert box["quantiles"] == pytest.approx(np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]), rel=1e-4, abs=1e-9)
        assert box["mean"] == pytest.approx(board.rows[box["row"]].scores[board.ranked_by].value, rel=1e-4, abs=1e-9)
    assert views.over_conditions(board_of("digits")) is None


def test_calibration_curves_are_the_stored_ones(own):
    view = json.loads(Page(own / "toy-shapes" / "v1" / "index.html").data)["calibration"]
    stored = json.loads((HERE.parent / "docs" / "calibration" / "toy-shapes.json").read_text())
    for dial, shown in zip(stored["dials"], view["dials"], strict=True):
        for answer in dial["answers"]:
            curve = shown["answers"][answer["metric"]]
            assert curve["values"] == pytest.approx([step["value"] for step in answer["steps"]], rel=1e-4)
            assert curve["verdict"] == answer["verdict"]


def test_decimal_points_stand_in_one_line():
    padded = aligned(["0.1712", "12", "-3.5", "0.50169"])
    assert [each.strip("\u2007\u2008") for each in padded] == ["0.1712", "12", "-3.5", "0.50169"]
    assert len({len(each) for each in padded}) == 1
    assert {max(each.find("."), each.find("\u2008")) for each in padded} == {2}


# The gallery ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gallery(small):
    return make_gallery(get_task("toy-shapes"), board_of("toy-shapes", small / "leaderboards"), small / "runs")


def test_each_thumbnail_is_the_sample_that_was_kept(small, gallery):
    board = board_of("toy-shapes", small / "leaderboards")
    examples = {example.id: example for example in get_task("toy-shapes").examples("test")}
    runs = {path.name: path for path in (small / "runs").glob("toy-shapes/*/*")}
    assert len(gallery.blocks) == CONDITIONS
    for block in gallery.blocks:
        with Image.open(small / "site" / "toy-shapes" / "v1" / block.file) as image:
            sheet = np.asarray(image.convert("RGB"))
        width, height = gallery.size
        assert sheet.shape == (block.lines * height, block.columns * width, 3)
        tiles = sheet.reshape(block.lines, height, block.columns, width, 3).transpose(0, 2, 1, 3, 4)

        assert block.titles[:2] == ["condition", "truth"]
        truth = examples[block.id].references[0].permute(1, 2, 0).numpy()
        assert np.array_equal(tiles[0, 1], truth)
        assert [strip.label for strip in block.strips] == [row.label for row in board.rows if row.label in METHODS]
        for strip in block.strips:
            run = runs[board.rows[strip.row].record.run_id]
            assert strip.samples == SAMPLES
            for k in range(SAMPLES):
                kept = np.asarray(Image.open(run / "samples" / block.id / f"{k:02d}.png").convert("RGB"))
                assert np.array_equal(tiles[strip.line, k], kept)


def test_near_duplicates_are_marked(gallery):
    for block in gallery.blocks:
        strips = {strip.label: strip for strip in block.strips}
        assert strips["collapsed"].repeats == dict.fromkeys(range(1, SAMPLES), 0)
        assert strips["copy"].repeats == dict.fromkeys(range(1, SAMPLES), 0)
        assert strips["noise"].repeats == {}
    assert any("within 0.0591 of it under mini" in sentence for sentence in gallery.sentences)


def test_an_image_made_twice_is_a_near_duplicate_and_another_one_is_not():
    from benchbench.publish.site.repeats import of_scores

    finder, _ = of_scores(board_of("toy-shapes").rows[0].scores.values())
    first, other = (image.permute(1, 2, 0).numpy() for image in get_task("toy-shapes").real_pool()[:2])
    again = first.copy()
    again[::7, ::5] ^= 1
    assert finder([Image.fromarray(each) for each in (first, other, again, other)]) == {2: 0, 3: 1}
    assert finder([Image.fromarray(first)]) == {}


def test_no_threshold_no_marks():
    from benchbench.publish.site.repeats import of_scores

    scores = [s for s in board_of("toy-shapes").rows[0].scores.values() if s.threshold is None]
    finder, said = of_scores(scores)
    assert finder is None
    assert said == "Near-duplicates are not marked: no score of these records names its threshold."


def test_worst_and_best_are_those_of_the_conditions(small, gallery):
    tables = [
        pandas.read_parquet(path).set_index("id")
        for name in ("noise", "copy")
        for path in (small / "runs").glob(f"toy-shapes/{name}/*/conditions.parquet")
    ]
    mean = sum(table["energy-score[mini]"] for table in tables) / 2
    said = {words: block.id for block in gallery.blocks for words in block.extremes}
    assert said[f"worst energy-score[mini] ({mean.max():.3g})"] == mean.idxmax()
    assert said[f"best energy-score[mini] ({mean.min():.3g})"] == mean.idxmin()
    assert gallery.blocks[0].values["energy-score[mini]"] == pytest.approx(mean[gallery.blocks[0].id])


def test_of_many_conditions_the_extremes_are_chosen():
    ids = [f"{i:03d}" for i in range(100)]
    values = {id: {"up": float(i), "down": float((37 * i) % 100)} for i, id in enumerate(ids)}
    chosen = choose(ids, Means({"up": True, "down": False}, values, {}))
    assert len(chosen) == MOST_CONDITIONS
    assert chosen == sorted(chosen)
    worst_down = max(ids, key=lambda id: values[id]["down"])
    assert {"000", "099", worst_down} <= set(chosen)


def test_a_task_whose_data_are_not_here_shows_the_samples_all_the_same(small):
    class Absent(type(get_task("toy-shapes"))):
        def examples(self, split):
            raise MissingData("no archive of it: fetch <it>")

    found = make_gallery(Absent(), board_of("toy-shapes", small / "leaderboards"), small / "runs")
    assert len(found.blocks) == CONDITIONS
    assert all(block.titles == [] and len(block.strips) == len(METHODS) for block in found.blocks)
    assert any("the data of toy-shapes are not here: no archive of it" in sentence for sentence in found.sentences)


def test_a_broken_file_is_said_and_harms_nothing_else(small, tmp_path):
    shutil.copytree(small / "runs", tmp_path / "runs")
    (run,) = (tmp_path / "runs" / "toy-shapes" / "noise").iterdir()
    (run / "samples" / "0000" / "00.png").write_bytes(b"no image")
    build(small / "leaderboards", tmp_path / "site", tmp_path / "runs", tmp_path)
    page = Page(tmp_path / "site" / "toy-shapes" / "v1" / "index.html")
    assert page.text.count("its files cannot be read") == 1


def test_sprites_stay_within_their_budget():
    noise = np.random.default_rng(0).integers(0, 256, (3, 600, 600, 3), dtype=np.uint8)
    sheets = [Image.fromarray(each) for each in noise]
    lossless = sprites.encoded(sheets, PAGE_BUDGET)
    assert np.array_equal(np.asarray(Image.open(BytesIO(lossless[0])).convert("RGB")), noise[0])
    assert sum(map(len, sprites.encoded(sheets, 700_000))) <= 700_000 < sum(map(len, lossless))


# The folder -----------------------------------------------------------------------------------------------------------


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_that_it_did_not_make_is_refused(small, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.tex").write_text("mine")
    with pytest.raises(BenchbenchError, match="did not make"):
        build(small / "leaderboards", tmp_path / "site", small / "runs", tmp_path)
    assert tree(tmp_path / "site") == {"thesis.tex": b"mine"}
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BenchbenchError, match="is no folder"):
        build(small / "leaderboards", tmp_path / "file", small / "runs", tmp_path)
    (tmp_path / "empty").mkdir()
    build(small / "leaderboards", tmp_path / "empty", small / "runs", tmp_path)
    assert (tmp_path / "empty" / MARK).is_file()


def test_a_failed_build_leaves_the_old_site(tmp_path):
    def write(words):
        with replacing(tmp_path / "site") as fresh:
            (fresh / "index.html").write_text(words)
            if words == "bad":
                raise ZeroDivisionError

    write("old")
    before = tree(tmp_path / "site")
    with pytest.raises(ZeroDivisionError):
        write("bad")
    assert tree(tmp_path / "site") == before
    write("new")
    assert (tmp_path / "site" / "index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock" and path.name != ".site.lock"] == [
        "site"
    ]


COMMAND = "import sys; from benchbench.cli.main import main; sys.exit(main(sys.argv[1:], standalone_mode=True))"


def words_of(small, site):
    return [
        "-c",
        COMMAND,
        "publish",
        "--boards",
        str(small / "leaderboards"),
        "--site",
        str(site),
        "--runs",
        str(small / "runs"),
    ]


def test_a_full_disk_leaves_the_old_site_and_is_told(small, tmp_path):
    """The system's limit on the size of a file stands for the disk: the scripts of the site are larger."""
    build(small / "leaderboards", tmp_path / "site", tmp_path, tmp_path)
    before = tree(tmp_path / "site")
    _, command, *words = words_of(small, tmp_path / "site")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, 2 * (600 * 1024,));"
    done = processes.run(["-c", f"{limit} {command}", *words], tmp_path)
    assert done.returncode == 1
    assert f"could not write {tmp_path / 'site'}: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(tmp_path / "site") == before
    assert not list(tmp_path.glob(".site.*.new"))


def test_a_killed_build_leaves_the_old_site_and_the_next_one_cleans_up(small, tmp_path):
    build(small / "leaderboards", tmp_path / "site", tmp_path, tmp_path)
    before = tree(tmp_path / "site")
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = processes.start(words_of(small, tmp_path / "site"), tmp_path, **nowhere)
    while not list(tmp_path.glob(".site.*.new")):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tree(tmp_path / "site") == before
    assert list(tmp_path.glob(".site.*.new"))
    build(small / "leaderboards", tmp_path / "site", small / "runs", tmp_path)
    assert tree(tmp_path / "site") != before
    assert not list(tmp_path.glob(".site.*.new"))


def test_killed_between_two_names_the_old_site_is_put_back(tmp_path):
    with replacing(tmp_path / "site") as fresh:
        (fresh / "index.html").write_text("old")
    os.rename(tmp_path / "site", tmp_path / ".site.123.old")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "site"):
        raise ZeroDivisionError
    assert (tmp_path / "site" / "index.html").read_text() == "old"


def test_the_verb_publishes_the_site(small, bench, tmp_path):
    done = bench("publish", "--boards", small / "leaderboards", "--site", tmp_path / "site", "--runs", small / "runs")
    assert done.code == 0
    number = len(list((tmp_path / "site").rglob("*.html")))
    assert f"{number} pages: open {tmp_path / 'site' / 'index.html'}" in done.out
    assert tree(tmp_path / "site") == tree(small / "site")
