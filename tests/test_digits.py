"""The digits of scikit-learn, with and without their label, against what can be worked out without the tasks' code."""

import hashlib
import json

import numpy as np
import pytest
import torch
from PIL import Image

from benchbench.core import MissingData, Unsupported
from benchbench.core.noise import Noise
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.plugins import get_task
from benchbench.tasks import digits

FINGERPRINTS = {
    "digits": "2f943a15dc4d85de2fb9c56deaa91cd16a5535f869ad1e7298567ebbe714887a",
    "digits-by-class": "33781cb72951bd82cc834f9aee801e836c5182524a831983eb73947c2e98090b",
}
TASKS = sorted(FINGERPRINTS)


def by_hash(ids):
    return sorted(ids, key=lambda id: hashlib.sha256(id.encode()).hexdigest())


def published():
    """Return `float64[1797, 8, 8]` of 0..16 and `int64[1797]`, as scikit-learn ships them."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images.reshape(-1, 8, 8), labels


def large(image):
    """Return `float32[32, 32]` in 0..255, by Pillow."""
    picture = Image.fromarray(image.astype(np.float32)).resize((32, 32), Image.Resampling.BILINEAR)
    return np.asarray(picture) * 255 / 16


def ranked():
    """Return for each digit the ids of its images, the least SHA-256 first."""
    _, labels = published()
    return [by_hash(f"{i:04d}" for i in np.flatnonzero(labels == digit)) for digit in range(10)]


@pytest.mark.parametrize("name", TASKS)
def test_the_digits_stay_what_they_are(name):
    """A change here makes every record of the task incomparable: raise the task's version."""
    assert fingerprint(get_task(name)) == FINGERPRINTS[name]


@pytest.mark.parametrize("name", TASKS)
def test_sizes_of_the_splits(name):
    task = get_task(name)
    assert [len(task.examples(split)) for split in ("train", "validation", "test")] == [997, 200, 300]
    assert {len(example.references) for example in task.examples("test")} == {2}
    assert len(task.real_pool()) == 997
    assert task.protocol.num_conditions == 300


@pytest.mark.parametrize("name", TASKS)
def test_digits_are_enlarged_as_pillow_does_and_grey(name):
    images, _ = published()
    for example in get_task(name).examples("train"):
        assert example.references.shape == (1, 3, 32, 32)
        assert np.abs(example.references[0].numpy() - large(images[int(example.id)])).max() <= 0.51


def test_an_enlarged_digit_by_hand():
    """Between 0 and 16, at an eighth, three eighths, …: 255 times that; the border goes on flat."""
    image = np.zeros((1, 8, 8))
    image[0, :, 4:] = 16
    row = np.array([0] * 14 + [32, 96, 159, 223] + [255] * 14)
    across, down = digits.enlarged(image)[0], digits.enlarged(image.swapaxes(1, 2))[0]
    assert (across == row).all()
    assert (down == row[:, None]).all()
    assert digits.enlarged(np.full((1, 8, 8), 16)).min() == 255


def test_splits_are_by_hash_within_each_digit():
    own = ranked()
    for name in TASKS:
        task = get_task(name)
        for split, part in (("validation", slice(60, 80)), ("train", slice(80, None))):
            expected = by_hash(id for each in own for id in each[part])
            assert [example.id for example in task.examples(split)] == expected


def test_the_pool_is_the_training_images():
    for name in TASKS:
        task = get_task(name)
        train = torch.cat([example.references for example in task.examples("train")])
        assert torch.equal(task.real_pool(), train)


def test_each_held_out_digit_is_beside_one_condition():
    images, _ = published()
    held = by_hash(id for each in ranked() for id in each[:60])
    examples = get_task("digits").examples("test")
    found = torch.cat([example.references for example in examples])[:, 0].numpy()
    assert found.shape == (600, 32, 32)
    for image, id in zip(found, held):
        assert np.abs(image - large(images[int(id)])).max() <= 0.51
    assert all(example.condition == {} and example.group == "" for example in examples)


def test_a_condition_is_a_label_and_its_group():
    images, _ = published()
    own = ranked()
    for number, example in enumerate(get_task("digits-by-class").examples("test")):
        turn, digit = divmod(number, 10)
        label = example.condition["label"]
        assert (label.dtype, label.shape, int(label)) == (torch.int64, (), digit)
        assert (example.id, example.group) == (f"{number:04d}", str(digit))
        for image, id in zip(example.references.numpy(), own[digit][2 * turn : 2 * turn + 2], strict=True):
            assert np.abs(image[0] - large(images[int(id)])).max() <= 0.51


def test_training_labels_are_those_of_their_images():
    _, labels = published()
    for split in ("train", "validation"):
        for example in get_task("digits-by-class").examples(split):
            assert int(example.condition["label"]) == labels[int(example.id)]


@pytest.mark.parametrize("name", TASKS)
def test_a_few_held_out_images_are_no_law(name):
    with pytest.raises(Unsupported, match="the true law is known only by its real images"):
        get_task(name).draw(["0000"], 2, Noise.for_samples((name, 1), 0, ["0000"], 2))


@pytest.fixture
def scores(bench):
    """Return a function from a task and methods to their scores, on 20 conditions."""

    def found(name, methods):
        words = [word for each in methods for word in ("-m", each)]
        done = bench("run", "-t", name, *words, "--limit", 20, "-j", 0, "--json")
        assert done.code == 0, done.err
        made = {}
        for record in json.loads(done.out):
            own = {score["metric"].split("[")[0]: score for score in record["scores"]}
            assert [metric.split("[")[0] for metric in get_task(name).metrics] == list(own)
            made[record["method"]["name"]] = own
        return made

    return found


def test_metrics_of_digits_put_the_baselines_in_order(scores):
    real, collapsed, noise = scores("digits", ["real", "collapsed", "noise"]).values()
    assert next(iter(real)) == "frechet", "which ranks"
    assert real["frechet"]["value"] < collapsed["frechet"]["value"] < noise["frechet"]["value"]
    assert real["energy-score"]["value"] < noise["energy-score"]["value"]
    assert real["diversity"]["value"] > collapsed["diversity"]["value"] == 0
    assert (real["collapse-rate"]["value"], collapsed["collapse-rate"]["value"]) == (0, 1)
    assert noise["realism"]["value"] < real["realism"]["value"]
    assert noise["coverage"]["value"] < real["coverage"]["value"]


def test_metrics_of_digits_by_class_put_the_baselines_in_order(scores):
    found = scores("digits-by-class", ["real", "unconditional", "collapsed", "noise"])
    real, collapsed, noise = (found[name] for name in ("real", "collapsed", "noise"))
    assert collapsed["energy-score"]["value"] < real["energy-score"]["value"] < noise["energy-score"]["value"]
    assert real["energy-score"]["uncertainty"]["groups"] == 10, "one for each digit"
    for name in ("real", "unconditional"):
        assert found[name]["energy-skill"]["value"] == pytest.approx(0, abs=0.05), "it does not look at the label"
    assert collapsed["energy-skill"]["value"] > 0.1


def test_what_has_nothing_to_do_on_digits_says_so(bench):
    for method, reason in (
        ("unconditional", "there is no condition to ignore"),
        ("oracle", "the true law is known only by its real images"),
        ("copy", "needs an image as condition"),
    ):
        assert f"{method}: skipped: {reason}" in bench("run", "-t", "digits", "-m", method, "--limit", 2).err


def test_digits_are_shown_beside_their_labels(bench, tmp_path):
    assert bench("info", "digits-by-class", "--sheet", tmp_path / "sheet.png").code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet.convert("L")).astype(int)
    image = get_task("digits-by-class").examples("test")[0].references[0, 0].repeat_interleave(3, 0)
    image = image.repeat_interleave(3, 1).numpy()
    places = [left for left in range(pixels.shape[1] - 96) if (pixels[22 : 22 + 96, left : left + 96] == image).all()]
    assert len(places) == 1, "three times as large, under the title"


def test_without_the_file_a_sentence_says_what_is_missing(monkeypatch):
    digits._digits.cache_clear()
    monkeypatch.setattr(digits, "FILE", "datasets/data/no-digits.csv.gz")
    with pytest.raises(MissingData, match=r"scikit-learn has no datasets/data/no-digits.csv.gz; looked for .*sklearn"):
        digits._digits()
