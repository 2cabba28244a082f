"""The tasks with exact posteriors, and the linear operators that tasks declare, against closed forms."""

import numpy as np
import pytest
import torch

from benchbench.core import KnownPrior, LinearObservation, Unsupported
from benchbench.core.noise import Noise, stream
from benchbench.evaluation.answers import without_answers
from benchbench.plugins import get_task
from benchbench.tasks._gaussians import Observed, RoundMixture

EXACT = ("gmm-points-8", "gmm-points-64", "gmm-tiles")


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.fixture
def small():
    """Two Gaussians in the plane of which the mean of the coordinates is seen."""
    prior = RoundMixture(tensor([0.5, 0.5]), tensor([[-2.0, 0.0], [2.0, 1.0]]), 0.5)
    return Observed(prior, tensor([[0.5, 0.5]]), 0.1)


# the closed forms


def test_the_posterior_is_the_one_worked_out_by_hand(small):
    y = tensor([[1.2]])
    assert small.covariance.numpy() == pytest.approx(
        np.array([[0.13425926, -0.11574074], [-0.11574074, 0.13425926]]), abs=5e-9
    )
    expected = np.array([[[0.037037037, 2.037037037], [1.722222222, 0.722222222]]])
    assert small.means(y).numpy() == pytest.approx(expected, abs=5e-9)
    assert float(small.weights(y)[0, 0]) == pytest.approx(2.28894e-8, rel=1e-5)
    assert float(small.weights(y).sum()) == pytest.approx(1, abs=1e-15)


def test_bayes_rule_holds_at_any_point(small):
    """p(x) p(y | x) / p(x | y) is p(y), whatever x is."""
    y, x = tensor([[0.3]]), torch.from_numpy(stream("x").standard_normal((7, 2)))
    likelihood = torch.distributions.Normal((x @ small.matrix.mT)[:, 0], small.noise_std).log_prob(y[0])
    parts = torch.distributions.MultivariateNormal(small.means(y)[0], small.covariance).log_prob(x[:, None])
    posterior = (small.weights(y)[0].log() + parts).logsumexp(1)
    evidence = small.prior.log_density(x) + likelihood - posterior
    assert evidence.numpy() == pytest.approx(np.full(7, float(evidence[0])), abs=1e-10)


def test_the_denoiser_is_the_posterior_mean_by_numerical_integration():
    prior, level = RoundMixture(tensor([0.3, 0.7]), tensor([[-1.0], [2.0]]), 0.4), 0.8
    x0 = torch.linspace(-8, 10, 20001, dtype=torch.float64)
    density = prior.log_density(x0[:, None]).exp()
    for x in (-2.0, 0.4, 3.0):
        weight = density * torch.exp(-((x - x0) ** 2) / (2 * level**2))
        expected = float((x0 * weight).sum() / weight.sum())
        assert float(prior.denoise(tensor([x]), level)) == pytest.approx(expected, abs=1e-9)


def test_the_score_is_the_gradient_of_the_log_density_and_tweedies_formula(small):
    x, level = torch.from_numpy(stream("points").standard_normal((5, 2)) * 2).requires_grad_(), 0.7
    (gradient,) = torch.autograd.grad(small.prior.log_density(x, level).sum(), x)
    score = small.prior.score(x, level)
    assert torch.allclose(score, gradient, atol=1e-12)
    assert torch.allclose(score, (small.prior.denoise(x, level) - x) / level**2, atol=1e-12)


def test_the_denoiser_keeps_a_clean_point_and_gives_the_mean_for_noise_alone(small):
    x = tensor([[0.3, -0.4], [5.0, 1.0]])
    assert torch.allclose(small.prior.denoise(x, 0.0), x)
    assert torch.allclose(small.prior.denoise(x, 1e6), tensor([[0.0, 0.5]]).expand(2, 2), atol=1e-4)
    levels = tensor([[0.1], [2.0]])
    alone = torch.stack([small.prior.denoise(x[i], float(levels[i])) for i in range(2)])
    assert torch.allclose(small.prior.denoise(x, levels), alone), "a noise level for each point"


def test_draws_have_the_moments_of_the_posterior(small):
    law, y = stream("draws"), tensor([[0.25]])
    uniform, normal = law.random((1, 40000)), law.standard_normal((1, 40000, 2))
    drawn = small.sample(y, torch.from_numpy(uniform), torch.from_numpy(normal))[0]
    weights, means = small.weights(y)[0], small.means(y)[0]
    mean = weights @ means
    spread = small.covariance + (weights * (means - mean).mT) @ (means - mean)
    assert 0.05 < float(weights[0]) < 0.95, "both components count"
    assert drawn.mean(0).numpy() == pytest.approx(mean.numpy(), abs=4 * (float(spread.diagonal().max()) / 40000) ** 0.5)
    assert drawn.T.cov().numpy() == pytest.approx(spread.numpy(), rel=0.04)


# the tasks


@pytest.mark.parametrize("name", EXACT)
def test_draws_are_the_law_of_the_references(name):
    """Draws and references have the same mean and variance within four standard errors."""
    task = get_task(name)
    examples = task.examples("test")[:100]
    ids = [example.id for example in examples]
    drawn = task.draw(ids, 20, Noise.for_samples((name, 1), 7, ids, 20)).double().flatten(2)
    truth = torch.stack([example.references for example in examples]).double().flatten(2)
    off = drawn.mean((0, 1)) - truth.mean((0, 1))
    error = ((drawn.mean(1) - truth.mean(1)).var(0) / 100).sqrt()
    assert float((off / error).square().mean()) < 1.5 + 4 * (2 / drawn.shape[2]) ** 0.5
    wider = drawn.var(1).mean(1) - truth.var(1).mean(1)
    assert abs(float(wider.mean())) < 4 * float(wider.std()) / 100**0.5


@pytest.mark.parametrize("name", EXACT)
def test_several_modes_stay_possible_and_what_is_seen_excludes_the_others(name):
    task = get_task(name)
    masses = torch.stack([task.mode_probabilities(example.id) for example in task.examples("test")[:60]])
    possible = (masses > 0.01).sum(1)
    assert 1 < float(possible.double().mean()) <= 5
    assert int(possible.max()) <= 5


def classified(name, samples_of):
    """Return the share of held-out rows that a classifier calls right: (condition, sample) against (condition, truth).

    Folds are cut along conditions; a column of products makes it a quadratic classifier.
    """
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    task = get_task(name)
    examples = task.examples("test")
    ids = [example.id for example in examples]
    given = torch.stack([example.condition["observation"] for example in examples])
    real = torch.stack([example.references for example in examples])
    noise = Noise.for_samples((name, 1), 3, ids, 20)
    samples = samples_of(task, ids, real, noise)
    rows = [torch.cat([given[:, None].expand(-1, 20, -1), x], 2).flatten(0, 1).numpy() for x in (real, samples)]
    fold, right = np.repeat(np.arange(len(ids)) % 5, 20), []
    for held_out in range(5):
        model = QuadraticDiscriminantAnalysis(reg_param=1e-3)
        train = np.concatenate([each[fold != held_out] for each in rows])
        model.fit(train, np.repeat([0, 1], len(train) // 2))
        right += [(model.predict(each[fold == held_out]) == label).mean() for label, each in enumerate(rows)]
    return float(np.mean(right))


def test_a_classifier_cannot_tell_the_oracle_and_can_tell_what_ignores_the_condition():
    def oracle(task, ids, real, noise):
        return task.draw(ids, 20, noise)

    def shuffled(task, ids, real, noise):
        return real.roll(1, 0)

    assert classified("gmm-points-8", oracle) == pytest.approx(0.5, abs=0.02)
    assert classified("gmm-points-8", shuffled) > 0.9


@pytest.mark.parametrize("name", EXACT)
def test_a_method_under_test_may_use_the_denoiser_and_not_the_posterior(name):
    view = without_answers(get_task(name))
    assert isinstance(view, KnownPrior)
    x = torch.randn(2, 3, *view.space.shape, generator=torch.Generator().manual_seed(0)) * 20 + 100
    levels = torch.tensor([1.0, 30.0]).reshape(2, 1, *[1] * len(view.space.shape))
    both = view.denoiser(x, levels)
    assert both.shape == x.shape
    assert both.dtype == torch.float32
    assert torch.allclose(both[1], view.denoiser(x[1], 30.0), atol=1e-2)
    assert torch.allclose(view.score(x, levels), (both - x) / levels**2, atol=1e-3)
    with pytest.raises(Unsupported):
        view.draw(["0000"], 1, Noise.for_samples((name, 1), 0, ["0000"], 1))


def test_the_exact_denoiser_beats_a_linear_one_on_the_task():
    """The least squared error of a linear denoiser of variance v is v τ² / (v + τ²) for each coordinate."""
    task = get_task("gmm-points-8")
    x0 = task.real_pool().double()
    level = 3.0
    noisy = x0 + level * torch.from_numpy(stream("noise").standard_normal(x0.shape))
    error = (task.denoiser(noisy, level) - x0).square().mean()
    variance = x0.var(0).mean()
    assert float(error) < 0.7 * float(variance * level**2 / (variance + level**2))
    assert float(error) > 0.9 * level**2 / (1 + level**2), "the noise within a component stays"


# linear operators

LINEAR = ("toy-faces", "toy-holes", *EXACT)


@pytest.mark.parametrize("name", LINEAR)
def test_operators_keep_the_laws_of_the_pseudo_inverse(name):
    task = get_task(name)
    assert isinstance(task, LinearObservation)
    examples = [task.examples("test")[i] for i in (0, 1, 5)]
    condition = {key: torch.stack([each.condition[key] for each in examples]) for key in examples[0].condition}
    x = torch.from_numpy(stream("x", name).uniform(0, 255, (3, 2, *task.space.shape)))
    seen = task.degrade(x, condition)
    back = task.pseudo_inverse(seen, condition)
    assert back.shape == x.shape
    assert torch.allclose(task.degrade(back, condition), seen), "A A⁺ A = A"
    assert torch.allclose(task.pseudo_inverse(task.degrade(back, condition), condition), back), "A⁺ A A⁺ = A⁺"
    parts = task.singular_parts(x, condition)
    assert torch.allclose(sum(part for _, part in parts), back, atol=1e-6), "the parts are all that A sees"
    for value, part in parts:
        length = part.flatten(2).norm(dim=2)
        assert torch.allclose(task.degrade(part, condition).flatten(2).norm(dim=2), value * length), "A scales them"
    y = task.observed(condition)
    assert y.shape == (3, 1, *seen.shape[2:])
    assert torch.allclose(task.degrade(task.project(x, y.double(), condition), condition), y.double().expand_as(seen))


@pytest.mark.parametrize("name", ["toy-faces", "toy-holes"])
def test_what_is_observed_is_the_target_degraded_to_the_grey_level(name):
    task = get_task(name)
    example = task.examples("test")[3]
    condition = {key: value[None] for key, value in example.condition.items()}
    off = task.degrade(example.references[None].float(), condition) - task.observed(condition)
    assert float(off.abs().max()) <= 1


@pytest.mark.parametrize("name", EXACT)
def test_what_is_observed_is_the_target_degraded_with_noise_of_the_stated_size(name):
    task = get_task(name)
    examples = task.examples("train")[:500]
    condition = {key: torch.stack([each.condition[key] for each in examples]) for key in examples[0].condition}
    target = torch.stack([each.references for each in examples]).float()
    noise = task.degrade(target, condition) - task.observed(condition)
    assert float(noise.std()) == pytest.approx(task.noise_std, rel=0.05)


def test_a_filter_of_its_own_has_no_pseudo_inverse():
    task = get_task("sr-celeba")
    with pytest.raises(Unsupported, match="sr-celeba makes images smaller by a filter of its own"):
        task.pseudo_inverse(torch.zeros(1, 1, 3, 16, 16), {})


def test_the_operator_is_differentiable():
    task = get_task("sr-photos")
    x = torch.full((1, 1, 3, 64, 64), 100.0, requires_grad=True)
    task.degrade(x, {}).sum().backward()
    assert torch.allclose(x.grad, torch.full_like(x.grad, 1 / 16))
