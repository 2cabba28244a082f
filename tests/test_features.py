"""Feature extractors: agreement with the reference packages on the same weights, known answers, refusals."""

import dataclasses
import functools
import io
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import Unsupported
from benchbench.evaluation.extractors import load
from benchbench.features import inception
from benchbench.features import lpips as own_lpips
from benchbench.metrics.frechet import frechet_distance, moments
from benchbench.metrics.kernel import kernel_inception_distance
from benchbench.plugins import registry
from benchbench.system import weights

LPIPS = ("lpips-alex", "lpips-alex-v0.0", "lpips-squeeze", "lpips-squeeze-v0.0", "lpips-vgg", "lpips-vgg-v0.0")
LAYERS = ("64", "192", "768", "2048", "logits_unbiased", "logits")


def images(number, side=64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(number, 3, 8, 8, generator=generator) * 255
    fine = torch.nn.functional.interpolate(coarse, side, mode="bicubic")
    return (fine + 20 * torch.randn(fine.shape, generator=generator)).clamp(0, 255).byte()


def noise(number, side=64, seed=0):
    return torch.randint(0, 256, (number, 3, side, side), generator=torch.Generator().manual_seed(seed)).byte()


def constant(number, value, side=64):
    return torch.full((number, 3, side, side), value, dtype=torch.uint8)


def distance(views, first, second):
    return (views(first)["embedding"] - views(second)["embedding"]).double().square().sum(1)


def published_as(monkeypatch, file, path):
    """Take the file at `path` for the published one: its folder is looked in and its digits are the right ones."""
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(path.parent))
    return dataclasses.replace(file, sha256=weights.file_hash(path)[:8])


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory):
    """VGG16 in torchvision's layout with random numbers: the published ones are not to be had here."""
    import torchvision

    path = tmp_path_factory.mktemp("vgg") / own_lpips.VGG16.name
    with torch.device("meta"):  # of 138 million numbers 15 million are of the trunk
        trunk = torchvision.models.vgg16(weights=None).features
    trunk.to_empty(device="cpu")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for module in trunk.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                torch.nn.init.zeros_(module.bias)
    torch.save({f"features.{key}": value for key, value in trunk.state_dict().items()}, path)
    return path


@pytest.fixture
def random_vgg(monkeypatch, vgg_file):
    found = published_as(monkeypatch, own_lpips.VGG16, vgg_file)
    for extractor in (own_lpips.LpipsVgg, own_lpips.LpipsVggV0):
        monkeypatch.setattr(extractor, "weights", (found, extractor.weights[1]))
    own_lpips._model.cache_clear()
    yield vgg_file.parent
    own_lpips._model.cache_clear()


def blank_inception():
    """Return torch-fidelity's module as it is before its weights are loaded."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Blank(FeatureExtractorInceptionV3):
        def load_state_dict(self, state):
            return

    empty = io.BytesIO()
    torch.save({}, empty)
    empty.seek(0)
    return Blank("inception-v3-compat", ["2048"], feature_extractor_weights_path=empty)


@pytest.fixture(scope="module")
def inception_file(tmp_path_factory):
    """Inception in torch-fidelity's layout; random numbers that keep the signal alive through all layers."""
    path = tmp_path_factory.mktemp("inception") / inception.INCEPTION.name
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = blank_inception()
        for module in model.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture
def random_inception(monkeypatch, inception_file):
    found = published_as(monkeypatch, inception.INCEPTION, inception_file)
    for extractor in inception.benchbench_features():
        monkeypatch.setattr(extractor, "weights", (found,))
    inception._load.cache_clear()
    yield inception_file
    inception._load.cache_clear()


def trunk(name, request):
    """Put the trunk of an LPIPS extractor in its place and return its folder: the real one, but for VGG16."""
    return request.getfixturevalue("random_vgg" if "vgg" in name else "weights_folder")


@functools.lru_cache(maxsize=1)
def reference_lpips(network, version, folder):
    """Return the `lpips` package's own model with the same trunk."""
    import lpips

    with warnings.catch_warnings(), torch.random.fork_rng(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        for name in ("kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_"):  # all weights are loaded below
            patch.setattr(torch.nn.init, name, lambda tensor, *others, **options: tensor)
        model = lpips.LPIPS(net=network, version=version, pnet_rand=True, verbose=False).eval()
    trunks = {"alex": own_lpips.ALEXNET, "squeeze": own_lpips.SQUEEZENET, "vgg": own_lpips.VGG16}
    name = trunks[network].features_only or trunks[network].name
    state = torch.load(folder / name, weights_only=True)
    model.net.load_state_dict({key: state["features." + key.split(".", 1)[1]] for key in model.net.state_dict()})
    return model


@pytest.mark.parametrize("name", LPIPS)
def test_lpips_agrees_with_the_lpips_package(name, request):
    folder = trunk(name, request)
    extractor = registry().features[name]
    views = extractor().load("cpu")
    reference = reference_lpips(extractor.network, extractor.version, folder)
    side = 32 if "vgg" in name else 64  # it computes fifteen times as much
    cases = {
        "images": (images(3, side), images(3, side, seed=1)),
        "other size": (images(1, side + 16), images(1, side + 16, seed=1)),
        "noise": (noise(2, side), noise(2, side, seed=1)),
        "constants": (constant(2, 0, side), torch.cat([constant(1, 128, side), constant(1, 255, side)])),
        "a constant": (constant(1, 128, side), images(1, side)),
        "identical": (images(1, side), images(1, side)),
    }
    with torch.no_grad():
        for case, (first, second) in cases.items():
            ours = distance(views, first, second)
            theirs = reference(first.float() / 127.5 - 1, second.float() / 127.5 - 1).flatten().double()
            assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-6, abs=1e-6), case
            assert case != "identical" or ours.tolist() == [0]


def test_lpips_gives_the_published_answers(weights_folder, known_answers):
    loaded = [
        torch.from_numpy(np.asarray(Image.open(known_answers / f"{name}.png")).transpose(2, 0, 1).copy())[None]
        for name in ("ex_ref", "ex_p0", "ex_p1")
    ]
    views = own_lpips.LpipsAlex().load("cpu")
    with torch.no_grad():
        answers = [round(float(distance(views, loaded[0], other)), 3) for other in loaded[1:]]
    assert answers == [0.722, 0.138]


def test_a_float_image_is_refused_not_measured(weights_folder):
    views = own_lpips.LpipsAlex().load("cpu")
    with pytest.raises(TypeError, match="LPIPS takes uint8 images in 0..255, got torch.float32"):
        views(torch.rand(1, 3, 64, 64))


@pytest.mark.parametrize("name", ["pixels", "mini", "lpips-alex", "lpips-squeeze", "inception-192"])
def test_an_image_is_embedded_alike_in_any_batch(name, request):
    if name.startswith("lpips"):
        request.getfixturevalue("weights_folder")
    if name.startswith("inception"):
        request.getfixturevalue("random_inception")
    batch = images(9 if name.startswith("inception") else 23)  # which it scales to 299 px
    with torch.no_grad():
        views = load(registry().features[name](), "cpu")
        whole, alone = views(batch), views(batch[7:8])
        reversed_ = views(batch.flip(0))
    for view in ("embedding", "pooled"):
        torch.testing.assert_close(alone[view][0], whole[view][7], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(reversed_[view].flip(0), whole[view], rtol=1e-4, atol=1e-6)
        assert whole[view].dtype == torch.float32
    assert float(distance(views, batch, batch).max()) == 0


def test_weights_are_told_apart_by_their_content(weights_folder):
    hashes = {registry().features[name]().weight_hash() for name in LPIPS if "vgg" not in name}
    assert len(hashes) == 4
    assert own_lpips.LpipsAlex().weight_hash() in hashes


def test_inception_is_torch_fidelitys(random_inception):
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    batch = images(2)
    theirs = FeatureExtractorInceptionV3(
        "inception-v3-compat", list(LAYERS), feature_extractor_weights_path=str(random_inception)
    )
    with torch.no_grad():
        expected = theirs(batch)
    with torch.inference_mode():
        for name, layer in zip(("-64", "-192", "-768", "", "-logits-unbiased", "-logits"), expected):
            found = registry().features[f"inception{name}"]().load("cpu")(batch)["pooled"]
            torch.testing.assert_close(found, layer, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (299, 299), (48, 80), (400, 333), (1, 5)])
def test_inceptions_resize_is_torch_fidelitys_to_the_bit(size):
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    from benchbench.features._inception import resize

    batch = torch.randint(0, 256, (2, 3, *size), generator=torch.Generator().manual_seed(0)).byte()
    theirs = interpolate_bilinear_2d_like_tensorflow1x(batch.float(), (299, 299), align_corners=False)
    assert torch.equal(resize(batch), theirs)


class Images(torch.utils.data.Dataset):
    """Images as torch-fidelity takes them."""

    def __init__(self, batch):
        self.batch = batch

    def __len__(self):
        return len(self.batch)

    def __getitem__(self, index):
        return self.batch[index]


def test_fid_and_kid_are_torch_fidelitys(random_inception):
    """FID of 192 features, because the peer's eigenvalues of 2048 take half a minute."""
    import torch_fidelity

    samples, real = images(7, 32), images(6, 32, seed=1) // 2
    expected = torch_fidelity.calculate_metrics(
        input1=Images(samples),
        input2=Images(real),
        cuda=False,
        cache=False,
        verbose=False,
        save_cpu_ram=True,
        batch_size=8,
        fid=True,
        kid=True,
        kid_subset_size=6,
        feature_layer_fid="192",
        feature_layer_kid="2048",
        feature_extractor_weights_path=str(random_inception),
    )
    with torch.inference_mode():
        fid_sides, kid_sides = (
            [registry().features[name]().load("cpu")(batch)["pooled"].double().numpy() for batch in (samples, real)]
            for name in ("inception-192", "inception")
        )
    fid = frechet_distance(*moments(fid_sides[0]), *moments(fid_sides[1]))
    mean, deviation = kernel_inception_distance(*kid_sides, subset_size=6)
    assert fid == pytest.approx(expected["frechet_inception_distance"], rel=1e-5)
    assert mean == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-5)
    assert deviation == pytest.approx(expected["kernel_inception_distance_std"], rel=1e-5)


def test_inception_says_what_it_refuses(random_inception):
    from benchbench.features._inception import InceptionNetwork

    views = registry().features["inception"]().load("cpu")
    with pytest.raises(TypeError, match="Inception takes uint8 images in 0..255, got torch.float32"):
        views(torch.rand(1, 3, 64, 64))
    state = torch.load(random_inception, weights_only=True)
    state.pop("fc.bias")
    with pytest.raises(RuntimeError, match=r"fc\.bias"):
        InceptionNetwork(state)


def test_mini_orders_distortions_of_photographs_by_their_strength():
    """On test blocks of `sr-photos`, which the network never saw; the full evidence is docs/mini.md."""
    from benchbench.plugins import get_task

    clean = torch.cat([example.references for example in get_task("sr-photos").examples("test")[:60]])
    views = load(registry().features["mini"](), "cpu")
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(clean.shape, generator=generator)

    def blurred(radius):
        return torch.nn.functional.avg_pool2d(clean.float(), 2 * radius + 1, 1, radius, count_include_pad=False).byte()

    families = {
        "noise": [(clean.float() + std * noise).round().clamp(0, 255).byte() for std in (2, 6, 15, 40)],
        "blur": [blurred(radius) for radius in (1, 2, 3, 5)],
        "colour": [(clean.int() + step).clamp(0, 255).byte() for step in (5, 15, 30, 60)],
        "shift": [clean.roll(step, 3) for step in (1, 2, 4, 8)],
    }
    with torch.no_grad():
        for name, levels in families.items():
            means = [float(distance(views, clean, level).mean()) for level in levels]
            assert means == sorted(means), name
            assert means[0] > 0, name


def test_mini_is_small_and_says_what_it_refuses():
    from benchbench.features.mini import MINI

    assert weights.find(MINI).stat().st_size <= 3_000_000
    views = registry().features["mini"]().load("cpu")
    with pytest.raises(ValueError, match="mini takes images"):
        views(torch.rand(1, 3, 64, 64))
    with pytest.raises(ValueError, match="mini takes images of 32 px or more"):
        views(torch.zeros(1, 3, 16, 16, dtype=torch.uint8))


@pytest.mark.parametrize("name", ["mini", "pixels", "lpips-squeeze"])
def test_the_differentiable_embedding_is_that_of_the_bytes_and_passes_gradients(name, request):
    if name.startswith("lpips"):
        request.getfixturevalue("weights_folder")
    extractor = registry().get("features", name)()
    pictures = torch.cat([images(2), constant(1, 0)])
    scaled = (pictures.float() / 127.5 - 1).requires_grad_()
    found = extractor.differentiable("cpu")(scaled)
    torch.testing.assert_close(found, extractor.load("cpu")(pictures)["embedding"], atol=1e-5, rtol=1e-4)
    (gradient,) = torch.autograd.grad((found[0] - found[1]).square().sum(), scaled)
    assert torch.isfinite(gradient).all()
    step = 1e-3 * gradient / gradient.norm()
    moved = extractor.differentiable("cpu")(scaled.detach() + step)
    rise = (moved[0] - moved[1]).square().sum() - (found[0] - found[1]).square().sum()
    assert rise.item() == pytest.approx(1e-3 * gradient.norm().item(), rel=0.1)


def test_an_extractor_without_gradients_says_so():
    with pytest.raises(Unsupported, match="inception-192 gives no gradients: no loss can be made of it"):
        registry().get("features", "inception-192")().differentiable("cpu")
