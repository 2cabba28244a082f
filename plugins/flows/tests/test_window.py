"""Networks that look at a window about the hole."""

import pytest
import torch
from benchbench.plugins import get_task
from benchbench.training import TrainingSet
from benchbench.training.window import about, window_side

from benchbench_flows import Flow
from benchbench_flows.networks import Drawn


def test_windows_are_where_the_holes_are():
    hole = torch.zeros(2, 1, 8, 10, dtype=torch.bool)
    hole[0, :, 0:3, 7:10] = hole[1, :, 4:8, 2:4] = True
    images = torch.arange(2 * 8 * 10.0).reshape(2, 1, 8, 10) + 1
    found = about(hole, 6).cut(images)
    assert found.shape == (2, 1, 6, 6)
    assert (found[0, 0, 2, 2], found[1, 0, 2, 2]) == (images[0, 0, 1, 8], images[1, 0, 5, 2])
    assert (found[0, 0, 0] == 0).all()  # above the image
    assert torch.equal(about(hole, 6).cut(hole.float()).sum((1, 2, 3)), hole.float().sum((1, 2, 3)))


def test_what_is_cut_and_put_back_is_the_image_in_the_window_and_nothing_elsewhere():
    random = torch.Generator().manual_seed(0)
    hole = torch.zeros(3, 1, 12, 12, dtype=torch.bool)
    for each in hole:
        row, column = torch.randint(9, (2,), generator=random).tolist()
        each[:, row : row + 4, column : column + 3] = True
    images, window = torch.randn(3, 2, 12, 12, generator=random), about(hole, 8)
    whole = window.back(window.cut(images))
    seen = window.back(torch.ones(3, 2, 8, 8))
    assert torch.equal(whole, images * seen)
    assert (seen[hole.expand_as(seen)] == 1).all()
    assert seen.mean() < 1


@pytest.mark.parametrize(("largest", "side"), [(16, 24), (11, 24), (10, 16), (17, None), (None, None)])
def test_a_window_is_half_as_large_again_as_the_largest_hole(largest, side, holes):
    holes.largest_hole = largest
    assert window_side(holes, 8) == side


def test_a_network_sees_nothing_beyond_its_window(holes):
    network = Flow(steps=1, solver="euler").make_network(holes)
    condition, target = TrainingSet(holes, "train", "cpu").batch(torch.arange(2))
    random = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data.add_(0.1 * torch.randn(parameter.shape, generator=random))
    noise = torch.randn(2, 1, 3, 32, 32, generator=random)
    given = network.form.given(condition, 2)
    seen = about(given.hole, 24).back(torch.ones(2, 3, 24, 24))
    with torch.no_grad():
        found = network(condition, [noise])
        elsewhere = network({**condition, "image": torch.where(seen > 0, condition["image"], -0.5)}, [noise])
    hole = given.hole[:, None].expand_as(found)
    # the smooth filling knows the pixels beside the hole alone, up to its coarsest step
    torch.testing.assert_close(found[hole], elsewhere[hole], atol=0.1, rtol=0)
    losses = network.loss(condition, target, Drawn(torch.randn(2, 3, 32, 32), torch.rand(2)))
    losses["flow"].backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


@pytest.fixture
def holes():
    """Return a toy-holes of the test's own."""
    return type(get_task("toy-holes"))()
