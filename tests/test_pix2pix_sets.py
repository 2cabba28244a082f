"""The paired sets of pix2pix: made small in the published layout, prepared, and compared with what is known of them."""

import hashlib
import io
import shutil
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import Conditions, MissingData
from benchbench.core.noise import stream
from benchbench.data import Reader, cache
from benchbench.data.check import check, verdicts
from benchbench.data.prepare import prepare
from benchbench.publish.sheet import GAP, TITLE, make_sheet
from benchbench.tasks import _packed_pairs
from benchbench.tasks.pix2pix_sets import Cityscapes, Edges2Handbags, Edges2Shoes, Facades, Maps, Night2Day

TASKS = [Cityscapes, Maps, Facades, Edges2Shoes, Edges2Handbags, Night2Day]
CONDITION, TARGET = (250, 20, 40), (20, 60, 230)
"""Flat colours of the two halves; JPEG at quality 95 keeps them within 3 grey levels."""
LEFT = {"cityscapes": "target", "maps": "target", "facades": "target", "night2day": "condition"} | dict.fromkeys(
    ("edges2shoes", "edges2handbags"), "condition"
)
"""What is on the left, as the scripts of pix2pix and BicycleGAN have it: A, of which `BtoA` makes the target."""


def flat(colour, side):
    """Return `uint8[side, side, 3]` of one colour."""
    return np.broadcast_to(np.array(colour, np.uint8), (side, side, 3))


def marked(colour, side):
    """Return a flat square whose corners tell it from all its turned and mirrored copies.

    The top left quarter is white but for a black sixteenth at its right.
    """
    square = flat(colour, side).copy()
    square[: side // 2, : side // 2] = 255
    square[: side // 4, side // 4 : side // 2] = 0
    return square


def jpeg(condition, target, left):
    """Return the bytes of a packed pair."""
    halves = [condition, target] if left == "condition" else [target, condition]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(halves, 1)).save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


def names_of(task):
    """Return by published folder the names of a small set: 20 pairs for training, 8 for the test."""
    if task is Night2Day:
        train = [f"{webcam}_{webcam * 90 + k}_to_{webcam * 90 + 50 + k}" for webcam in (3, 14) for k in range(10)]
        test = [f"{webcam}_{webcam * 90 + k}_to_{webcam * 90 + 50}" for webcam in (7, 95) for k in range(4)]
        return {"train": train, "val": ["14_1148_to_1163"], "test": test}
    suffix = "_AB" if task in (Edges2Shoes, Edges2Handbags) else ""
    train, held = ([f"{i}{suffix}" for i in range(1, number + 1)] for number in (20, 8))
    return {"train": train, "val": held[:3], "test": held} if task is Facades else {"train": train, "val": held}


def archive(task, path, pair=None):
    """Write NAME.tar.gz as published; `pair` gives the two halves of a picture, flat ones if it is not given."""
    side = task.packed
    same = jpeg(flat(CONDITION, side), flat(TARGET, side), LEFT[task.name])
    with tarfile.open(path / f"{task.name}.tar.gz", "w:gz", compresslevel=1) as packed:
        for split, names in names_of(task).items():
            for name in names:
                content = jpeg(*pair(split, name), LEFT[task.name]) if pair else same
                info = tarfile.TarInfo(f"{task.name}/{split}/{name}.jpg")
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content))
    return path / f"{task.name}.tar.gz"


def tree(folder, **splits):
    """Make a set of empty files."""
    for split, names in splits.items():
        (folder / split).mkdir(parents=True)
        for name in names:
            (folder / split / f"{name}.jpg").touch()
    return folder


def numbered(number, suffix="", start=1):
    return [f"{i}{suffix}" for i in range(start, start + number)]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Where data are kept; the sets that take 300 take 4, of 8 that are held out, and 2 stand by."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(_packed_pairs, "SPARE", 2)
    for task in TASKS:
        if task.rows:
            monkeypatch.setattr(task, "rows", {"test": 4})
    return tmp_path / "data"


def luma(colour):
    return float(np.dot(colour, (0.299, 0.587, 0.114)))


def close(image, expected, tolerance=4):
    """Return whether `uint8[C, H, W]` is `[H, W, C]`, but for what JPEG does."""
    found = np.asarray(image, dtype=float).transpose(1, 2, 0)
    return found.shape == np.shape(expected) and float(np.abs(found - expected).max()) <= tolerance


# Which half, which size ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_condition_is_the_right_half_of_the_right_set(task, root, tmp_path):
    manifest = prepare(task(), root, [archive(task, tmp_path)])
    assert manifest.bad == ()
    for split in ("train", "validation", "test"):
        for example in task().examples(split):
            image = example.condition["image"]
            assert image.dtype == torch.uint8
            if task in (Edges2Shoes, Edges2Handbags):
                assert image.shape == (1, 256, 256)
                assert float((image.double() - luma(CONDITION)).abs().max()) <= 4
            else:
                assert close(image, flat(CONDITION, 256))
            assert example.references.shape == (1, 3, 256, 256)
            assert close(example.references[0], flat(TARGET, 256))
    assert close(task().real_pool()[5], flat(TARGET, 256)), "the pool is of targets"
    unofficial = "NOT the official list: scores are not comparable with published rows"
    assert set(check(task(), root)) == {f"{split}: {unofficial}" for split in task.official}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_splits_are_disjoint_and_chosen_by_hash(task, root, tmp_path):
    manifest = prepare(task(), root, [archive(task, tmp_path)])
    published, held = names_of(task), "test" if task in (Facades, Night2Day) else "val"

    def by_hash(split):
        return sorted(
            (f"{split}-{name}" for name in published[split]), key=lambda id: hashlib.sha256(id.encode()).hexdigest()
        )

    ids = {split: [example.id for example in task().examples(split)] for split in manifest.names}
    train = sorted(f"train-{name}" for name in published["train"])
    if task in (Cityscapes, Maps):
        assert ids["test"] == by_hash(held)[:4]
        assert ids["validation"] == by_hash(held)[6:], "what the test and its two spares leave"
        copies = {Cityscapes: 2, Maps: 8}[task]
        assert ids["train"] == [f"{id}-{variant}" for id in train for variant in range(copies)]
    elif task in (Edges2Shoes, Edges2Handbags):
        assert ids["test"] == by_hash(held)
        assert ids["validation"] == by_hash("train")[:2], "a tenth of 20"
        assert ids["train"] == [id for id in train if id not in ids["validation"]]
    else:
        assert ids["test"] == by_hash(held)[: 4 if task is Night2Day else None]
        assert ids["validation"] == by_hash("val")
        assert ids["train"] == train
    files = {row for split in ids.values() for row in split}
    assert len(files) == sum(map(len, ids.values())), "no id twice in the task"


def test_no_more_than_500_are_held_back(tmp_path):
    items = Edges2Shoes().items(tree(tmp_path, train=numbered(6000, "_AB"), val=numbered(2, "_AB")))
    assert {split: len(found) for split, found in items.items()} == {"train": 5500, "validation": 500, "test": 2}


# Crops, turns, mirrors ------------------------------------------------------------------------------------------------


def test_cityscapes_trains_on_mirrored_pairs_too(root, tmp_path):
    condition, target = marked(CONDITION, 256), marked(TARGET, 256)
    prepare(Cityscapes(), root, [archive(Cityscapes, tmp_path, lambda split, name: (condition, target))])
    train = Cityscapes().examples("train")
    assert len(train) == 40
    for example, turn in zip(train[:2], (lambda each: each, lambda each: each[:, ::-1])):
        # away from the edges, where JPEG rings
        inside = np.s_[:, 20:44, 20:230]
        assert close(example.condition["image"][inside], turn(condition)[inside[1:]], 12)
        assert close(example.references[0][inside], turn(target)[inside[1:]], 12)
    for split in ("validation", "test"):
        for example in Cityscapes().examples(split):
            assert close(example.references[0][:, 20:44, 20:230], target[20:44, 20:230], 12)


def ramp(side):
    """Return `uint8[side, side, 3]`: red tells the column, green the row, blue which half it is (0)."""
    grey = np.linspace(0, 255, side).astype(np.uint8)
    square = np.zeros((side, side, 3), np.uint8)
    square[..., 0], square[..., 1] = grey, grey[:, None]
    return square


def triangle(half, side):
    """Return `float64[H, W, C]` scaled down by hand: the mean under a triangle as wide as two steps."""
    step = len(half) / side
    weights = np.zeros((side, len(half)))
    for i in range(side):
        weights[i] = np.clip(1 - np.abs((np.arange(len(half)) + 0.5) - (i + 0.5) * step) / step, 0, None)
        weights[i] /= weights[i].sum()
    return np.einsum("ip,pqc,jq->ijc", weights, half.astype(float), weights, optimize=True)


def test_maps_are_scaled_before_they_are_cropped(root, tmp_path):
    random = np.random.default_rng(0)
    blocks = {name: random.integers(0, 256, (50, 50, 3)).repeat(12, 0).repeat(12, 1) for name in ("a", "b")}
    condition, target = (each.astype(np.uint8) for each in blocks.values())
    path = archive(Maps, tmp_path, lambda split, name: (condition, target))
    prepare(Maps(), root, [path])
    # what the JPEG holds, with the scaling worked out here
    with tarfile.open(path) as packed:
        pair = np.asarray(Image.open(packed.extractfile("maps/val/1.jpg")))
    expected = {"condition": triangle(pair[:, 600:], 512), "target": triangle(pair[:, :600], 512)}
    for split in ("validation", "test"):
        for example in Maps().examples(split):
            assert close(example.condition["image"], expected["condition"][:256, :256], 1)
            assert close(example.references[0], expected["target"][:256, :256], 1)


def test_maps_training_variants_are_turned_alike_on_both_sides(root, tmp_path):
    condition, target = ramp(600), ramp(600)
    target[..., 2] = 255
    prepare(Maps(), root, [archive(Maps, tmp_path, lambda split, name: (condition, target))])
    train = Maps().examples("train")
    assert len(train) == 20 * 8
    crops, transposes = set(), Image.Transpose
    for number in range(80):
        example, variant = train[number], number % 8
        image, reference = example.condition["image"].numpy(), example.references[0].numpy()
        assert np.abs(image[:2].astype(int) - reference[:2]).max() <= 6, "one crop, turned alike"
        assert image[2].max() < 10
        assert reference[2].min() > 245
        # turned back by Pillow, red grows to the right and green downwards again
        back = Image.fromarray(image.transpose(1, 2, 0))
        for _ in range(variant % 4):
            back = back.transpose(transposes.ROTATE_270)
        if variant >= 4:
            back = back.transpose(transposes.FLIP_LEFT_RIGHT)
        back = np.asarray(back).astype(int)
        assert (back[:, -1, 0] - back[:, 0, 0]).min() > 110
        assert (back[-1, :, 1] - back[0, :, 1]).min() > 110
        row = example.id.removesuffix(f"-{variant}")
        top, left = stream("maps", 1, "crop", row, variant).integers(0, 257, size=2)
        found = back[0, 128, 1] / 255 * 511, back[128, 0, 0] / 255 * 511
        assert found == pytest.approx((top, left), abs=8), "where the stream of this variant says"
        crops.add((int(top), int(left)))
    assert len(crops) > 70, "each variant has a crop of its own"
    again = Maps().examples("train")
    assert torch.equal(again[7].references, train[7].references), "drawn once and for all"


# Edges, webcams -------------------------------------------------------------------------------------------------------


def test_edges_are_the_luma_of_the_left_half(root, tmp_path):
    edges = np.full((256, 256, 3), 255, np.uint8)
    edges[100:140, 60:200] = 0
    prepare(Edges2Shoes(), root, [archive(Edges2Shoes, tmp_path, lambda split, name: (edges, flat(TARGET, 256)))])
    image = Edges2Shoes().examples("test")[0].condition["image"]
    assert image[0, 104:136, 64:196].max() < 12, "black on white, not inverted"
    assert image[0, :90].min() > 243


def test_what_stands_by_takes_one_channel(root, tmp_path):
    from benchbench.methods.baselines import Collapsed, Copy, Real

    prepare(Edges2Shoes(), root, [archive(Edges2Shoes, tmp_path)])
    task = Edges2Shoes()
    for method in (Real(), Collapsed(), copy := Copy()):
        method.prepare(task, "cpu", None)
    edges = task.examples("test")[0].condition["image"]
    copied = copy.sample(Conditions(("0",), {"image": edges[None]}), 2, None)
    assert torch.equal(copied, edges.expand(1, 2, 3, -1, -1)), "three equal channels"
    sheet = make_sheet(task, [], conditions=2)
    shown = sheet.getpixel((GAP + 128, TITLE + 128))
    assert len(set(shown)) == 1, "grey"
    assert shown[0] == pytest.approx(luma(CONDITION), abs=4)


def test_conditions_of_one_channel_are_exported(root, tmp_path, bench):
    prepare(Edges2Shoes(), root, [archive(Edges2Shoes, tmp_path)])
    bench("info", "edges2shoes", "--export", tmp_path / "out")
    files = sorted((tmp_path / "out").iterdir())
    assert [path.stem for path in files] == sorted(example.id for example in Edges2Shoes().examples("test"))
    with Image.open(files[0]) as image:
        assert (image.mode, image.size) == ("L", (256, 256))


def test_a_webcam_is_a_group(root, tmp_path):
    prepare(Night2Day(), root, [archive(Night2Day, tmp_path)])
    assert {example.group for example in Night2Day().examples("train")} == {"3", "14"}
    for example in Night2Day().examples("test"):
        assert example.group == example.id.removeprefix("test-").split("_")[0]
        assert example.group in ("7", "95")
    assert Night2Day().group_of("harbour") == "harbour"


# What is official ---------------------------------------------------------------------------------------------------


PUBLISHED = [
    (Cityscapes, {"train": numbered(2975), "val": numbered(500)}, (2975, 180, 300)),
    (Cityscapes, {"train": numbered(2975, start=0), "test": numbered(500, start=0)}, (2975, 180, 300)),
    (Maps, {"train": numbered(1096), "val": numbered(1098)}, (1096, 500, 300)),
    (Facades, {"train": numbered(400), "val": numbered(100), "test": numbered(106)}, (400, 100, 106)),
    (Edges2Shoes, {"train": numbered(49825, "_AB"), "val": numbered(200, "_AB")}, (49325, 500, 200)),
]


@pytest.mark.parametrize(("task", "splits", "numbers"), PUBLISHED)
def test_the_official_names_are_those_of_the_published_files(task, splits, numbers, tmp_path):
    items = task().items(tree(tmp_path, **splits))
    taken = {split: found[: task.rows.get(split)] for split, found in items.items()}
    assert tuple(len(taken[split]) for split in ("train", "validation", "test")) == numbers
    assert numbers[2] == task.protocol.num_conditions
    for split, found in taken.items():
        lines = "".join(f"{item.id}\n" for item in found)
        assert hashlib.sha256(lines.encode()).hexdigest() in task.official[split].removeprefix("names:").split("|")


def test_either_packaging_of_cityscapes_is_official(root, tmp_path, monkeypatch):
    """One name more or less is not."""
    manifest = prepare(Cityscapes(), root, [archive(Cityscapes, tmp_path)])
    known = {split: cache.list_hash([split]) for split in manifest.names}
    monkeypatch.setattr(
        Cityscapes, "official", {split: f"names:{known[split]}|{manifest.names[split]}" for split in known}
    )
    assert set(verdicts(Cityscapes(), manifest).values()) == {"the official names"}
    monkeypatch.setattr(Cityscapes, "official", {split: f"names:{known[split]}|{known[split]}" for split in known})
    assert all(answer.startswith("NOT") for answer in verdicts(Cityscapes(), manifest).values())


def test_cityscapes_as_the_script_of_its_authors_packs_it(root, tmp_path):
    """It writes `train/` and `test/`, numbered from 0, beside the unpaired `trainA/` and the like."""
    folder, content = tmp_path / "packed", jpeg(flat(CONDITION, 256), flat(TARGET, 256), "target")
    for split, number in (("train", 12), ("test", 8)):
        for side in ("", "A", "B"):
            (folder / f"{split}{side}").mkdir(parents=True)
        for i in range(number):
            (folder / split / f"{i}.jpg").write_bytes(content)
            (folder / f"{split}A" / f"{i}_A.jpg").write_bytes(b"")
    manifest = prepare(Cityscapes(), root, [folder])
    assert manifest.rows() == {"train": 12, "validation": 2, "test": 4}
    assert all(example.id.startswith("test-") for example in Cityscapes().examples("test"))


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def unpacked(root, tmp_path):
    """Maps, unpacked under the root as a download would be."""
    with tarfile.open(archive(Maps, tmp_path)) as packed:
        packed.extractall(root, filter="data")
    return root / "maps"


def test_a_picture_of_another_size_is_listed_and_replaced(unpacked, root):
    chosen = Maps().items(unpacked)["test"]
    Image.new("RGB", (600, 600)).save(unpacked / chosen[1].files[0])
    manifest = prepare(Maps(), root)
    assert manifest.bad == (f"{chosen[1].files[0]}: 600 x 600 px, expected 1200 x 600 px",)
    ids = [example.id for example in Maps().examples("test")]
    assert ids == [chosen[k].id for k in (0, 2, 3, 4)], "the first that stands by takes its place"
    assert not set(ids) & {example.id for example in Maps().examples("validation")}


def test_too_few_pictures_for_the_test(unpacked, root):
    for item in Maps().items(unpacked)["test"][:3]:
        (unpacked / item.files[0]).write_bytes(b"no picture")
    with pytest.raises(MissingData, match="maps: 3 usable items for the split test in .*, 4 are needed"):
        prepare(Maps(), root)


def test_a_folder_without_pictures(unpacked, root):
    for path in (unpacked / "val").iterdir():
        path.rename(path.with_suffix(".png"))
    (unpacked / "val" / "._1.jpg").touch()
    with pytest.raises(MissingData, match=r"maps: .*val has no pictures NAME.jpg \(it holds .*\); see https://"):
        prepare(Maps(), root)
    pairs = list((unpacked / "val").glob("[!.]*"))
    (unpacked / "val" / "val").mkdir()
    for path in pairs:
        path.rename(unpacked / "val" / "val" / f"{path.stem}.jpg")
    with pytest.raises(MissingData, match=r"has no pictures NAME.jpg \(they lie in .*val/val: move them up\)"):
        prepare(Maps(), root)


def test_one_set_is_not_taken_for_another(unpacked, root, monkeypatch):
    """Maps and edges2shoes have the same folders: only the name of the set tells."""
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    with pytest.raises(MissingData, match="edges2shoes.tar.gz is not here"):
        prepare(Edges2Shoes(), root)
    with pytest.raises(MissingData, match="that folder is called edges2shoes, or named by --from itself"):
        prepare(Edges2Shoes(), root, [root])
    assert Maps.source.find([root]) == unpacked
    shutil.move(unpacked, root / "elsewhere")
    assert Maps.source.find([root]) is None
    assert Maps.source.find([root / "elsewhere"]) == root / "elsewhere", "a folder that is named may have any name"


def test_cityscapes_is_brought_by_hand(root):
    with pytest.raises(
        MissingData, match=r"register at https://www.cityscapes-dataset.com.*prepare_cityscapes_dataset"
    ):
        prepare(Cityscapes(), root)


def test_a_truncated_picture_is_listed(unpacked, root):
    path = unpacked / "train" / "7.jpg"
    path.write_bytes(path.read_bytes()[:500])
    manifest = prepare(Maps(), root)
    assert len(manifest.bad) == 1
    assert manifest.bad[0].startswith("train/7.jpg: cannot be decoded")
    assert "train-7-0" not in {example.id for example in Maps().examples("train")}


def test_what_is_decoded_is_what_the_cache_says(unpacked):
    for task in TASKS:
        assert task.arrays.keys() == {"condition", "target"}
    read, item = Reader(unpacked), Maps().items(unpacked)["test"][0]
    assert {name: found.shape for name, found in Maps().decode(read, item).items()} == Maps.arrays
