"""The trainer: exact resumption, its own randomness, the average, and that it learns a law."""

import pytest
import torch
from benchbench import Example, SampleSpace, Task, Unsupported
from benchbench.training import Engine
from benchbench.training.descent import LEAST_RATE, WARM_UP, rate_share
from benchbench.training.scale import batch, patch
from pairs import symmetries
from states import saved

from benchbench_flows import Flow, Palette, Pmrf, Prior
from benchbench_flows.sizes import SIZES

METHODS = [Flow(), Flow(augmentation="dihedral"), Palette(), Pmrf(), Prior()]


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_an_interrupted_training_ends_as_a_whole_one(method, tasks):
    task = tasks["super-resolution"]
    whole, first, second = (method.trainer(task, Engine(seed=5), 4) for _ in range(3))
    shown = [whole.step(index) for index in range(4)]
    for index in range(2):
        first.step(index)
    second.restore(saved(first.state()))
    rest = [second.step(index) for index in range(2, 4)]
    assert rest == shown[2:]
    ours, theirs = whole.weights(), second.weights()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_all_randomness_follows_from_the_seed(tasks):
    task = tasks["translation"]

    def losses(seed):
        trainer = Flow().trainer(task, Engine(seed=seed))
        torch.manual_seed(seed + 7)
        return [trainer.step(index) for index in range(2)]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


@pytest.mark.parametrize("kind", ["super-resolution", "inpainting", "translation"])
def test_an_augmented_step_is_on_pairs_that_are_moved_together(tasks, kind):
    plain, moved = (Flow(augmentation=how).trainer(tasks[kind], Engine(seed=3)) for how in ("none", "dihedral"))
    assert symmetries(plain, moved) == set(range(8))


def test_points_are_not_turned(few):
    with pytest.raises(Unsupported, match=r"augmentation=dihedral moves images; samples of ring8 are points"):
        Flow(augmentation="dihedral").trainer(few("ring8", 600), Engine())


def test_kernels_are_halved_and_the_scale_is_not(fixed):
    trainer = Flow().trainer(fixed("inpainting", (3, 64, 64), (3, 64, 64)), Engine())
    weights = trainer.weights()
    assert weights["form.scale"].dtype == torch.float32
    assert weights["form.scale"].item() != 1
    assert weights["network.first.weight"].dtype == torch.float16
    assert sum(tensor.nbytes for tensor in weights.values()) < 4e6


def test_the_average_follows_the_weights(few):
    task = few("ring8", 600)
    trainer = Flow().trainer(task, Engine())
    kept = [parameter.clone() for parameter in trainer._average.weights.parameters()]
    trainer.step(0)
    for old, new, now in zip(kept, trainer._model.parameters(), trainer._average.weights.parameters()):
        torch.testing.assert_close(now, old + 0.9 * (new - old))


def test_a_preview_is_the_same_each_time(tasks):
    trainer = Flow(steps=2).trainer(tasks["translation"], Engine())
    first = trainer.preview()
    assert first.shape == (4, 4, 3, 8, 8)
    assert first.dtype == torch.uint8
    assert torch.equal(first, trainer.preview())


def test_the_rate_rises_and_falls():
    shares = [rate_share(index, 1000) for index in range(1000)]
    assert shares[0] == pytest.approx(1 / WARM_UP, rel=0.01)
    assert shares.index(max(shares)) == WARM_UP - 1
    assert shares[-1] == pytest.approx(LEAST_RATE, rel=0.01)
    assert sorted(shares[WARM_UP:], reverse=True) == shares[WARM_UP:]


@pytest.mark.parametrize(
    ("side", "number", "pixels"),
    [(0, 512, 1), (8, 32, 1), (16, 32, 2), (28, 32, 1), (32, 32, 2), (64, 16, 2), (256, 8, 8)],
)
def test_larger_images_come_in_smaller_batches_and_larger_patches(side, number, pixels):
    assert batch(SIZES["small"].batch, side) == number
    assert patch(side) == pixels


class Cloud(Task):
    """Points of one narrow Gaussian, unconditional."""

    name, kind, metrics = "cloud", "points", ()
    space = SampleSpace("points", (2,))
    MEAN, STD = (1.0, -1.0), 0.1

    def examples(self, split):
        random = torch.Generator().manual_seed(0)
        points = torch.tensor(self.MEAN) + self.STD * torch.randn(500, 1, 2, generator=random)
        return [Example(str(i), {}, point) for i, point in enumerate(points)]

    def real_pool(self):
        return torch.cat([example.references for example in self.examples("train")])


@pytest.mark.parametrize("method", [Flow(), Palette()], ids=str)
def test_a_short_training_learns_a_narrow_gaussian(method):
    trainer = method.trainer(Cloud(), Engine(), 200)
    random = torch.Generator().manual_seed(1)
    noise = [torch.randn(1, 500, 2, generator=random) for _ in trainer._model.noise_shapes]

    def far():
        with torch.no_grad():
            points = trainer._average.network()({}, noise)[0]
        return (points - torch.tensor(Cloud.MEAN)).square().mean().sqrt().item()

    before = far()
    for index in range(200):
        trainer.step(index)
    assert before > 1.3  # the scale alone is known: noise of deviation 1, away from the mean by 1
    assert far() < 0.75  # by noise alone it would be 1
