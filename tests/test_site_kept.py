"""The static site: the gallery shows the samples that were kept."""

import shutil
from io import BytesIO

import numpy as np
import pandas
import pytest
from PIL import Image
from sites import CONDITIONS, METHODS, SAMPLES, Page, board_of

from benchbench.core import MissingData
from benchbench.plugins import get_task
from benchbench.publish.site import sprites
from benchbench.publish.site.build import PAGE_BUDGET, build
from benchbench.publish.site.gallery import MOST_CONDITIONS, choose, make_gallery
from benchbench.publish.site.kept import Means


@pytest.fixture(scope="module")
def gallery(small_site):
    return make_gallery(
        get_task("toy-shapes"), board_of("toy-shapes", small_site / "leaderboards"), small_site / "runs"
    )


def test_each_thumbnail_is_the_sample_that_was_kept(small_site, gallery):
    board = board_of("toy-shapes", small_site / "leaderboards")
    examples = {example.id: example for example in get_task("toy-shapes").examples("test")}
    runs = {path.name: path for path in (small_site / "runs").glob("toy-shapes/*/*")}
    assert len(gallery.blocks) == CONDITIONS
    for block in gallery.blocks:
        with Image.open(small_site / "site" / "toy-shapes" / "v1" / block.file) as image:
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


def test_worst_and_best_are_those_of_the_conditions(small_site, gallery):
    tables = [
        pandas.read_parquet(path).set_index("id")
        for name in ("noise", "copy")
        for path in (small_site / "runs").glob(f"toy-shapes/{name}/*/conditions.parquet")
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


def test_a_task_whose_data_are_not_here_shows_the_samples_all_the_same(small_site):
    class Absent(type(get_task("toy-shapes"))):
        def examples(self, split):
            raise MissingData("no archive of it: fetch <it>")

    found = make_gallery(Absent(), board_of("toy-shapes", small_site / "leaderboards"), small_site / "runs")
    assert len(found.blocks) == CONDITIONS
    assert all(block.titles == [] and len(block.strips) == len(METHODS) for block in found.blocks)
    assert any("the data of toy-shapes are not here: no archive of it" in sentence for sentence in found.sentences)


def test_a_broken_file_is_said_and_harms_nothing_else(small_site, tmp_path):
    shutil.copytree(small_site / "runs", tmp_path / "runs")
    (run,) = (tmp_path / "runs" / "toy-shapes" / "noise").iterdir()
    (run / "samples" / "0000" / "00.png").write_bytes(b"no image")
    build(small_site / "leaderboards", tmp_path / "site", tmp_path / "runs", tmp_path)
    page = Page(tmp_path / "site" / "toy-shapes" / "v1" / "index.html")
    assert page.text.count("its files cannot be read") == 1


def test_sprites_stay_within_their_budget():
    noise = np.random.default_rng(0).integers(0, 256, (3, 600, 600, 3), dtype=np.uint8)
    sheets = [Image.fromarray(each) for each in noise]
    lossless = sprites.encoded(sheets, PAGE_BUDGET)
    assert np.array_equal(np.asarray(Image.open(BytesIO(lossless[0])).convert("RGB")), noise[0])
    assert sum(map(len, sprites.encoded(sheets, 700_000))) <= 700_000 < sum(map(len, lossless))
