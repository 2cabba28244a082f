"""Previews: what is drawn is what a method is given and what is true of it, and what is told is all there is."""

import json
import textwrap

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import Example, SampleSpace, Task, Unsupported
from benchbench.data import cache
from benchbench.plugins import get_task
from benchbench.publish.sheet import GAP, INK, PALE, PLANE, TITLE, make_preview, make_sheet
from benchbench.tasks.mixtures import Ring8
from benchbench.tasks.sr_hands import SrHands


def tile(picture, left, row, side):
    """Return `uint8[side, side, 3]` of the row at this place."""
    top = TITLE + row * (side + GAP)
    return np.asarray(picture)[top : top + side, left : left + side]


def enlarged(image, side):
    """Return `uint8[side, side, 3]` of `uint8[C, h, w]`, whose sides divide it."""
    pixels = image.expand(3, -1, -1).numpy().transpose(1, 2, 0)
    return pixels.repeat(side // pixels.shape[0], 0).repeat(side // pixels.shape[1], 1)


class Made(Task):
    """Ten flat 32 px squares; subclasses say under which conditions."""

    name = "made"
    kind = "unconditional"
    space = SampleSpace("images", (3, 32, 32))
    metrics = ()
    number = 10

    def condition(self, i):
        return {}

    def examples(self, split):
        flat = [torch.full((1, 3, 32, 32), 20 * i, dtype=torch.uint8) for i in range(self.number)]
        return [Example(f"{i}", self.condition(i), image) for i, image in enumerate(flat)]

    def real_pool(self):
        return torch.cat([example.references for example in self.examples("train")])


class Labelled(Made):
    """Under their numbers, and 12-level greys in one channel."""

    def condition(self, i):
        return {"label": torch.tensor(i), "image": torch.full((1, 8, 8), 12 * i, dtype=torch.uint8)}


def test_conditions_stand_beside_their_references():
    task = get_task("toy-shapes")
    picture = make_preview(task, rows=5, columns=3)
    test = task.examples("test")
    left = GAP + 96 + 1 + 3 * GAP
    for row in range(5):
        example = test[60 * row]
        assert (tile(picture, GAP, row, 96) == enlarged(example.condition["image"], 96)).all()
        for column in range(3):
            assert (tile(picture, left + column * 97, row, 96) == enlarged(example.references[column], 96)).all()
    assert picture.height == TITLE + 5 * (96 + GAP)
    beyond = np.asarray(picture)[TITLE:, left + 3 * 97 :]
    assert (beyond == 255).all(), "three references, and no more"


def test_a_mask_is_drawn_beside_its_image():
    task = get_task("inpaint-photos")
    picture = make_preview(task, rows=3)
    for row in range(3):
        example = task.examples("test")[100 * row]
        shown = [example.condition["image"], example.condition["mask"], example.references[0]]
        for number, image in enumerate(shown):
            assert (tile(picture, GAP + number * (129 + 3 * GAP), row, 128) == enlarged(image, 128)).all()


def test_a_label_is_written_and_smaller_conditions_are_brought_to_size():
    picture = make_preview(Labelled(), rows=10)
    left = GAP + 97 + 3 * GAP
    labels = [tile(picture, GAP, row, 96) for row in range(10)]
    assert len({label.tobytes() for label in labels}) == 10
    for row, label in enumerate(labels):
        ink = np.argwhere((label != 255).any(2))
        assert len(ink)
        assert np.abs(ink.mean(0) - 48).max() < 8, "in the middle"
        assert (tile(picture, left, row, 96) == 12 * row).all()
        assert (tile(picture, left + 97 + 3 * GAP, row, 96) == 20 * row).all()


def test_without_a_condition_the_references_fill_the_rows():
    picture = make_preview(Made(), rows=2, columns=4)
    for row in range(2):
        for column in range(4):
            shown = 10 * (4 * row + column) // 8
            assert (tile(picture, GAP + column * 97, row, 96) == 20 * shown).all()


def test_a_small_task_is_shown_whole():
    picture = make_preview(Labelled(), rows=50)
    assert picture.height == TITLE + 10 * (96 + GAP)
    grid = make_preview(Made(), rows=5, columns=4)
    assert grid.height == TITLE + 3 * (96 + GAP)
    assert (tile(grid, GAP + 2 * 97, 2, 96) == 255).all(), "ten in rows of four leave two empty places"


def test_points_are_a_scatter():
    """Every centre of the ring has dark points, and there are none further than six standard deviations from all."""
    picture = np.asarray(make_preview(get_task("ring8")))[TITLE:]
    reach = float(get_task("ring8").real_pool().abs().max()) * 1.05
    places = np.argwhere((picture == INK).all(2))
    assert len(places)
    points = np.stack([places[:, 1], PLANE - 1 - places[:, 0]], 1) / (PLANE - 1) * 2 - 1
    distance = np.linalg.norm(points[:, None] * reach - Ring8.centres(), axis=2)
    assert (distance.min(0) < 0.03).all()
    assert distance.min(1).max() < 6 * Ring8.std
    assert ((picture == PALE).all(2)).sum() > 1000


def test_points_in_space_are_not_drawn():
    class InSpace(Made):
        name = "in-space"
        space = SampleSpace("points", (3,))

    with pytest.raises(Unsupported, match="a sheet shows points in the plane; those of in-space have 3 numbers"):
        make_preview(InSpace())


def test_samples_that_are_points_are_not_drawn():
    with pytest.raises(Unsupported, match="a sheet of samples shows images; those of ring8 are points"):
        make_sheet(get_task("ring8"), [])


def test_a_sheet_of_samples_without_a_condition_starts_with_the_truth():
    picture = make_sheet(Made(), [], conditions=3)
    for row in range(3):
        assert (tile(picture, GAP, row, 32) == 20 * row).all()


# the command ----------------------------------------------------------------------------------------------------------


def test_info_draws_a_sheet(bench, tmp_path):
    done = bench("info", "toy-shapes", "--sheet", "shapes.png")
    assert (done.code, done.out) == (0, "shapes.png\n")
    with Image.open(tmp_path / "shapes.png") as drawn:
        assert (np.asarray(drawn) == np.asarray(make_preview(get_task("toy-shapes")))).all()


def test_a_sheet_and_an_export_go_together(bench, tmp_path):
    done = bench("info", "toy-shapes", "--sheet", "shapes.png", "--export", "conditions")
    assert done.code == 0
    assert (tmp_path / "shapes.png").is_file()
    assert len(list((tmp_path / "conditions").glob("*.png"))) == 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mini", "--sheet", "a.png"), "--sheet draws the conditions of a task; mini is one of the features"),
        (("toy-shapes", "--sheet", "a.jpg"), "--sheet writes a PNG; a.jpg should end in .png"),
        (("toy-shapes", "--sheet", "file/a.png"), "could not write file/a.png"),
        (("sr-hands", "--sheet", "a.png"), "Run `benchbench data prepare sr-hands`"),
    ],
)
def test_what_cannot_be_drawn_is_told(bench, tmp_path, monkeypatch, words, message):
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "empty"))
    (tmp_path / "file").touch()
    done = bench("info", *words)
    assert done.code != 0
    assert message in done.err
    assert not (tmp_path / "a.png").exists()


def test_info_tells_what_is_left_open_and_where_the_data_come_from(bench):
    done = bench("info", "sr-hands")
    assert done.code == 0
    for fact in ("Sign-Language-Digits-Dataset", "Apache-2.0", SrHands.source.homepage):
        assert fact in done.out
    for sentence in SrHands.choices:
        assert textwrap.fill(sentence, 110, initial_indent="- ", subsequent_indent="  ") in done.out


def test_info_as_json_tells_the_same(bench):
    facts = json.loads(bench("info", "sr-hands", "--json").out)
    assert facts["choices"] == list(SrHands.choices)
    assert [facts[key] for key in ("data set", "licence", "homepage")] == [
        "Sign-Language-Digits-Dataset",
        "Apache-2.0",
        SrHands.source.homepage,
    ]


@pytest.mark.parametrize(("version", "prepared"), [(None, False), (0, False), (SrHands.version, True)])
def test_info_tells_whether_the_data_are_prepared(bench, tmp_path, monkeypatch, version, prepared):
    """Those of another version of the task are not."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    if version is not None:
        folder = cache.folder_of(tmp_path, "sr-hands")
        folder.mkdir(parents=True)
        manifest = cache.Manifest("sr-hands", version, SrHands.source.name, "here", (), {}, {}, (), {})
        (folder / cache.MANIFEST).write_text(cache.manifest_text(manifest))
    line = "prepared  yes" if prepared else "prepared  no: run `benchbench data prepare sr-hands`"
    assert line in bench("info", "sr-hands").out.splitlines()
    assert json.loads(bench("info", "sr-hands", "--json").out)["prepared"] is prepared


def test_a_task_that_needs_no_data_has_no_data_set(bench):
    assert "licence" not in bench("info", "toy-shapes").out
    facts = json.loads(bench("info", "toy-shapes", "--json").out)
    assert "data set" not in facts
    assert facts["choices"] == []
