"""Weights: where they are looked for, how they are known to be right, and that nothing in them is ever executed."""

import dataclasses
import json
import os
import shutil
import time

import pytest
import torch

from benchbench.core import MissingData
from benchbench.features import inception, mini
from benchbench.features import lpips as own_lpips
from benchbench.plugins import registry
from benchbench.system import weights
from benchbench.system.envelope import sum_of


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch, tmp_path):
    """No network is kept from an earlier test, and torch hub's cache is empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub-home"))
    own_lpips._model.cache_clear()
    own_lpips._hash.cache_clear()
    inception._load.cache_clear()
    yield
    own_lpips._model.cache_clear()
    own_lpips._hash.cache_clear()
    inception._load.cache_clear()


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The user's folder of weights, empty; no downloads."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(folder))
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    return folder


def replaced(file, path):
    """Return the published file as if the one at `path` were it."""
    return dataclasses.replace(file, sha256=weights.file_hash(path)[:8])


def test_missing_weights_are_one_sentence_with_all_that_is_needed(folder, bench):
    done = bench("run", "-t", "toy-shapes", "-m", "copy", "-f", "lpips-vgg", "--limit", 3, "-j", 0)
    assert done.code == 1
    for part in (
        own_lpips.VGG16.name,
        own_lpips.VGG16.url,
        "397923af",
        "528 MB",
        str(folder),
        "downloads are off",
    ):
        assert part in done.err
    assert "Traceback" not in done.err


def test_a_folder_of_weights_is_enough_offline(weights_folder, folder, tiny_task, bench):
    """`--weights` names the folder; it holds the one file that the extractor needs."""
    shutil.copy(weights_folder / "alexnet_features.pth", folder)
    words = ("run", "-t", tiny_task.name, "-m", "copy", "-f", "lpips-alex", "--limit", 3, "-j", 0)
    done = bench("--weights", folder, *words)
    assert done.code == 0
    assert "lpips-alex" in done.out
    assert "are not here" in bench("--weights", folder, "weights", "check").out


def test_a_file_is_hashed_again_where_it_changed(tmp_path, monkeypatch):
    """Also at once; only a file that stands unchanged for a while is hashed once."""
    read = []
    monkeypatch.setattr(weights, "sum_of", lambda path: read.append(path) or sum_of(path))
    path = tmp_path / "weights"
    for number in range(3):
        path.write_bytes(b"%d" % number)
        assert weights.file_hash(path) == sum_of(path)
    assert len(read) == 3
    monkeypatch.setattr(weights, "SETTLED", 0.0)
    assert weights.file_hash(path) == weights.file_hash(path) == sum_of(path)
    assert len(read) == 4
    time.sleep(0.02)
    path.write_bytes(b"9")
    assert weights.file_hash(path) == sum_of(path)


def test_weights_are_downloaded_checked_and_then_found(folder, monkeypatch, tmp_path):
    published = tmp_path / "published.pth"
    published.write_bytes(b"weights")
    monkeypatch.delenv("BENCHBENCH_OFFLINE")
    file = weights.WeightFile("w.pth", published.as_uri(), weights.file_hash(published)[:8])
    assert weights.find(file) == folder / "w.pth"
    published.unlink()
    assert weights.find(file).read_bytes() == b"weights"


@pytest.mark.parametrize("fault", ["gone", "another"])
def test_a_download_that_fails_is_told_and_leaves_nothing(folder, monkeypatch, tmp_path, fault):
    published = tmp_path / "published.pth"
    if fault == "another":
        published.write_bytes(b"somebody else's weights")
    monkeypatch.delenv("BENCHBENCH_OFFLINE")
    file = weights.WeightFile("w.pth", published.as_uri(), "00000000", size="7 B")
    with pytest.raises(
        MissingData, match=r"weights w.pth \(7 B, SHA-256 00000000…\) are not here; .* downloading failed"
    ):
        weights.find(file)
    assert list(folder.iterdir()) == []


def test_a_wrong_weight_file_is_refused(folder):
    (folder / own_lpips.VGG16.name).write_bytes(b"half a download")
    with pytest.raises(weights.WrongWeights, match=r"is not vgg16-397923af.pth: its SHA-256 is"):
        own_lpips.LpipsVgg().load("cpu")


@pytest.mark.parametrize("extractor", [own_lpips.LpipsAlex, own_lpips.LpipsAlexV0])
def test_a_features_file_with_other_numbers_is_refused_by_its_known_answer(folder, extractor):
    import torchvision

    with torch.random.fork_rng():
        torch.manual_seed(0)
        features = torchvision.models.alexnet(weights=None).features.state_dict()
    path = folder / "alexnet_features.pth"
    named = {f"features.{key}": value for key, value in features.items()}
    torch.save(named, path)
    with pytest.raises(weights.WrongWeights, match="its known answer is"):
        extractor().load("cpu")
    torch.save({key: torch.full_like(value, torch.nan) for key, value in named.items()}, path)
    with pytest.raises(weights.WrongWeights, match="its known answer is nan"):
        extractor().load("cpu")
    torch.save({"features.0.weight": torch.zeros(1)}, path)
    with pytest.raises(weights.WrongWeights, match="does not hold the convolutional layers"):
        extractor().load("cpu")


def test_a_features_file_is_not_taken_where_no_known_answer_checks_it(folder):
    for extractor in registry().features.values():
        for file in extractor.weights:
            assert not file.features_only or file.known_answer is not None, extractor.name
    (folder / "w_features.pth").write_bytes(b"weights")
    assert weights.locate(weights.WeightFile("w.pth", "", "00", features_only="w_features.pth")) is None
    torch.save({}, folder / "vgg16_features.pth")
    with pytest.raises(MissingData, match="are not here"):
        own_lpips.LpipsVgg().load("cpu")


class Trap:
    """Unpickled without care, it makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def publish(monkeypatch, extractor, path):
    """Take the file at `path` for the first one that the extractor declares."""
    first, *others = extractor.weights
    monkeypatch.setattr(extractor, "weights", (replaced(first, path), *others))


@pytest.mark.parametrize(
    ("extractor", "name"),
    [
        (inception.Inception, inception.INCEPTION.name),
        (own_lpips.LpipsAlex, own_lpips.ALEXNET.name),
        (own_lpips.LpipsAlex, own_lpips.ALEXNET.features_only),
        (own_lpips.LpipsSqueeze, own_lpips.SQUEEZENET.name),
        (own_lpips.LpipsSqueeze, own_lpips.SQUEEZENET.features_only),
        (own_lpips.LpipsVgg, own_lpips.VGG16.name),
    ],
)
def test_a_malicious_file_is_refused_and_not_executed(folder, monkeypatch, tmp_path, extractor, name):
    """Eight digits of a SHA-256 can be met by trying: what has the right ones is still not trusted."""
    sprung, path = tmp_path / "sprung", folder / name
    torch.save({"features.0.weight": Trap(sprung)}, path)
    torch.load(path, weights_only=False)
    sprung.rmdir()  # the trap works, and is set again
    if name == extractor.weights[0].name:
        publish(monkeypatch, extractor, path)
    with pytest.raises(weights.WrongWeights, match="is not a file of tensors alone"):
        extractor().load("cpu")
    assert not sprung.exists()


def test_inception_wants_every_tensor_and_no_other(folder, monkeypatch):
    path = folder / inception.INCEPTION.name
    torch.save({"fc.bias": torch.zeros(1008)}, path)
    publish(monkeypatch, inception.Inception, path)
    with pytest.raises(weights.WrongWeights, match="does not hold the tensors of torch-fidelity's Inception"):
        inception.Inception().load("cpu")
    torch.save([torch.zeros(1)], path)
    publish(monkeypatch, inception.Inception, path)
    with pytest.raises(weights.WrongWeights, match="does not hold named tensors"):
        inception.Inception().load("cpu")


def test_the_list_tells_all_that_is_known_of_each_file(folder, bench):
    (folder / "alexnet_features.pth").write_bytes(b"x")
    (folder / own_lpips.VGG16.name).write_bytes(b"half a download")
    rows = {row["file"]: row for row in json.loads(bench("weights", "list", "--json").out)}
    assert set(rows) == {file.name for file in registry().weight_files()}
    for file in registry().weight_files():
        row, shown = rows[file.name], bench("weights", "list").out
        assert row["licence"]
        assert row["url"] or row["package"] == "benchbench"
        assert row["looked_in"]
        assert all(text in shown for text in (file.name, file.network, file.licence, file.url, file.sha256))
    alexnet, vgg = rows[own_lpips.ALEXNET.name], rows[own_lpips.VGG16.name]
    assert alexnet["found"] == str(folder / "alexnet_features.pth")
    assert alexnet["features_only"]
    assert alexnet["found_sha256"] == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert vgg["found"] == ""
    assert "is not vgg16-397923af.pth" in vgg["problem"]
    assert rows[inception.INCEPTION.name]["found"] == ""
    for file in (each for each in registry().weight_files() if each.package):
        assert rows[file.name]["found_sha256"] == file.sha256


def test_what_is_missing_is_told_and_what_is_wrong_fails(folder, bench, monkeypatch):
    checked = bench("weights", "check")
    assert checked.code == 0
    assert "mini: ok" in checked.out
    assert "lpips-vgg, lpips-vgg-v0.0: weights vgg16-397923af.pth (528 MB" in checked.out
    damaged = dataclasses.replace(mini.MINI, sha256="0" * 64)
    with monkeypatch.context() as patch:
        patch.setattr(mini.Mini, "weights", (damaged,))
        checked = bench("weights", "check")
        assert checked.code == 1
        assert "it ships with benchbench: install that again" in checked.out
    (folder / own_lpips.VGG16.name).write_bytes(b"half a download")
    assert bench("weights", "check").code == 1


def test_weights_that_nobody_knows_are_not_fetched(bench):
    assert bench("weights", "fetch", "vgg17").code == 2
    assert bench("weights", "fetch", mini.MINI.name).code == 2
