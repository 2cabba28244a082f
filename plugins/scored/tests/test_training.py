"""The trainers: exact resumption, their own randomness, every option, and what they learn."""

import pytest
import torch
from benchbench import BenchbenchError, Conditions, Noise, Unsupported
from benchbench.core.engine import Engine
from benchbench.training import checkpoints
from pairs import symmetries
from states import equal, saved

from benchbench_scored import Cimle, Engression
from benchbench_scored.sizes import SIZES
from benchbench_scored.training import noise_of

QUICK = {Engression: Engression(samples=2), Cimle: Cimle(codes=3, pool=8, pool_steps=2)}
KINDS = ["translation", "super-resolution", "inpainting", "class-conditional", "unconditional"]


@pytest.mark.parametrize("method", QUICK.values(), ids=lambda method: method.name)
def test_resumed_training_is_the_same_to_the_bit(method, tasks):
    """At the beginning of a pool, and within one: a pool has two steps here."""
    task = tasks["translation"]
    whole, other = (method.trainer(task, Engine(seed=seed), 4) for seed in (5, 6))
    shown, states = [], []
    for index in range(4):
        states.append(saved(whole.state()))
        shown.append(whole.step(index))
    for cut in (2, 3):
        second = method.trainer(task, Engine(seed=5), 4)
        second.restore(states[cut])
        assert all(equal(second.step(index), shown[index]) for index in range(cut, 4))
        assert equal(whole.weights(), second.weights())
        assert torch.equal(whole.preview(), second.preview())
    assert not equal(shown[0], other.step(0))


@pytest.mark.parametrize(
    "kind", ["translation", "super-resolution", "inpainting", "class-conditional", "unconditional"]
)
@pytest.mark.parametrize("method", QUICK.values(), ids=lambda method: method.name)
def test_every_kind_of_image_trains_and_samples(method, kind, tasks, tmp_path):
    task = tasks[kind]
    trainer = method.trainer(task, Engine(), 1)
    before = trainer.weights()
    losses = trainer.step(0)
    assert all(loss.ndim == 0 and torch.isfinite(loss) and not loss.requires_grad for loss in losses.values())
    assert not equal(before, trainer.weights())
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, trainer.weights(), {})
    method = type(method)(**method.options())
    method.prepare(task, "cpu", path)
    examples = task.examples("test")[:3]

    def sample(some):
        ids = tuple(example.id for example in some)
        values = {name: torch.stack([example.condition[name] for example in some]) for name in some[0].condition}
        return task.space.check(
            method.sample(Conditions(ids, values), 3, Noise.for_samples(("a", 1), 0, ids, 3)), len(some), 3
        )

    together = sample(examples)
    assert torch.equal(together, torch.cat([sample([example]) for example in examples]))
    assert (together[:, 0] != together[:, 1]).any()
    if kind == "inpainting":
        mask, image = examples[0].condition["mask"], examples[0].condition["image"]
        known = (mask == 0).expand_as(image)
        assert all(torch.equal(each[known], image[known]) for each in together[0])


@pytest.mark.parametrize("method", QUICK.values(), ids=lambda method: method.name)
def test_images_of_patches_need_no_condition(method, fixed):
    """From 32 px on the network's pixels are patches, and here there are no planes to make patches of."""
    trainer = method.trainer(fixed("unconditional", None, (3, 32, 32)), Engine(), 1)
    trainer.step(0)
    assert trainer.preview().shape[-3:] == (3, 32, 32)


@pytest.mark.parametrize("kind", ["translation", "super-resolution", "inpainting"])
def test_pairs_are_moved_together(kind, tasks):
    plain, moved = (Engression(augmentation=how).trainer(tasks[kind], Engine(seed=3)) for how in ("none", "dihedral"))
    assert len(symmetries(plain, moved)) > 2


@pytest.mark.parametrize("kind", [Engression, Cimle])
def test_the_checkpoint_says_what_it_was_trained_against(kind, fixed):
    task = fixed("translation", (3, 32, 32), (3, 32, 32))
    assert kind().trainer(task, Engine(), 1).trained_against == ()
    trainer = kind(embedding="mini").trainer(task, Engine(), 1)
    assert trainer.trained_against == ("mini@1",)
    if kind is Engression:
        plain = kind().trainer(task, Engine(), 1)
        assert plain.step(0)["energy"] != trainer.step(0)["energy"]
    with pytest.raises(Unsupported, match="inception-64 gives no gradients"):
        kind(embedding="inception-64").trainer(task, Engine(), 1)
    with pytest.raises(BenchbenchError, match="nobody"):
        kind(embedding="nobody").trainer(task, Engine(), 1)


def test_the_pool_holds_the_nearest_of_its_samples(tasks):
    """Each chosen noise gives a sample no farther from the truth than any other noise that was drawn for the pair."""
    task, method = tasks["translation"], Cimle(codes=6, pool=5, pool_steps=3)
    trainer = method.trainer(task, Engine(seed=1), 3)
    trainer._choose(0)
    rows, chosen = trainer._rows, trainer._chosen
    assert len(rows) == 5
    condition, target = trainer._data.batch(rows)
    random = trainer._engine.random("pool", 0)
    torch.randint(len(trainer._data), (5,), generator=random)
    shapes = trainer._model.noise_shapes
    drawn = [torch.randn((5, 6, *shape), generator=random) for shape in shapes]

    def away(noise):
        with torch.no_grad():
            samples = trainer._model(condition, noise).double()
        whole = (samples - target[:, None].double()).flatten(3)

        def rms(parts):
            return (parts.square().mean(-1) + 1e-6).sqrt()

        cut = whole.unflatten(3, (2, 4, 2, 4)).permute(0, 1, 3, 5, 2, 4, 6).flatten(4).flatten(2, 3)
        small = [torch.nn.functional.avg_pool2d(whole.unflatten(3, (8, 8)).flatten(0, 1), each) for each in (2, 4)]
        scales = [rms(each.flatten(1)).unflatten(0, samples.shape[:2]) for each in small]
        return rms(whole.flatten(2)) + rms(cut).mean(2) + scales[0] + scales[1]

    expected = away(drawn).argmin(1)
    for found, noise in zip(chosen, drawn, strict=True):
        assert torch.equal(found, noise[torch.arange(5), expected])


def test_an_update_takes_the_noise_in_order(tasks):
    trainer = Cimle(codes=2, pool=3, pool_steps=1).trainer(tasks["translation"], Engine(), 1)
    trainer._choose(0)
    given = trainer.pairs(0, torch.Generator().manual_seed(0))
    assert [tuple(each.shape[2:]) for each in noise_of(given)] == trainer._model.noise_shapes


def test_points_find_the_spread_of_their_law(few):
    """The score falls, and samples that were next to one point spread."""
    trainer = Engression(samples=2).trainer(few("ring8", 64), Engine(), 80)
    before = trainer.preview().std()
    shown = [trainer.step(index)["energy"].item() for index in range(80)]
    assert sum(shown[-10:]) < 0.9 * sum(shown[:10])
    assert trainer.preview().std() > 5 * before


def test_what_cannot_be_served_is_told(fixed):
    for task, reason in (
        (fixed("translation", (3, 10, 10), (3, 10, 10)), "multiple of 4 px"),
        (fixed("translation", (2, 8, 8), (3, 8, 8)), "1 or 3 channels"),
    ):
        with pytest.raises(Unsupported, match=reason):
            Engression().trainer(task, Engine())
    with pytest.raises(BenchbenchError, match="engression: samples is 1; write 2 or more"):
        Engression(samples=1)
    with pytest.raises(BenchbenchError, match="cimle: pool is 0; write 1 or more"):
        Cimle(pool=0)


def test_the_weights_fit_the_repository(fixed):
    trainer = Engression().trainer(fixed("translation", (3, 64, 64), (3, 64, 64)), Engine(), 1)
    assert sum(tensor.nbytes for tensor in trainer.weights().values()) < 1.5e6
    assert SIZES["small"].halved
