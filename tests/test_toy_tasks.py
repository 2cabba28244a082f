"""The tasks whose law is made by hand: each against what can be worked out about it without its code."""

import json

import numpy as np
import pytest
import torch

from benchbench.core import InpaintingTask, ModeTask, SuperResolutionTask
from benchbench.core.noise import Noise, stream
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.plugins import get_task
from benchbench.stats.estimates import mean_estimate
from benchbench.tasks import mixtures, toy_faces, toy_holes

FINGERPRINTS = {
    "grid25": "576a778b0ca26c0b343f5d5ac10e0c478236de442ec8c3f38a8582491c3f38a1",
    "toy-faces": "1a1d9ae219db0f0486959fa1c779ee650c96782bf1d8f9857f43f62b4b9c2a34",
    "toy-holes": "e424f91723a06116a8a52de40c735f179172b6f157bf7e1280551bcadc306e7a",
}


@pytest.mark.parametrize("name", sorted(FINGERPRINTS))
def test_the_data_stay_what_they_are(name):
    """A change here makes every record of the task incomparable: raise the task's version."""
    assert fingerprint(get_task(name)) == FINGERPRINTS[name]


@pytest.mark.parametrize("name", sorted(FINGERPRINTS))
def test_sizes_of_the_splits(name):
    task = get_task(name)
    assert [len(task.examples(split)) for split in ("train", "validation", "test")] == [4000, 400, 300]
    assert {len(example.references) for example in task.examples("test")} == {20}
    assert {len(example.references) for example in task.examples("train")} == {1}
    assert len(task.real_pool()) == 4000


@pytest.mark.parametrize("name", sorted(FINGERPRINTS))
def test_fresh_draws_are_not_the_references_and_depend_on_their_noise_alone(name):
    task = get_task(name)
    ids = [example.id for example in task.examples("test")[:30]]
    drawn = draws(task, ids, seed=1)
    references = torch.stack([example.references for example in task.examples("test")[:30]])
    assert not torch.equal(drawn, references)
    assert torch.equal(draws(task, ids[7:8], seed=1)[0], drawn[7])


@pytest.mark.parametrize("name", sorted(FINGERPRINTS))
def test_all_metrics_of_the_task_have_a_value_for_the_truth_and_for_its_collapse(name, bench):
    done = bench("run", "-t", name, "-m", "oracle", "-m", "collapsed", "--limit", 10, "-j", 0, "--json")
    assert done.code == 0, done.err
    records = {record["method"]["name"]: record for record in json.loads(done.out)}
    for record in records.values():
        assert record["status"] == "ok", record["reason"]
        found = {score["metric"].split("[")[0] for score in record["scores"]}
        assert {metric.split("[")[0] for metric in get_task(name).metrics} <= found
    rank = {label: record["scores"][0]["value"] for label, record in records.items()}
    assert rank["oracle"] < rank["collapsed"]


def draws(task, ids, seed):
    return task.draw(ids, 20, Noise.for_samples((task.name, task.version), seed, ids, 20))


def ids_of(task):
    return [example.id for example in task.examples("test")]


def modes_of(task, drawn):
    """Return `int64[n, K]` of draws for all test conditions."""
    return torch.stack([task.assign_modes(id, samples) for id, samples in zip(ids_of(task), drawn, strict=True)])


def within(count, number, probability):
    """Return whether a count is within four standard deviations of its binomial law."""
    return abs(count - number * probability) < 4 * (number * probability * (1 - probability)) ** 0.5


# grid25 ---------------------------------------------------------------------------------------------------------------


def test_the_grid_is_five_by_five_with_a_step_of_two_over_2_828():
    centres = mixtures.Grid25.centres()
    expected = [(x / 2.828, y / 2.828) for y in (-4, -2, 0, 2, 4) for x in (-4, -2, 0, 2, 4)]
    assert centres == pytest.approx(np.array(expected))
    distance = np.linalg.norm(centres[:, None] - centres, axis=2)
    smallest = distance[~np.eye(25, dtype=bool)].min()
    assert smallest == pytest.approx(0.70721, abs=1e-5)
    assert smallest == pytest.approx(40 * mixtures.Grid25.std), "so that no point has two modes"


def test_grid_points_are_within_three_std_as_often_as_theory_says_and_equally_often_of_each_mode():
    task = get_task("grid25")
    modes = modes_of(task, draws(task, ids_of(task), seed=2))
    assert within(int((modes >= 0).sum()), 6000, 1 - np.exp(-4.5))
    assert 1 - np.exp(-4.5) == pytest.approx(0.9889, abs=1e-4)
    assert all(within(int((modes == mode).sum()), 6000, 0.9889 / 25) for mode in range(25))
    assert task.mode_probabilities("0000").tolist() == [0.04] * 25


def test_training_points_of_the_grid_have_its_mean_and_variance():
    """Per axis: mean 0, variance 8 / 2.828² + std² = 1.0006; kurtosis 1.7, so the variance's is 0.7 var² / n."""
    pool = get_task("grid25").real_pool().double()
    assert pool.mean(0).tolist() == pytest.approx([0, 0], abs=4 * 4000**-0.5)
    assert pool.var(0).tolist() == pytest.approx([1.0006, 1.0006], abs=4 * (0.7 / 4000) ** 0.5)


@pytest.mark.parametrize(("std", "mode"), [(2.99, 12), (3.01, -1), (20.0, -1)])
def test_a_point_belongs_to_a_mode_within_three_std(std, mode):
    point = torch.tensor([[0.6, 0.8]]) * std * 0.05 / 2.828
    assert get_task("grid25").assign_modes("0000", point).tolist() == [mode]


# toy-faces ------------------------------------------------------------------------------------------------------------

EYES = (
    ("..#..", ".###.", "#####", ".###.", "..#.."),
    ("#######",),
    ("..#..", "..#..", "#####", "..#..", "..#.."),
)
"""Round, closed, cross, each twice: in the middle of (10, 12) and of (22, 12)."""
MOUTHS = (
    ("#.......#", "##.....##", ".#######.", "..#####.."),
    ("#########",),
    (".#######.", "####.####", "#.......#"),
)
"""Smile, flat, frown, from column 12 and rows 21, 23, 22 on."""


def stamped(art, left, top):
    image = np.zeros((32, 32))
    for v, row in enumerate(art):
        for u, mark in enumerate(row):
            image[top + v, left + u] = mark == "#"
    return image


def drawn_by_hand():
    """Return `float64[9, 32, 32]` in [-1, 1]: -0.55 times the features, less their means over 4 x 4 pixels."""
    eyes = [sum(stamped(art, x - len(art[0]) // 2, 12 - len(art) // 2) for x in (10, 22)) for art in EYES]
    mouths = [stamped(art, 12, top) for art, top in zip(MOUTHS, (21, 23, 22), strict=True)]
    dark = -0.55 * np.stack([eye + mouth for eye in eyes for mouth in mouths])
    return dark - dark.reshape(9, 8, 4, 8, 4).mean((2, 4)).repeat(4, 1).repeat(4, 2)


def test_patterns_of_the_faces_are_the_ones_drawn_by_hand_to_a_grey_level():
    patterns = toy_faces.patterns()
    assert np.abs(patterns - 127.5 * drawn_by_hand()).max() <= 1
    assert patterns.dtype == np.int64
    assert (patterns.reshape(9, 8, 4, 8, 4).sum((2, 4)) == 0).all(), "the null space of the area mean"


@pytest.mark.parametrize("source", ["by hand", "in bytes"])
def test_the_nine_patterns_are_apart_and_their_moments_are_the_exact_ones(source):
    """Means over all 32 x 32 pixels and over all 81 ordered pairs of modes, as two independent draws are."""
    patterns = drawn_by_hand() if source == "by hand" else toy_faces.patterns() / 127.5
    rounding = 1e-3 if source == "by hand" else 1e-2
    distance = np.linalg.norm(patterns[:, None] - patterns, axis=(2, 3))
    assert distance[~np.eye(9, dtype=bool)].min() == pytest.approx(1.455, rel=rounding)
    assert np.linalg.norm(patterns, axis=(1, 2)).mean() == pytest.approx(2.667, rel=rounding)
    assert np.abs(patterns[:, None] - patterns).mean() == pytest.approx(0.015099, rel=rounding)
    assert patterns.var(0).mean() == pytest.approx(0.0023633, rel=rounding)


def test_the_input_is_exactly_the_area_mean_of_every_face_that_is_valid_for_it():
    task = get_task("toy-faces")
    for example in task.examples("test"):
        assert torch.equal(
            task.downsample(example.references), example.condition["image"].float().expand(20, -1, -1, -1)
        )
    example = task.examples("test")[5]
    all_nine = torch.from_numpy(toy_faces._with_features(example.condition["image"].numpy(), np.arange(9)))
    assert len({image.numpy().tobytes() for image in all_nine}) == 9
    assert task.condition_error(example, all_nine).tolist() == [0.0] * 9
    pairs = task.examples("train")
    inputs = torch.stack([pair.condition["image"] for pair in pairs])
    assert torch.equal(task.downsample(task.real_pool()), inputs.float())


def test_faces_are_drawn_by_their_law():
    task = get_task("toy-faces")
    drawn = draws(task, ids_of(task), seed=3)
    modes = modes_of(task, drawn)
    assert int(modes.min()) == 0, "true samples are of high quality"
    assert all(within(int((modes == mode).sum()), 6000, 1 / 9) for mode in range(9))
    values = drawn.double() / 127.5
    spread = [float((each[:10] - each[10:]).abs().mean()) for each in values]
    estimate = mean_estimate(spread, ids_of(task))
    assert abs(estimate.value - 0.015104) < 4 * estimate.standard_error
    variance = mean_estimate([float(each.var(0).mean()) for each in values], ids_of(task))
    assert abs(variance.value - 0.0023646) < 4 * variance.standard_error


def test_every_face_is_assigned_its_mode_and_a_little_noise_changes_nothing():
    task = get_task("toy-faces")
    for example in task.examples("test")[:50]:
        images = toy_faces._with_features(example.condition["image"].numpy(), np.arange(9))
        assert task.assign_modes(example.id, torch.from_numpy(images)).tolist() == list(range(9))
        noise = stream("toy-faces", example.id).normal(0, 6, images.shape)
        noisy = torch.from_numpy(np.clip(images + noise, 0, 255).astype(np.uint8))
        assert task.assign_modes(example.id, noisy).tolist() == list(range(9))
        assert example.references.unique(dim=0).shape[0] <= 9


@pytest.mark.parametrize("spoil", ["mean", "none", "between", "ground", "noise", "inverted"])
def test_spoilt_faces_have_no_mode(spoil):
    task = get_task("toy-faces")
    example = task.examples("test")[0]
    nine = toy_faces._with_features(example.condition["image"].numpy(), np.arange(9)).astype(float)
    smooth = nine[0] - toy_faces.patterns()[0]
    spoilt = {
        "mean": nine.mean(0, keepdims=True),
        "none": smooth[None],
        "between": (nine[[0, 3]] + nine[[4, 8]]) / 2,
        "ground": nine + 120 * (np.arange(32) < 4),
        "noise": nine + stream("spoilt").normal(0, 60, nine.shape),
        "inverted": 2 * smooth - nine,
    }[spoil]
    images = torch.from_numpy(np.clip(np.rint(spoilt), 0, 255).astype(np.uint8))
    assert task.assign_modes(example.id, images).tolist() == [-1] * len(images)


def test_training_faces_are_as_far_apart_as_was_measured_of_this_recipe_before():
    """In [-1, 1]: random pairs differ by 0.123, and all values are in [-0.91, 0.85] (METHODS.md 5.1)."""
    pool = get_task("toy-faces").real_pool().double() / 127.5 - 1
    assert float((pool[::2] - pool[1::2]).abs().mean()) == pytest.approx(0.123, abs=0.003)
    assert -0.92 < float(pool.min()) < float(pool.max()) < 0.86


def test_faces_of_other_inputs_depart_from_this_one():
    task = get_task("toy-faces")
    example, other = task.examples("test")[:2]
    assert task.condition_error(example, other.references).min() > 3


def test_toy_faces_is_of_both_kinds():
    task = get_task("toy-faces")
    assert isinstance(task, SuperResolutionTask)
    assert isinstance(task, ModeTask)
    assert (task.kind, task.factor) == ("super-resolution", 4)
    assert task.examples("test")[0].condition["image"].shape == (3, 8, 8)


# toy-holes ------------------------------------------------------------------------------------------------------------

GLYPHS = """
...#... #.....# ..###.. ....... ..###.. .......
...#... .#...#. .##.##. ....... ..###.. .#####.
...#... ..#.#.. ##...## ####### ..###.. .#####.
####### ...#... #.....# ####### ..###.. .#####.
...#... ..#.#.. ##...## ####### ..###.. .#####.
...#... .#...#. .##.##. ....... ..###.. .#####.
...#... #.....# ..###.. ....... ..###.. .......
"""


def test_glyphs_are_the_ones_drawn_by_hand_and_far_apart():
    rows = [line.split() for line in GLYPHS.split("\n")[1:-1]]
    expected = np.array([[[mark == "#" for mark in row[k]] for row in rows] for k in range(6)])
    glyphs = toy_holes.glyphs()
    assert (glyphs == expected).all()
    distance = (glyphs[:, None] != glyphs).sum((2, 3))
    assert distance[~np.eye(6, dtype=bool)].min() == 16


def hole_of(example):
    """Return top, left, height and width of the hole, by its mask."""
    mask = example.condition["mask"][0]
    rows, columns = mask.any(1).nonzero().ravel(), mask.any(0).nonzero().ravel()
    return int(rows[0]), int(columns[0]), len(rows), len(columns)


def test_the_image_is_known_outside_of_the_hole_and_the_hole_has_the_mean_colour_of_the_training_targets():
    task = get_task("toy-holes")
    assert tuple(task.real_pool().double().mean((0, 2, 3)).round().int().tolist()) == toy_holes.FILL
    for example in task.examples("test"):
        image, mask = example.condition["image"], example.condition["mask"]
        assert (mask.dtype, tuple(mask.shape), set(mask.unique().tolist())) == (torch.uint8, (1, 32, 32), {0, 255})
        top, left, height, width = hole_of(example)
        assert int((mask > 0).sum()) == height * width, "a rectangle"
        assert 12 <= min(height, width) <= max(height, width) <= 16
        known = (mask == 0).expand(3, -1, -1)
        assert (example.references[:, known] == image[known]).all()
        assert image[:, mask[0] > 0].unique(dim=1).ravel().tolist() == list(toy_holes.FILL)
        assert task.condition_error(example, example.references).tolist() == [0.0] * 20


def test_holes_are_of_all_sizes_and_places():
    holes = np.array([hole_of(example) for example in get_task("toy-holes").examples("train")])
    sizes = [np.bincount(side, minlength=17)[12:] for side in holes[:, 2:].T]
    assert all(within(count, 4000, 1 / 5) for side in sizes for count in side)
    assert (holes[:, :2] + holes[:, 2:]).max() == 32
    assert holes[:, :2].min() == 0


def test_samples_differ_only_in_the_seven_pixels_in_the_middle_of_the_hole():
    """The first row of the glyph is three above the hole's middle row, the upper one of two."""
    for example in get_task("toy-holes").examples("test"):
        top, left, height, width = hole_of(example)
        changed = (example.references != example.references[:1]).any(0).any(0)
        rows, columns = changed.any(1).nonzero().ravel(), changed.any(0).nonzero().ravel()
        first = top + (height - 1) // 2 - 3, left + (width - 1) // 2 - 3
        assert (int(rows[0]), int(columns[0])) == first
        assert (int(rows[-1]), int(columns[-1])) == (first[0] + 6, first[1] + 6)


def test_glyphs_are_equally_likely_and_bright_seven_times_in_ten_on_a_dark_background():
    """The background's mean is found from what surrounds the hole: it is linear, so it is the fit's constant."""
    task = get_task("toy-holes")
    modes = modes_of(task, draws(task, ids_of(task), seed=4))
    assert int(modes.min()) == 0, "true samples are of high quality"
    assert all(within(int((modes % 6 == glyph).sum()), 6000, 1 / 6) for glyph in range(6))
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    linear = np.stack([np.ones((32, 32)), x, y], -1)
    bright, number = {True: 0, False: 0}, {True: 0, False: 0}
    for example, found in zip(task.examples("test"), modes, strict=True):
        known = example.condition["mask"][0].numpy() == 0
        pixels = example.condition["image"].numpy()[:, known].T / 127.5 - 1
        mean = np.linalg.lstsq(linear[known], pixels, rcond=None)[0][0].mean()
        if abs(mean) < 0.02:  # clipped backgrounds are not quite linear
            continue
        dark = bool(mean < 0)
        bright[dark] += int((found < 6).sum())
        number[dark] += 20
        expected = [0.7 / 6] * 6 + [0.3 / 6] * 6 if dark else [0.3 / 6] * 6 + [0.7 / 6] * 6
        assert task.mode_probabilities(example.id).tolist() == pytest.approx(expected)
    assert min(number.values()) > 2000
    assert within(bright[True], number[True], 0.7)
    assert within(bright[False], number[False], 0.3)


def twelve(example):
    """Return `uint8[12, 3, 32, 32]`: this condition with every glyph, bright and dark."""
    background, hole = toy_holes._scene("test", int(example.id))
    return toy_holes._with_glyphs(background, hole, np.arange(12))


def test_every_glyph_is_assigned_its_mode_and_six_wrong_pixels_change_nothing():
    task = get_task("toy-holes")
    for example in task.examples("test"):
        images = twelve(example)
        assert task.assign_modes(example.id, torch.from_numpy(images)).tolist() == list(range(12))
    example = task.examples("test")[0]
    background, hole = toy_holes._scene("test", 0)
    rows, columns = toy_holes.window_of(hole)
    wrong = stream("six").permutation(49)[:6]
    images = twelve(example)
    windows = images[:, :, rows, columns].reshape(12, 3, 49)
    shown = windows != background[:, rows, columns].reshape(3, 49)
    value = np.where(np.arange(12) < 6, toy_holes.BRIGHT, toy_holes.DARK)[:, None, None]
    flipped = np.where(shown, background[:, rows, columns].reshape(3, 49), value)
    windows[:, :, wrong] = flipped[:, :, wrong]
    images[:, :, rows, columns] = windows.reshape(12, 3, 7, 7)
    assert task.assign_modes(example.id, torch.from_numpy(images)).tolist() == list(range(12))


@pytest.mark.parametrize("spoil", ["none", "mean", "filled", "shifted", "between", "grey", "noise", "elsewhere"])
def test_spoilt_holes_have_no_mode(spoil):
    task = get_task("toy-holes")
    example = task.examples("test")[0]
    background, hole = toy_holes._scene("test", 0)
    images = twelve(example).astype(float)
    rows, columns = toy_holes.window_of(hole)
    glyph = np.zeros((32, 32), dtype=bool)
    glyph[rows, columns] = True
    if spoil == "none":
        images = background[None]
    elif spoil == "mean":
        images = images.mean(0, keepdims=True)
    elif spoil == "filled":
        images = example.condition["image"][None].double().numpy()
    elif spoil == "shifted":
        images = np.where(np.roll(glyph, (3, 3), (0, 1)), np.roll(images, (3, 3), (2, 3)), background)
    elif spoil == "between":
        images = (images[:6] + images[6:]) / 2
    elif spoil == "grey":
        images = np.where(images != background, 127.0, images)
    elif spoil == "noise":
        images = images + stream("spoilt").normal(0, 80, images.shape) * glyph
    else:
        images = images + stream("spoilt").normal(0, 40, images.shape) * ~glyph
    spoilt = torch.from_numpy(np.clip(np.rint(images), 0, 255).astype(np.uint8))
    assert task.assign_modes(example.id, spoilt).tolist() == [-1] * len(spoilt)


def test_the_truth_of_another_hole_departs_from_this_condition():
    task = get_task("toy-holes")
    example, other = task.examples("test")[:2]
    assert task.condition_error(example, other.references).min() > 3


def test_toy_holes_is_of_both_kinds():
    task = get_task("toy-holes")
    assert isinstance(task, InpaintingTask)
    assert isinstance(task, ModeTask)
    assert task.kind == "inpainting"
