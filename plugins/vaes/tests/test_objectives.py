"""The objectives: their losses by hand in float64, and which networks take the gradient of each update."""

import functools

import numpy as np
import pytest
import torch
from benchbench.training import Engine

from benchbench_vaes import Aae, IntroVae, Vae, VaeGan, Veegan, Vgh, VghPlus
from benchbench_vaes.losses.errors import squared_error
from benchbench_vaes.objectives import Introspection, Pairs, Ratios, Weights
from benchbench_vaes.updates import Half

LATENT = 2


class Linear(torch.nn.Module):
    """A linear map of rows in float64, in the place of a network."""

    def __init__(self, inputs, outputs, seed):
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.weight = torch.nn.Parameter(torch.randn(inputs, outputs, generator=random, dtype=torch.float64))

    def forward(self, *rows):
        return torch.cat(rows, 1) @ self.weight

    def draw(self, codes, labels):
        assert labels is None
        return codes @ self.weight


class Coder(Linear):
    """The same as an encoder of a normal law."""

    def forward(self, samples):
        from benchbench_vaes.losses.normal import Law

        mean, log_variance = (samples @ self.weight).chunk(2, 1)
        return Law(mean, log_variance)


@pytest.fixture
def parts():
    return {
        "encoder": Coder(3, 2 * LATENT, 1),
        "decoder": Linear(LATENT, 3, 2),
        "judge": Linear(3, 1, 3),
        "code_judge": Linear(LATENT, 1, 4),
    }


@pytest.fixture
def given(random):
    shapes = {"real": 3, "prior": LATENT, "deviations": LATENT}
    return {name: torch.randn(6, n, generator=random, dtype=torch.float64) for name, n in shapes.items()}


@pytest.fixture
def by_hand(parts, given):
    """The same quantities in numpy."""
    weights = {name: part.weight.detach().numpy() for name, part in parts.items()}
    x, p, e = (given[name].numpy() for name in ("real", "prior", "deviations"))

    def encode(samples):
        return np.split(samples @ weights["encoder"], 2, 1)

    def kl(samples):
        m, v = encode(samples)
        return ((m**2 + np.exp(v) - 1 - v) / 2).sum(1)

    mean, log_variance = encode(x)
    z = mean + np.exp(log_variance / 2) * e
    made, drawn = z @ weights["decoder"], p @ weights["decoder"]
    return {"x": x, "p": p, "z": z, "made": made, "drawn": drawn, "kl": kl, "w": weights}


def softplus(values):
    return np.logaddexp(0, values)


def test_veegan(parts, given, by_hand):
    parts = {**parts, "judge": Linear(LATENT + 3, 1, 5)}
    w = parts["judge"].weight.detach().numpy()
    mean = by_hand["x"] @ by_hand["w"]["encoder"][:, :LATENT]
    # the reconstructor gives a point: its mean
    encoder = Coder(3, 2 * LATENT, 1)
    encoder.forward = lambda samples: Coder.forward(parts["encoder"], samples)._replace(log_variance=None)
    networks = {**parts, "encoder": encoder}
    objective = Pairs(latent_weight=0.5)
    true = np.concatenate([by_hand["p"], by_hand["drawn"]], 1) @ w
    other = np.concatenate([mean, by_hand["x"]], 1) @ w
    expected = softplus(-true).mean() + softplus(other).mean()
    assert objective.judging(networks, given).total.item() == pytest.approx(expected, rel=1e-4)
    found = by_hand["drawn"] @ by_hand["w"]["encoder"][:, :LATENT]
    distance = ((by_hand["p"] - found) ** 2).sum(1).mean()
    total = objective.generating(networks, given).total
    assert total.item() == pytest.approx(true.mean() + 0.5 * distance, rel=1e-4)


@pytest.mark.parametrize("of_samples", [False, True])
def test_vgh(of_samples, parts, given, by_hand):
    objective = Ratios(functools.partial(squared_error, deviation=0.5), 0.3, of_samples)
    w, error = by_hand["w"], ((by_hand["x"] - by_hand["made"]) ** 2).sum(1).mean() / (2 * 0.25)
    expected = 0.3 * error - (by_hand["z"] @ w["code_judge"]).mean()
    if of_samples:
        expected -= (by_hand["made"] @ w["judge"]).mean() + (by_hand["drawn"] @ w["judge"]).mean()
        fakes = np.concatenate([by_hand["made"], by_hand["drawn"]])
        judged = softplus(-(by_hand["x"] @ w["judge"])).mean() + softplus(fakes @ w["judge"]).mean()
        assert objective.judging(parts, given).total.item() == pytest.approx(judged, rel=1e-4)
    assert objective.matching(parts, given).total.item() == pytest.approx(expected, rel=1e-4)


def test_introvae(parts, given, by_hand):
    objective = Introspection(squared_error, Weights(0.25, 0.1), margin=30.0, warm_up=5)
    error = ((by_hand["x"] - by_hand["made"]) ** 2).sum(1).mean() / 2
    kinds = [by_hand["kl"](by_hand[name]) for name in ("made", "drawn")]
    real = by_hand["kl"](by_hand["x"]).mean()
    hinges = sum(np.maximum(0, 30 - each).mean() for each in kinds)
    expected = real + 0.25 * hinges + 0.1 * error
    assert objective.encoding(parts, given).total.item() == pytest.approx(expected, rel=1e-4)
    expected = 0.25 * sum(each.mean() for each in kinds) + 0.1 * error
    assert objective.generating(parts, given).total.item() == pytest.approx(expected, rel=1e-4)
    assert objective.warming(parts, given).total.item() == pytest.approx(real + 0.1 * error, rel=1e-4)


def test_the_samples_that_the_encoder_holds_off_take_no_gradient(parts, given):
    """Only β L_AE leads from L_E to the decoder: without it nothing does, though the encoder's own is there."""
    objective = Introspection(squared_error, Weights(0.25, 0.0), margin=1e6, warm_up=0)
    total = objective.encoding(parts, given).total
    slopes = torch.autograd.grad(total, [parts[name].weight for name in ("encoder", "decoder")])
    assert slopes[0].abs().sum() > 0
    assert slopes[1].abs().sum() == 0


def test_the_margin_follows_the_warm_divergence():
    objective = Introspection(squared_error, Weights(0.25, 1.0), margin=None, warm_up=3)
    assert [objective.phase(index) for index in (0, 2, 3)] == ["warm-up", "warm-up", "play"]
    objective.advance("warm-up", {"divergence": torch.tensor(10.0)})
    shown = objective.advance("warm-up", {"divergence": torch.tensor(20.0)})
    assert shown["margin"].item() == pytest.approx(1.2 * (10 + 0.02 * 10))
    assert objective.advance("play", {"divergence": torch.tensor(90.0)})["margin"] == shown["margin"]
    assert Introspection(squared_error, Weights(0, 1), margin=7.0, warm_up=0).margin == 7


UPDATES = {
    Vae: [("encoder", "decoder")],
    VaeGan: [("encoder",), ("decoder",), ("judge",)],
    Aae: [("encoder", "decoder"), ("code_judge",), ("encoder",)],
    Veegan: [("judge",), ("encoder", "decoder")],
    Vgh: [("code_judge",), ("encoder", "decoder")],
    VghPlus: [("code_judge",), ("judge",), ("encoder", "decoder")],
    IntroVae: [("encoder",), ("decoder",)],
}


@pytest.mark.parametrize("method", UPDATES, ids=lambda method: method.name)
def test_an_update_moves_its_networks_and_no_other(method, images):
    """Each update leads a gradient to all weights that it trains; held fixed, the others take none."""
    options = {"warm_up": 0.0} if method is IntroVae else {}
    trainer = method(**options).trainer(images, Engine(), 4)
    updates = trainer._objective.updates(trainer._objective.phase(0))
    assert [update.trained for update in updates] == UPDATES[method]
    given = trainer._drawn(8, torch.Generator().manual_seed(0))
    for update in updates:
        for name, network in trainer._networks.items():
            network.requires_grad_(name in update.trained)
            network.zero_grad(set_to_none=True)
        Half(trainer._networks, update)(given).total.backward()
        for name, network in trainer._networks.items():
            slopes = [weight.grad for weight in network.parameters()]
            assert all((slope is not None) == (name in update.trained) for slope in slopes), (update.trained, name)


def test_introvae_warms_up_as_a_vae(images):
    trainer = IntroVae(warm_up=0.5).trainer(images, Engine(), 4)
    phases = [trainer._objective.phase(index) for index in range(4)]
    assert phases == ["warm-up", "warm-up", "play", "play"]
    assert [each.trained for each in trainer._objective.updates("warm-up")] == [("encoder", "decoder")]


def test_the_gan_of_vae_gan_reaches_no_encoder_and_its_error_no_judge(points):
    """Without the error the decoder's loss leads nowhere else but to the decoder and the judge that it passes."""
    trainer = VaeGan().trainer(points, Engine(), 1)
    given = trainer._drawn(8, torch.Generator().manual_seed(0))
    networks, objective = trainer._networks, trainer._objective
    encoder = list(networks["encoder"].parameters())
    slopes = torch.autograd.grad(objective.decoding(networks, given).total, encoder, allow_unused=True)
    assert all(slope is None for slope in slopes)
    judge = list(networks["judge"].head.parameters())
    slopes = torch.autograd.grad(objective.encoding(networks, given).total, judge, allow_unused=True)
    assert all(slope is None for slope in slopes)
