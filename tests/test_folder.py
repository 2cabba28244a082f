"""Folders of samples: which files count, in which order, what changes the hash, and what is an error by name."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchbench.core import BadSample, BenchbenchError, MissingData, WrongUsage
from benchbench.data.listing import list_samples, require_complete
from benchbench.data.names import alike, natural
from benchbench.methods.folder import range_of, read_samples, remarks

IDS = ["e0", "e1", "e10"]
K = 3


def image(path, shade, size=(4, 4), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, shade, shade)).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    """Three conditions, three samples each: `e1/2.png` has the shade 12."""
    made = tmp_path / "samples"
    for number, id in enumerate(IDS):
        for k in range(K):
            image(made / id / f"{k}.png", 10 * number + k)
    return made


def shades(listing):
    return [[int(one[0, 0, 0]) for one in read_samples(files, (3, 4, 4))] for files in listing.files.values()]


EXPECTED = [[0, 1, 2], [10, 11, 12], [20, 21, 22]]


# Which files, in which order ------------------------------------------------------------------------------------------


def test_each_condition_has_its_images_by_number(folder):
    assert shades(list_samples(folder, IDS, K)) == EXPECTED
    assert shades(list_samples(folder, IDS, None)) == EXPECTED


def test_numbers_sort_as_numbers(folder):
    for id in IDS:
        (folder / id / "1.png").rename(folder / id / "10.png")
    assert shades(list_samples(folder, IDS, K))[0] == [0, 2, 1]
    assert sorted(["10", "9", "a", "1b", "1a2", "1a10"], key=natural) == ["1a2", "1a10", "1b", "9", "10", "a"]


def test_more_than_k_is_an_error_that_lists_what_was_found(folder):
    image(folder / "e1" / "3.png", 99)
    with pytest.raises(
        BadSample, match=r"holds 4 images of e1, 3 samples per condition are taken: 0.png, 1.png, 2.png, 3"
    ):
        list_samples(folder, IDS, K)
    assert shades(list_samples(folder, IDS, K, select="{k}.png")) == EXPECTED
    assert list_samples(folder, IDS, K, select="{k}.png").left_over == 1


@pytest.mark.parametrize("name", ["input.png", "ground_truth.png", "1_input.png", "mask1.png"])
def test_a_name_that_no_pattern_explains_is_an_error(folder, name):
    """A saved input beside one sample less has the right number of images."""
    (folder / "e1" / "0.png").unlink()
    image(folder / "e1" / name, 99)
    with pytest.raises(BadSample, match=f"names differ by more than a number: .*{name}.*--select"):
        list_samples(folder, IDS, K)
    with pytest.raises(MissingData, match="holds 2 images of e1, 3 samples per condition are needed"):
        require_complete(list_samples(folder, IDS, K, select="{k}.png"), K)


def test_names_are_alike_but_for_their_numbers():
    assert alike(["seed0_512x512_01.png", "seed0_512x512_02.PNG"])
    assert not alike(["a.png", "b.png"]), "without a number there is no order"
    assert not alike(["0.png", "1.jpg"])
    assert not alike(["a0.png", "b1.png"])


@pytest.mark.parametrize("twin", ["0.jpg", "00.png", "0.PNG"])
def test_two_files_of_one_number_are_an_error(folder, twin):
    image(folder / "e1" / twin, 99)
    for options in ({}, {"select": "*"}):
        with pytest.raises(BadSample, match=r"0\..* and .*0\..* are both the same sample of e1"):
            list_samples(folder, IDS, 4, **options)
    if twin != "0.jpg":
        return
    assert shades(list_samples(folder, IDS, K, select="{k}.png")) == EXPECTED


@pytest.mark.parametrize(
    "litter", [".DS_Store", "Thumbs.db", "desktop.ini", "._0.png", "__MACOSX/0.png", "._3.png", "Desktop.ini", ".3.png"]
)
def test_what_systems_leave_is_no_image_and_changes_no_hash(folder, litter):
    before = list_samples(folder, IDS, K).sha256()
    for place in (folder, folder / "e1"):
        image(place / "x.png", 99)
        (place / litter).parent.mkdir(exist_ok=True)
        (place / "x.png").rename(place / litter)
    for options in ({}, {"select": "*"}, {"select": "{k}.png"}):
        found = list_samples(folder, IDS, K, **options)
        assert shades(found) == EXPECTED
        assert found.sha256() == before


def test_a_selection_says_what_to_take(folder):
    for id in IDS:
        image(folder / id / "input.png", 99)
        for k in range(K):
            image(folder / id / f"{k}_mask.png", 98)
    assert shades(list_samples(folder, IDS, K, select="{k}.png")) == EXPECTED
    assert shades(list_samples(folder, IDS, K, select="?.png")) == EXPECTED
    with pytest.raises(BadSample, match="holds 7 images of e0"):
        list_samples(folder, IDS, K, select="*.png")


def test_flat_names_are_taken_by_a_pattern(folder, tmp_path):
    """`e1` and `e10` share their first letters."""
    flat = tmp_path / "flat"
    for number, id in enumerate(IDS):
        for k in range(K):
            image(flat / f"{id}_{k:03d}.png", 10 * number + k)
            image(flat / "deep" / id / "out" / f"sample{k}_{number}.png", 10 * number + k)
    assert shades(list_samples(flat, IDS, K, pattern="{id}_{k}.png")) == EXPECTED
    assert shades(list_samples(flat, IDS, K, pattern="deep/{id}/out/sample{k}_?.png")) == EXPECTED
    assert shades(list_samples(flat, ["e1"], K, pattern="{id}_*.png")) == EXPECTED[1:2]


@pytest.mark.parametrize(
    "pattern", ["{k}.png", "{id}{k}.png", "{id}*{k}.png", "/x/{id}/{k}.png", "../{id}/{k}.png", "{id}/{id}"]
)
def test_a_pattern_that_is_none_is_wrong_usage(folder, pattern):
    with pytest.raises(WrongUsage, match="the pattern"):
        list_samples(folder, IDS, K, pattern=pattern)
    with pytest.raises(BenchbenchError, match="not both"):
        list_samples(folder, IDS, K, pattern="{id}/{k}.png", select="{k}.png")


# What is missing ------------------------------------------------------------------------------------------------------


def test_the_first_conditions_alone_are_told_with_the_limit(folder):
    shutil.rmtree(folder / "e10")
    with pytest.raises(MissingData, match=r"2 of 3 conditions are there; add --limit 2"):
        require_complete(list_samples(folder, IDS, K), K)


def test_others_than_the_first_are_named(folder):
    shutil.rmtree(folder / "e1")
    with pytest.raises(MissingData, match=r"2 of 3 conditions are there; missing: e1\."):
        require_complete(list_samples(folder, IDS, K), K)


def test_fewer_than_k_are_told_with_their_number(folder):
    for id in ("e0", "e1"):
        (folder / id / "1.png").unlink()
    with pytest.raises(MissingData, match=r"e0 holds 2 images of e0, 3 samples .* needed \(2 conditions have fewer\)"):
        require_complete(list_samples(folder, IDS, K), K)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("up", r"they lie in .*up/samples: name that folder"),
        ("up/further", r"they lie in .*up/further/samples: name that folder"),
    ],
)
def test_nested_folders_are_found(folder, tmp_path, place, said):
    (tmp_path / place).mkdir(parents=True)
    folder.rename(tmp_path / place / "samples")
    with pytest.raises(MissingData, match=said):
        require_complete(list_samples(tmp_path / "up", IDS, K), K)


def test_flat_and_inner_names_get_a_pattern(tmp_path):
    image(tmp_path / "flat" / "e0_1.png", 1)
    with pytest.raises(MissingData, match=r"it holds images such as e0_1.png: add --pattern"):
        require_complete(list_samples(tmp_path / "flat", IDS, K), K)
    image(tmp_path / "inner" / "e0" / "png" / "1.png", 1)
    with pytest.raises(MissingData, match=r"images lie in .*e0/png: add --pattern '\{id\}/png/\{k\}\.png'"):
        require_complete(list_samples(tmp_path / "inner", IDS, K), K)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingData, match=r"such as 'e0'; `benchbench info"):
        require_complete(list_samples(tmp_path / "empty", IDS, K), K)
    with pytest.raises(MissingData, match="no such folder of samples"):
        list_samples(tmp_path / "none", IDS, K)


# The hash -------------------------------------------------------------------------------------------------------------


def test_the_hash_covers_the_images_that_are_scored_and_nothing_else(folder):
    before = list_samples(folder, IDS[:2], K).sha256()
    (folder / "notes.txt").write_text("mine")
    (folder / "e1" / "notes.txt").write_text("mine")
    image(folder / "e10" / "0.png", 77)
    (folder / "e0" / "inputs").mkdir()
    image(folder / "e0" / "inputs" / "0.png", 77)
    for k in range(K):
        (folder / "e0" / f"{k}.png").rename(folder / "e0" / f"sample_{k:02d}.png")
    assert list_samples(folder, IDS[:2], K).sha256() == before
    image(folder / "e1" / "2.png", 78)
    assert list_samples(folder, IDS[:2], K).sha256() != before


def test_the_order_of_the_images_is_part_of_the_hash(folder):
    before = list_samples(folder, IDS, K).sha256()
    (folder / "e1" / "0.png").rename(folder / "e1" / "x")
    (folder / "e1" / "1.png").rename(folder / "e1" / "0.png")
    (folder / "e1" / "x").rename(folder / "e1" / "1.png")
    assert list_samples(folder, IDS, K).sha256() != before


def test_the_hash_follows_links_to_folders_and_files(folder, tmp_path):
    linked = tmp_path / "linked"
    linked.mkdir()
    for id in IDS:
        (linked / id).symlink_to(folder / id)
    found = list_samples(linked, IDS, K)
    assert shades(found) == EXPECTED
    before = found.sha256()
    assert before == list_samples(folder, IDS, K).sha256()
    image(folder / "e1" / "2.png", 78)
    assert list_samples(linked, IDS, K).sha256() != before
    assert shades(list_samples(linked, IDS, K, select="{k}.png"))[1] == [10, 11, 78]


@pytest.mark.parametrize("how", [lambda path: os.mkfifo(path), lambda path: path.symlink_to("nowhere"), Path.mkdir])
def test_what_is_no_file_is_told_and_not_opened(folder, how):
    (folder / "e1" / "2.png").unlink()
    how(folder / "e1" / "2.png")
    with pytest.raises(BadSample, match=r"2\.png is not a regular file, or a link to nothing"):
        list_samples(folder, IDS, K)


def test_remarks_tell_of_loss_conversions_and_left_overs(folder):
    assert remarks(list_samples(folder, IDS, K)) == []
    for k in range(K + 1):
        (folder / "e1" / f"{k}.png").unlink(missing_ok=True)
        image(folder / "e1" / f"{k}.jpg", 10)
    Image.new("L", (4, 4), 3).save(folder / "e10" / "0.png")
    lossy, left_over, grey = remarks(list_samples(folder, IDS, K, select="{k}.*"))
    assert lossy.startswith("3 of 9 images are compressed with loss")
    assert left_over.startswith("1 images fit the pattern and are not scored")
    assert grey == "1 of 3 images looked at are converted: greyscale"


# The command line -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tiny(bench, tmp_path, monkeypatch):
    """Return the folder of samples of a run on the task `tiny`: 25 conditions of 4."""
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(Path(__file__).parent / "one_off"))
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", "all").code == 0
    (run,) = tmp_path.glob("runs/tiny/shades/*")
    return run / "samples"


def value(tmp_path, where):
    from benchbench.system.records import read_record

    (path,) = tmp_path.glob(f"{where}/tiny/folder/*/record.json")
    return [score.value for score in read_record(path).scores]


def test_score_checks_the_whole_folder_first(bench, tiny, tmp_path):
    words = ("score", "--samples", tiny, "-t", "tiny", "-j", 0, "-o", "other")
    ids = sorted(path.name for path in tiny.iterdir())
    for id in ids[4:]:
        shutil.rmtree(tiny / id)
    done = bench(*words)
    assert done.code == 1
    assert "4 of 25 conditions are there; add --limit 4" in done.err
    assert not (tmp_path / "other" / "tiny").exists()
    assert bench(*words, "--limit", 4).code == 0


def test_score_takes_flat_names_and_warns_of_loss(bench, tiny, tmp_path):
    for id in list(tiny.iterdir()):
        for path in id.iterdir():
            shutil.copy(path, tmp_path / f"flat-{id.name}-{path.name}")
    words = ("score", "-t", "tiny", "-j", 0, "--name", "x")
    assert bench(*words, "--samples", tiny, "-o", "nested").code == 0
    assert bench(*words, "--samples", tmp_path, "--pattern", "flat-{id}-{k}.png", "-o", "flat").code == 0
    assert value(tmp_path, "flat") == value(tmp_path, "nested")
    for path in tiny.glob("*/00.png"):
        Image.open(path).save(path.with_suffix(".jpg"))
        path.unlink()
    done = bench(*words, "--samples", tiny, "--select", "{k}.*", "-o", "lossy")
    assert done.code == 0, done.err
    assert "25 of 100 images are compressed with loss" in done.err


def test_the_range_of_floating_point_images_is_declared_on_the_command_line(bench, tiny, tmp_path):
    words = ("score", "-t", "tiny", "-j", 0, "--name", "x", "--samples", tiny)
    for path in tiny.glob("*/*.png"):
        grey = Image.open(path).convert("L")
        grey.save(path)
    assert bench(*words, "-o", "bytes").code == 0
    for path in tiny.glob("*/*.png"):
        values = np.asarray(Image.open(path)).astype(np.float32) / 127.5 - 1
        Image.fromarray(values).save(path.with_suffix(".tif"))
        path.unlink()
    done = bench(*words, "-o", "floats")
    assert done.code == 1
    assert "nothing declares which are black and white" in done.err
    assert bench(*words, "-o", "floats", "--value-range", -1, 1).code == 0
    assert value(tmp_path, "floats") == value(tmp_path, "bytes")


@pytest.mark.parametrize(
    ("text", "found"), [("", None), ("0..1", (0, 1)), ("-1.0..1e3", (-1, 1000)), ("255.0..0.0", (255, 0))]
)
def test_a_range_of_values_is_two_numbers(text, found):
    assert range_of(text) == found


@pytest.mark.parametrize("text", ["0", "0..", "a..b", "0..0", "0..inf", "nan..1", "0.1"])
def test_what_is_no_range_of_values_is_refused(text):
    with pytest.raises(WrongUsage, match="two different numbers"):
        range_of(text)


def test_a_linked_folder_whose_target_changed_is_scored_anew(bench, tiny, tmp_path):
    linked = tmp_path / "linked"
    linked.symlink_to(tiny)
    words = ("score", "-t", "tiny", "-j", 0, "--samples", linked)
    assert bench(*words, "-o", "one").code == 0
    for path in tiny.glob("*/00.png"):
        pixels = np.asarray(Image.open(path))
        Image.fromarray(255 - pixels).save(path)
    assert bench(*words, "-o", "one").code == 0
    found = [path.parent.name for path in tmp_path.glob("one/tiny/folder/*/record.json")]
    assert len(found) == 2, "another identity"
