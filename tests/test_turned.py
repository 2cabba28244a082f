"""Mirrored and turned pairs: images of a pair alike, symmetries equally often, and none where none are asked."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from benchbench.training.turned import SYMMETRIES, symmetry, turned

NUMBER = 4000


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def one_image(side=4):
    return torch.arange(float(side * side)).reshape(1, 1, side, side)


@pytest.mark.parametrize("how", ["mirror", "dihedral"])
def test_all_symmetries_are_equally_likely(how):
    moved = turned({"target": one_image().repeat(NUMBER, 1, 1, 1)}, how, seeded())["target"]
    kinds, counts = moved.flatten(1).unique(dim=0, return_counts=True)
    expected = {tuple(symmetry(one_image(), index).flatten().tolist()) for index in range(SYMMETRIES[how])}
    assert {tuple(kind) for kind in kinds.tolist()} == expected
    assert len(expected) == SYMMETRIES[how]
    share = 1 / SYMMETRIES[how]
    assert (counts / NUMBER - share).abs().max() < 5 * (share * (1 - share) / NUMBER) ** 0.5


def test_an_odd_symmetry_mirrors_left_to_right_and_two_more_turn_by_a_quarter():
    image = torch.tensor([[1, 2], [3, 4]])
    assert symmetry(image, 1).tolist() == [[2, 1], [4, 3]]
    assert symmetry(image, 2).tolist() == [[2, 4], [1, 3]]
    assert symmetry(image, 3).tolist() == [[1, 3], [2, 4]]


def test_condition_mask_and_target_of_a_pair_are_moved_alike_whatever_their_sides():
    target = torch.rand(64, 3, 8, 8, generator=seeded(1))
    mask = (torch.rand(64, 1, 8, 8, generator=seeded(2)) < 0.3).float()
    pairs = {"target": target, "c_image": avg_pool2d(target, 4), "c_mask": mask, "masked": target * mask}
    moved = turned(pairs, "dihedral", seeded())
    torch.testing.assert_close(avg_pool2d(moved["target"], 4), moved["c_image"])
    assert torch.equal(moved["target"] * moved["c_mask"], moved["masked"])
    assert not torch.equal(moved["target"], target)


def test_labels_and_vectors_stay():
    pairs = {"target": torch.rand(5, 3, 4, 4), "c_label": torch.arange(5), "c_point": torch.rand(5, 2)}
    moved = turned(pairs, "dihedral", seeded())
    assert torch.equal(moved["c_label"], pairs["c_label"])
    assert torch.equal(moved["c_point"], pairs["c_point"])


def test_without_augmentation_nothing_moves_and_nothing_is_drawn():
    random, untouched = seeded(), seeded()
    target = torch.rand(5, 3, 4, 4)
    assert torch.equal(turned({"target": target}, "none", random)["target"], target)
    assert torch.equal(random.get_state(), untouched.get_state())
