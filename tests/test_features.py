"""Feature extractors: agreement with the reference packages on the same weights, known answers, refusals."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench import weights
from benchbench.core import MissingData
from benchbench.evaluation import embedder
from benchbench.features import inception
from benchbench.features import lpips as own_lpips
from benchbench.plugins import registry


def images(number, side=64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(number, 3, 8, 8, generator=generator) * 255
    fine = torch.nn.functional.interpolate(coarse, side, mode="bicubic")
    return (fine + 20 * torch.randn(fine.shape, generator=generator)).clamp(0, 255).byte()


def distance(views, first, second):
    return (views(first)["embedding"] - views(second)["embedding"]).double().square().sum(1)


def reference_lpips(network, version, folder):
    """Return the `lpips` package's own model with the same trunk."""
    import lpips

    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        model = lpips.LPIPS(net=network, version=version, pnet_rand=True, verbose=False).eval()
    name = {"alex": "alexnet_features.pth", "squeeze": "squeezenet1_1_features.pth"}[network]
    state = torch.load(folder / name, weights_only=True)
    model.net.load_state_dict({key: state["features." + key.split(".", 1)[1]] for key in model.net.state_dict()})
    return model


@pytest.mark.parametrize(
    ("name", "network", "version"),
    [("lpips-alex", "alex", "0.1"), ("lpips-alex-v0.0", "alex", "0.0"), ("lpips-squeeze", "squeeze", "0.1")],
)
@pytest.mark.parametrize("side", [64, 80])
def test_lpips_agrees_with_the_lpips_package(weights_folder, name, network, version, side):
    first, second = images(6, side), images(6, side, seed=1)
    with torch.no_grad():
        ours = distance(registry().features[name]().load("cpu"), first, second)
        model = reference_lpips(network, version, weights_folder)
        theirs = model(first.float() / 127.5 - 1, second.float() / 127.5 - 1).flatten().double()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


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


@pytest.mark.parametrize("name", ["pixels", "mini", "lpips-alex", "lpips-squeeze"])
def test_an_image_is_embedded_alike_in_any_batch(name, request):
    if name.startswith("lpips"):
        request.getfixturevalue("weights_folder")
    batch = images(20)
    with torch.no_grad():
        views = embedder(registry().features[name](), "cpu")
        whole, alone = views(batch), views(batch[7:8])
        reversed_ = views(batch.flip(0))
    for view in ("embedding", "pooled"):
        torch.testing.assert_close(alone[view][0], whole[view][7], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(reversed_[view].flip(0), whole[view], rtol=1e-4, atol=1e-6)
        assert whole[view].dtype == torch.float32
    assert float(distance(views, batch, batch).max()) == 0


def test_weights_are_told_apart_by_their_content(weights_folder):
    hashes = {own_lpips.LpipsAlex().weight_hash(), own_lpips.LpipsAlexV0().weight_hash()}
    hashes.add(own_lpips.LpipsSqueeze().weight_hash())
    assert len(hashes) == 3
    assert own_lpips.LpipsAlex().weight_hash() in hashes


def test_missing_weights_are_one_sentence_with_all_that_is_needed(monkeypatch, tmp_path, bench):
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub-home"))
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    own_lpips._model.cache_clear()
    done = bench("run", "-t", "toy-shapes", "-m", "copy", "-f", "lpips-vgg", "--limit", 3, "-j", 1)
    assert done.code == 1
    for part in (
        weights.VGG16.name,
        weights.VGG16.url,
        "397923af",
        "528 MB",
        str(tmp_path),
        "downloads are off",
    ):
        assert part in done.err
    assert "Traceback" not in done.err


def test_weights_are_downloaded_checked_and_then_found(monkeypatch, tmp_path):
    published = tmp_path / "published.pth"
    published.write_bytes(b"weights")
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path / "mine"))
    monkeypatch.delenv("BENCHBENCH_OFFLINE", raising=False)
    file = weights.WeightFile("w.pth", published.as_uri(), weights.file_hash(published)[:8])
    assert weights.find(file) == tmp_path / "mine" / "w.pth"
    published.unlink()
    assert weights.find(file).read_bytes() == b"weights"


@pytest.mark.parametrize("fault", ["gone", "another"])
def test_a_download_that_fails_is_told_and_leaves_nothing(monkeypatch, tmp_path, fault):
    published = tmp_path / "published.pth"
    if fault == "another":
        published.write_bytes(b"somebody else's weights")
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path / "mine"))
    monkeypatch.delenv("BENCHBENCH_OFFLINE", raising=False)
    file = weights.WeightFile("w.pth", published.as_uri(), "00000000", size="7 B")
    with pytest.raises(
        MissingData, match=r"weights w.pth \(7 B, SHA-256 00000000…\) are not here; .* downloading failed"
    ):
        weights.find(file)
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_wrong_weight_file_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    (tmp_path / weights.VGG16.name).write_bytes(b"half a download")
    own_lpips._model.cache_clear()
    with pytest.raises(MissingData, match=r"is not vgg16-397923af.pth: its SHA-256 is"):
        own_lpips.LpipsVgg().load("cpu")


def test_a_features_file_with_other_numbers_is_refused_by_its_known_answer(monkeypatch, tmp_path):
    import torchvision

    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        features = torchvision.models.alexnet(weights=None).features.state_dict()
    torch.save({f"features.{key}": value for key, value in features.items()}, tmp_path / "alexnet_features.pth")
    own_lpips._model.cache_clear()
    with pytest.raises(MissingData, match="its known answer is"):
        own_lpips.LpipsAlex().load("cpu")
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "alexnet_features.pth")
    with pytest.raises(MissingData, match="does not hold the convolutional layers"):
        own_lpips.LpipsAlex().load("cpu")
    own_lpips._model.cache_clear()


def test_vgg_loads_torchvisions_own_layout(monkeypatch, tmp_path):
    """The layout is torchvision's, the numbers are random: the same on both sides."""
    import lpips
    import torchvision

    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        state = torchvision.models.vgg16(weights=None).state_dict()
        reference = lpips.LPIPS(net="vgg", pnet_rand=True, verbose=False).eval()
    path = tmp_path / weights.VGG16.name
    torch.save({key: value for key, value in state.items() if key.startswith("features")}, path)
    file = weights.WeightFile(path.name, weights.VGG16.url, weights.file_hash(path)[:8])
    monkeypatch.setitem(own_lpips._FILES, "vgg", file)
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    own_lpips._model.cache_clear()
    reference.net.load_state_dict({k: state["features." + k.split(".", 1)[1]] for k in reference.net.state_dict()})
    first, second = images(2), images(2, seed=1)
    with torch.no_grad():
        ours = distance(own_lpips.LpipsVgg().load("cpu"), first, second)
        theirs = reference(first.float() / 127.5 - 1, second.float() / 127.5 - 1).flatten().double()
    own_lpips._model.cache_clear()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_inception_is_torch_fidelitys(monkeypatch, tmp_path):
    """The same random weights on both sides: the published ones are not to be had here."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    path = tmp_path / weights.INCEPTION.name
    blank = object.__new__(FeatureExtractorInceptionV3)
    monkeypatch.setattr(
        "torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", lambda *a, **k: pytest.fail("download")
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        monkeypatch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None)
        monkeypatch.setattr("torch_fidelity.feature_extractor_inceptionv3.torch.load", lambda *a, **k: {})
        blank.__init__("inception-v3-compat", ["2048"], feature_extractor_weights_path="none")
        monkeypatch.undo()
    torch.save(blank.state_dict(), path)
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    file = weights.WeightFile(path.name, weights.INCEPTION.url, weights.file_hash(path)[:8])
    monkeypatch.setattr(weights, "INCEPTION", file)
    inception._model.cache_clear()
    batch = images(3)
    theirs = FeatureExtractorInceptionV3(
        "inception-v3-compat", ["64", "192", "768", "2048", "logits"], feature_extractor_weights_path=str(path)
    )
    with torch.no_grad():
        expected = theirs(batch)
        for name, layer in zip(("-64", "-192", "-768", "", "-logits"), expected):
            extractor = registry().features[f"inception{name}"]()
            found = extractor.load("cpu")(batch)["pooled"]
            torch.testing.assert_close(found, layer, rtol=1e-4, atol=1e-5)
    inception._model.cache_clear()


def test_mini_orders_distortions_of_photographs_by_their_strength():
    """On test blocks of `sr-photos`, which the network never saw; the full evidence is docs/mini.md."""
    from benchbench.evaluation import get_task

    clean = torch.cat([example.references for example in get_task("sr-photos").examples("test")[:60]])
    views = embedder(registry().features["mini"](), "cpu")
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
    from benchbench.features.mini import WEIGHTS

    assert WEIGHTS.stat().st_size <= 3_000_000
    views = registry().features["mini"]().load("cpu")
    with pytest.raises(ValueError, match="mini takes images"):
        views(torch.rand(1, 3, 64, 64))
    with pytest.raises(ValueError, match="mini takes images of 32 px or more"):
        views(torch.zeros(1, 3, 16, 16, dtype=torch.uint8))


def test_weights_list_and_check(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    own_lpips._model.cache_clear()
    inception._model.cache_clear()
    listed = bench("weights", "list")
    assert all(file.name in listed.out for file in weights.ALL)
    checked = bench("weights", "check")
    assert checked.code == 0
    assert "mini: ok" in checked.out
    assert bench("weights", "fetch", "vgg17").code == 2
    assert Path(tmp_path).exists()
