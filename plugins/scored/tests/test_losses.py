"""The views, the energy score and the choice of the nearest, against independent computations in float64."""

import math

import numpy as np
import pytest
import torch

from benchbench_scored import losses
from benchbench_scored.training import nearest


def drawn(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def score_by_hand(samples, truth, parts):
    """The energy score of one view from its definition, in numpy: `parts` gives the arrays that a view compares."""

    def apart(one, other):
        each = [np.sqrt(np.mean((a - b) ** 2) + 1e-6) for a, b in zip(parts(one), parts(other))]
        return np.mean(each)

    total = []
    for own, true in zip(samples, truth):
        m = len(own)
        first = np.mean([apart(x, true) for x in own])
        pairs = [apart(own[i], own[j]) for i in range(m) for j in range(m) if i != j]
        total.append(first - sum(pairs) / (2 * m * (m - 1)))
    return np.mean(total)


def blocks(side):
    def cut(image):
        return [
            image[:, i : i + side, j : j + side]
            for i in range(0, image.shape[1], side)
            for j in range(0, image.shape[2], side)
        ]

    return cut


def smaller(factor):
    def shrink(image):
        c, h, w = image.shape
        return [image.reshape(c, h // factor, factor, w // factor, factor).mean((2, 4))]

    return shrink


def test_the_energy_loss_is_the_sum_of_the_scores_of_its_views():
    samples, truth = drawn(2, 3, 3, 16, 16), drawn(2, 3, 16, 16, seed=1)
    found = [each.unflatten(0, (2, 3)) for each in losses.views(samples.flatten(0, 1))]
    loss = losses.energy_loss(found, losses.views(truth))
    parts = [lambda image: [image], blocks(8), blocks(4), smaller(2), smaller(4)]
    by_hand = sum(score_by_hand(samples.numpy(), truth.numpy(), each) for each in parts)
    assert loss.item() == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(("side", "shapes"), [(8, [192, 48, 48, 12]), (32, [3072, 192, 48, 768, 192]), (6, [108, 27])])
def test_a_view_that_does_not_fit_is_left_out(side, shapes):
    found = losses.views(drawn(2, 3, side, side))
    assert [each.shape[2] for each in found] == shapes
    points = drawn(2, 5)
    assert [each.tolist() for each in losses.views(points)] == [points[:, None].tolist()]


def test_an_embedding_is_one_more_view():
    images = drawn(2, 3, 8, 8)
    *_, last = losses.views(images, lambda given: given.mean((2, 3)))
    torch.testing.assert_close(last, images.mean((2, 3))[:, None].float())


def test_the_loss_is_that_of_the_metric_but_for_the_kink():
    """The metric `energy-score` of one condition has the same value on the same embedding."""
    from benchbench.metrics.energy import energy_kernel

    samples, truth = drawn(1, 6, 1, 9), drawn(1, 1, 9, seed=1)
    away = torch.cdist(samples[0, :, 0], samples[0, :, 0])
    kernel = energy_kernel(away, torch.cdist(samples[0, :, 0], truth[0]))
    off = ~torch.eye(6, dtype=torch.bool)
    assert losses.energy_loss([samples], [truth]).item() == pytest.approx(kernel[off].mean().item(), abs=1e-5)


def test_the_gradient_is_finite_where_samples_coincide():
    samples = torch.zeros(2, 3, 1, 4, requires_grad=True)
    losses.energy_loss([samples], [torch.zeros(2, 1, 4)]).backward()
    assert torch.isfinite(samples.grad).all()


def test_in_one_dimension_the_minimum_is_the_conditional_law():
    """Y given c is N(c, 1): a generator `a c + b z` is to find a = 1, |b| = 1, and the score 1 / sqrt(pi)."""
    random = torch.Generator().manual_seed(0)
    weights = torch.tensor([0.3, 0.2], dtype=torch.float64, requires_grad=True)
    number, adam, kept = 4096, torch.optim.Adam([weights], 0.05), []

    def score():
        c, e = (torch.randn(number, 1, dtype=torch.float64, generator=random) for _ in range(2))
        z = torch.randn(number, 4, dtype=torch.float64, generator=random)
        samples = weights[0] * c + weights[1] * z
        return losses.energy_loss([samples[:, :, None, None]], [(c + e)[:, :, None]])

    for step in range(200):
        adam.param_groups[0]["lr"] = 0.05 * 0.98**step
        adam.zero_grad()
        loss = score()
        loss.backward()
        adam.step()
        if step >= 150:
            kept.append((weights.detach().clone(), loss.item()))
    found = torch.stack([each for each, _ in kept]).mean(0)
    assert found[0].item() == pytest.approx(1, abs=0.02)
    assert abs(found[1].item()) == pytest.approx(1, abs=0.02)
    assert np.mean([loss for _, loss in kept]) == pytest.approx(1 / math.sqrt(math.pi), abs=0.005)


def test_the_law_that_is_too_sure_and_that_which_is_too_wide_score_worse():
    random = torch.Generator().manual_seed(0)
    truth = torch.randn(20_000, 1, 1, dtype=torch.float64, generator=random)
    z = torch.randn(20_000, 4, 1, 1, dtype=torch.float64, generator=random)
    scores = {scale: losses.energy_loss([scale * z], [truth]).item() for scale in (0.0, 0.5, 1.0, 1.5)}
    assert min(scores, key=scores.get) == 1.0


def test_the_nearest_is_that_of_an_independent_search():
    samples, truth = drawn(5, 7, 3, 8, 8), drawn(5, 3, 8, 8, seed=1)
    found = [each.unflatten(0, (5, 7)) for each in losses.views(samples.flatten(0, 1))]
    away = losses.total_distance(found, [each[:, None] for each in losses.views(truth)])
    for row in range(5):
        by_hand = []
        for image in samples[row].numpy():
            views = [lambda a: [a], blocks(4), smaller(2), smaller(4)]
            true = truth[row].numpy()
            pairs = [list(zip(view(image), view(true))) for view in views]
            by_hand.append(sum(np.mean([np.sqrt(np.mean((a - b) ** 2) + 1e-6) for a, b in each]) for each in pairs))
        np.testing.assert_allclose(away[row].numpy(), by_hand, rtol=1e-12)
        (chosen,) = nearest(away[row : row + 1], [samples[row : row + 1]])
        assert torch.equal(chosen[0], samples[row, int(np.argmin(by_hand))])
