"""Tasks: the right data, the same for ever."""

import numpy as np
import pytest
import torch

from benchbench.core import Unsupported
from benchbench.core.noise import Noise
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.plugins import get_task
from benchbench.stats.estimates import mean_estimate
from benchbench.tasks import _photos, mixtures, toy_shapes

FINGERPRINTS = {
    "ring8": "617b74d5278391d95bcd104b66976fc9601d5294b93b785249e088191da7e21e",
    "sr-photos": "06314f11608bf9ec9587a4257946d139bbec120702e7e8d2e596026c42ffa52a",
    "toy-shapes": "d669b6ec5ec4d32aae7ccdf20a9b7604985689c88475969797dc0240d764388e",
}


@pytest.mark.parametrize("name", sorted(FINGERPRINTS))
def test_the_data_stay_what_they_are(name):
    """A change here makes every record of the task incomparable: raise the task's version."""
    assert fingerprint(get_task(name)) == FINGERPRINTS[name]


@pytest.mark.parametrize("name", ["toy-shapes", "sr-photos", "ring8"])
def test_examples_are_of_the_sample_space(name):
    task = get_task(name)
    test = task.examples("test")
    assert len(test) == task.protocol.num_conditions == 300
    assert len({example.id for example in test}) == 300
    for example in test[:20]:
        task.space.check(example.references[None], 1, len(example.references))
    pool = task.real_pool()
    task.space.check(pool[None], 1, len(pool))


# toy-shapes -----------------------------------------------------------------------------------------------------------


def test_toy_shapes_is_its_law():
    task = get_task("toy-shapes")
    ids = [example.id for example in task.examples("test")]
    drawn = task.draw(ids, 20, Noise.for_samples(("toy-shapes", 1), 5, ids, 20))
    counts = {shape: np.zeros(8) for shape in toy_shapes.SHAPES}
    for id, samples in zip(ids, drawn):
        modes = task.assign_modes(id, samples)
        assert int(modes.min()) >= 0, "true samples are of high quality"
        shape = toy_shapes._geometry("test", int(id))[0]
        counts[shape] += np.bincount(modes.numpy(), minlength=8)
    for shape, count in counts.items():
        expected = toy_shapes.PROBABILITIES[shape] * count.sum()
        sigma = np.sqrt(expected * (1 - toy_shapes.PROBABILITIES[shape])) + 1e-9
        assert (np.abs(count - expected) <= 4 * sigma).all(), shape


def test_toy_shapes_colours_are_far_apart():
    distance = np.linalg.norm(toy_shapes.PALETTE[:, None] - toy_shapes.PALETTE, axis=2)
    assert distance[~np.eye(8, dtype=bool)].min() == pytest.approx(0.51, abs=0.005)
    entropy = {s: -(p[p > 0] * np.log(p[p > 0])).sum() for s, p in toy_shapes.PROBABILITIES.items()}
    assert entropy == pytest.approx({"circle": 1.386, "square": 0.611, "triangle": 2.079}, abs=1e-3)


def test_toy_shapes_true_pairwise_difference_is_the_analytic_one():
    """An input's expected mean absolute difference is (ΣM / 1024) E|c - c'|, .6542 / .3780 / .6833 by shape.

    Two samples of one colour differ by the jitter, 2σ/√π a channel.
    """
    task = get_task("toy-shapes")
    expected = {"circle": 0.6542, "square": 0.3780, "triangle": 0.6833}
    alike = 2 * toy_shapes.JITTER / np.pi**0.5
    jitter = {shape: (p**2).sum() * alike for shape, p in toy_shapes.PROBABILITIES.items()}
    ids = [example.id for example in task.examples("test")]
    drawn = task.draw(ids, 20, Noise.for_samples(("toy-shapes", 1), 6, ids, 20)).double() / 127.5
    ratio = []
    for id, samples in zip(ids, drawn):
        shape, mask, _ = toy_shapes._geometry("test", int(id))
        difference = (samples[:, None] - samples).abs().mean((2, 3, 4)).sum() / (20 * 19)
        ratio.append(float(difference) / (mask.sum() / 1024 * (expected[shape] + jitter[shape])))
    estimate = mean_estimate(ratio, ids)
    assert abs(estimate.value - 1) < 4 * estimate.standard_error


@pytest.mark.parametrize("spoil", ["grey", "stripes", "background", "off-palette"])
def test_toy_shapes_low_quality_has_no_mode(spoil):
    task = get_task("toy-shapes")
    example = task.examples("test")[0]
    _, mask, _ = toy_shapes._geometry("test", 0)
    images = example.references.clone()
    inside, outside = torch.from_numpy(mask > 0.99), torch.from_numpy(mask < 0.01)
    if spoil == "grey":
        images[:] = 128
    elif spoil == "stripes":
        images[:, :, ::2][..., inside[::2]] = 255
    elif spoil == "background":
        images[..., outside] = 90
    else:
        images[..., inside] = torch.tensor([128, 20, 20], dtype=torch.uint8)[None, :, None]
    assert task.assign_modes(example.id, images).tolist() == [-1] * len(images)


def test_toy_shapes_outline_is_the_shapes_edge():
    task = get_task("toy-shapes")
    for example in task.examples("test")[:30]:
        outline = example.condition["image"][0] > 127
        _, mask, _ = toy_shapes._geometry("test", int(example.id))
        assert outline.any()
        assert (mask[outline.numpy()] > 0.2).all()


# ring8 ----------------------------------------------------------------------------------------------------------------


def test_ring_true_samples_are_within_three_std_as_often_as_theory_says():
    task = get_task("ring8")
    ids = [example.id for example in task.examples("test")]
    drawn = task.draw(ids, 20, Noise.for_samples(("ring8", 1), 1, ids, 20))
    share = float((task.assign_modes("0000", drawn.reshape(-1, 2)) >= 0).double().mean())
    exact = 1 - np.exp(-4.5)
    assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / 6000)


def test_ring_has_eight_distinct_centres():
    centres = mixtures.Ring8.centres()
    assert len({tuple(np.round(centre, 9)) for centre in centres}) == 8
    assert np.linalg.norm(centres, axis=1) == pytest.approx(1)


# sr-photos ------------------------------------------------------------------------------------------------------------


def test_sr_photos_blocks_of_different_splits_are_different_blocks():
    groups = {split: {e.group for e in get_task("sr-photos").examples(split)} for split in _photos.NUMBER}
    assert not groups["train"] & groups["test"]
    assert not groups["train"] & groups["validation"]
    assert not groups["validation"] & groups["test"]
    assert len(groups["test"]) == 32


def test_sr_photos_input_is_the_area_mean_of_its_target():
    task = get_task("sr-photos")
    for example in task.examples("test")[:20]:
        small = task.downsample(example.references)
        assert float((small - example.condition["image"]).abs().max()) <= 0.5


def test_one_reference_a_condition_is_no_law():
    with pytest.raises(Unsupported, match="one reference per condition"):
        get_task("sr-photos").draw(["0000"], 2, Noise.for_samples(("sr-photos", 1), 0, ["0000"], 2))
