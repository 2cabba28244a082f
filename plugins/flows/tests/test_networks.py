"""Forms and networks as one: shapes, what they begin as, and that samples do not depend on what is beside them."""

import pytest
import torch
from benchbench import Conditions, Noise
from benchbench.training import Engine, TrainingSet
from torch.nn.functional import avg_pool2d, scaled_dot_product_attention

from benchbench_flows import Flow, Palette, Pmrf
from benchbench_flows.layers import Attention
from benchbench_flows.networks import Drawn

KINDS = ["translation", "super-resolution", "inpainting", "class-conditional", "unconditional"]
METHODS = [Flow(steps=2), Palette(steps=3), Palette(steps=3, eta=0), Pmrf(steps=2)]


def stirred(module):
    """The module with weights that do something: last layers begin as 0."""
    random = torch.Generator().manual_seed(0)
    for parameter in module.parameters():
        parameter.data.add_(0.1 * torch.randn(parameter.shape, generator=random))
    return module


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_depends_on_its_condition_and_noise_alone(kind, method, tasks):
    task = tasks[kind]
    method._network = stirred(method.make_network(task)).eval()
    examples = task.examples("test")[:3]

    def draw(some, samples=2, seed=0):
        ids = tuple(example.id for example in some)
        values = {key: torch.stack([each.condition[key] for each in some]) for key in some[0].condition}
        noise = Noise.for_samples((task.name, 1), seed, ids, samples)
        return task.space.check(method.sample(Conditions(ids, values), samples, noise), len(ids), samples)

    together = draw(examples)
    assert torch.equal(together, torch.cat([draw([example]) for example in examples]))
    assert not torch.equal(together[:1], draw(examples[:1], seed=1))
    more = draw(examples[:1], samples=4)[:, :2]  # another batch of a network may round otherwise
    assert (more.int() - together[:1].int()).abs().max() <= 1


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_what_a_condition_fixes_is_kept(method, tasks):
    task = tasks["inpainting"]
    condition, _ = TrainingSet(task, "train", "cpu").batch(torch.arange(2))
    network = stirred(method.make_network(task))
    noise = [torch.randn(2, 2, *shape) for shape in network.noise_shapes]
    with torch.no_grad():
        found = network(condition, noise)
    known = (condition["mask"] == 0)[:, None].expand_as(found)
    assert torch.equal(found[known], condition["image"][:, None].expand_as(found)[known])
    task = tasks["super-resolution"]
    condition, _ = TrainingSet(task, "train", "cpu").batch(torch.arange(2))
    network = stirred(method.make_network(task))
    with torch.no_grad():
        found = network(condition, [torch.randn(2, 2, *shape) for shape in network.noise_shapes])
    assert (avg_pool2d(found.flatten(0, 1), 4) - condition["image"].repeat_interleave(2, 0)).abs().max() < 1e-4


def test_an_untrained_network_gives_noise_of_the_scale(tasks):
    trainer = Flow(steps=8).trainer(tasks["unconditional"], Engine())
    with torch.no_grad():
        found = trainer._model({}, [torch.randn(1, 40, 3, 8, 8)])
    form = trainer._model.form
    assert found.std().item() == pytest.approx(form.scale.item(), rel=0.05)
    assert found.mean().item() == pytest.approx(form.centre.item(), abs=0.05)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_losses_reach_every_weight(method, tasks):
    task = tasks["class-conditional"]
    model = stirred(method.make_network(task))
    condition, target = TrainingSet(task, "train", "cpu").batch(torch.arange(4))
    losses = model.loss(condition, target, Drawn(torch.randn(target.shape), torch.rand(4)))
    torch.stack(list(losses.values())).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_the_flow_of_pmrf_gives_no_gradient_to_the_mean(tasks):
    task = tasks["class-conditional"]
    model = stirred(Pmrf().make_network(task))
    condition, target = TrainingSet(task, "train", "cpu").batch(torch.arange(4))
    seen = []

    def posterior_mean(given, like):
        seen.append(torch.zeros_like(like).requires_grad_())
        return seen[0]

    model.posterior_mean = posterior_mean
    model.loss(condition, target, Drawn(torch.randn(target.shape), torch.rand(4)))["flow"].backward()
    assert seen[0].grad is None


def test_attention_is_the_fused_one():
    layer = stirred(Attention(16))
    hidden = torch.randn(2, 16, 4, 4)
    query, key, value = layer.queries(layer.norm(hidden)).flatten(2).transpose(1, 2).chunk(3, 2)
    seen = scaled_dot_product_attention(query, key, value).transpose(1, 2).unflatten(2, (4, 4))
    torch.testing.assert_close(layer(hidden), hidden + layer.last(seen), rtol=1e-4, atol=1e-5)


def test_points_are_given_vectors_or_nothing(few):
    task = few("gmm-points-8")
    condition, _ = TrainingSet(task, "train", "cpu").batch(torch.arange(3))
    network = stirred(Flow(steps=2).make_network(task))
    noise = [torch.randn(3, 5, 8)]
    found = network(condition, noise)
    assert found.shape == (3, 5, 8)
    assert not torch.equal(found, network({"observation": condition["observation"] + 1}, noise))

    task = few("ring8")
    network = Flow(steps=2).make_network(task)
    assert network({}, [torch.randn(3, 5, 2)]).shape == (3, 5, 2)
