"""MNIST, CIFAR-10, LSUN bedrooms: made small in their published layouts, prepared, compared with what is known."""

import gzip
import hashlib
import importlib.util
import io
import pickle
import shutil
import sys
import tarfile
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import MissingData, Unsupported
from benchbench.core.noise import Noise
from benchbench.data.check import check, verdicts
from benchbench.data.prepare import prepare
from benchbench.data.source import either
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.tasks import _unconditional, lsun_bedroom
from benchbench.tasks.lsun_bedroom import LsunBedroom
from benchbench.tasks.torchvision_sets import Cifar10, Mnist

ROWS, REFERENCES = 6, 2
NUMBERS = {"train": 25, "test": 10}


def by_hash(ids):
    return sorted(ids, key=lambda id: hashlib.sha256(id.encode()).hexdigest())


def names_hash(ids):
    return "names:" + hashlib.sha256("".join(f"{id}\n" for id in ids).encode()).hexdigest()


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Where data are kept; the tasks take 6 rows for the test, and make 3 conditions of them."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(_unconditional, "CONDITIONS", ROWS // REFERENCES)
    for task in (Mnist, Cifar10, LsunBedroom):
        monkeypatch.setattr(task, "references", REFERENCES)
        monkeypatch.setattr(task, "rows", {"test": ROWS})
    return tmp_path / "data"


def images_by_id(task):
    """Return the image of every row by its split and id; those of the test as they are gathered."""
    found = {
        (split, example.id): example.references[0]
        for split in ("train", "validation")
        for example in task().examples(split)
    }
    gathered = torch.cat([example.references for example in task().examples("test")])
    return found, gathered


# MNIST ----------------------------------------------------------------------------------------------------------------


def idx(values):
    """Return an array of bytes in the format of MNIST's files: 0, 0, 8 (bytes), the axes, their lengths, the values."""
    lengths = b"".join(length.to_bytes(4, "big") for length in values.shape)
    return bytes([0, 0, 8, values.ndim]) + lengths + values.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(monkeypatch):
    """The four files' content by name, and the images; the task is told their MD5 in place of the published ones."""
    generator = np.random.default_rng(0)
    images = {part: generator.integers(0, 256, (number, 28, 28), np.uint8) for part, number in NUMBERS.items()}
    contents = {}
    for part, prefix in (("train", "train"), ("test", "t10k")):
        contents[f"{prefix}-images-idx3-ubyte"] = idx(images[part])
        contents[f"{prefix}-labels-idx1-ubyte"] = idx(np.arange(NUMBERS[part]) % 10)
    monkeypatch.setattr(Mnist, "files", {name: md5(content) for name, content in contents.items()})
    return contents, images


def write_files(folder, contents, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / (f"{name}.gz" if pack else name)).write_bytes(gzip.compress(content) if pack else content)


@pytest.mark.parametrize("layout", ["torchvision", "unpacked", "gz"])
def test_mnist_is_read_in_every_layout_and_has_a_border_of_2_px(layout, mnist, root, tmp_path):
    contents, images = mnist
    place = tmp_path / "mine"
    write_files(place / "MNIST" / "raw" if layout == "torchvision" else place, contents, pack=layout == "gz")
    manifest = prepare(Mnist(), root, [place])
    assert manifest.rows() == {"train": 25, "validation": 4, "test": 6}
    found, gathered = images_by_id(Mnist)
    ranked = by_hash(f"test-{i:05d}" for i in range(NUMBERS["test"]))
    assert [id for split, id in found if split == "validation"] == ranked[ROWS:]
    assert [id for split, id in found if split == "train"] == [f"train-{i:05d}" for i in range(NUMBERS["train"])]
    for id, image in [*((id, image) for (_, id), image in found.items()), *zip(ranked[:ROWS], gathered)]:
        part, number = id.split("-")
        expected = np.zeros((32, 32), np.uint8)
        expected[2:30, 2:30] = images[part][int(number)]
        assert image.dtype == torch.uint8
        assert image.shape == (3, 32, 32)
        assert all((plane.numpy() == expected).all() for plane in image)
    assert check(Mnist(), root) == [
        f"{split}: NOT the official list: scores are not comparable with published rows"
        for split in ("test", "train", "validation")
    ], "nothing but that these are not MNIST's 70,000"


def test_mnist_is_found_where_torchvision_keeps_it(mnist, root):
    """Fashion-MNIST, whose files have the same names, beside it."""
    contents, _ = mnist
    write_files(root / "FashionMNIST" / "raw", dict.fromkeys(contents, b"another set"))
    write_files(root / "MNIST" / "raw", contents)
    write_files(root / "MNIST" / "raw", contents, pack=True)
    assert prepare(Mnist(), root).rows()["train"] == 25


def test_mnist_files_are_taken_one_by_one(mnist, root, tmp_path, bench):
    write_files(tmp_path, mnist[0], pack=True)
    given = [word for name in mnist[0] for word in ("--from", tmp_path / f"{name}.gz")]
    done = bench("data", "prepare", "mnist", "--root", root, *given)
    assert done.code == 0, done.err
    assert len(Mnist().examples("train")) == 25


@pytest.mark.parametrize("pack", [True, False])
def test_another_set_in_files_of_the_same_names_is_refused(pack, mnist, root, tmp_path):
    contents = {**mnist[0], "t10k-images-idx3-ubyte": idx(np.zeros((10, 28, 28)))}
    write_files(tmp_path / "mine", contents, pack)
    with pytest.raises(MissingData, match=r"mnist: .*t10k-images-idx3-ubyte(.gz)? is not MNIST's \(its MD5 is .*again"):
        prepare(Mnist(), root, [tmp_path / "mine"])
    assert not (root / "prepared" / "mnist").exists()


@pytest.mark.parametrize("cut", [5, 40, -9])
def test_a_packed_file_that_was_cut_is_told(cut, mnist, root, tmp_path):
    write_files(tmp_path / "mine", mnist[0], pack=True)
    path = tmp_path / "mine" / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(MissingData, match=r"mnist: .*train-images-idx3-ubyte.gz cannot be unpacked \(.*get it again"):
        prepare(Mnist(), root, [tmp_path / "mine"])


def test_a_missing_file_is_named(mnist, root, tmp_path):
    contents = {name: content for name, content in mnist[0].items() if name != "t10k-images-idx3-ubyte"}
    write_files(tmp_path / "mine", contents)
    with pytest.raises(
        MissingData, match=r"mnist is not in .*mine: MNIST/raw/t10k-images-idx3-ubyte \(or t10k-images-"
    ):
        prepare(Mnist(), root, [tmp_path / "mine"])


def test_what_is_fetched_is_what_torchvision_fetches():
    """Names and places, from its own lists; the SHA-256 of what it checks by MD5 is known from elsewhere."""
    from torchvision.datasets import CIFAR10, MNIST

    urls = [each.url for each in Mnist.source.downloads]
    assert {url.rsplit("/", 1)[1] for url in urls} == {name for name, _ in MNIST.resources}
    assert {url.rsplit("/", 1)[0] + "/" for url in urls} <= set(MNIST.mirrors)
    assert set(Mnist.files) == {name.removesuffix(".gz") for name, _ in MNIST.resources}
    (archive,) = Cifar10.source.downloads
    assert (archive.url, archive.name) == (CIFAR10.url, CIFAR10.filename)
    batches = [f"{CIFAR10.base_folder}/{name}" for name, _ in CIFAR10.train_list + CIFAR10.test_list]
    assert list(Cifar10.source.layout) == batches
    assert all(len(each.sha256) == 64 for each in (*Mnist.source.downloads, archive))


@pytest.mark.parametrize("task", [Mnist, Cifar10])
def test_nothing_is_fetched_offline(task, root, monkeypatch, bench):
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    with pytest.raises(MissingData, match=f"{task.source.downloads[0].url} is not here, and downloads are off"):
        prepare(task(), root)
    done = bench("run", "-t", task.name, "-m", "real")
    assert done.code == 1
    assert f"Run `benchbench data prepare {task.name}` to get it from {task.source.homepage}" in done.err


# CIFAR-10 -------------------------------------------------------------------------------------------------------------


class OldPickler(pickle.Pickler):
    """Writes an array's dtype as in CIFAR-10's files: alignment is 0 for false, of which numpy 2.4.0 to 2.4.4 warn."""

    def reducer_override(self, obj):
        if isinstance(obj, np.dtype):
            return np.dtype, ("u1", 0, 1), (3, "|", None, None, None, -1, -1, 0)
        return NotImplemented


def pickled(content):
    file = io.BytesIO()
    OldPickler(file, protocol=2).dump(content)
    return file.getvalue()


def batch(planes):
    """Return a batch as published: rows of 3072 bytes, red, green, blue, each row by row."""
    return pickled({"data": planes.reshape(len(planes), 3072), "labels": list(range(len(planes)))})


@pytest.fixture
def cifar(monkeypatch):
    """The files' content by name, and the images; torchvision is told their MD5 in place of the published ones."""
    from torchvision.datasets import CIFAR10

    generator = np.random.default_rng(1)
    images = {part: generator.integers(0, 256, (number, 3, 32, 32), np.uint8) for part, number in NUMBERS.items()}
    names = [name for name, _ in CIFAR10.train_list]
    contents = {name: batch(part) for name, part in zip(names, np.split(images["train"], 5))}
    contents["test_batch"] = batch(images["test"])
    contents["batches.meta"] = pickled({"label_names": [str(i) for i in range(10)]})
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5(contents[name])] for name in names])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(contents["test_batch"])]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": md5(contents["batches.meta"])})
    return contents, images


def assert_cifar(images):
    found, gathered = images_by_id(Cifar10)
    ranked = by_hash(f"test-{i:05d}" for i in range(NUMBERS["test"]))
    assert [id for split, id in found if split == "validation"] == ranked[ROWS:]
    assert len(found) == 25 + 4
    for id, image in [*((id, image) for (_, id), image in found.items()), *zip(ranked[:ROWS], gathered)]:
        part, number = id.split("-")
        assert torch.equal(image, torch.from_numpy(images[part][int(number)]))


def test_cifar10_is_as_published(cifar, root):
    contents, images = cifar
    write_files(root / "cifar-10-batches-py", contents)
    manifest = prepare(Cifar10(), root)
    assert manifest.rows() == {"train": 25, "validation": 4, "test": 6}
    assert_cifar(images)


def test_cifar10_is_taken_from_its_archive(cifar, root, tmp_path):
    contents, images = cifar
    write_files(tmp_path / "cifar-10-batches-py", contents)
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "cifar-10-batches-py", "cifar-10-batches-py")
    prepare(Cifar10(), root, [archive])
    assert_cifar(images)


class Evil:
    """A pickle that makes a file where it is read."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "x")


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch", "batches.meta"])
def test_a_pickle_that_is_not_the_published_one_is_never_read(name, cifar, root, tmp_path):
    evil = pickle.dumps(Evil(tmp_path / "run"))
    write_files(root / "cifar-10-batches-py", {**cifar[0], name: evil})
    with pytest.raises(
        MissingData, match=r"cifar10: .*cifar-10-batches-py lacks a file or has one that is not the pub"
    ):
        prepare(Cifar10(), root)
    assert not (tmp_path / "run").exists()
    assert not (root / "prepared" / "cifar10").exists()


def test_a_missing_batch_is_named(cifar, root, tmp_path):
    write_files(tmp_path / "mine" / "cifar-10-batches-py", cifar[0])
    (tmp_path / "mine" / "cifar-10-batches-py" / "data_batch_2").unlink()
    with pytest.raises(MissingData, match=r"cifar10 is not in .*mine: cifar-10-batches-py/data_batch_2 should stand"):
        prepare(Cifar10(), root, [tmp_path / "mine"])


# LSUN -----------------------------------------------------------------------------------------------------------------

BEDROOMS, CHOSEN = 40, 20
"""Of 40 images 6 are for the test, 2 stand by for it, 3 are for validation and 9 for training."""


class Database:
    """Stands in for what the task uses of the package lmdb, over a folder of files named by their keys."""

    def __init__(self, path):
        self.files = sorted(path.glob("*.entry"), key=lambda file: file.name)
        if not (path / "data.mdb").read_bytes().startswith(b"stand-in"):
            raise StandInError(f"{path}: MDB_INVALID")

    def begin(self):
        return self

    cursor = begin

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return None

    def stat(self):
        return {"entries": len(self.files)}

    def iternext(self, keys, values):
        assert (keys, values) == (True, False)
        return iter([file.stem.encode() for file in self.files])

    def get(self, key):
        return next(file.read_bytes() for file in self.files if file.stem.encode() == key)


class StandInError(Exception):
    """For lmdb.Error."""


def write_stand_in(path, images):
    path.mkdir(parents=True)
    (path / "data.mdb").write_bytes(b"stand-in")
    for key, content in images.items():
        (path / f"{key}.entry").write_bytes(content)


def write_lmdb(path, images):
    import lmdb

    path.mkdir(parents=True)
    with lmdb.open(str(path), map_size=1 << 26) as made, made.begin(write=True) as transaction:
        for key, content in images.items():
            transaction.put(key.encode(), content)


@pytest.fixture(params=["lmdb", "stand-in"])
def write(request, monkeypatch):
    """Return what makes the database: the package, or what stands in for it where it is not installed."""
    monkeypatch.setattr(lsun_bedroom, "NUMBER", BEDROOMS)
    monkeypatch.setattr(lsun_bedroom, "SPARE", 2)
    monkeypatch.setattr(lsun_bedroom, "VALIDATION", 3)
    monkeypatch.setattr(lsun_bedroom, "TRAIN", 9)
    if request.param == "lmdb":
        pytest.importorskip("lmdb")
        yield write_lmdb
    else:
        module = types.ModuleType("lmdb")
        module.Error, module.open = StandInError, lambda path, **how: Database(_path(path, how))
        monkeypatch.setitem(sys.modules, "lmdb", module)
        yield write_stand_in
    lsun_bedroom.opened.cache_clear()


def _path(path, how):
    assert how["readonly"]
    assert not how["lock"]
    assert isinstance(path, str)
    return Path(path)


def bedroom(index):
    """Return a picture, wider or taller than its centre square of 256 px, whose sides are black and white."""
    wide, extra = index % 2, 2 * index
    picture = np.full((256, 256, 3), (5 * index, 255 - 5 * index, 100), np.uint8)
    picture[:128, :128] = 60
    before, after = (np.full((256, extra // 2, 3), value, np.uint8) for value in (0, 255))
    picture = np.concatenate([before, picture, after], 1)
    return picture if wide else picture.transpose(1, 0, 2)


def encoded(index):
    """Return a picture as LSUN stores them: WebP or JPEG."""
    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(bedroom(index)))
    image.save(file, "WEBP", lossless=True) if index % 3 else image.save(file, "JPEG", quality=100, subsampling=0)
    return file.getvalue()


def key(index):
    return hashlib.sha1(str(index).encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def bedrooms():
    return {key(index): encoded(index) for index in range(BEDROOMS)}


def square(index):
    """Return the centre square, `[128, 128, 3]`, at half its size: away from the edges a mean of 2 x 2 pixels."""
    picture = np.full((128, 128, 3), (5 * index, 255 - 5 * index, 100), float)
    picture[:64, :64] = 60
    return picture


def test_bedrooms_are_chosen_by_hash_and_are_the_centre_square(write, bedrooms, root):
    write(root / "lsun" / "bedroom_train_lmdb", bedrooms)
    manifest = prepare(LsunBedroom(), root)
    assert manifest.bad == ()
    ranked = by_hash(bedrooms)
    assert manifest.rows() == {"test": 6, "validation": 3, "train": 9}
    assert [example.id for example in LsunBedroom().examples("validation")] == ranked[8:11]
    assert [example.id for example in LsunBedroom().examples("train")] == sorted(ranked[11:20])
    assert f"names:{manifest.names['test']}" == names_hash(ranked[:6])
    assert set(verdicts(LsunBedroom(), manifest).values()) == {"no official list is known"}
    found, gathered = images_by_id(LsunBedroom)
    of_key = {key(index): index for index in range(BEDROOMS)}
    for id, image in [*((id, image) for (_, id), image in found.items()), *zip(ranked, gathered)]:
        expected = square(of_key[id])
        far = np.abs(image.numpy().transpose(1, 2, 0) - expected)
        far[62:66, :66], far[:66, 62:66] = 0, 0  # the filter reaches over the edge of the dark quarter
        assert far.max() <= (1 if of_key[id] % 3 else 3), "JPEG is not exact"


def test_an_odd_row_or_column_is_left_over_below_or_on_the_right():
    picture = np.zeros((128, 131, 3), np.uint8)
    picture[:, 1:129] = 200
    assert (np.asarray(lsun_bedroom.small(Image.fromarray(picture))) == 200).all()
    picture = np.zeros((129, 128, 3), np.uint8)
    picture[:128] = 200
    assert (np.asarray(lsun_bedroom.small(Image.fromarray(picture))) == 200).all()


def test_bedrooms_are_scaled_by_the_antialiased_triangle_filter():
    picture = np.random.default_rng(2).integers(0, 256, (320, 320, 3), np.uint8)
    scale = 320 / 128
    centres = (np.arange(128)[:, None] + 0.5) * scale
    weights = np.maximum(0, 1 - np.abs(np.arange(320) + 0.5 - centres) / scale)
    weights /= weights.sum(1, keepdims=True)
    expected = np.einsum("ip,pqc,jq->ijc", weights, picture.astype(float), weights, optimize=True)
    assert np.abs(np.asarray(lsun_bedroom.small(Image.fromarray(picture)), float) - expected).max() <= 1


def test_a_bedroom_that_cannot_be_decoded_is_listed_and_the_next_takes_its_place(write, bedrooms, root):
    ranked = by_hash(bedrooms)
    for id in (ranked[1], ranked[15]):
        bedrooms[id] = bedrooms[id][:60]
    write(root / "bedroom_train_lmdb", bedrooms)
    manifest = prepare(LsunBedroom(), root)
    assert [each.split(": ")[0] for each in manifest.bad] == [f"bedroom_train_lmdb/{ranked[i]}" for i in (1, 15)]
    assert manifest.rows() == {"test": 6, "validation": 3, "train": 8}
    assert f"names:{manifest.names['test']}" == names_hash([ranked[i] for i in (0, 2, 3, 4, 5, 6)])


def test_a_database_that_is_not_the_published_one_is_refused(write, bedrooms, root):
    write(root / "bedroom_train_lmdb", dict(list(bedrooms.items())[:39]))
    with pytest.raises(
        MissingData, match=r"lsun-bedroom: .*bedroom_train_lmdb has 39 images, the published one has 40"
    ):
        prepare(LsunBedroom(), root)


def test_another_database_in_the_same_place_is_opened_anew(write, bedrooms, root):
    place = root / "bedroom_train_lmdb"
    write(place, dict(list(bedrooms.items())[:39]))
    with pytest.raises(MissingData, match="has 39 images"):
        prepare(LsunBedroom(), root)
    shutil.rmtree(place)
    write(place, bedrooms)
    assert prepare(LsunBedroom(), root).rows()["test"] == ROWS


def test_a_file_that_is_no_database_is_told(write, root):
    (root / "bedroom_train_lmdb").mkdir(parents=True)
    (root / "bedroom_train_lmdb" / "data.mdb").write_bytes(b"no database" * 1000)
    with pytest.raises(
        MissingData, match=r"lsun-bedroom: .*bedroom_train_lmdb is not a whole database \(.*get it again"
    ):
        prepare(LsunBedroom(), root)


def test_the_archive_is_unpacked(write, bedrooms, root, tmp_path):
    write(tmp_path / "bedroom_train_lmdb", bedrooms)
    with zipfile.ZipFile(tmp_path / "bedroom_train_lmdb.zip", "w") as packed:
        for path in (tmp_path / "bedroom_train_lmdb").iterdir():
            packed.write(path, f"bedroom_train_lmdb/{path.name}")
    assert prepare(LsunBedroom(), root, [tmp_path / "bedroom_train_lmdb.zip"]).rows()["train"] == 9


@pytest.mark.skipif(importlib.util.find_spec("lmdb") is not None, reason="lmdb is installed")
def test_without_the_package_a_sentence_says_how_to_get_it(bedrooms, root):
    write_stand_in(root / "bedroom_train_lmdb", bedrooms)
    lsun_bedroom.opened.cache_clear()
    with pytest.raises(
        MissingData, match=r"the package lmdb reads, and it is not installed: python -m pip install lmdb"
    ):
        prepare(LsunBedroom(), root)


def test_lsun_is_brought_by_hand(root):
    with pytest.raises(
        MissingData, match=r"lsun-bedroom is not in .*It has 43 GB: get bedroom_train_lmdb.zip by downl"
    ):
        prepare(LsunBedroom(), root)


def test_the_splits_of_lsun_at_their_full_size():
    keys = [key(index) for index in range(60_000)]
    ranked = by_hash(keys)
    found = {split: [item.id for item in items] for split, items in lsun_bedroom.splits(iter(keys)).items()}
    assert found == {"test": ranked[:6020], "validation": ranked[6020:7020], "train": sorted(ranked[7020:57_020])}


# All of them ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("task", "train"), [(Mnist, 60_000), (Cifar10, 50_000)])
def test_the_official_names(task, train):
    held = by_hash(f"test-{i:05d}" for i in range(10_000))
    assert task.official == {
        "train": names_hash(f"train-{i:05d}" for i in range(train)),
        "validation": names_hash(held[6000:]),
        "test": names_hash(held[:6000]),
    }


def test_they_have_20_images_for_each_of_300_conditions():
    for task in (Mnist, Cifar10, LsunBedroom):
        assert (task.references, task.rows["test"], task.protocol.num_conditions) == (20, 6000, 300)
    assert _unconditional.CONDITIONS == 300


def test_conditions_are_empty_and_no_image_is_of_two(cifar, root):
    write_files(root / "cifar-10-batches-py", cifar[0])
    prepare(Cifar10(), root)
    task = Cifar10()
    examples = task.examples("test")
    assert [example.id for example in examples] == ["0000", "0001", "0002"]
    assert all(example.condition == {} and example.group == "" for example in examples)
    assert all(example.references.shape == (2, 3, 32, 32) for example in examples)
    assert len({image.numpy().tobytes() for example in examples for image in example.references}) == ROWS
    assert [example.id for example in examples[1:]] == ["0001", "0002"]
    assert torch.equal(examples[-1].references, examples[2].references)
    with pytest.raises(IndexError):
        examples[3]
    assert task.real_pool().shape == (25, 3, 32, 32)
    assert fingerprint(task) == fingerprint(Cifar10())
    with pytest.raises(Unsupported, match="see the row of `real`"):
        task.draw(["0000"], 2, Noise.for_samples(("cifar10", 1), 0, ["0000"], 2))


def test_the_pool_is_chosen_by_hash(cifar, root, monkeypatch):
    write_files(root / "cifar-10-batches-py", cifar[0])
    monkeypatch.setattr(Cifar10, "pool_size", 7)
    prepare(Cifar10(), root)
    chosen = sorted(by_hash(f"train-{i:05d}" for i in range(25))[:7])
    expected = np.stack([cifar[1]["train"][int(id.split("-")[1])] for id in chosen])
    assert torch.equal(Cifar10().real_pool(), torch.from_numpy(expected))


def test_baselines_run_with_every_metric(cifar, root, bench):
    """The condition and the law are not there: `unconditional`, `copy` and `oracle` say so; the others have scores."""
    write_files(root / "cifar-10-batches-py", cifar[0])
    assert bench("data", "prepare", "cifar10").code == 0
    baselines = ("real", "collapsed", "noise", "unconditional", "copy", "oracle")
    words = [word for name in baselines for word in ("-m", name)]
    done = bench("run", "-t", "cifar10", *words, "-j", 0, "--limit", 3, "--samples", 4)
    assert done.code == 1, "three of those that were named are skipped"
    for method in ("real", "collapsed", "noise"):
        assert f"| {method}" in done.out
    for metric in Cifar10.metrics:
        assert metric in done.out, metric
    for reason in ("there is no condition to ignore", "the true law is known only by its real images"):
        assert reason in done.out + done.err


def test_alternatives_of_a_layout_are_tried_in_their_order(mnist, root):
    write_files(root / "mnist", mnist[0], pack=True)
    path = Mnist.source.layout[0]
    assert either(root / "mnist", path) == "train-images-idx3-ubyte.gz"
    write_files(root / "mnist", mnist[0])
    assert either(root / "mnist", path) == "train-images-idx3-ubyte"
    write_files(root / "mnist" / "MNIST" / "raw", mnist[0])
    assert either(root / "mnist", path) == "MNIST/raw/train-images-idx3-ubyte"
