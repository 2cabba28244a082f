"""The trainer: exact resumption, its own randomness, every option, and processes that train together."""

import pytest
import torch
from benchbench import BenchbenchError, Conditions
from benchbench.core.engine import Engine
from benchbench.training import checkpoints
from processes import run_together
from states import equal, saved

from benchbench_bicyclegan import BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus
from benchbench_bicyclegan.augmentation import augmentation_of, augmented
from benchbench_bicyclegan.sizes import SIZES, num_steps

FAMILY = [CaeGan, CvaeGan, CvaeGanPlus, ClrGan, BicycleGan]
OPTIONS = [
    {"encoder": "cnn"},
    {"injection": "input"},
    {"injection": "released"},
    {"encoder": "cnn", "injection": "input", "latent": 3, "conditional_discriminator": True},
]


class Given:
    """Noise that is given, in the place of a stream's."""

    def __init__(self, drawn):
        self.drawn = drawn

    def condition(self, index):
        return Given(self.drawn[index : index + 1])

    def normal(self, *shape):
        assert self.drawn.shape[2:] == shape
        return self.drawn


def resumed(method, task, steps, **engine):
    """Return the losses and weights of a training, and of one that is interrupted half-way."""
    whole, first, second = (method.trainer(task, Engine(seed=5, **engine), steps) for _ in range(3))
    shown = [whole.step(index) for index in range(steps)]
    half = steps // 2
    for index in range(half):
        first.step(index)
    second.restore(saved(first.state()))
    rest = [second.step(index) for index in range(half, steps)]
    return shown[half:], rest, whole, second


@pytest.mark.parametrize(
    ("size", "task", "pairs", "steps"),
    [
        ("paper", "facades", 400, 400 * 400 // 2),
        ("paper", "edges2shoes", 49_825, 60 * 49_825 // 2),
        ("paper", "maps", 1_096 * 8, 219_200),  # epochs are over pairs, of which 8 crops are stored
        ("paper", "toy-shapes", 20_000, 200_000),
        ("small", "facades", 400, 6000),
    ],
)
def test_the_papers_size_loads_each_pair_as_often_as_the_authors_do(size, task, pairs, steps):
    assert num_steps(size, task, pairs) == steps


@pytest.mark.parametrize(("size", "dtype"), [("small", torch.float16), ("paper", torch.float32)])
def test_the_papers_weights_are_kept_whole(size, dtype, fixed):
    trainer = CaeGan(size=size).trainer(fixed("translation", (3, 64, 64), (3, 64, 64)), Engine())
    assert {tensor.dtype for tensor in trainer.weights().values() if tensor.ndim > 1} == {dtype}


@pytest.mark.parametrize("method_class", FAMILY)
def test_resumed_training_is_the_same_to_the_bit(method_class, shapes):
    expected, given, whole, second = resumed(method_class(), shapes, 4)
    assert all(equal(one, other) for one, other in zip(expected, given, strict=True))
    assert equal(whole.weights(), second.weights())
    assert torch.equal(whole.preview(), second.preview())
    assert all((tensor.dtype == torch.float16) == (tensor.ndim > 1) for tensor in second.weights().values())
    other = method_class().trainer(shapes, Engine(seed=6)).weights()
    assert not equal(whole.weights(), other)


def test_the_size_of_the_paper_resumes_with_its_dropout(fixed):
    task = fixed("translation", (3, 64, 64), (3, 64, 64))
    expected, given, whole, second = resumed(BicycleGan(size="paper"), task, 2)
    assert equal(expected[0], given[0])
    drawn = whole._drawn(0)
    masks = [drawn[name] for name in ("mask_encoded_0", "mask_random_0")]
    assert masks[0].shape == (1, 512, 4, 4)
    assert not torch.equal(*masks)
    assert 0.45 < masks[0].float().mean() < 0.55
    assert equal(second._average.network().state_dict(), second._networks.state_dict())


def test_the_size_of_the_paper_sees_each_pair_changed_and_the_small_one_as_it_is(fixed):
    task = fixed("translation", (3, 64, 64), (3, 64, 64))
    paper, small = (BicycleGan(size=size).trainer(task, Engine()) for size in ("paper", "small"))
    pairs = {size: trainer._drawn(0) for size, trainer in (("paper", paper), ("small", small))}
    known = torch.stack([example.references[0] for example in task.examples("train")]).float() / 127.5 - 1

    def is_known(image):
        return (known == image).flatten(1).all(1).any()

    assert all(is_known(image) for image in pairs["small"]["target"])
    assert not is_known(pairs["paper"]["target"][0])
    assert pairs["paper"]["target"].shape == (1, 3, 64, 64)


@pytest.mark.parametrize(("task", "crops", "mirrors"), [("facades", 1, 1), ("maps", 0, 1), ("edges2shoes", 0, 1)])
def test_pairs_are_cropped_and_mirrored_alike(task, crops, mirrors):
    random = torch.Generator().manual_seed(0)
    columns = torch.linspace(-0.9, 0.9, 64).expand(1, 64, 64)
    image = torch.stack([torch.cat([columns, columns.mT])] * 40)
    first, second = augmented([image, image[:, :1]], augmentation_of(task), random)
    assert torch.equal(first[:, :1], second)
    slopes = first[:, 0].diff(dim=2).mean((1, 2))
    assert 10 < (slopes < 0).sum() < 30 if mirrors else (slopes > 0).all()
    step = 1.8 / 63
    assert torch.allclose(slopes.abs(), torch.full((40,), step / (72 / 64 if crops else 1)), rtol=0.02)
    assert (first[:, 1].diff(dim=1).mean((1, 2)) > 0).all(), "nothing is turned upside down"
    corners = first[:, 1, 0, 0].unique()
    assert len(corners) > 5 if crops else len(corners) == 1


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
@pytest.mark.parametrize("method_class", FAMILY)
def test_every_option_trains(method_class, options, shapes):
    trainer = method_class(**options).trainer(shapes, Engine())
    before = trainer.weights()
    for index in range(2):
        losses = trainer.step(index)
        assert all(loss.ndim == 0 and torch.isfinite(loss) and not loss.requires_grad for loss in losses.values())
    after = trainer.weights()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"generator", "encoder"}


def test_it_learns(shapes):
    trainer = CvaeGan().trainer(shapes, Engine())
    shown = [trainer.step(index)["reconstruction"].item() for index in range(60)]
    assert sum(shown[-10:]) < 0.7 * sum(shown[:10])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [32, 64])
def test_line_art_and_larger_images(side, channels, fixed):
    trainer = BicycleGan().trainer(fixed("translation", (channels, side, side), (3, side, side)), Engine())
    trainer.step(0)
    assert trainer.preview().shape == (4, 8, 3, side, side)
    assert sum(tensor.nbytes for tensor in trainer.weights().values()) < 1.45e6


def test_a_preview_is_what_sample_gives(shapes, tmp_path):
    trainer = BicycleGan().trainer(shapes, Engine())
    first = trainer.preview()
    assert first.shape == (8, 8, 3, 32, 32)
    assert first.dtype == torch.uint8
    assert torch.equal(first, trainer.preview())
    assert (first[:, 0] != first[:, 1]).any()
    path, method = tmp_path / "bicyclegan.safetensors", BicycleGan()
    checkpoints.write(path, trainer.weights(), {})
    method.prepare(shapes, "cpu", path)
    images = torch.stack([shapes.examples("validation")[i].condition["image"] for i in range(8)])
    latent = torch.randn(8, 8, 8, generator=torch.Generator().manual_seed(0))
    drawn = method.sample(Conditions(tuple("abcdefgh"), {"image": images}), 8, Given(latent))
    assert (drawn.int() - first.int()).abs().max() <= 2, "a checkpoint is of half precision"


def test_rates_fall_to_nothing(shapes):
    trainer = BicycleGan().trainer(shapes, Engine(), 9)

    def rates(index):
        trainer.step(index)
        return {name: optimizer.param_groups[0]["lr"] for name, optimizer in trainer._optimizers.items()}

    assert rates(0) == rates(6) == {"generator": 2e-4, "encoder": 2e-4, "encoded": 2e-4, "random": 2e-4}
    assert rates(8)["generator"] == pytest.approx(2e-4 / 3)
    assert all(optimizer.defaults["betas"] == (0.5, 0.999) for optimizer in trainer._optimizers.values())


def test_the_average_follows_the_weights(shapes):
    trainer = BicycleGan().trainer(shapes, Engine())
    before = trainer._average.network().generator.last.weight.clone()
    trainer.step(0)
    moved = before + 0.9 * (trainer._networks.generator.last.weight - before)
    assert torch.allclose(trainer._average.network().generator.last.weight, moved, atol=1e-7)


@pytest.mark.parametrize("size", ["small", "paper"])
def test_the_discriminators_never_learn_slower_than_the_generator(size):
    """Else the encoder of cLR-GAN finds nothing: its latent loss stays at E|z| = 0.80 (README, "Rates")."""
    assert SIZES[size].discriminator_rate >= SIZES[size].network_rate


def test_the_average_is_an_option(shapes):
    last, short = (BicycleGan(average=average).trainer(shapes, Engine(), 4) for average in (0.0, 0.05))
    before = short._networks.generator.last.weight.clone()
    for trainer in (last, short):
        trainer.step(0)
    present = last._networks.generator.last.weight
    assert torch.equal(last._average.network().generator.last.weight, present)
    moved = 0.05 * before + 0.95 * present
    assert torch.allclose(short._average.network().generator.last.weight, moved, atol=1e-7)
    with pytest.raises(BenchbenchError, match="average is 1.0: write a decay from 0 to below 1"):
        BicycleGan(average=1.0)


def test_the_two_discriminators_do_not_start_as_one(shapes):
    judges = BicycleGan().trainer(shapes, Engine())._judges
    first, second = (next(judge.parameters()) for judge in judges.values())
    assert not torch.equal(first, second)


def test_mixed_precision_trains_with_losses_in_float32(shapes):
    trainer = BicycleGan().trainer(shapes, Engine(precision="bfloat16"))
    exact = BicycleGan().trainer(shapes, Engine())
    losses, expected = trainer.step(0), exact.step(0)
    assert all(loss.dtype == torch.float32 for loss in losses.values())
    assert all(losses[name].item() == pytest.approx(expected[name].item(), rel=0.1) for name in losses)
    assert any(losses[name].item() != expected[name].item() for name in losses)
    assert all(parameter.dtype == torch.float32 for parameter in trainer._networks.parameters())


def test_the_global_generator_is_left_alone(shapes, tmp_path):
    before = torch.get_rng_state()
    method = BicycleGan()
    trainer = method.trainer(shapes, Engine())
    trainer.step(0)
    trainer.preview()
    checkpoints.write(tmp_path / "a.safetensors", trainer.weights(), {})
    method.prepare(shapes, "cpu", tmp_path / "a.safetensors")
    assert torch.equal(torch.get_rng_state(), before)


TOGETHER = """
import os, sys, torch
torch.set_num_threads(1)
from benchbench.core.engine import Engine
from benchbench.plugins import get_task
from benchbench_bicyclegan import BicycleGan, CaeGan, ClrGan
rank, folder = int(os.environ["RANK"]), sys.argv[1]
torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
kept = {}
for method in (BicycleGan, CaeGan, ClrGan):
    trainer = method().trainer(get_task("toy-shapes"), Engine(seed=1, rank=rank, world_size=2))
    assert len(trainer._drawn(0)["target"]) == 4
    for index in range(3):
        trainer.step(index)
    parts = {"networks": trainer._networks, "judges": trainer._judges, "averaged": trainer._average.network()}
    kept |= {f"{method.name}.{part}.{k}": v for part, module in parts.items() for k, v in module.state_dict().items()}
torch.save((kept, trainer._drawn(0)["prior"]), f"{folder}/{rank}.pt")
torch.distributed.barrier()
torch.distributed.destroy_process_group()
"""


def test_two_processes_have_one_set_of_weights(shapes, tmp_path):
    assert run_together(["-c", TOGETHER, tmp_path]) == [0, 0]
    (first, drawn), (second, other) = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert equal(first, second)
    assert not torch.equal(drawn, other)
    start = BicycleGan().trainer(shapes, Engine(seed=1))._networks.state_dict()
    assert any(not torch.equal(start[name], first[f"bicyclegan.networks.{name}"]) for name in start)
