"""CelebA and CelebA-HQ: made small in the layouts that people have, prepared, compared with what is known."""

import hashlib
import io
import shutil
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import MissingData
from benchbench.data.check import check, verdicts
from benchbench.data.prepare import prepare
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.tasks import _unconditional, celeba_hq
from benchbench.tasks.celeba import HOMEPAGE, Celeba, InpaintCeleba, SrCeleba
from benchbench.tasks.celeba_hq import CelebaHq

TASKS = [SrCeleba, InpaintCeleba, Celeba]
TRAIN, VALIDATION, TEST = range(1, 9), range(9, 13), range(13, 27)
ROWS, REFERENCES = 6, 2


def by_hash(ids):
    return sorted(ids, key=lambda id: hashlib.sha256(id.encode()).hexdigest())


def names_hash(ids):
    return "names:" + hashlib.sha256("".join(f"{id}\n" for id in ids).encode()).hexdigest()


def face(number):
    """Return `uint8[218, 178, 3]`, a smooth picture of its own that is white above row 20 and black from row 198 on."""
    coarse = np.random.default_rng(number).integers(0, 256, size=(11, 9, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((178, 218))).copy()
    picture[:20], picture[198:] = 255, 0
    return picture


def jpeg(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return file.getvalue()


def partition():
    parts = [(TRAIN, 0), (VALIDATION, 1), (TEST, 2)]
    return "".join(f"{number:06d}.jpg {part}\n" for numbers, part in parts for number in numbers)


@pytest.fixture(scope="module")
def faces():
    """The files' content by number, made once."""
    return {number: jpeg(face(number)) for number in (*TRAIN, *VALIDATION, *TEST)}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Where data are kept; the tasks take 6 rows for the test, and `celeba` makes 3 conditions of them."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(_unconditional, "CONDITIONS", ROWS // REFERENCES)
    monkeypatch.setattr(Celeba, "references", REFERENCES)
    for task in TASKS:
        monkeypatch.setattr(task, "rows", {"test": ROWS})
    return tmp_path / "data"


@pytest.fixture
def folder(root, faces):
    """CelebA as unpacked."""
    made = root / "celeba"
    (made / "img_align_celeba").mkdir(parents=True)
    for number, content in faces.items():
        (made / "img_align_celeba" / f"{number:06d}.jpg").write_bytes(content)
    (made / "list_eval_partition.txt").write_text(partition())
    return made


def as_csv():
    return "image_id,partition\n" + partition().replace(" ", ",")


KAGGLE = "img_align_celeba/img_align_celeba"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("how", ["folder", "archive"])
def test_kaggles_copy_is_read_as_it_is(folder, root, faces, tmp_path, how, mark):
    """Its archive has the folder of images twice, and the partition as CSV among other lists."""
    expected = prepare(SrCeleba(), root)
    copy = tmp_path / "kaggle"
    (copy / KAGGLE).mkdir(parents=True)
    for number, content in faces.items():
        (copy / KAGGLE / f"{number:06d}.jpg").write_bytes(content)
    (copy / "list_eval_partition.csv").write_text(mark + as_csv(), encoding="utf-8")
    (copy / "list_attr_celeba.csv").write_text("image_id,Smiling\n000001.jpg,1\n")
    given = copy
    if how == "archive":
        given = tmp_path / "archive.zip"
        with zipfile.ZipFile(given, "w") as archive:
            for path in sorted(copy.rglob("*")):
                archive.write(path, path.relative_to(copy))
    found = prepare(SrCeleba(), tmp_path / "other", [given])
    assert found.content == expected.content
    assert found.rows() == expected.rows()


def test_an_archive_unpacked_into_a_folder_of_its_name_is_read(folder, root, tmp_path):
    expected = prepare(SrCeleba(), root)
    copy = tmp_path / "mine"
    copy.mkdir()
    shutil.move(folder / "img_align_celeba", copy / "img_align_celeba" / "img_align_celeba")
    shutil.move(folder / "list_eval_partition.txt", copy)
    assert prepare(SrCeleba(), tmp_path / "other", [copy]).content == expected.content


def decoded(content):
    """Return the centre square that the JPEG holds, `float[178, 178, 3]`."""
    return np.asarray(Image.open(io.BytesIO(content)), dtype=float)[20:198]


def triangle(image, side):
    """Return `[H, W, 3]` scaled by the triangle filter, stretched to cover the pixels that become one (antialiased)."""
    size = len(image)
    scale = size / side
    centres = (np.arange(side)[:, None] + 0.5) * scale
    weights = np.maximum(0, 1 - np.abs(np.arange(size) + 0.5 - centres) / scale)
    weights /= weights.sum(1, keepdims=True)
    return np.einsum("ip,pqc,jq->ijc", weights, image, weights, optimize=True)


def close(image, expected, tolerance):
    """Return whether `uint8[3, H, W]` is `[H, W, 3]`, but for rounding."""
    found = np.asarray(image, dtype=float).transpose(1, 2, 0)
    return found.shape == expected.shape and float(np.abs(found - expected).max()) <= tolerance


# Pixels ---------------------------------------------------------------------------------------------------------------


def test_faces_are_the_centre_square_scaled_and_the_input_is_their_quarter_size(folder, root, faces):
    prepare(SrCeleba(), root)
    task = SrCeleba()
    for split in ("train", "validation", "test"):
        for example in task.examples(split):
            expected = triangle(decoded(faces[int(example.id)]), 64)
            assert example.references.shape == (1, 3, 64, 64)
            assert close(example.references[0], expected, 1)
            assert close(example.condition["image"], triangle(expected, 16), 1)
            assert example.condition["image"].dtype == torch.uint8


def test_a_true_sample_is_consistent_with_its_input_but_for_rounding(folder, root):
    prepare(SrCeleba(), root)
    task = SrCeleba()
    examples = task.examples("test")
    for example, other in zip(examples, examples[1:]):
        own, wrong = task.condition_error(example, torch.cat([example.references, other.references])).tolist()
        assert own < 0.5
        assert wrong > 10


def test_the_crop_is_rows_20_to_197(folder, root, faces):
    """What is above is white and what is below is black: neither is seen."""
    for number in faces:
        grey = np.full((218, 178, 3), 128, np.uint8)
        grey[:20], grey[198:] = 255, 0
        Image.fromarray(grey).save(folder / "img_align_celeba" / f"{number:06d}.jpg", quality=100)
    for task in TASKS:
        prepare(task(), root)
        image = task().examples("test")[0].references[0]
        # a row of JPEG's 8 x 8 blocks lies across each border, and rings
        assert int((image[:, 4:-4].int() - 128).abs().max()) <= 2
        assert int((image.int() - 128).abs().max()) < 40, "white and black would be 127 off"


def test_the_hole_is_filled_and_the_mask_is_the_hole(folder, root, faces):
    prepare(InpaintCeleba(), root)
    for example in InpaintCeleba().examples("test"):
        image, mask, reference = example.condition["image"], example.condition["mask"], example.references[0]
        assert close(reference, triangle(decoded(faces[int(example.id)]), 128), 1)
        assert mask.shape == (1, 128, 128)
        assert set(mask.unique().tolist()) == {0, 255}
        hole = mask[0] == 255
        assert (image[:, hole] == torch.tensor([130, 108, 96])[:, None]).all()
        assert torch.equal(image[:, ~hole], reference[:, ~hole])
        rows, columns = (torch.nonzero(hole.any(axis)).flatten() for axis in (1, 0))
        assert int(hole.sum()) == len(rows) * len(columns), "a rectangle"
        for extent in (rows, columns):
            assert int(extent[-1] - extent[0]) + 1 == len(extent)
            assert 48 <= len(extent) <= 64
        assert InpaintCeleba().condition_error(example, example.references).tolist() == [0]


def test_holes_are_what_they_were_and_of_all_sizes_and_places(folder, root, faces):
    numbers = [str(number) for number in range(600)]
    (folder / "list_eval_partition.txt").write_text(partition() + "".join(f"{i:0>6}.jpg 0\n" for i in numbers[30:]))
    for i in numbers[30:]:
        (folder / "img_align_celeba" / f"{i:0>6}.jpg").write_bytes(faces[1])
    prepare(InpaintCeleba(), root)
    boxes = []
    for example in InpaintCeleba().examples("train"):
        hole = example.condition["mask"][0] == 255
        rows, columns = (torch.nonzero(hole.any(axis)).flatten() for axis in (1, 0))
        boxes.append([int(rows[0]), int(columns[0]), len(rows), len(columns)])
    again = InpaintCeleba().examples("train")[5].condition["mask"]
    assert torch.equal(again, InpaintCeleba().examples("train")[5].condition["mask"])
    found = np.array(boxes)
    assert len({tuple(box) for box in boxes}) > 500, "each image has its own"
    for extent, start in ((found[:, 2], found[:, 0]), (found[:, 3], found[:, 1])):
        assert (extent.min(), extent.max()) == (48, 64)
        assert np.bincount(extent)[48:].min() > 10, "17 lengths, 34 of each are expected"
        end = start + extent
        assert start.min() < 8
        assert end.max() > 120
        # a hole of 48 to 64 px in a 64 px box that starts at 0 to 64: its middle is around 64, and at 24 to 104
        assert abs(float((start + end).mean()) / 2 - 64) < 4 * 19.5 / len(found) ** 0.5
    assert abs(np.corrcoef(found[:, 2], found[:, 3])[0, 1]) < 4 / len(found) ** 0.5, "height and width are independent"


# Splits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_splits_are_the_partition_and_the_test_is_chosen_by_hash(task, folder, root):
    manifest = prepare(task(), root)
    assert manifest.rows() == {"train": 8, "validation": 4, "test": ROWS}
    assert manifest.bad == ()
    for split, numbers in (("train", TRAIN), ("validation", VALIDATION)):
        assert [example.id for example in task().examples(split)] == [f"{number:06d}" for number in numbers]
    chosen = by_hash(f"{number:06d}" for number in TEST)[:ROWS]
    assert manifest.names["test"] == names_hash(chosen).removeprefix("names:")
    assert len(task().real_pool()) == 8
    assert fingerprint(task()) == fingerprint(task())


def test_each_condition_of_celeba_has_images_of_its_own(folder, root, faces):
    prepare(Celeba(), root)
    examples = Celeba().examples("test")
    assert len(examples) == ROWS // REFERENCES
    chosen = iter(by_hash(f"{number:06d}" for number in TEST))
    for example in examples:
        assert example.condition == {}
        for reference in example.references:
            assert close(reference, triangle(decoded(faces[int(next(chosen))]), 64), 1)


def test_the_tasks_take_what_the_protocol_needs():
    for task in (SrCeleba, InpaintCeleba):
        assert task.rows["test"] == task.protocol.num_conditions == 300
    for task in (Celeba, CelebaHq):
        assert task.rows["test"] == task.references * _unconditional.CONDITIONS
    assert (Celeba.references, CelebaHq.references) == (20, 3)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_official_names_are_those_of_the_published_partition(task):
    """000001 to 162770 are for training, to 182637 for validation, to 202599 for the test."""
    ids = [f"{number:06d}" for number in range(1, 202600)]
    test = by_hash(ids[182637:])
    assert (len(ids[:162770]), len(ids[162770:182637]), len(test)) == (162770, 19867, 19962)
    assert task.official == {
        "train": names_hash(ids[:162770]),
        "validation": names_hash(ids[162770:182637]),
        "test": names_hash(test[: task.rows["test"]]),
    }


# Layouts --------------------------------------------------------------------------------------------------------------


def test_the_archive_and_the_partition_are_taken_as_downloaded(folder, root, tmp_path, bench):
    archive = tmp_path / "img_align_celeba.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(folder / "img_align_celeba", "img_align_celeba/")
        for path in sorted((folder / "img_align_celeba").iterdir()):
            packed.write(path, f"img_align_celeba/{path.name}")
    listed = tmp_path / "list_eval_partition.txt"
    shutil.move(folder / "list_eval_partition.txt", listed)
    shutil.rmtree(folder)
    done = bench("data", "prepare", "sr-celeba", "--root", root, "--from", archive, "--from", listed)
    assert done.code == 0, done.err
    assert (root / "unpacked" / "celeba" / "img_align_celeba" / "000013.jpg").is_file()
    done = bench("data", "prepare", "celeba", "--root", root)
    assert done.code == 0, "the tasks share one folder: " + done.err
    assert len(Celeba().examples("train")) == len(SrCeleba().examples("train")) == 8


def test_the_folders_of_the_shared_drive_are_taken_as_they_are(folder, root, tmp_path):
    first = prepare(SrCeleba(), root)
    drive = tmp_path / "CelebA"
    for name, place in (("img_align_celeba", "Img"), ("list_eval_partition.txt", "Eval")):
        (drive / place).mkdir(parents=True)
        shutil.move(folder / name, drive / place / name)
    again = prepare(SrCeleba(), root, [drive], force=True)
    assert (again.names, again.content, again.arrays) == (first.names, first.content, first.arrays)
    assert check(SrCeleba(), root) == [
        f"{split}: NOT the official list: scores are not comparable with published rows"
        for split in ("test", "train", "validation")
    ]


# Faults ---------------------------------------------------------------------------------------------------------------


def test_without_data_a_run_says_what_is_missing_where_and_how_to_get_it(bench, monkeypatch):
    monkeypatch.delenv("BENCHBENCH_DATA", raising=False)
    for task in TASKS:
        done = bench("run", "-t", task.name)
        assert done.code == 1
        for part in (
            f"{task.name} is not prepared: its data set celeba is not in data",
            "img_align_celeba.zip",
            "list_eval_partition.txt",
            HOMEPAGE,
            f"benchbench data prepare {task.name} --from PATH",
            "non-commercial",
        ):
            assert part in done.err
        assert done.err.count("error:") == 1
        assert "Traceback" not in done.err


def test_nothing_is_downloaded(root):
    with pytest.raises(MissingData, match=r"celeba is not in .*CelebA's licence asks you to get it yourself"):
        prepare(SrCeleba(), root)


def test_a_missing_partition_is_named(folder, root):
    (folder / "list_eval_partition.txt").unlink()
    with pytest.raises(MissingData) as found:
        prepare(SrCeleba(), root, [folder])
    assert str(found.value).startswith(
        f"celeba is not in {folder}: list_eval_partition.txt (or Eval/list_eval_partition.txt or"
        " list_eval_partition.csv) should stand in one folder there"
    )
    with pytest.raises(MissingData, match=r"list_eval_partition.txt .*licence asks you"):
        prepare(SrCeleba(), root)


@pytest.mark.parametrize(
    "line", ["000027.jpg", "000027.jpg 3", "000027.png 0", "000027.jpg 2 1", "../../27.jpg 2", "image_id,partition"]
)
def test_a_bad_line_of_the_partition_is_named(folder, root, line):
    path = folder / "list_eval_partition.txt"
    path.write_text(path.read_text() + f"\n{line}\n")
    with pytest.raises(MissingData) as found:
        prepare(SrCeleba(), root)
    assert str(found.value).startswith(
        f"sr-celeba: line 28 of {path} is not `NUMBER.jpg 0|1|2`: {line!r}; get it again"
    )


def test_a_partition_that_is_no_text_is_told(folder, root):
    (folder / "list_eval_partition.txt").write_bytes(b"\x1f\x8b\xff\xfe" * 100)
    with pytest.raises(MissingData, match="sr-celeba: line 1 of .* is not `NUMBER.jpg") as found:
        prepare(SrCeleba(), root)
    assert len(str(found.value)) < 600


def spoil_absent(path):
    path.unlink()
    return "not there"


def spoil_truncated(path):
    path.write_bytes(path.read_bytes()[:400])
    return "cannot be decoded"


def spoil_size(path):
    Image.new("RGB", (178, 178)).save(path)
    return "178 x 178 px, expected 178 x 218 px"


@pytest.mark.parametrize("spoil", [spoil_absent, spoil_truncated, spoil_size])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_an_image_that_cannot_be_used_is_listed_and_the_next_takes_its_place(task, folder, root, spoil):
    official = prepare(task(), root)
    ranked = by_hash(f"{number:06d}" for number in TEST)
    lost = [ranked[1], "000003", "000010"]
    reasons = [spoil(folder / "img_align_celeba" / f"{id}.jpg") for id in lost]
    manifest = prepare(task(), root, force=True)
    assert len(manifest.bad) == 3
    for id, reason in zip((lost[0], lost[2], lost[1]), reasons):
        assert any(each.startswith(f"img_align_celeba/{id}.jpg: {reason}") for each in manifest.bad)
    assert manifest.rows() == {"train": 7, "validation": 3, "test": ROWS}
    kept = [id for id in ranked if id != lost[0]][:ROWS]
    assert manifest.names["test"] == names_hash(kept).removeprefix("names:") != official.names["test"]
    assert set(verdicts(task(), manifest).values()) == {
        "NOT the official list: scores are not comparable with published rows"
    }


def test_too_few_images_for_the_test(folder, root):
    for number in TEST[4:]:
        (folder / "img_align_celeba" / f"{number:06d}.jpg").unlink()
    with pytest.raises(MissingData, match=r"sr-celeba: 4 usable items for the split test in .*, 6 are needed; not to"):
        prepare(SrCeleba(), root)


# Runs -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "methods"), [("sr-celeba", ["copy"]), ("inpaint-celeba", ["copy"]), ("celeba", ["real", "collapsed"])]
)
def test_baselines_run(task, methods, folder, root, bench):
    assert bench("data", "prepare", task).code == 0
    chosen = [word for method in methods for word in ("-m", method)]
    done = bench("run", "-t", task, *chosen, "-j", 0, "--limit", 3, "--samples", 4)
    assert done.code == 0, done.err
    for method in methods:
        assert f"| {method}" in done.out


# CelebA-HQ ------------------------------------------------------------------------------------------------------------

NUMBER, HELD_OUT = 20, 12
"""Of 20 images 12 are held out: 6 for the test, 2 that stand by, 4 for validation."""


@pytest.fixture
def high_quality(root, monkeypatch):
    """The numbers of the task, made small."""
    monkeypatch.setattr(celeba_hq, "NUMBER", NUMBER)
    monkeypatch.setattr(celeba_hq, "HELD_OUT", HELD_OUT)
    monkeypatch.setattr(celeba_hq, "SPARE", 2)
    monkeypatch.setattr(CelebaHq, "references", REFERENCES)
    monkeypatch.setattr(CelebaHq, "rows", {"test": ROWS})


def shade(index):
    return (12 * index, 255 - 12 * index, 6 * index)


def images(folder, name, side, first=0):
    """Make a packaging of flat pictures, each of the colour of its place in the published list."""
    folder.mkdir(parents=True)
    for index in range(NUMBER):
        Image.new("RGB", (side, side), shade(index)).save(folder / name.format(index + first), quality=95)


LAYOUTS = [
    ("celeba_hq_256", "{:05d}.jpg", 256, 0),
    ("data256x256", "{:05d}.jpg", 256, 1),
    ("CelebAMask-HQ/CelebA-HQ-img", "{}.jpg", 1024, 0),
]


@pytest.mark.parametrize(("place", "name", "side", "first"), LAYOUTS)
def test_every_packaging_gives_the_same_splits(place, name, side, first, high_quality, root, tmp_path):
    images(tmp_path / "mine" / place, name, side, first)
    manifest = prepare(CelebaHq(), root, [tmp_path / "mine"])
    assert manifest.bad == ()
    ranked = by_hash(f"{index:05d}" for index in range(NUMBER))
    expected = {"test": ranked[:6], "validation": ranked[8:12], "train": sorted(ranked[12:])}
    assert {split: f"names:{found}" for split, found in manifest.names.items()} == {
        split: names_hash(ids) for split, ids in expected.items()
    }
    for split in ("train", "validation"):
        assert [example.id for example in CelebaHq().examples(split)] == expected[split]
        for example in CelebaHq().examples(split):
            colour = torch.tensor(shade(int(example.id)))[:, None, None]
            assert example.references.shape == (1, 3, 256, 256)
            assert int((example.references[0].int() - colour).abs().max()) <= 3, "as JPEG keeps it"
    found = torch.cat([example.references for example in CelebaHq().examples("test")])[:, :, 0, 0].int()
    assert found.shape == (6, 3)
    assert int((found - torch.tensor([shade(int(id)) for id in ranked[:6]])).abs().max()) <= 3
    assert CelebaHq().real_pool().shape == (8, 3, 256, 256)


def test_1024_px_become_256_px_by_the_mean_of_sixteen_pixels(high_quality, root, tmp_path):
    folder = tmp_path / "CelebA-HQ-img"
    images(folder, "{}.jpg", 1024)
    noise = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    first = by_hash(f"{index:05d}" for index in range(NUMBER))[0]
    path = folder / f"{int(first)}.jpg"
    Image.fromarray(noise).save(path, quality=95)
    prepare(CelebaHq(), root, [tmp_path])
    stored = np.asarray(Image.open(path), dtype=float)
    expected = stored.reshape(256, 4, 256, 4, 3).mean((1, 3))
    assert close(CelebaHq().examples("test")[0].references[0], expected, 1)


def test_packed_images_are_unpacked(high_quality, root, tmp_path):
    images(tmp_path / "celeba_hq_256", "{:05d}.jpg", 256)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as packed:
        for path in sorted((tmp_path / "celeba_hq_256").iterdir()):
            packed.write(path, f"celeba_hq_256/{path.name}")
    assert prepare(CelebaHq(), root, [tmp_path / "archive.zip"]).rows()["test"] == ROWS
    assert (root / "unpacked" / "celeba-hq" / "celeba_hq_256" / "00000.jpg").is_file()


def test_a_lost_held_out_image_never_brings_a_training_image_into_the_test(high_quality, root, tmp_path):
    images(tmp_path / "celeba_hq_256", "{:05d}.jpg", 256)
    ranked = by_hash(f"{index:05d}" for index in range(NUMBER))
    (tmp_path / "celeba_hq_256" / f"{ranked[0]}.jpg").unlink()
    Image.new("RGB", (512, 512)).save(tmp_path / "celeba_hq_256" / f"{ranked[15]}.jpg")
    manifest = prepare(CelebaHq(), root, [tmp_path])
    assert manifest.bad == (
        f"celeba_hq_256/{ranked[0]}.jpg: not there",
        f"celeba_hq_256/{ranked[15]}.jpg: 512 x 512 px, expected 256 x 256 px",
    )
    assert f"names:{manifest.names['test']}" == names_hash(ranked[1:7]), "one that stands by takes its place"
    assert [example.id for example in CelebaHq().examples("validation")] == ranked[8:12]
    for id in ranked[1:4]:
        (tmp_path / "celeba_hq_256" / f"{id}.jpg").unlink()
    with pytest.raises(MissingData, match="celeba-hq: 4 usable items for the split test in .*, 6 are needed"):
        prepare(CelebaHq(), root, [tmp_path], force=True)


def test_celeba_hq_is_brought_by_hand(root, tmp_path):
    with pytest.raises(MissingData, match=r"celeba-hq is not in .*celeba_hq_256 .or data256x256 or CelebA-HQ-img.*get"):
        prepare(CelebaHq(), root)
    tmp_path.joinpath("empty").mkdir()
    with pytest.raises(MissingData, match="celeba-hq is not in .*empty: celeba_hq_256"):
        prepare(CelebaHq(), root, [tmp_path / "empty"])


def test_the_official_numbers_of_celeba_hq(root):
    folder = root / "celeba-hq"
    (folder / "CelebA-HQ-img").mkdir(parents=True)
    items = CelebaHq().items(folder)
    ids = {split: [item.id for item in found] for split, found in items.items()}
    assert {split: len(found) for split, found in ids.items()} == {"train": 29000, "validation": 80, "test": 920}
    assert len(set().union(*ids.values())) == 30000
    assert CelebaHq.official == {split: names_hash(found[: CelebaHq.rows.get(split)]) for split, found in ids.items()}
    assert {item.files[0] for item in items["train"]} <= {f"CelebA-HQ-img/{number}.jpg" for number in range(30000)}


def test_baselines_run_on_celeba_hq(high_quality, root, tmp_path, bench):
    images(tmp_path / "mine" / "celeba_hq_256", "{:05d}.jpg", 256)
    assert bench("data", "prepare", "celeba-hq", "--from", tmp_path / "mine").code == 0
    done = bench("run", "-t", "celeba-hq", "-m", "real", "-j", 0, "--limit", 3, "--samples", 2)
    assert done.code == 0, done.err
    assert "| real" in done.out
