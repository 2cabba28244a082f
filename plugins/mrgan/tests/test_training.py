"""The one trainer of all methods: what it trains, and that a training resumes to the bit and shares its work."""

import copy
import itertools

import pytest
import torch
from benchbench.core.engine import Engine
from benchbench.training import checkpoints
from processes import run_together
from safetensors.torch import save_file
from states import equal, saved
from torch.utils._python_dispatch import TorchDispatchMode

from benchbench_mrgan import (
    GlcicNoise,
    MlpNoise,
    Mr1,
    Mr2,
    Pix2Pix,
    Pix2PixNoise,
    Predictor,
    ProxyMr1,
    ProxyMr2,
    SrganNoise,
)

TASKS = ("toy-shapes", "toy-faces", "toy-holes", "ring8")
VARIANTS = (Mr1, Mr2, ProxyMr1, ProxyMr2)
FAMILIES = ("gaussian", "laplace")


def train(trainer, first=0, end=None):
    """Return the losses of these steps."""
    return [
        {name: float(value) for name, value in trainer.step(index).items()}
        for index in range(first, trainer.num_steps if end is None else end)
    ]


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("task_name", TASKS)
@pytest.mark.parametrize(("method_class", "family"), list(itertools.product(VARIANTS, FAMILIES)))
def test_every_variant_trains_every_base_and_samples(task_name, method_class, family, few, draw, tmp_path):
    task, method = few(task_name), method_class(family=family)
    trainer = method.trainer(task, Engine(seed=1))
    proxy = method_class in (ProxyMr1, ProxyMr2)
    assert trainer.num_steps == (7 if proxy else 4)
    before = trainer.weights()
    shown = train(trainer)
    if proxy:
        assert [set(losses) for losses in shown[:3]] == [{"P"}, {"P", "P-validation"}, {"P", "P-validation"}]
        shown = shown[3:]
    assert all(set(losses) == {"D", "G", "proxy" if proxy else "mr"} for losses in shown)
    after = trainer.weights()
    assert not equal(before, after)
    preview = task.space.check(trainer.preview(), 8, 8)
    assert (preview[:, 0] != preview[:, 1]).any()
    assert torch.equal(preview, trainer.preview())
    path = tmp_path / checkpoints.file_name(method, task.name)
    about = {"method": {"name": method.name, "options": method.options()}, "task": {"name": task.name}}
    checkpoints.write(path, after, about)
    method.prepare(task, "cpu", path)
    samples = draw(method, task, task.examples("test")[:2], 3)
    assert (samples[:, 0] != samples[:, 1]).any()


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("task_name", "method", "shown"),
    [
        ("toy-shapes", Pix2Pix(), {"D", "G", "reconstruction"}),
        ("toy-shapes", Pix2PixNoise(), {"D", "G", "reconstruction"}),
        ("toy-faces", SrganNoise(), {"D", "G", "reconstruction"}),
        ("toy-holes", GlcicNoise(), {"D", "G", "reconstruction"}),
        ("grid25", MlpNoise(), {"D", "G", "reconstruction"}),
        ("toy-shapes", Pix2PixNoise(reconstruction_weight=0.0), {"D", "G"}),
        ("toy-shapes", Pix2PixNoise(adversarial_weight=0.0), {"reconstruction"}),
        ("toy-shapes", Mr2(adversarial_weight=0.0), {"mr"}),
        ("toy-holes", Mr1(reconstruction_weight=10.0), {"D", "G", "mr", "reconstruction"}),
        ("ring8", Predictor(family="laplace"), {"P", "P-validation"}),
        ("toy-faces", Predictor(), {"P", "P-validation"}),
    ],
)
def test_baselines_ablations_and_the_predictor_train_and_sample(task_name, method, shown, few, draw, tmp_path):
    task = few(task_name)
    trainer = method.trainer(task, Engine())
    assert set().union(*train(trainer)) == shown
    save_file(trainer.weights(), tmp_path / "weights.safetensors")
    method.prepare(task, "cpu", tmp_path / "weights.safetensors")
    samples = draw(method, task, task.examples("test")[:2], 3)
    assert bool((samples[:, 0] == samples[:, 1]).all()) == isinstance(method, Pix2Pix)
    task.space.check(trainer.preview(), 8, 8)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("task_name", TASKS)
def test_the_papers_size_is_the_same_code(task_name, few):
    trainer = ProxyMr2(size="paper").trainer(few(task_name), Engine(), 2)  # one of each phase
    first, second = train(trainer)
    assert set(first) == {"P", "P-validation"}
    assert set(second) == {"D", "G", "proxy"}


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("method", [Pix2PixNoise(adversarial_weight=0.0), ProxyMr2(adversarial_weight=0.0)])
def test_without_the_adversarial_loss_the_discriminator_is_not_touched(method, few):
    trainer = method.trainer(few("toy-shapes"), Engine())
    before = copy.deepcopy(trainer.state()["gan"]["discriminator"])
    train(trainer)
    assert equal(before, trainer.state()["gan"]["discriminator"])


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("task_name", "method", "cut", "precision"),
    [
        ("toy-shapes", ProxyMr2(family="laplace"), 1, "float32"),
        ("toy-shapes", ProxyMr2(family="laplace"), 2, "float32"),
        ("toy-shapes", ProxyMr2(family="laplace"), 3, "bfloat16"),
        ("toy-shapes", ProxyMr1(), 5, "float32"),
        ("toy-faces", SrganNoise(), 2, "bfloat16"),
        ("toy-holes", Mr2(), 2, "bfloat16"),
        ("ring8", Predictor(), 2, "float32"),
    ],
)
def test_a_resumed_training_is_the_same_to_the_bit(task_name, method, cut, precision, few):
    task = few(task_name)
    whole, first, second = (method.trainer(task, Engine(seed=5, precision=precision)) for _ in range(3))
    shown = train(whole)
    train(first, end=cut)
    second.restore(saved(first.state()))
    assert torch.equal(first.preview(), second.preview())
    assert train(second, first=cut) == shown[cut:]
    assert equal(whole.weights(), second.weights())
    assert torch.equal(whole.preview(), second.preview())
    assert not equal(whole.weights(), method.trainer(task, Engine(seed=6)).weights())


@pytest.mark.usefixtures("tiny")
def test_the_predictor_is_the_one_that_validated_best_and_then_frozen(few):
    task, method = few("toy-shapes"), ProxyMr1()
    trainer = method.trainer(task, Engine(), 35)  # 15 of the predictor and 20 of the GAN
    assert trainer.num_steps == 35
    validations, states = [], []
    for index in range(15):
        losses = trainer.step(index)
        if "P-validation" in losses:
            validations.append(float(losses["P-validation"]))
            states.append(copy.deepcopy(trainer.state()["predictor"]["best"]))
    assert len(validations) == 8
    best = states[validations.index(min(validations))]
    assert equal(best, trainer.state()["predictor"]["predictor"])
    assert set(train(trainer, 15, 17)[0]) == {"D", "G", "proxy"}
    assert equal(best, trainer.state()["predictor"]["predictor"])


@pytest.mark.usefixtures("tiny")
def test_the_global_generator_is_left_alone(few, draw, tmp_path):
    task, method = few("toy-shapes", 4), ProxyMr2()
    before = torch.get_rng_state()
    trainer = method.trainer(task, Engine())
    train(trainer)
    save_file(trainer.weights(), tmp_path / "a.safetensors")
    trainer.preview()
    method.prepare(task, "cpu", tmp_path / "a.safetensors")
    draw(method, task, task.examples("test")[:1], 2)
    assert torch.equal(torch.get_rng_state(), before)


class NothingReadBack(TorchDispatchMode):
    """Refuses what makes the CPU wait for a value on the device."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        assert "_local_scalar_dense" not in str(function), "a value is read back"
        assert "nonzero" not in str(function), "a shape depends on values"
        return function(*args, **(kwargs or {}))


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(("task_name", "method_class"), list(itertools.product(TASKS, (Mr2, ProxyMr2))))
def test_an_update_leaves_nothing_on_the_cpu_to_decide(task_name, method_class, few, monkeypatch):
    """Else it could not be recorded as a CUDA graph; the optimizer's step on a CPU is left out, as it counts there."""
    trainer = method_class(family="laplace", reconstruction_weight=1.0).trainer(few(task_name), Engine())
    monkeypatch.setattr(torch.optim.Adam, "step", lambda optimizer: None)
    watched = []
    for name, phase in trainer._phases().items():
        monkeypatch.setattr(phase, "_updating", recorded(phase._update, lambda name=name: watched.append(name)))
    train(trainer)
    assert set(watched) == set(trainer._phases())


def recorded(update, note):
    def updating(given):
        with NothingReadBack():
            done = update(given)
        note()
        return done

    return updating


@pytest.mark.usefixtures("tiny")
def test_mixed_precision_trains_with_losses_in_full(few):
    trainer = ProxyMr2().trainer(few("toy-shapes"), Engine(precision="bfloat16"))
    for index in range(trainer.num_steps):
        losses = trainer.step(index)
        assert all(loss.dtype == torch.float32 and bool(loss.isfinite()) for loss in losses.values())
    exact = train(ProxyMr2().trainer(few("toy-shapes"), Engine()))
    assert float(losses["G"]) != exact[-1]["G"]


TWO = """
import dataclasses, os, sys, torch
from benchbench.core.engine import Engine
from benchbench.plugins import get_task
from benchbench_mrgan import ProxyMr2, recipes, training
rank, folder = int(os.environ["RANK"]), sys.argv[1]
torch.set_num_threads(1)
torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
training.STATISTICS_BATCHES = 2
for key, recipe in list(recipes.BASES.items()):
    recipes.BASES[key] = dataclasses.replace(recipe, discriminator_batch=4, num_inputs=4, num_samples=3, num_steps=2,
        predictor_steps=3, predictor_batch=4, validate_every=2)
trainer = ProxyMr2().trainer(get_task("toy-shapes"), Engine(seed=2, rank=rank, world_size=2))
shown = [{name: float(loss) for name, loss in trainer.step(i).items()} for i in range(trainer.num_steps)]
state = trainer.state()
torch.save((shown, trainer.weights(), state["predictor"]["best"], dict(trainer._gan._discriminator.named_parameters())),
    f"{folder}/{rank}.pt")
torch.distributed.destroy_process_group()
"""


def test_two_processes_train_one_network(tmp_path):
    assert run_together(["-c", TWO, tmp_path]) == [0, 0]
    (shown, *weights), (other_shown, *other_weights) = (
        torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2)
    )
    assert shown[0]["P"] != other_shown[0]["P"], "each has its own share of the data"
    assert [losses.get("P-validation") for losses in shown] == [losses.get("P-validation") for losses in other_shown]
    assert all(equal(mine, yours) for mine, yours in zip(weights, other_weights, strict=True))
