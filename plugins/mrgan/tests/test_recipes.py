"""The loss weights: the released ones as the authors' settings have them, and those of the small size."""

import pytest

from benchbench_mrgan.recipes import Variant, baseline, lasting, matching, predicting

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
    ("srgan", "toy-faces", "gaussian"): (1e-3, 200, 10, 1e-3, (3000, 0), (3000, 3000)),
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
