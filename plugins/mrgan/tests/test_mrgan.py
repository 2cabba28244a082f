"""The methods and their one trainer: what is trained, that it resumes to the bit, and what is said of what it lacks."""

import copy
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from benchbench import BenchbenchError, Example, MissingData, SampleSpace, Task, Unsupported
from benchbench.core.engine import Engine
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints, gan
from processes import run_together
from safetensors.torch import save_file
from states import equal, saved
from torch.utils._python_dispatch import TorchDispatchMode

import benchbench_mrgan
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
    recipes,
)
from benchbench_mrgan.predictor import laplace

TASKS = ("toy-shapes", "toy-faces", "toy-holes", "ring8")
VARIANTS = (Mr1, Mr2, ProxyMr1, ProxyMr2)
FAMILIES = ("gaussian", "laplace")


class Fixed(Task):
    """One example of the given shapes."""

    name, metrics = "fixed", ()

    def __init__(self, kind, condition, sample, mask=None):
        self.kind, self.space = kind, SampleSpace("images", sample)
        values = {} if condition is None else {"image": torch.zeros(condition, dtype=torch.uint8)}
        if mask:
            values["mask"] = torch.zeros(mask, dtype=torch.uint8)
        self._examples = [Example("0", values, torch.zeros(1, *sample, dtype=torch.uint8))]

    def examples(self, split):
        del split
        return self._examples

    def real_pool(self):
        return self._examples[0].references


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


@pytest.mark.parametrize(
    ("method", "task", "reason"),
    [
        (Pix2PixNoise(), "sr-photos", "pix2pix serves translation; sr-photos is of kind super-resolution"),
        (SrganNoise(), "toy-shapes", "srgan serves super-resolution; toy-shapes is of kind translation"),
        (GlcicNoise(), "ring8", "glcic serves inpainting; ring8 is of kind points"),
        (Mr1(), "digits", "serves translation, super-resolution, inpainting and points; digits is of kind uncond"),
        (Mr1(base="srgan"), "toy-shapes", "srgan serves super-resolution; toy-shapes is of kind translation"),
        (
            Mr1(weight=5.5),
            "toy-shapes",
            "no checkpoint of mr1[weight=5.5] for toy-shapes: train one with `benchbench fit -t toy-shapes -m 'mr1[",
        ),
        (Mr1(), Fixed("translation", None, (3, 32, 32)), "pix2pix needs an image of 1 or 3 channels as condition"),
        (Mr1(), Fixed("translation", (4, 32, 32), (3, 32, 32)), "needs an image of 1 or 3 channels as condition"),
        (Mr1(), Fixed("translation", (3, 16, 16), (3, 32, 32)), "as large as the condition (16 x 16)"),
        (Mr1(), Fixed("translation", (3, 48, 48), (3, 48, 48)), "takes images of 32 x 32 or 64 x 64; those of fixed"),
        (Mr1(), Fixed("translation", (3, 32, 64), (3, 32, 64)), "takes square images; those of fixed are 32 x 64"),
        (Mr1(), Fixed("translation", (3, 256, 256), (3, 256, 256)), "those of fixed are 256 x 256: use size=paper"),
        (Mr1(size="paper"), Fixed("translation", (3, 48, 48), (3, 48, 48)), "whose side is a power of two from 32"),
        (Mr1(), Fixed("super-resolution", (3, 16, 16), (3, 32, 32)), "4 times as large as the condition (64 x 64)"),
        (Mr1(), Fixed("super-resolution", (3, 64, 64), (3, 256, 256)), "use size=paper"),
        (Mr1(), Fixed("inpainting", (3, 32, 32), (3, 32, 32)), "glcic needs a mask as condition; fixed gives none"),
        (
            Mr1(size="paper"),
            Fixed("inpainting", (3, 50, 50), (3, 50, 50), mask=(1, 50, 50)),
            "whose side is a multiple of 4 from 16",
        ),
        (
            Mr1(),
            Fixed("translation", (1, 32, 32), (3, 32, 32)),
            "no checkpoint of mr1 for fixed: train one with `benchbench fit -t fixed -m mr1`",
        ),
    ],
)
def test_what_it_does_not_serve(method, task, reason):
    with pytest.raises(Unsupported) as caught:
        method.prepare(get_task(task) if isinstance(task, str) else task, "cpu", None)
    assert reason in str(caught.value)
    if "no checkpoint" not in reason:
        with pytest.raises(Unsupported) as caught:
            method.trainer(get_task(task) if isinstance(task, str) else task, Engine())
        assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (Mr1(num_samples=0), "num_samples is 0: it is at least 1"),
        (Mr2(num_samples=1), "num_samples is 1: it is at least 2 where second moments are matched"),
        (Mr1(weight=-1.0), "weight is -1.0: a weight is a number of 0 or more"),
        (ProxyMr2(second_weight=float("nan")), "second_weight is nan"),
        (Pix2PixNoise(reconstruction_weight=0.0, adversarial_weight=0.0), "there is nothing to train by"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused(method, reason):
    with pytest.raises(BenchbenchError, match=reason):
        method.trainer(get_task("toy-shapes"), Engine())


def test_two_phases_want_two_steps():
    with pytest.raises(BenchbenchError, match="1 step is too few: the predictor is trained first"):
        ProxyMr1(num_samples=2).trainer(get_task("ring8"), Engine(), 1)


def test_a_bad_checkpoint_is_one_sentence(tmp_path):
    task, method = get_task("toy-shapes"), Mr1()

    def problem(path, kind=BenchbenchError):
        with pytest.raises(kind) as caught:
            method.prepare(task, "cpu", path)
        return str(caught.value)

    missing, text, other = tmp_path / "missing", tmp_path / "text", tmp_path / "other"
    assert problem(missing, MissingData) == f"no checkpoint at {missing}"
    text.write_text("not a checkpoint")
    assert problem(text).startswith(f"{text} is not a safetensors checkpoint")
    save_file({"last.weight": torch.zeros(2)}, other)
    assert problem(other).startswith(f"{other} (for mr1 on toy-shapes) does not hold these weights: down.0.0.bias is")
    about = {"method": {"name": "mr1", "options": Mr1(weight=3.0).options()}, "task": {"name": "toy-shapes"}}
    checkpoints.write(other, {"last.weight": torch.zeros(2)}, about)
    assert "is of mr1[weight=3.0] trained on toy-shapes, not of mr1 on toy-shapes" in problem(other)


@pytest.mark.parametrize(
    ("method", "task", "expected"),
    [
        (Pix2PixNoise(), "cityscapes", (100, 1, 16, 1, None)),
        (Mr1(), "cityscapes", (0, 10, 8, 1, (10, 0, 0))),
        (Mr1(), "maps", (0, 10, 8, 1, (100, 0, 0))),
        (ProxyMr1(), "maps", (0, 10, 8, 1, (300, 0, 0))),
        (ProxyMr2(family="laplace"), "cityscapes", (0, 10, 8, 1, (1, 1, 0))),
        (ProxyMr2(base="srgan"), "", (0, 12, 8, 5, (2400, 2400, 1e-2))),
        (Mr2(base="srgan"), "", (0, 24, 8, 5, (20, 0, 1e-4))),
        (Mr2(base="srgan", family="laplace"), "", (0, 24, 8, 5, (30, 0, 1e-2))),
        (ProxyMr2(base="glcic"), "", (0, 12, 8, 3, (1000 / 4, 1000 / 16, 4e-2))),
        (ProxyMr2(base="glcic", family="laplace"), "", (0, 12, 8, 3, (1000 / 4, 1000 / 4, 2e-2))),
        (SrganNoise(), "", (1000, 1, 32, 5, None)),
        (GlcicNoise(), "", (100 / 4, 1, 16, 3, None)),
    ],
)
def test_the_papers_settings(method, task, expected):
    method.size = "paper"
    named = Fixed("translation", (3, 256, 256), (3, 256, 256))
    named.name = task
    recipe = method.recipe(named)
    weights = recipe.weights if recipe.variant else None
    found = weights and (weights.first, weights.second, weights.min_noise)
    assert (
        recipe.reconstruction_weight,
        recipe.num_samples,
        recipe.num_inputs,
        recipe.generator_updates,
        found,
    ) == expected
    batch = 32 if method.base_for(named) == "srgan" else 16
    assert (recipe.discriminator_batch, recipe.predictor_batch) == (batch, batch)
    assert (recipe.generator_rate, recipe.discriminator_rate, recipe.weight_decay) == (1e-4, 1e-4, 1e-4)
    assert (recipe.clip, recipe.betas, recipe.falling) == (0.5, (0.5, 0.999), False)


def test_a_weight_that_is_given_is_taken():
    task = get_task("toy-shapes")
    recipe = ProxyMr2(weight=7.0, second_weight=0.0, num_samples=5, reconstruction_weight=100.0).recipe(task)
    assert (recipe.weights.first, recipe.weights.second, recipe.num_samples) == (7, 0, 5)
    assert recipe.reconstruction_weight == 100
    assert Pix2PixNoise(reconstruction_weight=3.0).recipe(task).reconstruction_weight == 3


def test_every_setting_has_its_weights():
    for base, size in recipes.BASES:
        assert recipes.WEIGHTS[base, size].keys() == set(itertools.product(FAMILIES, (False, True), (1, 2)))


@pytest.mark.parametrize(("base", "heights"), [("srgan", [1, 1, 1, 0.5, 0.033]), ("pix2pix", [1, 1, 0.5, 0.25, 0.017])])
def test_rates_fall_where_small_and_stay_in_the_papers_size(base, heights):
    small, paper = (recipes.BASES[base, size].falling for size in ("small", "paper"))
    assert [round(gan.height(index, 90, small), 3) for index in (0, 30, 60, 75, 89)] == heights
    assert gan.height(89, 90, paper) == 1


def test_laplace_draws_have_their_moments():
    drawn = laplace(torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    assert drawn.abs().mean() == pytest.approx(1, abs=0.01)
    assert drawn.var() == pytest.approx(2, abs=0.05)
    assert (drawn < -1).double().mean() == pytest.approx(0.5 * 2.718281828**-1, abs=0.003)


def test_importing_it_imports_no_torch():
    code = "import sys, benchbench_mrgan; benchbench_mrgan.benchbench_methods(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_method_is_registered_and_in_the_readme():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    for method in benchbench_mrgan.benchbench_methods():
        assert registry().get("methods", method.name) is method
        assert f"| `{method.name}` |" in readme
