"""What GAN trainers share: averaging, decay, saved parts, half-precision checkpoints, fixed previews."""

import copy
import io

import pytest
import torch
from torch import nn

from benchbench.plugins import get_task
from benchbench.training import Engine, gan


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 3, 3))


def moved(module, amount):
    """Add to every parameter, as an optimizer would."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += amount


def test_the_average_is_the_sum_of_its_formula_and_keeps_the_present_statistics():
    module = network()
    average = gan.Average(module, 0.15)
    expected = module[0].weight.detach().double()
    for amount, decay in zip((1.0, -3.0, 2.0), (1 / 10, 0.15, 0.15), strict=True):  # 2/11 and 3/12 are more than 0.15
        moved(module, amount)
        average.update()
        expected = decay * expected + (1 - decay) * module[0].weight.detach().double()
    module(torch.randn(2, 3, 8, 8))  # in training mode: statistics move
    found = average.network()
    assert torch.allclose(found[0].weight.double(), expected, atol=1e-6)
    assert torch.equal(found[1].running_mean, module[1].running_mean)
    assert not found.training
    assert not any(parameter.requires_grad for parameter in found.parameters())


def test_an_average_of_many_updates_holds_nothing_of_the_initial_weights():
    module = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(module.weight, 1.0)
    average = gan.Average(module, 0.999)
    torch.nn.init.zeros_(module.weight)
    for _ in range(3000):
        average.update()
    assert 0 <= average.network().weight.item() < 1e-12  # 0.05 with a decay of 0.999 throughout


def test_an_average_of_decay_zero_is_the_network_and_holds_no_state():
    module = network()
    average = gan.Average(module, 0.0)
    moved(module, 1.0)
    average.update()
    assert torch.equal(average.network()[0].weight, module[0].weight)
    assert average.state_dict() == {}
    assert module[0].weight.requires_grad


@pytest.mark.parametrize(("falling", "expected"), [(1 / 3, [1, 1, 1, 1, 1, 1, 1, 2 / 3, 1 / 3]), (0, [1] * 9)])
def test_rates_fall_in_a_straight_line_over_the_last_part(falling, expected):
    assert [gan.height(index, 9, falling) for index in range(9)] == pytest.approx(expected)


def test_each_optimizer_gets_the_rate_of_its_name():
    modules = {"g": network(), "d": network(1)}
    optimizers = {name: gan.adam(Engine(), module.parameters(), 1.0) for name, module in modules.items()}
    gan.set_rates(optimizers, {"g": 0.2, "d": 0.8}, 0.5)
    assert [optimizer.param_groups[0]["lr"] for optimizer in optimizers.values()] == [0.1, 0.4]


def test_the_fused_optimizer_descends_as_the_formula_of_amsgrad_does():
    """Against Kingma & Ba, algorithm 1, with Reddi et al.'s maximum, in float64."""
    weight = nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
    optimizer = gan.adam(Engine(), [weight], 0.01, (0.5, 0.9), amsgrad=True)
    value = weight.detach().double()
    first = second = most = torch.zeros(3, dtype=torch.float64)
    for step, scale in enumerate((1.0, 5.0, 0.1, -2.0), 1):
        optimizer.zero_grad()
        (scale * weight.square()).sum().backward()
        optimizer.step()
        slope = 2 * scale * value
        first, second = 0.5 * first + 0.5 * slope, 0.9 * second + 0.1 * slope.square()
        most = torch.maximum(most, second)
        value = value - 0.01 * (first / (1 - 0.5**step)) / ((most / (1 - 0.9**step)).sqrt() + 1e-8)
    assert torch.allclose(weight.detach().double(), value, atol=1e-6)


def test_what_is_not_trained_is_not_optimized():
    module = network()
    module[3].requires_grad_(False)
    optimizer = gan.adam(Engine(), module.parameters(), 1e-3)
    assert len(optimizer.param_groups[0]["params"]) == 4


def test_parts_come_back_from_a_file():
    module = network()
    parts = {
        "net": module,
        "average": gan.Average(module, 0.9),
        "optimizer": gan.adam(Engine(), module.parameters(), 1.0),
    }
    module(torch.randn(2, 3, 8, 8)).square().mean().backward()
    parts["optimizer"].step()
    parts["average"].update()
    content = io.BytesIO()
    torch.save(gan.state_of(parts), content)
    content.seek(0)
    other = network(1)
    again = {"net": other, "average": gan.Average(other, 0.9), "optimizer": gan.adam(Engine(), other.parameters(), 1.0)}
    gan.restore(again, torch.load(content, weights_only=True))
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(copy.deepcopy(module).eval()(x), copy.deepcopy(other).eval()(x))
    assert torch.equal(parts["average"].network()(x), again["average"].network()(x))
    for module in (parts["net"], again["net"]):
        module.zero_grad()
        module(x).square().mean().backward()
    for each in (parts, again):
        each["optimizer"].step()
        each["average"].update()
    assert torch.equal(parts["average"].network()(x), again["average"].network()(x))
    assert torch.equal(parts["net"][0].weight, again["net"][0].weight)


def test_kernels_are_halved_and_statistics_are_not():
    module = network().to(memory_format=torch.channels_last)
    kept = gan.kept(module.state_dict(), halved=True)
    assert all(tensor.is_contiguous() for tensor in kept.values()), "safetensors takes no other layout"
    assert kept["0.weight"].dtype == torch.float16
    assert kept["1.running_var"].dtype == kept["0.bias"].dtype == torch.float32
    assert "1.num_batches_tracked" not in kept
    assert {tensor.dtype for tensor in gan.kept(network().state_dict(), halved=False).values()} == {torch.float32}


def test_networks_on_a_cpu_lie_channels_last_with_the_weights_of_the_seed():
    engine = Engine(seed=3)
    built = gan.build(engine, network)
    assert built[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(built[0].weight, engine.build(network)[0].weight)


def test_previews_see_the_same_conditions_and_noise_each_time():
    task = get_task("toy-shapes")
    first, second = (gan.HeldOut(task, Engine(seed=2)) for _ in range(2))
    condition, target = first.first(3)
    assert len(target) == len(condition["image"]) == 3
    assert torch.equal(target, second.first(3)[1])
    drawn = first.noise(3, 4, [(8,), (2, 2, 2)])
    assert [tuple(each.shape) for each in drawn] == [(3, 4, 8), (3, 4, 2, 2, 2)]
    assert all(torch.equal(one, other) for one, other in zip(drawn, second.noise(3, 4, [(8,), (2, 2, 2)])))
    assert not torch.equal(drawn[0], gan.HeldOut(task, Engine(seed=9)).noise(3, 4, [(8,)])[0])


def test_descend_moves_what_its_optimizers_hold_and_forgets_old_gradients():
    one, other = (torch.nn.Parameter(torch.tensor(value)) for value in (1.0, 2.0))
    one.grad = torch.tensor(100.0)
    gan.descend(one.square() + other.square(), torch.optim.SGD([one], 0.1))
    assert one.item() == pytest.approx(1 - 0.1 * 2)
    assert other.item() == 2


@pytest.mark.parametrize(("kind", "expected"), [("adam", torch.optim.Adam), ("rmsprop", torch.optim.RMSprop)])
def test_the_optimizer_of_a_kind(kind, expected):
    found = gan.optimizer(Engine(), torch.nn.Linear(2, 2), 0.3, kind, (0.5, 0.9))
    assert isinstance(found, expected)
    assert found.param_groups[0]["lr"] == 0.3
    assert kind == "rmsprop" or found.param_groups[0]["betas"] == (0.5, 0.9)


def test_renewed_statistics_are_those_of_the_batches_that_are_run():
    network = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
    batches = torch.randn(gan.STATISTICS_BATCHES, 8, 3, generator=torch.Generator().manual_seed(0)) + 5
    found = gan.renewed(network, lambda copy, i: copy(batches[i]))
    torch.testing.assert_close(found[0].running_mean, batches.mean((0, 1)))
    torch.testing.assert_close(found[0].running_var, batches.var(1).mean(0))
    assert (network[0].running_mean == 0).all()
    plain = torch.nn.Linear(2, 2)
    assert torch.equal(gan.renewed(plain, lambda copy, i: 1 / 0).weight, plain.weight)


def test_a_step_computes_no_gradient_but_of_what_it_moves():
    first, second = nn.Linear(3, 4), nn.Linear(4, 1)
    given, before = torch.randn(5, 3), copy.deepcopy(second.state_dict())
    expected = torch.autograd.grad(second(first(given)).sum(), list(first.parameters()))
    start = [weight.detach().clone() for weight in first.parameters()]
    gan.descend(second(first(given)).sum(), torch.optim.SGD(first.parameters(), lr=0.1))
    for weight, old, slope in zip(first.parameters(), start, expected, strict=True):
        assert torch.allclose(weight, old - 0.1 * slope)
    assert all(weight.grad is None for weight in second.parameters())
    assert all(torch.equal(before[name], weight) for name, weight in second.state_dict().items())
