"""What is given of samples: bases, residuals and what a condition leaves open."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from benchbench.plugins import get_task
from benchbench.training import TrainingSet
from benchbench.training.fill import places, smooth_fill
from benchbench.training.forms import Completion, Enlargement, Plain, Points, make_form


def rectangle(side, top, left, height, width):
    hole = torch.zeros(1, 1, side, side, dtype=torch.bool)
    hole[:, :, top : top + height, left : left + width] = True
    return hole


def laplacian(images):
    return (
        images[..., 1:-1, 2:]
        + images[..., 1:-1, :-2]
        + images[..., 2:, 1:-1]
        + images[..., :-2, 1:-1]
        - 4 * images[..., 1:-1, 1:-1]
    )


@pytest.mark.parametrize("hole", [(8, 8, 16, 16), (3, 11, 12, 15), (0, 5, 13, 12)])
def test_a_hole_in_a_linear_image_is_filled_with_it(hole):
    place = torch.linspace(-1, 1, 32, dtype=torch.float64)
    image = (0.2 + 0.3 * place + 0.1 * place[:, None]).expand(1, 3, 32, 32)
    at = rectangle(32, *hole)
    filled = smooth_fill(image, at)
    assert torch.equal(filled[~at.expand_as(image)], image[~at.expand_as(image)])
    limit = 0.02 if hole[0] else 0.2  # at the border the missing neighbours are not on the plane
    assert (filled - image).abs().max() < limit


def test_what_a_hole_held_does_not_matter_and_batches_do_not_mix():
    random = torch.Generator().manual_seed(0)
    images = torch.rand(2, 3, 64, 64, generator=random)
    hole = torch.cat([rectangle(64, 10, 20, 30, 24), rectangle(64, 40, 0, 24, 32)])
    filled = smooth_fill(images, hole)
    assert torch.equal(filled, smooth_fill(torch.where(hole, 9.0, images), hole))
    assert torch.equal(filled, torch.cat([smooth_fill(images[i : i + 1], hole[i : i + 1]) for i in range(2)]))
    inside = hole[:, :, 1:-1, 1:-1].expand(-1, 3, -1, -1)
    assert laplacian(filled).abs()[inside].mean() < 0.05 * laplacian(images).abs()[inside].mean()
    assert filled.min() >= 0
    assert filled.max() <= 1


def test_a_place_is_counted_from_the_middle_pixel_of_the_hole():
    for height, width in ((12, 13), (15, 16)):
        hole = rectangle(32, 4, 9, height, width)
        found = places(hole)
        assert found.shape == (1, 10, 32, 32)
        row, column = 4 + (height - 1) // 2, 9 + (width - 1) // 2
        down, across = found[0, 0], found[0, 5]
        assert torch.equal(down[row], torch.zeros(32))
        assert torch.equal(across[:, column], torch.zeros(32))
        assert down[row + 2, 0] == across[0, column + 2] == 0.25


def measured(task, number):
    """Return the form of a task, and condition, target and what is given of its first training pairs."""
    form, data = make_form(task), TrainingSet(task, "train", "cpu")
    form.measure(data)
    condition, target = data.batch(torch.arange(number))
    return form, condition, target, form.given(condition, number)


def test_super_resolution_models_what_the_input_leaves_open():
    form, condition, target, given = measured(get_task("toy-faces"), 8)
    assert torch.allclose(avg_pool2d(given.base, 4), condition["image"], atol=1e-5)
    residual = form.residual(target, given)
    assert avg_pool2d(residual, 4).abs().max() < 1e-4
    assert (form.sample(residual, given) - target).abs().max() < 1e-5  # whose area mean is the input, exactly
    noise = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    free = form.free(noise, given)
    torch.testing.assert_close(form.free(free, given), free)
    assert avg_pool2d(form.sample(free, given), 4).sub(condition["image"]).abs().max() < 1e-5


def test_where_the_input_is_no_area_mean_nothing_is_fixed():
    form = Enlargement(4, means=False)
    residual = torch.randn(1, 3, 16, 16)
    assert torch.equal(form.free(residual, form.given({"image": torch.rand(1, 3, 4, 4)}, 1)), residual)


def test_where_the_input_has_noise_its_area_mean_stays_open():
    task = get_task("gmm-tiles")
    form, condition, target, given = measured(task, 64)
    residual = form.residual(target, given)
    assert torch.equal(form.free(residual, given), residual)
    noise = avg_pool2d(form.sample(residual, given), 4) - condition["image"]
    assert noise.std().mul(127.5).item() == pytest.approx(task.noise_std, rel=0.05)


def test_inpainting_keeps_what_is_known():
    form, condition, target, given = measured(get_task("toy-holes"), 8)
    assert isinstance(form, Completion)
    assert given.planes.shape == (8, form.planes, 32, 32)
    sample = form.sample(form.free(torch.randn(8, 3, 32, 32), given), given)
    known = (condition["mask"] == 0).expand_as(sample)
    assert torch.equal(sample[known], condition["image"][known])
    torch.testing.assert_close(form.sample(form.residual(target, given), given), target)
    assert form.mean(given.hole.float().expand_as(target), given) == 1
    residual = form.residual(target, given)
    assert 0.5 < form.mean(residual.square(), given) < 2


@pytest.mark.parametrize("name", ["toy-shapes", "digits-by-class", "digits", "ring8", "gmm-points-8"])
def test_samples_that_nothing_is_known_of_are_only_scaled(name):
    task = get_task(name)
    form = make_form(task)
    assert isinstance(form, Points if task.space.kind == "points" else Plain)
    data = TrainingSet(task, "train", "cpu")
    form.measure(data)
    condition, target = data.batch(torch.arange(len(data)))
    given = form.given(condition, len(target))
    assert given.planes.shape[:2] == (len(target), form.planes)
    residual = form.residual(target, given)
    assert residual.mean().item() == pytest.approx(0, abs=0.1)
    assert residual.std().item() == pytest.approx(1, abs=0.1)
    torch.testing.assert_close(form.sample(residual, given), target)


def test_vectors_are_given_standardised():
    task = get_task("gmm-points-8")
    form, data = make_form(task), TrainingSet(task, "train", "cpu")
    form.measure(data)
    condition, _ = data.batch(torch.arange(1024))
    planes = form.given(condition, 1024).planes
    assert planes.shape == (1024, 4)
    torch.testing.assert_close(planes.mean(0), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(planes.std(0, correction=0), torch.ones(4))
    form = Points(["one", "other"], 3)
    values = {"one": torch.tensor([[1.0], [2.0]]), "other": torch.tensor([[3.0, 4.0], [5.0, 6.0]])}
    assert form.given(values, 2).planes.tolist() == [[1, 3, 4], [2, 5, 6]]


def test_a_label_is_a_plane_of_ones():
    form = Plain((4, 4), channels=0, classes=3)
    planes = form.given({"label": torch.tensor([2, 0])}, 2).planes
    assert torch.equal(planes[:, :, 1, 2], torch.tensor([[0.0, 0, 1], [1, 0, 0]]))
    assert torch.equal(planes.amax((2, 3)), planes.amin((2, 3)))


def test_what_is_given_is_repeated_sample_by_sample():
    form = Plain((4, 4), channels=1, classes=0)
    given = form.given({"image": torch.arange(2.0).reshape(2, 1, 1, 1).expand(-1, -1, 4, 4)}, 2).repeated(3)
    assert given.planes[:, 0, 0, 0].tolist() == [0, 0, 0, 1, 1, 1]
