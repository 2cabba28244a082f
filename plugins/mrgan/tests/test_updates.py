"""Whole trainings against a plain one, written out from MR-GAN's section 4 and appendix B: each weight, in float64."""

import copy
import dataclasses

import pytest
import torch
from benchbench.core.engine import Engine
from benchbench.training import method as trained
from benchbench.training.method import TrainingSet
from torch.nn.functional import binary_cross_entropy_with_logits

from benchbench_mrgan import Mr1, Mr2, Pix2PixNoise, ProxyMr1, ProxyMr2, SrganNoise
from benchbench_mrgan.bases import make_discriminator, make_network

WEIGHT_DECAY = 1e-4
FAMILIES = {"gaussian": 8, "laplace": 4}
"""With K: many where a variance is divided by, which is then never near 0; even where a median is chosen."""
TRAININGS = {
    "baseline": ("toy-shapes", Pix2PixNoise(), {}),
    "baseline, three updates": ("toy-faces", SrganNoise(), {"generator_updates": 3}),
    "mr1": ("toy-shapes", Mr1(num_samples=2), {}),
    "mr2, joint, in holes": (
        "toy-holes",
        Mr2(num_samples=8, reconstruction_weight=10.0, adversarial_weight=0.5),
        {"num_inputs": 2, "generator_updates": 1},
    ),
    "proxy-mr2, joint, in holes": (
        "toy-holes",
        ProxyMr2(family="laplace", num_samples=4, reconstruction_weight=30.0),
        {"num_inputs": 2, "generator_updates": 1},
    ),
    "mr2, neither judged nor averaged": ("ring8", Mr2(num_samples=8, adversarial_weight=0.0), {"average": 0.0}),
    "proxy-mr2, two weights": ("ring8", ProxyMr2(second_weight=7.0), {}),
}
TRAININGS |= {
    f"{method.name}, {family}": ("ring8", method(family=family, num_samples=num_samples), {})
    for method in (Mr1, Mr2, ProxyMr1, ProxyMr2)
    for family, num_samples in FAMILIES.items()
}


@pytest.fixture
def in_float64(few, monkeypatch):
    """Return `few`, after which all is computed in float64: rounding is nothing beside what Adam adds to divide by."""
    from_bytes, usual = trained.from_bytes, torch.get_default_dtype()

    def few_in_float64(name):
        task = few(name)  # first, for its points are kept in the process
        monkeypatch.setattr(trained, "from_bytes", lambda images: from_bytes(images).double())
        monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
        torch.set_default_dtype(torch.float64)
        return task

    yield few_in_float64
    torch.set_default_dtype(usual)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_is_that_of_the_paper(name, in_float64, monkeypatch):
    task_name, method, changed = TRAININGS[name]
    task, engine = in_float64(task_name), Engine(seed=3)
    recipe = dataclasses.replace(method.recipe(task), weight_decay=WEIGHT_DECAY, **changed)
    monkeypatch.setattr(method, "recipe", lambda task: recipe)
    trainer = method.trainer(task, engine)
    start = copy.deepcopy(trainer.state())
    reference = _Reference(method, task, engine, recipe, start)
    for index in range(trainer.num_steps):
        trainer.step(index)
    reference.train()
    state = trainer.state()
    for part, network in reference.networks.items():
        phase = "predictor" if part == "predictor" else "gan"
        found, before = of_part(state[phase], part), of_part(start[phase], part)
        for key, expected in network.state_dict().items():
            assert torch.isfinite(expected).all(), f"{part}: {key}"
            assert torch.allclose(found[key], expected, rtol=0, atol=1e-8), f"{part}: {key}"
        moved = any(not torch.equal(found[key], before[key]) for key in before)
        assert moved == (part != "discriminator" or recipe.adversarial_weight > 0), part


def of_part(state, part):
    """Return the state of a network; without an average, the averaged one is the generator itself."""
    if part != "averaged":
        return state[part]
    return state["average"]["weights"] if state["average"] else state["generator"]


class _Reference:
    """A plain training: loops over updates, samples and weights, `requires_grad_`, and torch's own optimizer."""

    def __init__(self, method, task, engine, recipe, state):
        self.recipe, self.engine = recipe, engine
        self.data, self.held_out = TrainingSet(task, "train", "cpu"), TrainingSet(task, "validation", "cpu")
        base = method.base_for(task)
        self.generator, self.averaged = method.make_network(task), method.make_network(task)
        self.discriminator = make_discriminator(base, "small", task)
        self.networks = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "averaged": self.averaged,
        }
        for part, network in self.networks.items():
            network.load_state_dict(of_part(state["gan"], part))
        if "predictor" in state:
            self.predictor = make_network(base, "small", task, noise=False, dispersion=True)
            self.predictor.load_state_dict(state["predictor"]["predictor"])
            self.networks["predictor"] = self.predictor

    def train(self):
        """Make all steps of the predictor, if there is one, and of the GAN."""
        recipe = self.recipe
        if "predictor" in self.networks:
            self.train_predictor()
        of_generator = self.adam(self.generator, recipe.generator_rate)
        of_discriminator = self.adam(self.discriminator, recipe.discriminator_rate)
        for index in range(recipe.num_steps):
            left = (recipe.num_steps - index) / recipe.num_steps
            of_generator.param_groups[0]["lr"] = recipe.generator_rate * min(1, left / recipe.falling)
            of_discriminator.param_groups[0]["lr"] = recipe.discriminator_rate * min(1, left / recipe.falling)
            random = self.engine.random("gan", index)
            rows = self.rows(max(recipe.discriminator_batch, recipe.num_inputs), random)
            if recipe.adversarial_weight:
                seen = rows[: recipe.discriminator_batch]
                self.descend(self.discriminator_loss(seen, random), self.discriminator, of_discriminator)
            rows = rows[: recipe.num_inputs]
            for update in range(recipe.generator_updates):
                if update > 0:
                    rows = self.rows(recipe.num_inputs, random)
                self.discriminator.requires_grad_(False)
                self.descend(self.generator_loss(rows, random), self.generator, of_generator)
                self.discriminator.requires_grad_(True)
                done = index * recipe.generator_updates + update
                decay = min(recipe.average, (1 + done) / (10 + done))
                for mean, new in zip(self.averaged.parameters(), self.generator.parameters()):
                    mean.data = decay * mean.data + (1 - decay) * new.data

    def train_predictor(self):
        """Minimize the likelihood loss, and keep the weights that validated best, frozen."""
        recipe, predictor = self.recipe, self.predictor
        optimizer = self.adam(predictor, recipe.predictor_rate)
        best, best_loss = None, float("inf")
        for index in range(recipe.predictor_steps):
            left = (recipe.predictor_steps - index) / recipe.predictor_steps
            optimizer.param_groups[0]["lr"] = recipe.predictor_rate * min(1, left / recipe.falling)
            rows = self.rows(recipe.predictor_batch, self.engine.random("predictor", index))
            self.descend(self.predictor_loss(*self.data.batch(rows)), predictor, optimizer)
            if (index + 1) % recipe.validate_every == 0 or index + 1 == recipe.predictor_steps:
                predictor.eval()
                with torch.no_grad():
                    loss = self.predictor_loss(*self.held_out.batch(torch.arange(len(self.held_out)))).item()
                if loss < best_loss:
                    best, best_loss = copy.deepcopy(predictor.state_dict()), loss
                predictor.train()
        predictor.load_state_dict(best)
        predictor.eval().requires_grad_(False)

    def predictor_loss(self, condition, truth):
        center, log_spread = self.predictor.moments(condition, len(truth))
        return self.mean(self.likelihood(truth, center, log_spread.exp(), log_spread), condition)

    def discriminator_loss(self, rows, random):
        condition, truth = self.data.batch(rows)
        with torch.no_grad():
            fake = self.generator(condition, self.noise(len(rows), 1, random)).squeeze(1)
        real, fake = self.discriminator(condition, truth), self.discriminator(condition, fake)
        of_real = binary_cross_entropy_with_logits(real, torch.ones_like(real))
        return 0.5 * (of_real + binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)))

    def generator_loss(self, rows, random):
        recipe, weights = self.recipe, self.recipe.weights
        condition, truth = self.data.batch(rows)
        num_samples = recipe.num_samples
        samples = self.generator(condition, self.noise(len(rows), num_samples, random))
        each = samples.unbind(1)
        loss = 0
        if recipe.adversarial_weight:
            # image by image, each beside its own condition
            beside = {
                name: torch.stack([row for row in value for _ in range(num_samples)])
                for name, value in condition.items()
            }
            logits = self.discriminator(beside, torch.stack([image for images in samples for image in images]))
            loss = loss + recipe.adversarial_weight * binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        if recipe.reconstruction_weight:
            power = {"absolute": 1, "squared": 2}[recipe.reconstruction]
            errors = sum((sample - truth).abs() ** power for sample in each) / num_samples
            loss = loss + recipe.reconstruction_weight * errors.sum() / errors.numel()  # over the whole image
        if not recipe.variant:
            return loss
        if not recipe.variant.proxy:
            return loss + weights.first * self.moment_loss(each, truth, condition)
        with torch.no_grad():
            center, log_spread = self.predictor.moments(condition, len(truth))
        mean, target = self.first_moment(each, center)
        loss = loss + weights.first * self.mean((mean - target) ** 2, condition)
        if recipe.variant.moments == 2:
            errors = (self.second_moment(each) - log_spread.exp()) ** 2
            loss = loss + weights.second * self.mean(errors, condition)
        return loss

    def moment_loss(self, each, truth, condition):
        center, truth = self.first_moment(each, truth)
        if self.recipe.variant.moments == 1:
            error = truth - center
            return self.mean(error.abs() if self.laplace else error**2, condition)
        spread = self.second_moment(each)
        return self.mean(self.likelihood(truth, center, spread, (spread + 1e-9).log()), condition)

    @property
    def laplace(self):
        return self.recipe.variant.family == "laplace"

    def likelihood(self, truth, center, spread, log_spread):
        """Return c in the numerator, ε in the denominator, pixel by pixel."""
        noise = self.recipe.weights.min_noise
        if self.laplace:
            return ((truth - center).abs() + noise) / (spread + 1e-9) + log_spread
        return 0.5 * (((truth - center) ** 2 + noise) / (spread + 1e-9) + log_spread)

    def first_moment(self, each, target):
        """Return the samples' mean and the target, which is moved by mean - median where the moment is the median."""
        mean = sum(each) / len(each)
        if not self.laplace:
            return mean, target
        return mean, (target - torch.stack(each).median(0).values + mean).detach()

    def second_moment(self, each):
        """Return the unbiased variance, or the mean absolute deviation about the median."""
        if self.laplace:
            median = torch.stack(each).median(0).values
            return sum((sample - median).abs() for sample in each) / len(each)
        mean = sum(each) / len(each)
        return sum((sample - mean) ** 2 for sample in each) / (len(each) - 1)

    def mean(self, terms, condition):
        """Return the mean; of inpainting, the sum over all images' holes / the number of their pixels."""
        if "mask" not in condition:
            return terms.sum() / terms.numel()
        hole = condition["mask"] == 1
        return terms[hole.expand_as(terms)].sum() / hole.sum()

    def rows(self, number, random):
        return torch.randint(len(self.data), (number,), generator=random)

    def noise(self, num_inputs, num_samples, random):
        shapes = self.generator.noise_shapes
        return [torch.randn((num_inputs, num_samples, *shape), generator=random) for shape in shapes]

    @staticmethod
    def adam(network, rate):
        return torch.optim.Adam(
            network.parameters(), lr=rate, betas=(0.5, 0.999), weight_decay=WEIGHT_DECAY, amsgrad=True
        )

    @staticmethod
    def descend(loss, network, optimizer):
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(network.parameters(), 0.5)
        optimizer.step()
