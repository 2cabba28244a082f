"""The objectives: what each asks of whom, and the state of BEGAN's."""

import pytest
import torch

from benchbench_gans.losses import energies, logistic
from benchbench_gans.losses.classes import class_loss
from benchbench_gans.losses.kernels import gaussian, squared_discrepancy
from benchbench_gans.networks import Reconstruction
from benchbench_gans.objectives import Equilibrium, OfClasses, OfEnergies, OfFeatures, OfValues, Seen


@pytest.fixture
def pair(random):
    """Real and fake samples with labels, and places."""
    labels = torch.tensor([0, 1, 2, 1])
    real, fake = (Seen(torch.randn(4, 2, generator=random), labels) for _ in range(2))
    return real, fake, torch.rand(4, generator=random)


def halves(samples, labels):
    """An autoencoder whose reconstruction is half of what it sees, and whose codes are that."""
    del labels
    return Reconstruction(samples / 2, samples)


def test_energies(pair):
    real, fake, places = pair
    objective = OfEnergies(margin=0.2)
    energy = [(each.samples / 2).square().mean(1) for each in (real, fake)]
    terms = objective.judging(halves, real, fake, places)
    assert torch.allclose(terms.total, energy[0].mean() + (0.2 - energy[1]).relu().mean())
    assert torch.allclose(terms.shown["energy_fake"], energy[1].mean())
    assert torch.allclose(objective.generating(halves, real, fake).total, energy[1].mean())


def test_the_pulling_away_term_is_the_generators_alone(pair):
    real, fake, places = pair
    plain, pulling = OfEnergies(0.2), OfEnergies(0.2, pulling_weight=0.5)
    assert torch.equal(plain.judging(halves, *pair).total, pulling.judging(halves, *pair).total)
    added = pulling.generating(halves, real, fake).total - plain.generating(halves, real, fake).total
    assert torch.allclose(added, 0.5 * energies.pulling_away(fake.samples))


def test_the_generated_sample_takes_the_gradient_of_both_sides_of_its_energy():
    """Of ½x against x the slope is that of x²/4: neither the sample nor its reconstruction is held fixed."""
    samples = torch.tensor([[2.0]], requires_grad=True)
    OfEnergies(1.0).generating(halves, Seen(samples), Seen(samples)).total.backward()
    assert samples.grad.item() == pytest.approx(1)


def test_equilibrium(pair):
    objective = Equilibrium(gamma=0.5, rate=0.1)
    of_real, of_fake = ((each.samples / 2).abs().mean() for each in pair[:2])
    terms = objective.judging(halves, *pair)
    assert torch.allclose(terms.total, of_real), "k starts at 0"
    shown = {**terms.shown, **objective.generating(halves, *pair[:2]).shown}
    found = objective.advance(shown)
    k = (0.1 * (0.5 * of_real - of_fake)).clamp(0, 1)
    assert torch.allclose(found["k"], k)
    assert torch.allclose(found["convergence"], of_real + (0.5 * of_real - of_fake).abs())
    objective.k.fill_(0.25)
    assert torch.allclose(objective.judging(halves, *pair).total, of_real - 0.25 * of_fake)


@pytest.mark.parametrize(("real", "fake", "end"), [(5.0, 0.1, 1.0), (0.1, 5.0, 0.0)])
def test_k_never_leaves_its_range(real, fake, end):
    objective = Equilibrium(gamma=0.5, rate=0.3)
    shown = {"energy_real": torch.tensor(real), "generator": torch.tensor(fake)}
    seen = [objective.advance(shown)["k"].item() for _ in range(12)]
    assert all(0 <= k <= 1 for k in seen)
    assert seen[-1] == end
    assert "k" in objective.state_dict()


def test_classes(pair):
    real, fake, _ = pair
    table = torch.randn(2, 4)

    def judge(samples, labels):
        assert labels is None, "the discriminator is to find the class"
        return samples @ table

    objective = OfClasses(class_weight=2.0)
    x, g = real.samples @ table, fake.samples @ table
    classes = class_loss(x[:, 1:], real.labels) + class_loss(g[:, 1:], fake.labels)
    expected = logistic.discriminator_loss(x[:, 0], g[:, 0]) + 2 * classes
    assert torch.allclose(objective.judging(judge, *pair).total, expected)
    expected = logistic.non_saturating_loss(g[:, 0]) + 2 * class_loss(g[:, 1:], fake.labels)
    assert torch.allclose(objective.generating(judge, real, fake).total, expected)


def test_features_are_ascended_and_descended(pair):
    real, fake, _ = pair
    expected = squared_discrepancy(gaussian, real.samples, fake.samples)
    objective = OfFeatures(gaussian, penalty_weight=0.0)
    assert torch.allclose(objective.judging(lambda x, labels: x, *pair).total, -expected)
    assert torch.allclose(objective.generating(lambda x, labels: x, real, fake).total, expected)
    with_penalty = OfFeatures(gaussian, penalty_weight=2.0).judging(lambda x, labels: x, *pair)
    assert torch.allclose(with_penalty.total, -expected + 2 * with_penalty.shown["gradient_penalty"])


@pytest.mark.parametrize(
    "objective",
    [
        OfValues(logistic.discriminator_loss, logistic.non_saturating_loss, penalty_weight=0.3),
        OfFeatures(gaussian, 0.3),
        OfEnergies(0.2),
        Equilibrium(0.5, 0.01),
    ],
    ids=lambda each: type(each).__name__,
)
def test_real_and_fake_together_are_what_they_are_apart(objective, pair, random):
    weights = torch.randn(2, 3, generator=random)

    def judge(samples, labels):
        del labels
        values = (samples @ weights).tanh()
        return Reconstruction(values[:, :2], values) if isinstance(objective, (OfEnergies, Equilibrium)) else values

    totals = []
    for objective.together in (False, True):
        totals += [(objective.judging(judge, *pair).total, objective.generating(judge, *pair[:2]).total)]
    assert torch.allclose(torch.stack(totals[0]), torch.stack(totals[1]), atol=1e-6)
