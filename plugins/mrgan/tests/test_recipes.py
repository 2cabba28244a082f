"""The recipes: loss weights and settings as the authors have them, and those of the small size."""

import copy
import itertools

import pytest
from benchbench.plugins import get_task
from benchbench.training import gan

from benchbench_mrgan import GlcicNoise, Mr1, Mr2, Pix2PixNoise, ProxyMr1, ProxyMr2, SrganNoise, recipes
from benchbench_mrgan.recipes import Variant, baseline, lasting, matching, predicting

FAMILIES = ("gaussian", "laplace")

# (c of MR, MR1, MR2, c of proxy MR, both weights of proxy MR1, of proxy MR2)
RELEASED = {
    ("pix2pix", "cityscapes", "gaussian"): (0, 10, 10, 0, (10, 0), (10, 10)),
    ("pix2pix", "cityscapes", "laplace"): (0, 10, 10, 0, (1, 0), (1, 1)),
    ("pix2pix", "maps", "gaussian"): (0, 100, 10, 0, (300, 0), (1000, 1000)),
    ("pix2pix", "maps", "laplace"): (0, 10, 1, 0, (10, 0), (10, 10)),
    ("srgan", "sr-celeba", "gaussian"): (1e-4, 20, 20, 1e-2, (2400, 0), (2400, 2400)),
    ("srgan", "sr-celeba", "laplace"): (1e-2, 30, 30, 1e-2, (2400, 0), (2400, 2400)),
}
SMALL = {
    ("pix2pix", "toy-shapes", "gaussian"): (0.01, 20, 1, 0.01, (50, 0), (50, 50)),
    ("pix2pix", "toy-shapes", "laplace"): (0.01, 10, 1, 0.01, (5, 0), (5, 5)),
    ("srgan", "sr-photos", "gaussian"): (0.01, 20, 1, 0.01, (500, 0), (500, 500)),
    ("srgan", "sr-photos", "laplace"): (0.01, 10, 1, 0.01, (20, 0), (20, 20)),
    ("srgan", "toy-faces", "gaussian"): (1e-3, 200, 10, 1e-3, (1000, 0), (1000, 1000)),
    ("srgan", "toy-faces", "laplace"): (1e-3, 100, 10, 1e-3, (100, 0), (100, 100)),
    ("glcic", "toy-holes", "gaussian"): (0.01, 20, 1, 0.01, (200, 0), (200, 200)),
    ("glcic", "toy-holes", "laplace"): (0.01, 10, 1, 0.01, (10, 0), (10, 10)),
    ("mlp", "ring8", "gaussian"): (0.01, 10, 10, 0.01, (10, 0), (10, 10)),
    ("mlp", "ring8", "laplace"): (0.01, 10, 10, 0.01, (10, 0), (10, 10)),
}


@pytest.mark.parametrize(
    ("size", "settings", "expected"),
    [*(("paper", *each) for each in RELEASED.items()), *(("small", *each) for each in SMALL.items())],
)
def test_the_weights_of_the_eight_losses(size, settings, expected):
    base, task, family = settings
    found = [
        matching(base, size, task, Variant(family, moments, proxy)).weights
        for proxy in (False, True)
        for moments in (1, 2)
    ]
    one, two, proxy_one, proxy_two = [(each.first, each.second, each.min_noise) for each in found]
    own, first, second, proxy_own, proxy_first, proxy_second = expected
    assert (one, two) == ((first, 0, own), (second, 0, own))
    assert (proxy_one, proxy_two) == ((*proxy_first, proxy_own), (*proxy_second, proxy_own))


@pytest.mark.parametrize(
    ("base", "size", "task", "weight"),
    [
        ("pix2pix", "paper", "maps", 100),
        ("srgan", "paper", "sr-celeba", 1000),
        ("glcic", "paper", "inpaint-celeba", 100 / 4),  # released for images in [0, 1]
        ("pix2pix", "small", "toy-shapes", 20),
        ("srgan", "small", "sr-photos", 100),
        ("srgan", "small", "toy-faces", 1000),
        ("glcic", "small", "toy-holes", 100 / 4),  # the plain mean over the image in both sizes
        ("mlp", "small", "ring8", 100),
    ],
)
def test_the_weight_of_the_reconstruction(base, size, task, weight):
    assert baseline(base, size, task).reconstruction_weight == weight


@pytest.mark.parametrize("base", ["pix2pix", "srgan", "glcic"])
@pytest.mark.parametrize("moments", [1, 2])
def test_small_laplace_proxies_see_16_samples_at_a_tenth_of_the_gaussian_weight(base, moments):
    laplace, gaussian = (
        matching(base, "small", "", Variant(family, moments, True)) for family in ("laplace", "gaussian")
    )
    assert laplace.num_samples == 16
    assert laplace.num_inputs * laplace.num_samples <= 64
    assert 10 <= gaussian.weights.first / laplace.weights.first <= 100
    assert matching(base, "paper", "", Variant("laplace", moments, True)).num_samples == {"srgan": 12}.get(
        base, 10 if base == "pix2pix" else 12
    )


@pytest.mark.parametrize(
    ("steps", "expected"), [(None, (1000, 3000)), (80, (20, 60)), (2, (1, 1)), (4000, (1000, 3000))]
)
def test_steps_are_shared_by_the_phases_as_in_the_recipe(steps, expected):
    recipe = lasting(matching("pix2pix", "small", "toy-shapes", Variant("gaussian", 1, True)), steps)
    assert (recipe.predictor_steps, recipe.num_steps) == expected


def test_all_steps_are_of_the_one_phase_where_there_is_one():
    assert lasting(baseline("glcic", "small", "toy-holes"), 50).num_steps == 50
    assert lasting(predicting("glcic", "small", "toy-holes", "gaussian"), 50).predictor_steps == 50


@pytest.mark.parametrize(("size", "average", "halved"), [("paper", 0.0, False), ("small", 0.999, True)])
@pytest.mark.parametrize("base", ["pix2pix", "srgan", "glcic"])
def test_the_papers_size_keeps_its_last_weights_whole(base, size, average, halved):
    recipe = baseline(base, size, "")
    assert (recipe.average, recipe.halved) == (average, halved)


@pytest.mark.parametrize(
    ("method", "task", "expected"),
    [
        (Pix2PixNoise(), "cityscapes", (100, 1, 16, 1, None)),
        (Mr1(), "cityscapes", (0, 10, 8, 1, (10, 0, 0))),
        (Mr1(), "maps", (0, 10, 8, 1, (100, 0, 0))),
        (ProxyMr1(), "maps", (0, 10, 8, 1, (300, 0, 0))),
        (ProxyMr2(family="laplace"), "cityscapes", (0, 10, 8, 1, (1, 1, 0))),
        (ProxyMr2(base="srgan"), "", (0, 12, 8, 5, (2400, 2400, 1e-2))),
        (Mr2(base="srgan"), "", (0, 24, 8, 5, (20, 0, 1e-4))),
        (Mr2(base="srgan", family="laplace"), "", (0, 24, 8, 5, (30, 0, 1e-2))),
        (ProxyMr2(base="glcic"), "", (0, 12, 8, 3, (1000 / 4, 1000 / 16, 4e-2))),
        (ProxyMr2(base="glcic", family="laplace"), "", (0, 12, 8, 3, (1000 / 4, 1000 / 4, 2e-2))),
        (SrganNoise(), "", (1000, 1, 32, 5, None)),
        (GlcicNoise(), "", (100 / 4, 1, 16, 3, None)),
    ],
)
def test_the_papers_settings(method, task, expected):
    method.size = "paper"
    named = copy.copy(get_task("toy-shapes"))
    named.name = task
    recipe = method.recipe(named)
    weights = recipe.weights if recipe.variant else None
    found = weights and (weights.first, weights.second, weights.min_noise)
    assert (
        recipe.reconstruction_weight,
        recipe.num_samples,
        recipe.num_inputs,
        recipe.generator_updates,
        found,
    ) == expected
    batch = 32 if method.base_for(named) == "srgan" else 16
    assert (recipe.discriminator_batch, recipe.predictor_batch) == (batch, batch)
    assert (recipe.generator_rate, recipe.discriminator_rate, recipe.weight_decay) == (1e-4, 1e-4, 1e-4)
    assert (recipe.clip, recipe.betas, recipe.falling) == (0.5, (0.5, 0.999), False)


def test_a_weight_that_is_given_is_taken():
    task = get_task("toy-shapes")
    recipe = ProxyMr2(weight=7.0, second_weight=0.0, num_samples=5, reconstruction_weight=100.0).recipe(task)
    assert (recipe.weights.first, recipe.weights.second, recipe.num_samples) == (7, 0, 5)
    assert recipe.reconstruction_weight == 100
    assert Pix2PixNoise(reconstruction_weight=3.0).recipe(task).reconstruction_weight == 3


def test_every_setting_has_its_weights():
    for base, size in recipes.BASES:
        assert recipes.WEIGHTS[base, size].keys() == set(itertools.product(FAMILIES, (False, True), (1, 2)))


@pytest.mark.parametrize(("base", "heights"), [("mlp", [1, 1, 1, 0.5, 0.033]), ("srgan", [1, 1, 0.5, 0.25, 0.017])])
def test_rates_fall_where_small_and_stay_in_the_papers_size(base, heights):
    falling = recipes.BASES[base, "small"].falling
    assert [round(gan.height(index, 90, falling), 3) for index in (0, 30, 60, 75, 89)] == heights
    assert gan.height(89, 90, recipes.BASES["srgan", "paper"].falling) == 1
