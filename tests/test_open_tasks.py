"""The open tasks: on the real files where they are here, and on small made ones in the same layout."""

import hashlib
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import InpaintingTask, MissingData, ModeTask, SuperResolutionTask
from benchbench.core.noise import stream
from benchbench.data import Item, Reader, cache
from benchbench.data.check import verdicts
from benchbench.data.obtain import obtain
from benchbench.data.prepare import prepare
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.plugins import get_task
from benchbench.tasks import edges2clothes, emoji_tones, inpaint_photos, sr_hands
from benchbench.tasks.edges2clothes import Edges2Clothes
from benchbench.tasks.emoji_tones import EmojiTones, pose_of
from benchbench.tasks.inpaint_photos import InpaintPhotos
from benchbench.tasks.sr_hands import SrHands, students_of

PREPARED = [SrHands, Edges2Clothes, EmojiTones]
ROWS = {
    "sr-hands": {"train": 1589, "validation": 100, "test": 300},
    "edges2clothes": {"train": 3068, "validation": 341, "test": 300},
    "emoji-tones": {"train": 185, "validation": 28, "test": 100},
}
FINGERPRINTS = {
    "sr-hands": "05d4c38a5d3ce02b95e9468dd5979a19f4f6131875fe087ae7e5b0176024eccf",
    "edges2clothes": "5340bb3e8f2fb60fe1bcaf9aa07d3c339cedec2844a8a189119a5920705f039d",
    "emoji-tones": "4957cbf7f4322d540b15dd67d3468512ea840433c7fb27a166a88409c0af5ad0",
    "inpaint-photos": "cc2547d80630f006c770f48b79d6fa567b202d586a9d6b387cd092790d625b72",
}
LANCZOS = Image.Resampling.LANCZOS


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """One place for the prepared data of all tests: a task that is prepared already is not made again."""
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def ready(data_folder, root, monkeypatch):
    """Return a function from one of the three classes to its task, prepared, and what was found."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(root))

    def make(task):
        return task(), prepare(task(), root, [data_folder])

    return make


def sha256(name):
    return hashlib.sha256(name.encode()).hexdigest()


def splits(task):
    """Return by split the ids and the groups of the cached rows."""
    opened = cache.opened(task.name, task.version, task.source)
    return {split: list(zip(table.ids, table.groups, strict=True)) for split, table in opened.splits.items()}


def pixels(picture):
    """Return `uint8[3, H, W]`."""
    return np.asarray(picture.convert("RGB")).transpose(2, 0, 1)


# the real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", PREPARED)
def test_the_files_are_the_official_ones(ready, task):
    made, manifest = ready(task)
    assert manifest.rows() == ROWS[task.name]
    assert set(verdicts(made, manifest).values()) == {"the official files"}
    spoilt = [each.split(":")[0] for each in manifest.bad]
    assert spoilt == (["png/128/emoji_u1f3c2.png"] if task is EmojiTones else [])


@pytest.mark.parametrize("task", PREPARED)
def test_the_data_stay_what_they_are(ready, task):
    """A change here makes every record of the task incomparable: raise the task's version."""
    made, _ = ready(task)
    assert fingerprint(made) == FINGERPRINTS[task.name]


@pytest.mark.parametrize("task", PREPARED)
def test_no_group_and_no_id_is_in_two_splits(ready, task):
    made, _ = ready(task)
    found = splits(made)
    for column in (0, 1):
        parts = [{row[column] for row in rows if row[column]} for rows in found.values()]
        assert sum(map(len, parts)) == len(set().union(*parts))


@pytest.mark.parametrize("task", PREPARED)
def test_examples_and_pool_are_of_the_sample_space(ready, task):
    made, _ = ready(task)
    pool = made.real_pool()
    made.space.check(pool[None], 1, len(pool))
    test = made.examples("test")
    assert len(test) == len({example.id for example in test}) == made.protocol.num_conditions
    for split in ("train", "validation", "test"):
        examples = made.examples(split)
        for example in examples[:: max(1, len(examples) // 20)]:
            made.space.check(example.references[None], 1, len(example.references))


# sr-hands -------------------------------------------------------------------------------------------------------------


def test_hands_of_a_group_were_taken_in_a_row(ready, data_folder):
    """No other photograph lies between the first and the last of a group, so no student is in two."""
    task, _ = ready(SrHands)
    numbers = sorted(int(path.stem[4:]) for path in (data_folder / task.source.name / "Dataset").glob("*/*.JPG"))
    assert len(numbers) == len(set(numbers)) == 2059
    groups = {}
    for items in students_of(data_folder / task.source.name):
        groups[items[0].group] = [int(item.id) for item in items]
    assert sorted(number for own in groups.values() for number in own) == numbers
    for own in groups.values():
        assert own == numbers[numbers.index(own[0]) : numbers.index(own[0]) + len(own)]
    assert sum(len(own) == 10 for own in groups.values()) == 173
    assert {group for rows in splits(task).values() for _, group in rows} == set(groups)


def test_the_test_hands_are_of_the_students_with_the_least_hash(ready, data_folder):
    task, _ = ready(SrHands)
    students = sorted(students_of(data_folder / task.source.name), key=lambda items: sha256(items[0].id))
    candidates = [item.id for items in students[:32] for item in items]
    assert [example.id for example in task.examples("test")] == sorted(candidates, key=sha256)[:300]
    assert len({example.group for example in task.examples("test")}) == 32


def test_hands_are_scaled_by_lanczos_and_their_inputs_are_area_means(ready, data_folder):
    task, _ = ready(SrHands)
    files = {path.stem[4:]: path for path in (data_folder / task.source.name).glob("Dataset/*/*.JPG")}
    for example in task.examples("test")[::30]:
        target = pixels(Image.open(files[example.id]).resize((64, 64), LANCZOS))
        assert (example.references[0].numpy() == target).all()
        means = target.astype(float).reshape(3, 16, 4, 16, 4).mean((2, 4))
        assert (example.condition["image"].numpy() == np.rint(means)).all()
        assert task.condition_error(example, example.references) <= 0.5


def tree_of_hands(folder, digits):
    """Make the layout of the data set: a grey picture for each digit in turn, as a camera numbers them from 1."""
    for number, digit in enumerate(digits, 1):
        path = folder / "Sign-Language-Digits-Dataset" / "Dataset" / digit / f"IMG_{number:04d}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (100, 100), (number % 251, number // 251, 90)).save(path)
    return folder / "Sign-Language-Digits-Dataset"


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("0123456789 0123456789", "a10 b10"),
        ("01234567889 0123456789", "a11 b10"),
        ("012345689 012345678", "a9 b9"),
        ("0123456789 0213456789", "a20"),
        ("0123456789 0213456789 0123456789", "a20 b10"),
        ("0123456789 0123456789 456789 0123456789", "a10 b26"),
    ],
)
def test_students_are_told_by_falling_digits(tmp_path, digits, expected):
    """`a10 b26`: two groups, of 10 and of 26 photographs. A short run goes with both of its neighbours."""
    folder = tree_of_hands(tmp_path, digits.replace(" ", ""))
    groups = students_of(folder)
    assert [len(items) for items in groups] == [int(each[1:]) for each in expected.split()]
    assert len({item.group for items in groups for item in items}) == len(groups)
    assert [int(item.id) for items in groups for item in items] == list(range(1, len(digits.replace(" ", "")) + 1))


def test_a_bad_hand_is_listed_and_the_next_by_hash_takes_its_place(tmp_path):
    folder = tree_of_hands(tmp_path, "0123456789" * 45)
    students = sorted(students_of(folder), key=lambda items: sha256(items[0].id))
    test = sorted((item for items in students[:32] for item in items), key=lambda item: sha256(item.id))
    small, cut = test[0], test[7]
    Image.new("RGB", (99, 100)).save(folder / small.files[0])
    (folder / cut.files[0]).write_bytes((folder / cut.files[0]).read_bytes()[:300])
    manifest = prepare(SrHands(), tmp_path, [folder])
    assert manifest.rows() == {"test": 300, "validation": 100, "train": 30}
    assert [each.split(":")[0] for each in manifest.bad] == [small.files[0], cut.files[0]]
    assert "99 x 100 px, expected 100 x 100 px" in manifest.bad[0]
    assert "cannot be decoded" in manifest.bad[1]
    assert verdicts(SrHands(), manifest)["test"].startswith("NOT the official list")


# edges2clothes --------------------------------------------------------------------------------------------------------


def test_clothes_keep_upstreams_split(ready, data_folder):
    task, _ = ready(Edges2Clothes)
    folder = data_folder / task.source.name
    found = {split: [id for id, _ in rows] for split, rows in splits(task).items()}
    for split in ("train", "validation"):
        assert sorted(found[split]) == sorted(path.stem for path in folder.glob(f"{split}/*/*.jpg"))
    names = [path.stem for path in folder.glob("test/*/*.jpg")]
    assert len(names) == 372
    assert found["test"] == sorted(names, key=sha256)[:300]


def test_clothes_are_centre_squares_under_their_edges(ready, data_folder):
    from skimage.feature import canny

    task, _ = ready(Edges2Clothes)
    files = {path.stem: path for path in (data_folder / task.source.name).glob("test/*/*.jpg")}
    for example in task.examples("test")[::30]:
        photo = Image.open(files[example.id]).convert("RGB")
        assert min(photo.size) == 128
        left, top = (photo.width - 128) // 2, (photo.height - 128) // 2
        small = photo.crop((left, top, left + 128, top + 128)).resize((64, 64), LANCZOS)
        assert (example.references[0].numpy() == pixels(small)).all()
        luma = np.asarray(small.convert("L")) / 255
        black = canny(luma, sigma=1.5, low_threshold=0.05, high_threshold=0.1)
        line = example.condition["image"][0].numpy()
        assert ((line == 0) == black).all()
        assert ((line == 255) == ~black).all()


def test_clothes_edges_are_thin_lines_where_the_picture_changes(ready):
    task, _ = ready(Edges2Clothes)
    black = []
    for example in task.examples("test"):
        line = example.condition["image"]
        assert line.shape == (1, 64, 64)
        assert set(line.unique().tolist()) <= {0, 255}
        black.append(float((line == 0).double().mean()))
        down, across = np.gradient(example.references[0].double().mean(0).numpy())
        slope, edge = np.hypot(down, across)[2:-2, 2:-2], (line[0] == 0).numpy()[2:-2, 2:-2]
        assert not edge.any() or slope[edge].mean() > slope[~edge].mean()
    assert 0.05 < np.mean(black) < 0.2
    assert np.mean(np.array(black) == 0) < 0.01, "next to no condition is empty"


def test_a_disc_has_a_circle_for_its_edge():
    y, x = np.mgrid[:64, :64]
    radius = np.hypot(y - 31.5, x - 31.5)
    line = edges2clothes.edges(np.where(radius < 20, 40, 200).astype(np.uint8))
    assert set(np.unique(line)) == {0, 255}
    assert np.abs(radius[line == 0] - 20).max() < 1.6
    angle = np.degrees(np.arctan2(y - 31.5, x - 31.5))[line == 0]
    assert len(set((angle // 10).astype(int))) == 36, "it is closed"
    assert (edges2clothes.edges(np.full((64, 64), 90, np.uint8)) == 255).all()


def test_larger_clothes_are_brought_to_128_px_on_the_short_side_first(tmp_path):
    grain = stream("clothes").integers(0, 256, size=(40, 30, 3), dtype=np.uint8)
    large = Image.fromarray(grain).resize((300, 400), Image.Resampling.BICUBIC)
    large.save(tmp_path / "large.png")
    arrays = Edges2Clothes().decode(Reader(tmp_path), Item("large", ("large.png",)))
    halfway = large.resize((128, 171), LANCZOS)
    expected = pixels(halfway.crop((0, 21, 128, 149)).resize((64, 64), LANCZOS))
    assert (arrays["image"] == expected).all()
    assert arrays["edges"].shape == (1, 64, 64)


# emoji-tones ----------------------------------------------------------------------------------------------------------


def test_emoji_references_are_the_six_files_on_white(ready, data_folder):
    task, _ = ready(EmojiTones)
    folder = data_folder / task.source.name / "png" / "128"
    for example in task.examples("test")[::10]:
        parts = example.id.split("_")
        names = ["_".join([parts[0], *tone, *parts[1:]]) for tone in ([], *([each] for each in emoji_tones.TONES))]
        assert len(example.references) == 6
        for name, image in zip(names, example.references, strict=True):
            layer = np.asarray(Image.open(folder / f"emoji_u{name}.png").convert("RGBA")).astype(float)
            alpha = layer[..., 3:] / 255
            white = Image.fromarray(np.rint(layer[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8))
            difference = image.numpy().astype(int) - pixels(white.resize((64, 64), LANCZOS))
            assert np.abs(difference).max() <= 2, "blending rounds, and nothing else"


def test_line_art_is_the_same_for_all_tones_and_made_of_them_alike(ready):
    """Permuted tones have the same line art, so that it cannot tell which one is which."""
    task, _ = ready(EmojiTones)
    train = task.examples("train")
    assert len(train) == 6 * 185
    for start in range(0, len(train), 60):
        own = train[start : start + 6]
        assert len({example.group for example in own}) == 1
        assert all((example.condition["image"] == own[0].condition["image"]).all() for example in own)
        assert len({example.references.numpy().tobytes() for example in own}) == 6
    for example in task.examples("test")[::10]:
        line = example.condition["image"][0].numpy()
        assert set(np.unique(line)) == {0, 255}
        shuffled = example.references[[3, 0, 5, 1, 4, 2]].numpy().transpose(0, 2, 3, 1)
        luma = np.mean([np.asarray(Image.fromarray(image).convert("L"), float) for image in shuffled], 0)
        assert (emoji_tones.line_art(luma) == line).all()


def test_no_test_emoji_is_one_to_learn_turned_or_mirrored(ready):
    """The nearest of other splits differ in their hair; the two hands that are mirrored, by 4 grey levels, are one."""
    ready(EmojiTones)
    opened = cache.opened(EmojiTones.name, EmojiTones.version, EmojiTones.source)
    yellow = {
        split: torch.stack([torch.from_numpy(rows[0]) for rows in table.arrays["tones"]])
        for split, table in opened.splits.items()
    }
    seen = torch.cat([yellow["train"], yellow["validation"]]).float()
    turned = [torch.rot90(each, k, (2, 3)) for each in (seen, seen.flip(3)) for k in range(4)]
    test = yellow["test"].float().flatten(1)
    nearest = torch.stack([torch.cdist(test, each.flatten(1)).min(1).values for each in turned]).min(0).values
    assert float(nearest.min()) / (3 * 64 * 64) ** 0.5 > 20


@pytest.mark.parametrize(
    ("base", "pose"),
    [
        ("1f469_200d_1f373", "person_200d_1f373"),
        ("1f9d1_200d_1f373", "person_200d_1f373"),
        ("1f468", "person"),
        ("1f3c3_200d_2640_200d_27a1", "1f3c3"),
        ("1f468_200d_1f9bd_200d_27a1", "person_200d_1f9bd"),
        ("26f9_200d_2642", "26f9"),
        ("1f44b", "1f44b"),
        ("1f467", "1f466"),
        ("1faf2", "1faf1"),
        ("1f9d1_200d_1f384", "1f385"),
    ],
)
def test_emoji_that_differ_by_sex_or_direction_are_of_one_pose(base, pose):
    assert pose_of(base) == pose


def test_true_tones_have_their_modes_and_all_are_equally_likely(ready):
    task, _ = ready(EmojiTones)
    assert isinstance(task, ModeTask)
    for example in task.examples("test"):
        assert task.assign_modes(example.id, example.references).tolist() == [0, 1, 2, 3, 4, 5]
        assert task.mode_probabilities(example.id).tolist() == pytest.approx([1 / 6] * 6)


@pytest.mark.parametrize("spoil", ["mean", "between", "white", "grey", "noise", "inverted", "green"])
def test_what_has_no_tone_has_no_mode(ready, spoil):
    """Above all the mean of the six, which is what a method gives that cannot choose."""
    task, _ = ready(EmojiTones)
    for example in task.examples("test"):
        tones = example.references.double()
        if spoil == "mean":
            images = tones.mean(0, keepdim=True)
        elif spoil == "between":
            images = (tones[:-1] + tones[1:]) / 2
        elif spoil in ("white", "grey"):
            images = torch.full((1, 3, 64, 64), 255.0 if spoil == "white" else 128.0)
        elif spoil == "noise":
            images = torch.from_numpy(stream("no tone", example.id).uniform(0, 255, size=(2, 3, 64, 64)))
        elif spoil == "inverted":
            images = 255 - tones
        else:
            images = tones[:, [1, 0, 2]] * torch.tensor([0.4, 1.0, 0.4])[:, None, None]
        modes = task.assign_modes(example.id, images.round().byte())
        assert (modes == -1).all(), (example.id, modes)


def test_a_tone_is_told_through_noise_and_whatever_the_clothes(ready):
    task, _ = ready(EmojiTones)
    for example in task.examples("test")[::5]:
        tones = example.references.double()
        noisy = tones + torch.from_numpy(stream("tones", example.id).normal(0, 10, size=tones.shape))
        assert task.assign_modes(example.id, noisy.clamp(0, 255).round().byte()).tolist() == [0, 1, 2, 3, 4, 5]
        alike = (tones.amax(0) - tones.amin(0)).amax(0) <= emoji_tones.SKIN
        dyed = torch.where(alike, 255 - tones, tones)
        assert task.assign_modes(example.id, dyed.byte()).tolist() == [0, 1, 2, 3, 4, 5]


def test_the_pool_is_every_training_emoji_in_six_tones(ready):
    task, _ = ready(EmojiTones)
    pool = task.real_pool()
    assert len(pool) == 6 * 185
    assert (pool[7] == task.examples("train")[7].references[0]).all()


def emoji(folder, *names):
    """Make pictures of these names in upstream's folder: a square in a grey of its own, on nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        picture = Image.new("RGBA", (128, 128))
        picture.paste((30 + 40 * (number % 6),) * 3 + (255,), (32, 32, 96, 96))
        picture.save(folder / f"emoji_u{name}.png")


def test_emoji_in_six_tones_alone_are_taken(tmp_path):
    """Not one that lacks a tone, not couples of two tones, not one without any."""
    six = ("", *(f"_{tone}" for tone in emoji_tones.TONES))
    whole = [f"1f44b{tone}" for tone in six] + [f"1f468{tone}_200d_1f373" for tone in six]
    emoji(tmp_path / "png" / "128", *whole, *(f"1f44c{tone}" for tone in six[:-1]), "1f600", "1f3fb")
    emoji(tmp_path / "png" / "128", "1f468_1f3fb_200d_1f91d_200d_1f468_1f3ff")
    found = emoji_tones._in_six_tones(tmp_path / "png" / "128")
    assert found == {
        "1f44b": tuple(f"png/128/emoji_u1f44b{tone}.png" for tone in six),
        "1f468_200d_1f373": tuple(f"png/128/emoji_u1f468{tone}_200d_1f373.png" for tone in six),
    }
    with pytest.raises(MissingData, match="too few emoji in six tones"):
        EmojiTones().items(tmp_path)
    arrays = EmojiTones().decode(Reader(tmp_path), Item("1f44b", found["1f44b"]))
    assert (arrays["tones"][:, :, 32, 32].T == [30, 70, 110, 150, 190, 230]).all()
    assert (arrays["tones"][:, :, 4, 4] == 255).all(), "behind it is white"
    black = arrays["line"][0] == 0
    assert black[14:19].any()
    assert not black[20:44, 20:44].any()


@pytest.mark.parametrize("inside", ["png", "2D/png"])
def test_the_archive_of_noto_emoji_is_found_in_both_layouts(tmp_path, inside):
    commit = EmojiTones.source.downloads[0].name.removesuffix(".tar.gz")
    tree = tmp_path / "made" / f"noto-emoji-{commit}"
    emoji(tree / inside / "128", "1f44b")
    emoji(tree / inside / "512", "1f44b")
    with tarfile.open(tmp_path / f"{commit}.tar.gz", "w:gz") as archive:
        archive.add(tree, tree.name)
    found = obtain(EmojiTones(), tmp_path / "root", [tmp_path / f"{commit}.tar.gz"])
    assert (found / "png" / "128" / "emoji_u1f44b.png").is_file()
    assert not (found / "png" / "512").exists()


# inpaint-photos -------------------------------------------------------------------------------------------------------


def hole_of(example):
    """Return top, left, height and width of the hole, and require that it is a rectangle."""
    mask = example.condition["mask"][0].numpy()
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert (mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == 255).all()
    assert (mask == 255).sum() == mask.astype(bool).sum() == len(rows) * len(columns)
    return rows[0], columns[0], len(rows), len(columns)


def test_inpaint_photos_stays_what_it_is():
    assert fingerprint(get_task("inpaint-photos")) == FINGERPRINTS["inpaint-photos"]


def test_inpaint_photos_are_the_crops_of_sr_photos_with_a_hole():
    task, other = get_task("inpaint-photos"), get_task("sr-photos")
    assert isinstance(task, InpaintingTask)
    fill = torch.tensor(inpaint_photos.FILL)
    for split in ("validation", "test"):
        for example, same in zip(task.examples(split), other.examples(split), strict=True):
            assert (example.id, example.group) == (same.id, same.group)
            assert (example.references == same.references).all()
            hole = example.condition["mask"].expand(3, -1, -1) == 255
            image = example.condition["image"]
            assert (image[~hole] == example.references[0][~hole]).all()
            assert (image[hole].view(3, -1) == fill[:, None]).all()
    assert (task.real_pool() == other.real_pool()).all()


def test_the_holes_are_filled_with_the_mean_training_colour():
    assert InpaintPhotos().real_pool().double().mean((0, 2, 3)).round().tolist() == list(inpaint_photos.FILL)


def test_holes_have_sides_of_24_to_32_equally_often_and_are_anywhere():
    holes = np.array([hole_of(example) for example in get_task("inpaint-photos").examples("train")])
    for side in holes[:, 2:].T:
        assert (side.min(), side.max()) == (24, 32)
        count = np.bincount(side)[24:]
        assert np.abs(count - 4000 / 9).max() < 4 * np.sqrt(4000 * (1 / 9) * (8 / 9))
    assert abs(np.corrcoef(holes[:, 2], holes[:, 3])[0, 1]) < 4 / np.sqrt(4000)
    assert holes[:, :2].min() == 0
    assert (holes[:, :2] + holes[:, 2:]).max() == 64
    middle = (holes[:, :2] + holes[:, 2:] / 2).mean(0)
    spread = np.sqrt((33**2 - 1) / 12) + 4  # of the box, and no more than its slack
    assert np.abs(middle - 32).max() < 4 * spread / np.sqrt(4000)


def test_the_truth_obeys_its_condition_and_another_does_not():
    task = get_task("inpaint-photos")
    example, other = task.examples("test")[:2]
    assert task.condition_error(example, example.references).tolist() == [0.0]
    inside = example.references.clone()
    top, left, height, width = hole_of(example)
    inside[:, :, top : top + height, left : left + width] = 0
    assert task.condition_error(example, inside).tolist() == [0.0]
    known = 64 * 64 - height * width
    outside = example.references.double()
    outside[0, 0, top - 1 if top else height, left] += 6
    assert task.condition_error(example, outside).tolist() == pytest.approx([6 / (3 * known)])
    assert float(task.condition_error(example, other.references)) > 5


def test_kinds():
    kinds = {task.name: task.kind for task in (SrHands, Edges2Clothes, EmojiTones, InpaintPhotos)}
    assert kinds == {
        "sr-hands": "super-resolution",
        "edges2clothes": "translation",
        "emoji-tones": "translation",
        "inpaint-photos": "inpainting",
    }
    assert issubclass(SrHands, SuperResolutionTask)
    assert sr_hands.SIDE == 4 * 16
