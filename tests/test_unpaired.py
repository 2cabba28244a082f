"""Unpaired sets in their published layout: pieces of the embedded photographs, prepared, and translated by CycleGAN."""

import shutil
from importlib import util
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import Conditions, MissingData, SampleSpace, Unsupported
from benchbench.core.noise import Noise
from benchbench.data.prepare import prepare
from benchbench.plugins import registry
from benchbench.tasks import _unpaired
from benchbench.tasks.cyclegan_sets import HorseToZebra
from benchbench.training import Engine, checkpoints

SIDE = 32
NUMBERS = {"trainA": 3, "trainB": 5, "testA": 2, "testB": 3}
PHOTOS = {"A": "astronaut.png", "B": "coffee.png"}


class Small(HorseToZebra):
    """The same at 32 px, so that a network takes little time."""

    space = SampleSpace("images", (3, SIDE, SIDE))
    arrays: ClassVar = {"image": space.shape}


def piece(name, place):
    """Return a square of 32 px of a photograph in the scikit-image wheel."""
    folder = Path(util.find_spec("skimage").origin).parent / "data"
    with Image.open(folder / name) as image:
        left, top = 40 * place % (image.width - SIDE), 25 * place % (image.height - SIDE)
        return image.convert("RGB").crop((left, top, left + SIDE, top + SIDE))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The folder `horse2zebra` as its authors lay it out."""
    folder = tmp_path_factory.mktemp("made") / "horse2zebra"
    for part, number in NUMBERS.items():
        (folder / part).mkdir(parents=True)
        for i in range(number):
            place = i + 7 * part.startswith("test")
            piece(PHOTOS[part[-1]], place).save(folder / part / f"n{i:03d}_1.jpg", quality=95)
        (folder / part / "Thumbs.db").write_bytes(b"litter")
    return folder


@pytest.fixture
def task(published, tmp_path, monkeypatch):
    """The prepared task; a third of each training folder is for validation."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(_unpaired, "VALIDATION", 1 / 3)
    prepare(Small(), tmp_path / "data", [published])
    return Small()


def decoded(published, folder):
    """Return the images of a folder by their ids, `uint8[3, 32, 32]`."""
    files = sorted((published / folder).glob("*.jpg"))
    return {
        f"{folder}-{path.stem}": torch.from_numpy(np.asarray(Image.open(path)).transpose(2, 0, 1).copy())
        for path in files
    }


def is_among(image, images):
    return any(torch.equal(image, each) for each in images)


def test_conditions_are_of_one_set_and_references_of_the_other(published, task):
    inputs, targets = decoded(published, "testA"), decoded(published, "testB")
    examples = task.examples("test")
    assert {example.id for example in examples} == set(inputs)
    for example in examples:
        assert torch.equal(example.condition["image"], inputs[example.id])
        assert len(example.references) == 1
        assert is_among(example.references[0], targets.values())


def test_training_uses_every_image_of_both_sets_and_repeats_the_smaller(published, task):
    held, used = task.examples("validation"), task.examples("train")
    assert (len(held), len(used)) == (1, 4), "one of three and one of five are held back"
    assert len({example.id for example in used}) == 4
    for folder, own in (("trainA", lambda each: each.condition["image"]), ("trainB", lambda each: each.references[0])):
        there = decoded(published, folder).values()
        parts = [[own(example) for example in examples] for examples in (held, used)]
        assert all(is_among(image, there) for part in parts for image in part)
        assert all(is_among(image, [*parts[0], *parts[1]]) for image in there)
        assert not is_among(parts[0][0], parts[1])


def test_the_real_pool_has_each_training_target_once(published, task):
    pool = task.real_pool()
    assert len(pool) == 4
    assert len({image.numpy().tobytes() for image in pool}) == 4
    assert all(is_among(image, decoded(published, "trainB").values()) for image in pool)


def test_nobody_knows_the_truth(task):
    ids = [example.id for example in task.examples("test")]
    with pytest.raises(Unsupported, match="has no pairs"):
        task.draw(ids, 2, Noise.for_samples((task.name, task.version), 0, ids, 2))


def test_images_of_another_size_are_refused(published, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    manifest = prepare(HorseToZebra(), tmp_path / "data", [published])
    assert len(manifest.bad) == sum(NUMBERS.values())
    assert "32 x 32" in manifest.bad[0]
    assert "256 x 256" in manifest.bad[0]


def test_a_folder_without_images_is_named(published, tmp_path):
    copy = tmp_path / "horse2zebra"
    shutil.copytree(published, copy)
    for path in (copy / "testB").glob("*.jpg"):
        path.unlink()
    with pytest.raises(MissingData, match=r"testB has no \.jpg or \.png"):
        Small().items(copy)


def test_cyclegan_learns_from_both_sets_and_translates(task, tmp_path):
    kind = registry().get("methods", "cyclegan")
    trainer = kind().trainer(task, Engine(), 1)
    assert all(torch.isfinite(loss) for loss in trainer.step(0).values())
    path = tmp_path / "one.safetensors"
    checkpoints.write(path, trainer.weights(), {})
    method = kind()
    method.prepare(task, "cpu", path)
    example = task.examples("test")[0]
    given = Conditions((example.id,), {"image": example.condition["image"][None]})
    drawn = method.sample(given, 1, Noise.for_samples((task.name, task.version), 0, [example.id], 1))
    assert drawn.shape == (1, 1, 3, SIDE, SIDE)
    assert not torch.equal(drawn[0, 0], example.condition["image"])
