"""MR-GAN and its baselines: the loss, the trainer, the shipped checkpoints and what is said when one does not fit."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from benchbench import BenchbenchError, Conditions, Example, MissingData, Noise, SampleSpace, Task, Unsupported
from benchbench.evaluation import get_task
from safetensors.torch import save_file

import benchbench_mrgan
from benchbench_mrgan import Mr1, Pix2PixNoise, SrganNoise, losses, methods, training

SHIPPED = [
    ("toy-shapes", Pix2PixNoise),
    ("toy-shapes", Mr1),
    ("sr-photos", SrganNoise),
    ("sr-photos", Mr1),
]
shipped = pytest.mark.parametrize(("task_name", "method_class"), SHIPPED, ids=[f"{t}-{m.name}" for t, m in SHIPPED])


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in a fixed order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Slice(Task):
    """A few examples of another task, under its name."""

    metrics = ()

    def __init__(self, task, number):
        self.name, self.kind, self.space = task.name, task.kind, task.space
        self._few = {split: task.examples(split)[:number] for split in ("train", "test")}

    def examples(self, split):
        return self._few[split]

    def real_pool(self):
        return torch.cat([example.references for example in self.examples("train")])


class Fixed(Task):
    """One example of the given shapes."""

    name, metrics = "fixed", ()

    def __init__(self, kind, condition, sample):
        self.kind, self.space = kind, SampleSpace("images", sample)
        values = {} if condition is None else {"image": torch.zeros(condition, dtype=torch.uint8)}
        self._examples = [Example("0", values, torch.zeros(1, *sample, dtype=torch.uint8))]

    def examples(self, split):
        del split
        return self._examples

    def real_pool(self):
        return self._examples[0].references


def prepared(task_name, method_class):
    """Return a method with its shipped checkpoint."""
    method = method_class()
    method.prepare(get_task(task_name), "cpu", None)
    return method


def draw(method, task, examples, num_samples, seed=0):
    """Return the method's samples for these examples, as the suite draws them."""
    ids = tuple(example.id for example in examples)
    images = torch.stack([example.condition["image"] for example in examples])
    noise = Noise.for_samples((task.name, task.version), seed, ids, num_samples)
    samples = method.sample(Conditions(ids, {"image": images}), num_samples, noise)
    return task.space.check(samples, len(ids), num_samples)


def test_mr1_is_its_formula():
    samples = torch.tensor([[0.0, 1.0], [0.5, -0.5]]).reshape(2, 2, 1, 1, 1)
    targets = torch.tensor([1.0, 0.2]).reshape(2, 1, 1, 1)
    assert losses.gaussian_mr1(samples, targets).item() == pytest.approx((0.5**2 + 0.2**2) / 2)
    assert losses.squared_error(samples, targets).item() == pytest.approx((1 + 0 + 0.3**2 + 0.7**2) / 4)
    assert losses.absolute_error(samples, targets).item() == pytest.approx((1 + 0 + 0.3 + 0.7) / 4)


def test_mr1_leaves_the_spread_alone():
    generator = torch.Generator().manual_seed(0)
    samples = torch.randn(2, 4, 3, 5, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    losses.gaussian_mr1(samples, torch.zeros(2, 3, 5, 5, dtype=torch.float64)).backward()
    assert torch.equal(samples.grad, samples.grad[:, :1].expand_as(samples))
    assert samples.grad.abs().sum() > 0
    away = (samples - samples.mean(1, keepdim=True)).detach()
    assert (samples.grad * away).sum().abs() < 1e-12


def test_gan_losses_at_known_logits():
    zero = torch.zeros(3)
    assert losses.discriminator_loss(zero, zero).item() == pytest.approx(0.693147, abs=1e-6)
    assert losses.adversarial_loss(zero).item() == pytest.approx(0.693147, abs=1e-6)
    assert losses.discriminator_loss(zero + 20, zero - 20).item() < 1e-6
    assert losses.adversarial_loss(zero + 20).item() < 1e-6


@shipped
def test_shipped_checkpoint_samples(task_name, method_class):
    task, method = get_task(task_name), prepared(task_name, method_class)
    assert method.default_checkpoint(task).stat().st_size <= 1.5e6
    examples = task.examples("test")[:3]
    together = draw(method, task, examples, 4)
    assert torch.equal(together, draw(method, task, examples, 4))
    alone = torch.cat([draw(method, task, [example], 4) for example in examples])
    assert torch.equal(together, alone)
    assert not torch.equal(together, draw(method, task, examples, 4, seed=1))
    assert (together[:, 0] != together[:, 1]).any()


@pytest.mark.parametrize(("method_class", "least", "most"), [(Pix2PixNoise, 0, 0.25), (Mr1, 0.75, 1.2)])
def test_the_paper_in_one_number(method_class, least, most):
    task, method = get_task("toy-shapes"), prepared("toy-shapes", method_class)
    examples = task.examples("test")[:40]
    samples = draw(method, task, examples, 20).double()
    truth = torch.stack([example.references for example in examples]).double()
    assert least <= (samples.var(1).mean() / truth.var(1).mean()).sqrt() < most


def test_mr1_is_the_more_diverse_on_photographs():
    task = get_task("sr-photos")
    examples = task.examples("test")[:10]
    drawn = {m: draw(prepared("sr-photos", m), task, examples, 10) for m in (SrganNoise, Mr1)}
    variance = {m: samples.double().var(1).mean() for m, samples in drawn.items()}
    assert variance[Mr1] > 5 * variance[SrganNoise]
    for samples in drawn.values():
        for example, own in zip(examples, samples, strict=True):
            assert (task.downsample(own) - example.condition["image"]).abs().mean() < 20


@pytest.mark.parametrize(("task_name", "method"), [("toy-shapes", Mr1(num_samples=2)), ("sr-photos", SrganNoise())])
def test_resumed_training_is_the_same(task_name, method, monkeypatch):
    monkeypatch.setattr(training, "STATISTICS_BATCHES", 2)
    task = Slice(get_task(task_name), 24)
    whole, first, second = (method.trainer(task, "cpu", 5) for _ in range(3))
    for trainer in (whole, first, second):
        trainer.num_steps = 6
    shown = [whole.step(index) for index in range(6)]
    for index in range(3):
        first.step(index)
    second.restore(first.state())
    assert [second.step(index) for index in range(3, 6)] == shown[3:]
    expected, given = whole.weights(), second.weights()
    assert expected.keys() == given.keys()
    assert all(torch.equal(expected[name], given[name]) for name in expected)
    assert all(tensor.dtype == torch.float16 for tensor in given.values())
    other = method.trainer(task, "cpu", 6).weights()
    assert any(not torch.equal(expected[name], other[name]) for name in expected)


def test_the_global_generator_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "STATISTICS_BATCHES", 2)
    task, method = Slice(get_task("toy-shapes"), 4), Mr1(num_samples=2)
    before = torch.get_rng_state()
    trainer = method.trainer(task, "cpu", 0)
    trainer.step(0)
    save_file(trainer.weights(), tmp_path / "a.safetensors")
    method.prepare(task, "cpu", tmp_path / "a.safetensors")
    draw(method, task, task.examples("test")[:1], 2)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("method", "task", "reason"),
    [
        (Pix2PixNoise(), "sr-photos", "pix2pix serves translation; sr-photos is of kind super-resolution"),
        (SrganNoise(), "toy-shapes", "srgan serves super-resolution; toy-shapes is of kind translation"),
        (Mr1(), "ring8", "serves translation and super-resolution; ring8 is of kind points"),
        (Mr1(base="srgan"), "toy-shapes", "srgan serves super-resolution; toy-shapes is of kind translation"),
        (
            Mr1(weight=5.0),
            "toy-shapes",
            "no checkpoint of mr1[weight=5.0] for toy-shapes: train one with `benchbench fit -t toy-shapes -m 'mr1[",
        ),
        (Mr1(), Fixed("translation", None, (3, 32, 32)), "pix2pix needs an RGB image as condition"),
        (Mr1(), Fixed("translation", (1, 32, 32), (3, 32, 32)), "pix2pix needs an RGB image as condition"),
        (Mr1(), Fixed("translation", (3, 16, 16), (3, 32, 32)), "as large as the condition (16 x 16)"),
        (Mr1(), Fixed("translation", (3, 48, 48), (3, 48, 48)), "takes images of 32 x 32; those of fixed are 48 x 48"),
        (Mr1(), Fixed("super-resolution", (3, 16, 16), (3, 32, 32)), "4 times as large as the condition (64 x 64)"),
        (
            Mr1(),
            Fixed("translation", (3, 32, 32), (3, 32, 32)),
            "no checkpoint of mr1 for fixed: train one with `benchbench fit -t fixed -m mr1`",
        ),
    ],
)
def test_what_it_does_not_serve(method, task, reason):
    with pytest.raises(Unsupported) as caught:
        method.prepare(get_task(task) if isinstance(task, str) else task, "cpu", None)
    assert reason in str(caught.value)


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
    assert problem(other).startswith(
        f"{other} does not hold the weights of mr1 for toy-shapes: down.0.0.bias is absent"
    )
    save_file({"last.weight": torch.zeros(2)}, other, metadata={"training": '{"made": "by hand"}'})
    assert problem(other) == f"{other} is not from `benchbench fit`: its metadata name no method and task"
    foreign = methods.CHECKPOINTS / "toy-shapes-pix2pix-noise.safetensors"
    assert problem(foreign) == (
        f"{foreign} is of pix2pix-noise[reconstruction_weight=20.0] trained on toy-shapes,"
        " not of mr1[base=auto,num_samples=8,weight=20.0] on toy-shapes"
    )


def test_a_given_checkpoint_is_taken():
    task, path = get_task("toy-shapes"), methods.CHECKPOINTS / "toy-shapes-mr1.safetensors"
    given = Mr1()
    given.prepare(task, "cpu", Path(path))
    examples = task.examples("test")[:1]
    assert torch.equal(draw(given, task, examples, 2), draw(prepared("toy-shapes", Mr1), task, examples, 2))


def test_importing_it_imports_no_torch():
    code = "import sys, benchbench_mrgan; benchbench_mrgan.benchbench_methods(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_method_is_registered():
    assert [m.name for m in benchbench_mrgan.benchbench_methods()] == ["pix2pix-noise", "srgan-noise", "mr1"]


@pytest.mark.parametrize("task", ["toy-shapes", "sr-photos"])
def test_a_run_is_the_same_to_the_bit_however_it_is_cut(task, tmp_path):
    from benchbench.cli.main import main
    from benchbench.records import find_records
    from click.testing import CliRunner

    scores = []
    for folder, words in (("one", ["-j", "1"]), ("two", ["-j", "2", "--batch-size", "7"])):
        command = ["run", "-t", task, "-m", "mr1", "--limit", "22", "--samples", "6", "-o", str(tmp_path / folder)]
        done = CliRunner().invoke(main, [*command, *words])
        assert done.exit_code == 0, done.stderr
        ((_, record),) = find_records(tmp_path / folder)
        scores.append(record.scores)
    assert scores[0] == scores[1]
