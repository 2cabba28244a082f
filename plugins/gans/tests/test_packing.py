"""Packs: what follows each other becomes channels of one; the real samples of a pack are of one class."""

import pytest
import torch
from benchbench.training import TrainingSet

from benchbench_gans.batches import Source, part_of, seen
from benchbench_gans.packing import packed, packed_labels


def test_points_and_images():
    assert packed(torch.arange(8.0).reshape(4, 2), 2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    images = torch.randn(6, 3, 4, 4)
    found = packed(images, 3)
    assert found.shape == (2, 9, 4, 4)
    assert torch.equal(found[1, 3:6], images[4])
    assert torch.equal(packed(images, 1), images)
    assert packed_labels(torch.tensor([1, 1, 0, 0]), 2).tolist() == [1, 0]
    assert packed_labels(None, 2) is None


@pytest.mark.parametrize("packing", [1, 2, 3])
def test_a_pack_is_of_one_class_and_its_samples_are_of_the_data(packing, few):
    task = few("class-conditional")
    data = TrainingSet(task, "train", "cpu")
    source = Source(data, 3, packing, latent=5)
    drawn = part_of(source.draw("d0", 40, torch.Generator().manual_seed(0)), "d0")
    assert drawn["real"].shape == (40 * packing, 3, 16, 16)
    assert drawn["noise"].shape == drawn["other_noise"].shape == (40 * packing, 5)
    assert drawn["places"].shape == (40,)
    assert (drawn["label"].reshape(40, packing) == drawn["label"][::packing, None]).all()
    condition, everything = data.batch(torch.arange(len(data)))
    for sample, label in zip(drawn["real"], drawn["label"]):
        at = (everything == sample).flatten(1).all(1).nonzero()[0, 0]
        assert condition["label"][at] == label
    assert set(drawn["label"].tolist()) == {0, 1, 2}
    packs = drawn["real"].reshape(40, packing, -1)
    if packing > 1:
        assert (packs[:, 0] != packs[:, 1]).any(1).sum() > 20, "its other samples are drawn too"
    found = seen(drawn["real"], drawn, packing)
    assert found.samples.shape == (40, 3 * packing, 16, 16)
    assert found.labels.shape == (40,)
