"""Colourisation, stacked digits, the swiss roll and small unconditional photographs, against what is known of them."""

import numpy as np
import pytest
import torch
from conftest import beside
from PIL import Image

from benchbench.contract.examine import examine
from benchbench.contract.findings import Failed, Warned, sentence
from benchbench.contract.subjects import Request, of_kind
from benchbench.core import LinearObservation, ModeTask, SampleSet
from benchbench.core.noise import Noise, stream
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.metrics.modes import LawDistance
from benchbench.metrics.modes_captured import ModesCaptured
from benchbench.metrics.ms_ssim import MsSsimAcross
from benchbench.metrics.sample_diversity import SampleDiversity
from benchbench.plugins import get_task, registry
from benchbench.tasks import _digit_reader, digits, swiss_roll, toy_tints

FINGERPRINTS = {
    "colour-photos": "e58e3016ee2079b68ad14086776bbd4fe1748244c4bcce781c9bc2f6c3948704",
    "photos-32": "f2d2b7ccb036234e6c5fdf983244da12aa87f185f3e56080ed02728e853f867f",
    "stacked-digits": "0c5db6121ef5b89dc3bdfcc9ec68bf4bcde638f9c017e835683890059ba673fb",
    "swiss-roll": "21b18bbc113103724d250e8c9882e7ba57f5baa2c316b7bdb38821a3d373be02",
    "toy-tints": "f5bbe1dd51b44dd1f2938f2b7a5d87ca610b8eb6f8c3a86f80b839ee78af8241",
}


def draws(task, number=60, samples=20):
    ids = [example.id for example in task.examples("test")[:number]]
    return ids, task.draw(ids, samples, Noise.for_samples((task.name, task.version), 5, ids, samples))


@pytest.mark.parametrize("name", sorted(FINGERPRINTS))
def test_the_data_stay_what_they_are(name):
    """A change here makes every record of the task incomparable: raise the task's version."""
    task = get_task(name)
    assert fingerprint(task) == FINGERPRINTS[name]
    assert len(task.examples("test")) == task.protocol.num_conditions == 300
    assert len(task.examples("train")) == len(task.real_pool()) == 4000


@pytest.mark.parametrize("name", ["toy-tints", "swiss-roll"])
def test_the_tasks_keep_the_contract(name):
    found = [line for plan in of_kind("tasks", name, Request((), seconds=90)) for line in examine(*plan)]
    assert [sentence(line.finding) for line in found if isinstance(line.finding, (Failed, Warned))] == []


@pytest.mark.parametrize("name", ["toy-tints", "stacked-digits", "swiss-roll"])
def test_true_draws_have_the_modes_of_their_law(name):
    """Each count is within four standard deviations of its binomial law, with what has no mode at under 1 %."""
    task = get_task(name)
    assert isinstance(task, ModeTask)
    ids, drawn = draws(task)
    modes = torch.stack([task.assign_modes(id, samples) for id, samples in zip(ids, drawn)])
    laws = torch.stack([task.mode_probabilities(id) for id in ids])
    assert torch.allclose(laws.sum(1), torch.ones(len(ids), dtype=torch.float64))
    assert float((modes < 0).double().mean()) < 0.01
    expected = laws.sum(0) * 20
    counts = torch.bincount(modes[modes >= 0], minlength=task.num_modes)
    spread = (20 * laws * (1 - laws)).sum(0).sqrt()
    if task.num_modes <= 20:
        assert ((counts - expected).abs() < 4 * spread + 4).all()
    again = draws(task)[1]
    assert torch.equal(again, drawn)
    assert torch.equal(draws(task, 7)[1], drawn[:7]), "a draw depends on its own noise alone"


@pytest.mark.parametrize("name", ["toy-tints", "stacked-digits", "swiss-roll"])
def test_noise_and_the_mean_have_no_mode(name):
    task = get_task(name)
    noise = stream("noise", name)
    for example in task.examples("test")[:5]:
        if task.space.kind == "points":
            rows = torch.from_numpy(noise.normal(size=(200, 2))).float()
            assert (task.assign_modes(example.id, rows) >= 0).double().mean() < 0.35, "the roll takes some of the plane"
        else:
            white = torch.from_numpy(noise.integers(0, 256, (20, *task.space.shape), dtype=np.uint8))
            mean = example.references.double().mean(0, keepdim=True).round().byte()
            both = task.assign_modes(example.id, torch.cat([white, mean]))
            assert (both[:-1] < 0).all()
            if name == "toy-tints" and len(torch.unique(example.references, dim=0)) > 1:
                assert int(both[-1]) == -1


# colourisation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["toy-tints", "colour-photos"])
def test_grey_keeps_the_laws_of_the_pseudo_inverse(name):
    task = get_task(name)
    assert isinstance(task, LinearObservation)
    examples = task.examples("test")[:3]
    condition = {"image": torch.stack([each.condition["image"] for each in examples])}
    x = torch.from_numpy(stream("x", name).uniform(0, 255, (3, 2, *task.space.shape)))
    seen = task.degrade(x, condition)
    assert torch.allclose(seen[:, :, 0], torch.einsum("c,bkchw->bkhw", torch.tensor(task.weights).double(), x))
    back = task.pseudo_inverse(seen, condition)
    assert torch.allclose(task.degrade(back, condition), seen)
    assert float(((x - back) * back).sum()) == pytest.approx(0, abs=1e-3), "the rest is orthogonal to what is seen"
    ((value, part),) = task.singular_parts(x, condition)
    assert torch.allclose(part, back)
    assert torch.allclose(seen.flatten(2).norm(dim=2), value * part.flatten(2).norm(dim=2))
    y = task.observed(condition).double()
    assert torch.allclose(task.degrade(task.project(x, y, condition), condition), y.expand_as(seen))
    off = task.degrade(examples[0].references[None].double(), condition)[0] - y[0]
    assert float(off.abs().max()) <= (1e-9 if name == "toy-tints" else 0.5), "whole grey levels of the target"


def test_colour_photos_are_the_crops_of_sr_photos_and_pillows_grey():
    own, other = get_task("colour-photos").examples("test"), get_task("sr-photos").examples("test")
    for i in (0, 17, 299):
        assert torch.equal(own[i].references, other[i].references)
        assert (own[i].id, own[i].group) == (other[i].id, other[i].group)
        image = Image.fromarray(own[i].references[0].permute(1, 2, 0).numpy())
        off = np.asarray(image.convert("L")).astype(int) - own[i].condition["image"][0].numpy()
        assert abs(off).max() <= 1


def test_photos_32_are_the_crops_at_half_of_the_size():
    own, other = get_task("photos-32").examples("test"), get_task("sr-photos").examples("test")
    blocks = other[5].references[0].double().reshape(3, 32, 2, 32, 2).mean((2, 4))
    assert float((own[5].references[0].double() - blocks).abs().max()) <= 0.5
    assert own[5].condition == {}
    assert own[5].group == other[5].group


def test_all_tints_of_a_scene_have_its_grey_and_half_their_distance_is_the_tolerance():
    scene = toy_tints._scene("test", 2)
    shares = {"circle": (0.1, 0.5, 0.9), "square": (0.1, 0.9), "triangle": np.arange(0.05, 1, 1 / 6)}
    images = toy_tints._tinted(*scene, np.array(shares[scene[0]]))
    assert (images.astype(int).sum(1) == 3 * scene[2]).all()
    distance = np.linalg.norm(toy_tints.TINTS[:, None] - toy_tints.TINTS, axis=2) * toy_tints.DEPTH
    assert distance[~np.eye(6, dtype=bool)].min() == pytest.approx(2 * toy_tints.TOLERANCE)


# stacked digits -------------------------------------------------------------------------------------------------------


def test_the_classifier_is_as_good_as_the_task_says():
    from sklearn.neighbors import KNeighborsClassifier

    images, labels = digits.grey_digits(), digits._digits()[1]
    train, test = ([i for own in digits.members(split) for i in own] for split in ("train", "test"))
    found = _digit_reader.read(images[test]).numpy()
    right = int((found == labels[test]).sum())
    assert f"right for {right} of the {len(test)} held-out images" in " ".join(get_task("stacked-digits").choices)
    small = _digit_reader.small(images).numpy()
    other = KNeighborsClassifier(1).fit(small[train], labels[train]).predict(small[test])
    assert (found == other).mean() > 0.995, "as scikit-learn's, but for ties"


def test_a_stack_shows_its_three_digits_and_its_mode():
    images, members = digits.grey_digits(), digits.members("train")
    stack = torch.stack([images[members[digit][0]] for digit in (4, 0, 7)])
    assert get_task("stacked-digits").assign_modes("0000", stack[None]).tolist() == [407]
    assert get_task("stacked-digits").assign_modes("0000", stack.flip(0)[None]).tolist() == [704]


def sets(task, samples, number):
    examples = task.examples("test")[:number]
    return SampleSet(task, examples, [example.id for example in examples], None, {"samples": samples})


def test_modes_captured_counts_each_mode_once():
    task = get_task("ring8")
    points = torch.from_numpy(task.centres()).float()
    samples = torch.cat([points[[0, 0, 3]], torch.tensor([[9.0, 9.0]])]).expand(6, 4, 2)
    assert ModesCaptured().compute(sets(task, samples, 6)).value == 2
    assert ModesCaptured().compute(sets(task, torch.full((6, 4, 2), 9.0), 6)).value == 0


def test_sample_diversity_is_one_less_ms_ssim():
    task = get_task("photos-32")
    samples = torch.stack([each.references.expand(4, -1, -1, -1) for each in task.examples("test")[:8]])
    one, other = (metric().compute(sets(task, samples, 8)) for metric in (SampleDiversity, MsSsimAcross))
    assert one.value == 1 - other.value
    assert one.standard_error == other.standard_error


# the swiss roll -------------------------------------------------------------------------------------------------------


def test_the_roll_is_that_of_scikit_learn():
    from sklearn.datasets import make_swiss_roll

    other, angle = make_swiss_roll(400, noise=0.0, random_state=0)
    share = (angle - swiss_roll.START) / swiss_roll.TURNS
    assert np.allclose(swiss_roll.curve(share), other[:, [0, 2]] / 7.5)


def test_a_dropped_piece_and_a_wide_gaussian_are_seen_by_what_ranks():
    task = get_task("swiss-roll")
    ids, drawn = draws(task, 100)
    own, law = [task.assign_modes(id, rows) for id, rows in zip(ids, drawn)], task.mode_probabilities("0000")
    values = {"truth": own}
    values["half"] = [torch.where(modes < 10, modes, modes - 10) for modes in own]
    wide = torch.from_numpy(stream("wide").normal(size=drawn.shape)).float()
    values["wide"] = [task.assign_modes(id, rows) for id, rows in zip(ids, wide)]
    from benchbench.metrics.modes import law_distance

    score = {name: np.mean([law_distance(modes, law) for modes in each]) for name, each in values.items()}
    assert LawDistance.name == task.metrics[0]
    assert abs(score["truth"]) < 0.01
    assert score["truth"] + 0.03 < score["half"] < score["wide"]


# what ranks, and open data --------------------------------------------------------------------------------------------


def test_open_photographs_are_those_of_the_older_tasks(tmp_path, monkeypatch, bench):
    folder = beside("BENCHBENCH_DATA", "data")
    if folder is None or not (folder / "Sign-Language-Digits-Dataset").is_dir():
        pytest.skip("Sign-Language-Digits-Dataset is not here (BENCHBENCH_DATA)")
    hands, hands_32 = registry().task("sr-hands"), registry().task("hands-32")
    source = folder / "Sign-Language-Digits-Dataset"
    assert {k: [i.id for i in v] for k, v in hands_32.items(source).items()} == {
        k: [i.id for i in v] for k, v in hands.items(source).items()
    }
