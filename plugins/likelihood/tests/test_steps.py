"""The steps of the flow: inverses, and log-determinants against automatic differentiation."""

import math
from dataclasses import replace

import pytest
import torch
from torch.autograd.functional import jacobian

from benchbench_likelihood.cflow import FlowModel
from benchbench_likelihood.normal import standard
from benchbench_likelihood.sizes import SIZES
from benchbench_likelihood.steps import BOUND, Coupling, Mixing, Split

NETWORK = {"channels": 16, "multiples": (1, 2), "latent": 2, "field": 1, "levels": 2, "flow_steps": 2, "hidden": 8}
TINY = replace(SIZES["small"], **NETWORK)


def drawn(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def shaken(module, seed=0, by=0.3):
    """Return the module in float64 with no weight left at its beginning."""
    random = torch.Generator().manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(by * torch.randn(parameter.shape, dtype=torch.float64, generator=random))
    return module


def log_determinant(function, point):
    """Return log |det| of the Jacobian of a function of one tensor at a point, by automatic differentiation."""
    matrix = jacobian(function, point)
    return torch.linalg.slogdet(matrix.reshape(point.numel(), point.numel()))[1]


def test_mixing_is_inverted_and_its_determinant_is_exact():
    step, x = shaken(Mixing(4)), drawn(1, 4, 2, 1)
    made, found = step(x)
    torch.testing.assert_close(step.inverse(made), x)
    torch.testing.assert_close(found, log_determinant(lambda given: step(given)[0], x))


def test_a_coupling_is_inverted_and_its_determinant_is_exact():
    step, features, x = shaken(Coupling(4, 3, 8)), drawn(1, 3, 2, 1, seed=1), drawn(1, 4, 2, 1)
    made, found = step(x, features)
    torch.testing.assert_close(step.inverse(made, features), x)
    torch.testing.assert_close(found[0], log_determinant(lambda given: step(given, features)[0], x))
    assert torch.equal(made[:, :2], x[:, :2])


def test_the_scale_of_a_coupling_is_bounded():
    step = shaken(Coupling(4, 3, 8))
    with torch.no_grad():
        step.network[-1].bias.fill_(1e6)
    made, found = step(torch.ones(1, 4, 1, 1, dtype=torch.float64), drawn(1, 3, 1, 1))
    assert found.item() == pytest.approx(2 * BOUND)
    assert torch.isfinite(made).all()


def test_what_leaves_has_the_density_of_its_law():
    step, features, x = shaken(Split(4, 3, 8)), drawn(1, 3, 2, 2, seed=1), drawn(1, 4, 2, 2)
    kept, found = step(x, features)
    noise = drawn(1, 2, 2, 2, seed=2)
    leaving = step.inverse(kept, features, noise)[:, 2:]
    mean = step.inverse(kept, features, noise * 0)[:, 2:]
    law = torch.distributions.Normal(mean, (leaving - mean) / noise)
    assert found.item() == pytest.approx(law.log_prob(x[:, 2:]).sum().item())


@pytest.fixture
def flow(fixed):
    task = fixed("translation", (3, 4, 4), (3, 4, 4))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return FlowModel(task, TINY, 1.0)


def test_the_whole_flow_is_inverted_to_1e_5_in_single_precision(flow):
    planes, x = drawn(3, 3, 4, 4).float(), drawn(3, 3, 4, 4, seed=1).float()
    flow = shaken(flow, by=0.05).float()
    noise = flow_noise(flow, planes, x)
    assert (flow.inverse(planes, noise) - x).abs().max() < 1e-5


def test_the_flow_of_the_small_size_is_inverted(fixed):
    task = fixed("translation", (3, 16, 16), (3, 16, 16))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        flow = FlowModel(task, SIZES["small"], 1.0)
    with torch.no_grad():
        for coupling in flow.couplings[0]:
            coupling.network[-1].bias.uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(1))
    planes, x = drawn(1, 3, 16, 16).float(), drawn(1, 3, 16, 16, seed=1).float()
    with torch.no_grad():
        assert (flow.inverse(planes, flow_noise(flow, planes, x)) - x).abs().max() < 1e-5
    given = sum(math.prod(shape) for shape in flow.noise_shapes)
    assert given == x.numel()


def test_the_density_of_the_flow_is_that_of_its_noise_by_the_change_of_variables(flow):
    """Log p(x) = log N(z) + log |dz/dx| with z all the noise of x, in float64 and by automatic differentiation."""
    flow, planes, x = shaken(flow), drawn(1, 3, 4, 4), drawn(1, 3, 4, 4, seed=1)

    def all_noise(given):
        return torch.cat([each.flatten() for each in flow_noise(flow, planes, given)])

    found = flow.log_parts(flow.form.given({"image": planes}, 1), x, [])["likelihood"]
    z = all_noise(x)
    density = standard(z[None]).log_density(z[None])[0]
    matrix = jacobian(all_noise, x).reshape(48, 48)
    torch.testing.assert_close(found[0], density + torch.linalg.slogdet(matrix)[1])


def flow_noise(flow, planes, residual):
    """Return the noise that the inverse makes the residual of: what leaves, standardised by its law."""
    noise, features, hidden = [], flow.features(planes), residual
    for level, seen in enumerate(features):
        hidden = torch.nn.functional.pixel_unshuffle(hidden, 2)
        for mixing, coupling in zip(flow.mixings[level], flow.couplings[level]):
            hidden, _ = coupling(mixing(hidden)[0], seen)
        if level < len(flow.splits):
            split = flow.splits[level]
            kept, leaving = hidden.chunk(2, 1)
            mean, log_deviation = split._law(kept, seen)
            noise.append((leaving - mean) / log_deviation.exp())
            hidden = kept
    return [*noise, hidden]
