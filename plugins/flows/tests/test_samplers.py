"""Posterior samplers on Gaussians and mixtures, where denoiser and posterior are exact; all in float64."""

import itertools
import math

import pytest
import torch

from benchbench_flows.samplers import daps, ddnm, ddrm, dps
from benchbench_flows.samplers.daps import Langevin, end_of_chain
from benchbench_flows.samplers.denoisers import denoiser_of, levels
from benchbench_flows.samplers.mixture import Mixture
from benchbench_flows.samplers.operators import BlockMean, Grey, Mask, Matrix, consistent

FIRST = Matrix(torch.tensor([[1.0, 0.0]], dtype=torch.float64))


def standard(noisy, sigma):
    """The denoiser of N(0, I)."""
    return noisy / (1 + sigma**2)


def drawing(*shape, seed=0):
    random = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(shape, generator=random, dtype=torch.float64)


def given(value, number):
    return torch.full((number, 1), value, dtype=torch.float64)


OPERATORS = {
    "means": (BlockMean(4), (3, 8, 8)),
    "mask": (Mask(torch.arange(64).reshape(8, 8) % 3 > 0), (3, 8, 8)),
    "grey": (Grey(), (3, 8, 8)),
    "matrix": (Matrix(torch.tensor([[1.0, 2, 0, 0], [0, 1, 1, 0]], dtype=torch.float64)), (4,)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_what_it_says(name):
    operator, shape = OPERATORS[name]
    x, z = torch.randn(2, 5, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    y = operator.degrade(x)
    torch.testing.assert_close(operator.degrade(operator.pseudo_inverse(y)), y)
    torch.testing.assert_close(operator.degrade(consistent(operator, z, y)), y)
    parts = operator.parts(x)
    torch.testing.assert_close(sum(part for _, part in parts), x)
    for i, (value, part) in enumerate(parts):
        for _, other in parts[i + 1 :]:
            assert (part * other).flatten(1).sum(1).abs().max() < 1e-10
        seen = operator.degrade(part).flatten(1).norm(dim=1)
        torch.testing.assert_close(seen, value * part.flatten(1).norm(dim=1))


def spread_by_hand(sigmas, eta):
    """Standard deviation of a coordinate of N(0, I) that is not measured: the step's formula on a variance."""
    variance = sigmas[0] ** 2
    for sigma, following in zip(sigmas, [*sigmas[1:], 0.0]):
        kept = math.sqrt(1 - eta**2) * following / sigma
        variance = (kept + (1 - kept) / (1 + sigma**2)) ** 2 * variance + (eta * following) ** 2
    return math.sqrt(variance)


def law(sampler, measured, steps, **options):
    """Mean and standard deviation of both coordinates of N(0, I), the first measured: units of noise tell its law."""
    units = torch.eye(2 * (steps + 1), dtype=torch.float64).reshape(-1, steps + 1, 2)
    noises = iter(torch.cat([torch.zeros(1, steps + 1, 2, dtype=torch.float64), units]).unbind(1))
    end = sampler(standard, FIRST, given(measured, len(units) + 1), lambda: next(noises), levels(steps), **options)
    return end[0], (end[1:] - end[0]).square().sum(0).sqrt()


@pytest.mark.parametrize("eta", [0.0, 0.5, 0.85])
@pytest.mark.parametrize("sampler", [ddnm, ddrm])
def test_what_is_measured_is_exact_and_the_rest_has_the_formula_s_spread(sampler, eta):
    mean, spread = law(sampler, 1.3, 200, eta=eta)
    assert mean[0].item() == pytest.approx(1.3, abs=1e-12)
    assert spread[0].item() == pytest.approx(0, abs=1e-12)
    assert mean[1].item() == pytest.approx(0, abs=1e-12)
    assert spread[1].item() == pytest.approx(spread_by_hand(levels(200).tolist(), eta), rel=1e-9)


def test_without_new_noise_many_steps_give_the_prior_s_spread_and_with_it_they_do_not():
    assert spread_by_hand(levels(200).tolist(), 0.0) == pytest.approx(1, rel=0.02)
    assert spread_by_hand(levels(20_000).tolist(), 0.0) == pytest.approx(1, rel=1e-3)
    assert spread_by_hand(levels(200).tolist(), 0.85) == pytest.approx(0.8608, abs=1e-4)
    assert spread_by_hand(levels(20_000).tolist(), 0.85) < 0.9


@pytest.mark.parametrize("name", ["means", "mask", "grey"])
@pytest.mark.parametrize("sampler", [ddnm, ddrm])
def test_measurements_of_images_are_kept(sampler, name):
    operator, shape = OPERATORS[name]
    y = operator.degrade(drawing(4, *shape, seed=1)())
    end = sampler(standard, operator, y, drawing(4, *shape), levels(10))
    assert (operator.degrade(end) - y).abs().max() < 1e-10


def test_ddrm_on_a_noisy_measurement_is_its_formula():
    """The measured coordinate of N(0, I), known up to 1/2, against the three cases of the step in floats."""
    y, deviation, eta, steps = 1.0, 0.5, 0.85, 100
    sigmas = levels(steps).tolist()
    mean, variance = y, sigmas[0] ** 2 - deviation**2
    for sigma, following in zip(sigmas, [*sigmas[1:], 0.0]):
        estimated = mean / (1 + sigma**2)
        if following >= deviation:
            mean, variance = y, following**2 - deviation**2
        else:
            towards = math.sqrt(1 - eta**2) * following / deviation
            mean = estimated + towards * (y - estimated)
            variance = ((1 - towards) / (1 + sigma**2)) ** 2 * variance + (eta * following) ** 2
    found, spread = law(ddrm, y, steps, eta=eta, deviation=deviation)
    assert found[0].item() == pytest.approx(mean, rel=1e-9)
    assert spread[0].item() == pytest.approx(math.sqrt(variance), rel=1e-9)
    assert spread[1].item() == pytest.approx(spread_by_hand(sigmas, eta), rel=1e-9)
    assert spread[0].item() < math.sqrt(0.2)  # that of the posterior, N(0.8, 0.2)


def test_dps_steps_down_the_gradient_of_each_sample_s_own_norm():
    """One step from sigma to 0 of N(0, I) is linear: D = x / (1 + sigma^2), and the gradient is known."""
    sigma = 2.0
    start = torch.tensor([[1.0, 0.5], [-3.0, 2.0]], dtype=torch.float64)
    noises = iter([start / sigma, torch.zeros_like(start)])
    y = given(1.0, 2)
    end = dps(standard, FIRST, y, lambda: next(noises), torch.tensor([sigma], dtype=torch.float64), zeta=0.3)
    found = start / (1 + sigma**2)
    gradient = torch.zeros_like(start)
    gradient[:, 0] = -torch.sign(y[:, 0] - found[:, 0]) / (1 + sigma**2)
    torch.testing.assert_close(end, found - 0.3 * math.sqrt(1 + sigma**2) * gradient)


@pytest.mark.parametrize("sampler", [ddnm, ddrm, dps, daps])
def test_no_sample_depends_on_those_beside_it(sampler):
    noise = drawing(3, 40, 2)()  # more than any chain draws

    def end(rows):
        index = itertools.count()
        return sampler(
            standard, FIRST, given(0.7, 3)[rows], lambda: noise[rows, next(index) % 40], levels(6, 10.0, 0.1)
        )

    torch.testing.assert_close(end([0, 1, 2])[1:], end([1, 2]), rtol=1e-12, atol=1e-12)


def test_dps_draws_to_the_measurement_but_not_from_the_posterior():
    """What is known of it: it leaves an error of the order of its step, and no law of its own is promised."""
    number = 500
    end = dps(standard, FIRST, given(1.5, number), drawing(number, 2), levels(300), zeta=0.1)
    assert (end[:, 0] - 1.5).abs().mean() < 0.1
    assert end[:, 1].std().item() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_one_draw_has_the_law_of_the_whole_chain_of_langevin(rate):
    """Mean and covariance carried through the steps one by one; the measurement sees a direction askew, and noisily."""
    matrix = torch.tensor([[0.6, 1.1], [0.3, 0.2]], dtype=torch.float64)
    start, y = torch.tensor([[0.4, -0.7]], dtype=torch.float64), torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    sigma, chain = 0.8, Langevin(steps=7, deviation=0.9)
    eye = torch.eye(2, dtype=torch.float64)
    step = eye - rate * (matrix.T @ matrix / chain.deviation**2 + eye / sigma**2)
    mean, covariance = start[0], torch.zeros(2, 2, dtype=torch.float64)
    for _ in range(chain.steps):
        mean = step @ mean + rate * (matrix.T @ y[0] / chain.deviation**2 + start[0] / sigma**2)
        covariance = step @ covariance @ step.T + 2 * rate * eye

    operator = Matrix(matrix)
    seen = operator.parts(operator.pseudo_inverse(y))

    def end(noise):
        return end_of_chain(start, sigma, operator, seen, noise, chain, rate)[0]

    found = end(torch.zeros_like(start))
    torch.testing.assert_close(found, mean)
    spread = torch.stack([end(row[None]) - found for row in eye], 1)
    torch.testing.assert_close(spread @ spread.T, covariance)


def test_a_chain_of_too_long_steps_leaves_the_range_of_numbers():
    start = torch.ones(1, 2, dtype=torch.float64)
    seen = FIRST.parts(FIRST.pseudo_inverse(given(1.0, 1)))
    end = end_of_chain(start, 1.0, FIRST, seen, start, Langevin(steps=400, deviation=1e-3), 1.0)
    assert not end.isfinite().all()


def test_daps_keeps_the_measurement_and_the_prior():
    """Twenty steps of the inner flow; the published five lose a sixth of the prior's spread."""
    number, sigmas, chain = 100_000, levels(60, 100, 0.1), Langevin(steps=30)

    def end(inner_steps):
        draw = drawing(number, 2)
        return daps(standard, FIRST, given(1.5, number), draw, sigmas, inner_steps=inner_steps, langevin=chain)

    found = end(20)
    assert found[:, 0].mean().item() == pytest.approx(1.5, abs=0.02)
    assert found[:, 1].mean().item() == pytest.approx(0, abs=0.01)
    assert found[:, 1].std().item() == pytest.approx(0.956, abs=0.01)
    assert end(5)[:, 1].std().item() == pytest.approx(0.827, abs=0.01)


def test_the_posterior_of_a_mixture_is_the_known_one():
    mixture = Mixture(
        torch.tensor([[-2.0, 0], [2, 1]], dtype=torch.float64), torch.tensor([0.5, 0.5], dtype=torch.float64), 0.5
    )
    matrix = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    weights, means, covariance = mixture.posterior(matrix, torch.tensor([1.2], dtype=torch.float64), 0.1)
    assert weights[0].item() == pytest.approx(2.28894e-8, rel=1e-5)
    expected = torch.tensor([[0.037037, 2.037037], [1.722222, 0.722222]], dtype=torch.float64)
    torch.testing.assert_close(means, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(
        covariance,
        torch.tensor([[0.13425926, -0.11574074], [-0.11574074, 0.13425926]], dtype=torch.float64),
        rtol=0,
        atol=1e-8,
    )


def test_the_denoiser_of_a_mixture_is_its_conditional_mean():
    """Against sums over a fine grid of x, in one dimension."""
    mixture = Mixture(
        torch.tensor([[-1.0], [2.0]], dtype=torch.float64), torch.tensor([0.3, 0.7], dtype=torch.float64), 0.4
    )
    x = torch.linspace(-6, 7, 20001, dtype=torch.float64)
    prior = sum(w * torch.exp(-((x - m) ** 2) / (2 * 0.16)) for w, m in zip((0.3, 0.7), (-1.0, 2.0)))
    for sigma in (0.1, 1.0, 5.0):
        seen = torch.tensor([[-0.5], [1.0], [3.0]], dtype=torch.float64)
        posterior = prior * torch.exp(-((seen - x) ** 2) / (2 * sigma**2))
        expected = (posterior * x).sum(1) / posterior.sum(1)
        found = mixture.denoise(seen, torch.tensor(sigma, dtype=torch.float64))
        torch.testing.assert_close(found[:, 0], expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("sampler", [ddnm, ddrm])
def test_samples_of_a_mixture_lie_on_the_measured_line(sampler):
    """The measurement rules one component out; of the other one, samples have the mean, and too little spread."""
    mixture = Mixture(
        torch.tensor([[-2.0, 0], [2, 1]], dtype=torch.float64), torch.tensor([0.5, 0.5], dtype=torch.float64), 0.5
    )
    operator = Matrix(torch.tensor([[0.5, 0.5]], dtype=torch.float64))
    number = 2000
    end = sampler(mixture.denoise, operator, given(1.5, number), drawing(number, 2), levels(200))
    assert (end.mean(1) - 1.5).abs().max() < 1e-10
    across = (end[:, 0] - end[:, 1]) / math.sqrt(2)
    assert across.mean().item() == pytest.approx(1 / math.sqrt(2), abs=0.05)
    assert 0.4 < across.std().item() < 0.5 * 0.95


def test_the_denoiser_of_a_network_of_angles_is_the_law_s():
    def derivative(x, angle):  # of N(0, 1): x tells nothing of its own derivative
        return torch.zeros_like(x)

    denoise = denoiser_of(derivative)
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)
    for sigma in (0.01, 1.0, 30.0):
        s = torch.tensor(sigma, dtype=torch.float64)
        torch.testing.assert_close(denoise(x, s), standard(x, s))


def test_noise_levels_fall_between_their_ends():
    found = levels(50, 100, 0.01)
    assert found[0].item() == pytest.approx(100)
    assert found[-1].item() == pytest.approx(0.01)
    assert (found.diff() < 0).all()


def test_ddnm_on_a_noisy_measurement_is_its_formula():
    """DDNM+ on the measured coordinate of N(0, I), known up to 1/2, against equations 17 to 19 in floats."""
    y, deviation, eta, steps = 1.0, 0.5, 0.85, 100
    sigmas = levels(steps).tolist()
    mean, variance = 0.0, sigmas[0] ** 2
    for sigma, following in zip(sigmas, [*sigmas[1:], 0.0]):
        new, kept = eta * following, math.sqrt(1 - eta**2) * following / sigma
        share = min(1.0, new / deviation)
        image = (1 - share) / (1 + sigma**2)
        slope = image + kept * (1 - image)
        mean = slope * mean + (1 - kept) * share * y
        variance = slope**2 * variance + new**2 - (share * deviation) ** 2
    found, spread = law(ddnm, y, steps, eta=eta, deviation=deviation)
    assert found[0].item() == pytest.approx(mean, rel=1e-9)
    assert spread[0].item() == pytest.approx(math.sqrt(variance), rel=1e-9)
    assert found[1].item() == pytest.approx(0, abs=1e-12)
    assert spread[1].item() == pytest.approx(spread_by_hand(sigmas, eta), rel=1e-9)
