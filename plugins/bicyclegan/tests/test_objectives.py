"""The table of the methods: which terms, which z, and who is updated; asserted on gradients and on whole steps."""

import copy

import pytest
import torch
from benchbench.core.engine import Engine

from benchbench_bicyclegan import BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus

# for each method: the losses that it shows, beside the discriminators', and whether z is drawn from E's law
TABLE = {
    CaeGan: ({"reconstruction", "adversarial_encoded"}, False),
    CvaeGan: ({"reconstruction", "kl", "adversarial_encoded"}, True),
    CvaeGanPlus: ({"reconstruction", "kl", "adversarial_encoded", "adversarial_random"}, True),
    ClrGan: ({"latent", "adversarial_random"}, False),
    BicycleGan: ({"reconstruction", "kl", "latent", "adversarial_encoded", "adversarial_random"}, True),
}
family = pytest.mark.parametrize("method_class", TABLE, ids=[method.name for method in TABLE])


def trainer_of(method, task, **engine):
    return method.trainer(task, Engine(seed=3, **engine))


def gradients(method, task, **changed):
    """Return the terms and the gradients of generator and encoder at the first step, with `changed` inputs."""
    trainer = trainer_of(method, task)
    total, shown, _ = trainer._objective(trainer._drawn(0) | changed)
    total.backward()
    networks = trainer._networks
    return shown, *({n: p.grad for n, p in part.named_parameters()} for part in (networks.generator, networks.encoder))


def same(first, second):
    """Return whether two sets of gradients are equal to the bit."""
    return all(torch.equal(first[name], second[name]) for name in first if first[name] is not None)


@family
def test_the_terms_of_each_method(method_class, shapes):
    expected, sampled = TABLE[method_class]
    trainer = trainer_of(method_class(), shapes)
    judges = {path for path in ("encoded", "random") if f"adversarial_{path}" in expected}
    assert set(trainer.step(0)) == expected | {f"discriminator_{path}" for path in judges}
    assert set(trainer._judges) == judges
    _, generator, encoder = gradients(method_class(), shapes)
    assert all(gradient is not None for gradient in generator.values())
    untrained = {name for name, gradient in encoder.items() if gradient is None}
    assert untrained == (set() if sampled else {"log_variance.weight", "log_variance.bias"})


@family
def test_which_z_each_method_takes(method_class, shapes):
    terms, sampled = TABLE[method_class]
    _, generator, _ = gradients(method_class(), shapes)
    _, with_deviation, _ = gradients(method_class(), shapes, deviation=torch.ones(8, 8))
    _, with_prior, _ = gradients(method_class(), shapes, prior=torch.ones(8, 8))
    assert same(generator, with_deviation) == (not sampled)
    assert same(generator, with_prior) == ("adversarial_random" not in terms)


@family
def test_what_each_weight_pulls(method_class, shapes):
    """Whom a term updates: whose gradient changes with its weight."""
    pulled = {
        "reconstruction_weight": (True, True),
        "kl_weight": (False, True),
        "latent_weight": (True, method_class is ClrGan),
    }
    method = method_class()
    _, generator, encoder = gradients(method, shapes)
    for name, expected in pulled.items():
        if name not in method.options():
            continue
        _, other_generator, other_encoder = gradients(method_class(**{name: 3.0}), shapes)
        assert (not same(generator, other_generator), not same(encoder, other_encoder)) == expected, name


def test_the_latent_regression_updates_the_encoder_of_clr_gan_by_its_gradient(shapes):
    trainer = trainer_of(ClrGan(), shapes)
    given = trainer._drawn(0)
    networks = trainer._networks
    total, _, _ = trainer._objective(given)
    total.backward()
    fake = networks.generator(given["condition"], given["prior"])
    loss = 0.5 * (networks.encoder(fake)[0] - given["prior"]).abs().mean()
    weight = networks.encoder.mean.weight
    (expected,) = torch.autograd.grad(loss, [weight])
    assert torch.allclose(weight.grad, expected, atol=1e-7)
    assert weight.grad.abs().sum() > 0


@family
@pytest.mark.parametrize("conditional", [False, True])
def test_no_discriminator_takes_a_gradient_from_the_objective(method_class, conditional, shapes):
    trainer = trainer_of(method_class(conditional_discriminator=conditional), shapes)
    total, _, fakes = trainer._objective(trainer._drawn(0))
    total.backward()
    assert all(parameter.grad is None for parameter in trainer._judges.parameters())
    assert not any(images.requires_grad for images in fakes.values())


@family
@pytest.mark.parametrize("conditional", [False, True])
def test_a_step_is_that_of_the_paper(method_class, conditional, shapes):
    """Three steps against the paper's order, written out: two backward passes, the second with the encoder frozen."""
    method = method_class(conditional_discriminator=conditional)
    trainer = trainer_of(method, shapes)
    reference = _Reference(trainer, method)
    start = {
        name: parameter.clone()
        for module in (trainer._networks, trainer._judges)
        for name, parameter in module.named_parameters()
    }
    for index in range(3):
        trainer.step(index)
        reference.step(trainer._drawn(index))
    pairs = [(trainer._networks, reference.networks), (trainer._judges, reference.judges)]
    for found, expected in pairs:
        for (name, one), other in zip(found.named_parameters(), expected.parameters()):
            # Adam turns a gradient of rounding errors alone into a step, so a few weights differ
            assert (one - other).abs().mean() < 2e-6, name
            assert not torch.equal(one, start[name]) or not one.requires_grad, name


class _Reference:
    """A plain training: one optimizer a network, `requires_grad_`, and one backward pass after the other."""

    def __init__(self, trainer, method):
        self.networks, self.judges = copy.deepcopy(trainer._networks), copy.deepcopy(trainer._judges)
        self.method = method
        self.generator, self.encoder = self.networks.generator, self.networks.encoder

        def adam(module, rate):
            return torch.optim.Adam(module.parameters(), lr=rate, betas=(0.5, 0.999))

        self.first = [adam(self.generator, 2e-4), adam(self.encoder, 2e-4)]
        self.second = {path: adam(judge, 2e-4) for path, judge in self.judges.items()}

    def judge(self, path, condition, images):
        seen = torch.cat([condition, images], 1) if self.method.conditional_discriminator else images
        return self.judges[path](seen)

    def step(self, given):
        method, name = self.method, self.method.name
        a, b = given["condition"], given["target"]
        mean, log_variance = self.encoder(b)
        drawn = mean if name == "cae-gan" else mean + (log_variance / 2).exp() * given["deviation"]
        fakes, loss = {}, 0
        if name != "clr-gan":
            fakes["encoded"] = self.generator(a, drawn)
            loss = loss + 10 * (fakes["encoded"] - b).abs().mean()
        if name in ("cvae-gan", "cvae-gan++", "bicyclegan"):
            kl = (mean**2 + log_variance.exp() - 1 - log_variance).sum() / 2 / len(b)
            loss = loss + method.terms().kl_weight * kl
        if name in ("cvae-gan++", "clr-gan", "bicyclegan"):
            fakes["random"] = self.generator(a, given["prior"])
        self.judges.requires_grad_(False)
        for path, fake in fakes.items():
            loss = loss + sum(((scale - 1) ** 2).mean() for scale in self.judge(path, a, fake))
        self.judges.requires_grad_(True)
        loss.backward(retain_graph=True)
        if name in ("clr-gan", "bicyclegan"):
            self.encoder.requires_grad_(name == "clr-gan")
            (0.5 * (self.encoder(fakes["random"])[0] - given["prior"]).abs().mean()).backward()
            self.encoder.requires_grad_(True)
        self.descend(self.first)
        real = {"encoded": (a, b), "random": (given.get("other_condition"), given.get("other_target"))}
        for path, fake in fakes.items():
            of_real, of_fake = self.judge(path, *real[path]), self.judge(path, a, fake.detach())
            sum(((r - 1) ** 2).mean() + (f**2).mean() for r, f in zip(of_real, of_fake)).backward()
            self.descend([self.second[path]])

    @staticmethod
    def descend(optimizers):
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
