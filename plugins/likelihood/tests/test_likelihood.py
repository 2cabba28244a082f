"""Log densities against analytic cases and independent integration; the metric; what the trainers learn."""

import math
from dataclasses import replace

import pytest
import torch
from benchbench import BenchbenchError, Conditions, Noise, Unsupported
from benchbench.core import ConditionSamples
from benchbench.core.engine import Engine
from benchbench.training import checkpoints
from pairs import symmetries
from states import equal, saved

from benchbench_likelihood import BitsPerValue, Cflow, Cvae
from benchbench_likelihood.cvae import VaeModel
from benchbench_likelihood.methods import METHODS
from benchbench_likelihood.normal import Normal
from benchbench_likelihood.sizes import SIZES

NETWORK = {"channels": 16, "multiples": (1, 2), "latent": 1, "field": 1, "levels": 1, "flow_steps": 1, "hidden": 8}
TINY = replace(SIZES["small"], **NETWORK)
KINDS = ["translation", "super-resolution", "inpainting", "class-conditional", "unconditional"]


def test_the_divergence_is_that_of_torch():
    random = torch.Generator().manual_seed(0)
    laws = [Normal(*torch.randn(2, 3, 4, generator=random)) for _ in range(2)]
    expected = torch.distributions.kl_divergence(
        *(torch.distributions.Normal(law.mean, law.log_deviation.exp()) for law in laws)
    )
    torch.testing.assert_close(laws[0].divergence(laws[1]), expected.sum(1))


def untouched(method, task):
    """Return the method prepared with the weights that a training begins with."""
    method.require(task)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        method._network = method.make_network(task).eval().requires_grad_(False)
    return method


def test_a_flow_that_does_nothing_has_the_bits_of_a_normal_law(fixed):
    """At its beginning the flow is orthogonal: its density is that of N(centre, scale^2) in each value."""
    task = fixed("translation", (3, 8, 8), (3, 8, 8))
    method = untouched(Cflow(), task)
    with torch.no_grad():
        method._network.form.scale.fill_(0.5)
        method._network.form.centre.fill_(0.1)
    example = task.examples("test")[0]
    conditions = Conditions((example.id,), {"image": example.condition["image"][None]})
    keys = [[("a", 1, 0, example.id, "reference", 0)]]
    found = method.log_likelihood(conditions, example.references[None], Noise(keys))
    y = example.references[0].double() + Noise(keys).uniform(3, 8, 8)[0, 0].double() - 0.5
    law = torch.distributions.Normal(127.5 * 1.1, 127.5 * 0.5)
    assert found.shape == (1, 1)
    assert found.item() == pytest.approx(law.log_prob(y).sum().item(), rel=1e-5)


def tiny(task):
    """Return a model in double precision, so small that its latent variables can be integrated over."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = VaeModel(task, TINY, 0.0).double().eval().requires_grad_(False)
    model.variance.fill_(0.5)
    return model


def test_the_bound_is_below_the_likelihood_that_integration_gives(fixed):
    """A decoder that reads a vector of one dimension alone: p(y) is an integral over a line."""
    task = fixed("class-conditional", None, (3, 4, 4), label=True)
    model, label = tiny(task), task.examples("test")[0].condition["label"][None]
    target = task.examples("test")[0].references.double() / 127.5 - 1
    number, random = 2000, torch.Generator().manual_seed(0)
    noise = [torch.randn(number, 1, dtype=torch.float64, generator=random)]
    bound = model.log_density({"label": label.expand(number)}, target.expand(number, -1, -1, -1), noise)
    line = torch.linspace(-8, 8, 1601, dtype=torch.float64)
    given = model.form.given({"label": label.expand(len(line))}, len(line))
    mean = model.draw(given, [line[:, None]])
    residual = (target - model.form.centre) / model.form.scale
    each = torch.distributions.Normal(mean, 0.5**0.5).log_prob(residual).flatten(1).sum(1)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(line)
    exact = torch.logsumexp(each + prior, 0) + math.log(16 / 1600) - 48 * math.log(127.5 * model.form.scale)
    error = bound.std() / number**0.5
    assert bound.mean() < exact + 3 * error
    # the gap is the divergence of the encoder's law from the posterior
    law = model.encoder(residual, given.planes[:1]).vector
    density = torch.distributions.Normal(law.mean, law.log_deviation.exp()).log_prob(line[:, None])[:, 0]
    weights = density.softmax(0)
    expected = (weights * (weights.log() - (each + prior).log_softmax(0))).sum()
    assert (exact - bound.mean()).item() == pytest.approx(expected.item(), abs=5 * error.item())


def test_the_bound_of_a_hierarchy_is_below_the_likelihood_and_tight_where_images_say_nothing(fixed):
    """p(y) is the mean of p(y | latent variables) over draws from the priors."""
    task = fixed("translation", (3, 4, 4), (3, 4, 4))
    model = tiny(task)
    random = torch.Generator().manual_seed(1)
    for field in model.decoder.fields:
        for law in (field.prior, field.posterior):
            law[-1].weight.copy_(0.3 * torch.randn(law[-1].weight.shape, dtype=torch.float64, generator=random))
    model.variance.fill_(4.0)
    number = 1000
    image = (task.examples("test")[0].condition["image"][None].double() / 127.5 - 1).expand(number, -1, -1, -1)
    target = (task.examples("test")[0].references.double() / 127.5 - 1).expand(number, -1, -1, -1)
    given = model.form.given({"image": image}, number)
    residual = model.form.residual(target, given)
    noise = [torch.randn(number, *shape, dtype=torch.float64, generator=random) for shape in model.posterior_shapes]
    each = torch.distributions.Normal(model.draw(given, noise), 2.0).log_prob(residual).flatten(1).sum(1)
    weights = (each - each.max()).exp()
    exact = each.max() + weights.mean().log()
    uncertain = weights.std() / weights.mean() / number**0.5
    parts = model.log_parts(given, residual, noise)
    bound = parts["error"] + parts["divergence"]
    assert (parts["divergence"] < 0).all()
    assert bound.mean() < exact - 5 * uncertain
    with torch.no_grad():
        for field in model.decoder.fields:
            inputs = field.prior[1].in_channels
            field.posterior[1].weight.zero_()
            field.posterior[1].weight[:, :inputs].copy_(field.prior[1].weight)
            field.posterior[1].bias.copy_(field.prior[1].bias)
            field.posterior[3].load_state_dict(field.prior[3].state_dict())
        model.encoder.vector.weight.zero_()
        model.encoder.vector.bias.zero_()
    blind = model.log_parts(given, residual, noise)
    assert blind["divergence"].abs().max() < 1e-9
    torch.testing.assert_close(blind["error"], each)


@pytest.mark.parametrize("kind", ["class-conditional", "unconditional"])
def test_without_an_image_to_lean_on_a_vector_is_all_and_moves_every_place(tasks, kind):
    """Fields would hold the whole image, and what their priors draw be no image."""
    model = untouched(Cvae(), tasks[kind])._network
    assert [len(shape) for shape in model.posterior_shapes] == [1]
    assert [len(shape) for shape in untouched(Cvae(), tasks["translation"])._network.posterior_shapes] == [1, 3, 3, 3]
    vectors = torch.randn(2, *model.posterior_shapes[0], generator=torch.Generator().manual_seed(0))
    given = model.form.given({"label": torch.zeros(2, dtype=torch.int64)}, 2)
    with torch.no_grad():
        first, second = model.draw(given, [vectors])
        model.decoder.spread.weight.zero_()
        without, _ = model.draw(given, [vectors])
    assert ((first - second).abs().amax(0) > 0).all()
    assert ((first - without).abs().amax(0) > 0).all(), "it is spread over all places, beside scaling channels"


def test_the_variance_of_the_decoder_is_the_error_of_the_batch(fixed):
    """The loss is that of the best variance: any other gives more bits (Rybkin et al. 2021, equation 6)."""
    task = fixed("translation", (3, 8, 8), (3, 8, 8))
    trainer = Cvae().trainer(task, Engine(), 1)
    given = trainer.pairs(0, Engine().random("step", 0))
    model = trainer._model
    noise = [given[f"noise_{number}"] for number in range(len(model.posterior_shapes))]
    condition, target = {"image": given["c_image"]}, given["target"]
    best = model.bits(condition, target, noise)["error"].item()
    model.eval()
    around = []
    for factor in (0.8, 1.0, 1.25):
        moved = model.form.given(condition, len(target))
        residual = model.form.residual(target, moved)
        mean, _ = model.decoder(moved.planes, noise, model.encoder(residual, moved.planes))
        mse = (residual - mean).square().mean()
        model.variance.copy_(factor * mse.detach())
        around.append(model.bits(condition, target, noise)["error"].item())
    assert best == pytest.approx(around[1], rel=1e-5)
    assert around[1] < around[0]
    assert around[1] < around[2]


@pytest.mark.parametrize("method", [kind() for kind in METHODS], ids=lambda method: method.name)
def test_resumed_training_is_the_same_to_the_bit(method, fixed):
    task = fixed("translation", (3, 8, 8), (3, 8, 8))
    whole, second, other = (method.trainer(task, Engine(seed=seed), 2) for seed in (5, 5, 6))
    first = whole.step(0)
    state = saved(whole.state())
    shown = whole.step(1)
    second.restore(state)
    assert equal(second.step(1), shown)
    assert equal(whole.weights(), second.weights())
    assert torch.equal(whole.preview(), second.preview())
    assert not equal(first, other.step(0))
    assert whole.trained_against == ()


@pytest.mark.parametrize("kind", ["translation", "super-resolution"])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_pairs_are_moved_together(method, kind, tasks):
    plain, moved = (method(augmentation=how).trainer(tasks[kind], Engine(seed=3)) for how in ("none", "mirror"))
    assert symmetries(plain, moved) == {0, 1}


@pytest.mark.parametrize(
    "kind", ["translation", "super-resolution", "inpainting", "class-conditional", "unconditional"]
)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_kind_of_image_trains_samples_and_has_bits(method, kind, tasks, tmp_path):
    task = tasks[kind]
    if (method, kind) == (Cflow, "inpainting"):
        with pytest.raises(Unsupported, match="cflow has a density of whole images; fixed leaves a hole open"):
            method().trainer(task, Engine())
        return
    trainer = method().trainer(task, Engine(), 1)
    losses = trainer.step(0)
    assert all(loss.ndim == 0 and torch.isfinite(loss) and not loss.requires_grad for loss in losses.values())
    assert 5 < sum(losses.values()) < 12
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, trainer.weights(), {})
    ready = method()
    ready.prepare(task, "cpu", path)
    examples = task.examples("test")[:3]

    def asked(some, of=ready):
        ids = tuple(example.id for example in some)
        values = {name: torch.stack([example.condition[name] for example in some]) for name in some[0].condition}
        conditions, references = Conditions(ids, values), torch.stack([example.references for example in some])
        drawn = of.sample(conditions, 3, Noise.for_samples(("a", 1), 0, ids, 3))
        keys = [[("a", 1, 0, id, "reference", 0)] for id in ids]
        return task.space.check(drawn, len(some), 3), of.log_likelihood(conditions, references, Noise(keys))

    together, density = asked(examples)
    alone = [asked([example]) for example in examples]
    assert torch.equal(together, torch.cat([drawn for drawn, _ in alone]))
    assert torch.equal(density, torch.cat([found for _, found in alone]))
    example = examples[0]
    data = ConditionSamples(task, example, together[0], torch.zeros(0, 2), log_likelihood=density[0])
    bits = BitsPerValue().compute(data)
    assert bits.shape == (1,)
    assert 5 < bits.item() < 12


def test_noise_on_pixels_and_temperature_spread_samples(fixed, tmp_path):
    task = fixed("translation", (3, 8, 8), (3, 8, 8))
    example = task.examples("test")[0]
    conditions = Conditions(("0",), {"image": example.condition["image"][None]})
    for kind, quiet, loud in ((Cvae, {"pixel_noise": 0.0}, {"pixel_noise": 1.0}), (Cflow, {"temperature": 0.0}, {})):
        path = tmp_path / f"{kind.name}.safetensors"
        checkpoints.write(path, kind().trainer(task, Engine(), 1).weights(), {})
        spread = []
        for options in (quiet, loud):
            method = kind(**options)
            method.prepare(task, "cpu", path)
            drawn = method.sample(conditions, 4, Noise.for_samples(("a", 1), 0, ("0",), 4))
            spread.append(drawn.float().std(1).mean().item())
        assert spread[0] < spread[1]
        assert kind is Cvae or spread[0] == 0
    with pytest.raises(BenchbenchError, match="cflow: temperature is -1.0; write a number from 0 to 10"):
        Cflow(temperature=-1.0)


def test_the_metric_counts_the_open_values_and_refuses_stored_samples(tasks):
    task, metric = tasks["inpainting"], BitsPerValue()
    example = task.examples("test")[0]
    number = int((example.condition["mask"] > 0).sum()) * 3
    density = torch.tensor([-number * math.log(2)], dtype=torch.float64)
    data = ConditionSamples(task, example, example.references, torch.zeros(0, 2), log_likelihood=density)
    assert metric.compute(data).tolist() == pytest.approx([1.0])
    with pytest.raises(Unsupported, match="stored samples have none"):
        metric.compute(ConditionSamples(task, example, example.references, torch.zeros(0, 2)))


@pytest.mark.parametrize(("kind", "number"), [(Cvae, 24), (Cflow, 14)])
def test_a_training_learns(kind, number, fixed):
    trainer = kind().trainer(fixed("translation", (3, 8, 8), (3, 8, 8)), Engine(), number)
    shown = [sum(trainer.step(index).values()).item() for index in range(number)]
    assert sum(shown[-3:]) < sum(shown[:3]) - 0.1
