"""The methods: their options, what they serve, what they sample, and the encoder's reconstruction."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from benchbench import BenchbenchError, Conditions, Noise, Unsupported
from benchbench.core import ConditionSamples
from benchbench.core.engine import Engine
from benchbench.plugins import get_task, registry
from benchbench.specs import format_method, parse_method
from benchbench.training import checkpoints

import benchbench_bicyclegan
from benchbench_bicyclegan import BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus, EncoderReconstruction
from benchbench_bicyclegan.reconstruction import ENCODED, EncodedBicycleGan

FAMILY = [CaeGan, CvaeGan, CvaeGanPlus, ClrGan, BicycleGan]
NAMES = ["cae-gan", "cvae-gan", "cvae-gan++", "clr-gan", "bicyclegan"]


def draw(method, task, examples, num_samples, seed=0):
    """Return the method's samples for these examples, as the suite draws them."""
    ids = tuple(example.id for example in examples)
    images = torch.stack([example.condition["image"] for example in examples])
    noise = Noise.for_samples((task.name, task.version), seed, ids, num_samples)
    samples = method.sample(Conditions(ids, {"image": images}), num_samples, noise)
    return task.space.check(samples, len(ids), num_samples)


def checkpoint(method, task, folder):
    """Write the checkpoint of a method with initial weights and return its path."""
    path = folder / "weights.safetensors"
    about = {
        "method": {"name": method.name, "options": method.options()},
        "task": {"name": task.name, "version": task.version},
    }
    trainer = method.trainer(task, Engine(seed=2))
    checkpoints.write(path, trainer.weights(), about)
    return path


def test_all_are_registered():
    assert [method.name for method in benchbench_bicyclegan.benchbench_methods()] == [
        *NAMES,
        *(f"encoded-{name}" for name in NAMES),
    ]
    assert set(NAMES) <= set(registry().methods)
    assert "encoder-reconstruction" in registry().metrics


def test_the_names_are_read_and_written():
    name, options = parse_method("cvae-gan++[size=paper,encoder=cnn,latent=16]", registry())
    method = registry().get("methods", name)(**options)
    assert (method.size, method.encoder, method.latent, method.kl_weight) == ("paper", "cnn", 16, None)
    label = format_method(name, method.options(), type(method)().options())
    assert label == "cvae-gan++[encoder=cnn,latent=16,size=paper]"
    assert registry().get("methods", name)(**parse_method(label, registry())[1]) == method


def test_the_weights_of_the_paper_are_the_defaults():
    method = BicycleGan(size="paper")
    terms = method.terms()
    assert (terms.reconstruction_weight, terms.latent_weight, terms.kl_weight) == (10, 0.5, 0.01)
    assert BicycleGan().terms().kl_weight == 0.05
    assert BicycleGan(kl_weight=0.0).terms().kl_weight == 0
    assert (method.encoder, method.injection, method.latent) == ("resnet", "all", 8)
    assert not method.conditional_discriminator


def test_only_options_that_act_are_there():
    weights = {method.name: {name for name in method().options() if name.endswith("_weight")} for method in FAMILY}
    assert weights == {
        "cae-gan": {"reconstruction_weight"},
        "cvae-gan": {"reconstruction_weight", "kl_weight"},
        "cvae-gan++": {"reconstruction_weight", "kl_weight"},
        "clr-gan": {"latent_weight"},
        "bicyclegan": {"reconstruction_weight", "kl_weight", "latent_weight"},
    }


@pytest.mark.parametrize("method_class", FAMILY)
def test_every_method_samples_from_the_prior(method_class, shapes, tmp_path):
    method = method_class()
    method.prepare(shapes, "cpu", checkpoint(method, shapes, tmp_path))
    examples = shapes.examples("test")[:3]
    together = draw(method, shapes, examples, 4)
    alone = torch.cat([draw(method, shapes, [example], 4) for example in examples])
    assert torch.equal(together, alone)
    assert not torch.equal(together, draw(method, shapes, examples, 4, seed=1))
    assert (together[:, 0] != together[:, 1]).any()
    # z is what the noise gives, standard normal
    noise = Noise.for_samples((shapes.name, shapes.version), 0, [examples[0].id], 4)
    image = examples[0].condition["image"][None].float() / 127.5 - 1
    images = method._network.generator(image.expand(4, -1, -1, -1), noise.normal(8)[0])
    assert torch.equal(together[0], ((images + 1) * 127.5).round().clamp(0, 255).byte())


@pytest.mark.parametrize("encoded", ENCODED)
def test_given_the_answer_it_samples_the_reconstruction(encoded, shapes, tmp_path):
    path = checkpoint(encoded.original(), shapes, tmp_path)
    method = encoded()
    method.prepare(shapes, "cpu", path)
    example = shapes.examples("test")[0]
    assert len(example.references) == 20
    samples = draw(method, shapes, [example], 23)
    network = method._network
    targets = example.references.float() / 127.5 - 1
    image = example.condition["image"][None].float() / 127.5 - 1
    images = network.generator(image.expand(20, -1, -1, -1), network.encoder(targets)[0])
    expected = ((images + 1) * 127.5).round().clamp(0, 255)
    assert (samples[0, :20].float() - expected).abs().max() <= 1  # a batch of another size rounds otherwise
    assert torch.equal(samples[0, 20:], samples[0, :3])
    assert torch.equal(samples, draw(method, shapes, [example], 23, seed=1))
    assert method.reads_the_answers
    assert method.by_name_only
    with pytest.raises(Unsupported, match=f"takes the checkpoint of {encoded.original.name}".replace("+", r"\+")):
        method.trainer(shapes, Engine())


def test_the_metric_is_the_error_of_the_reconstruction(shapes):
    example = shapes.examples("test")[0]
    samples = torch.randint(256, (22, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    data = ConditionSamples(shapes, example, samples, torch.zeros(0, 2, dtype=torch.int64))
    given, truth = samples.numpy().astype(float), example.references.numpy().astype(float)
    expected = [np.abs(given[k] - truth[k % 20]).mean() for k in range(22)]
    assert EncoderReconstruction().compute(data).tolist() == pytest.approx(expected)
    exact = ConditionSamples(shapes, example, example.references, data.pairs)
    assert EncoderReconstruction().compute(exact).abs().sum() == 0


def test_the_metric_is_of_images():
    with pytest.raises(Unsupported, match="encoder-reconstruction is of images; ring8 has points"):
        EncoderReconstruction().supports(get_task("ring8"))


@pytest.mark.parametrize(
    ("method", "task", "reason"),
    [
        (BicycleGan(), "sr-photos", "bicyclegan serves translation; sr-photos is of kind super-resolution"),
        (ClrGan(), "ring8", "clr-gan serves translation; ring8 is of kind points"),
        (CaeGan(), ("translation", None, (3, 32, 32)), "cae-gan needs an image of 1 or 3 channels as condition"),
        (CaeGan(), ("translation", (2, 32, 32), (3, 32, 32)), "needs an image of 1 or 3 channels as condition"),
        (
            CvaeGan(),
            ("translation", (3, 16, 16), (3, 32, 32)),
            "as large as the condition (16 x 16)",
        ),
        (
            CvaeGan(),
            ("translation", (3, 48, 48), (3, 48, 48)),
            "take square images of 8, 16, 32, 64, 128 px",
        ),
        (CvaeGan(), ("translation", (3, 32, 64), (3, 32, 64)), "takes square images; those of fixed are 32 x 64"),
        (CvaeGan(size="paper"), "toy-shapes", "the paper networks take square images of 64, 128, 256 px"),
        (
            CvaeGanPlus(latent=3),
            ("translation", (3, 32, 32), (3, 32, 32)),
            "no checkpoint of cvae-gan++[latent=3] for fixed: train one with"
            " `benchbench fit -t fixed -m 'cvae-gan++[latent=3]'`",
        ),
        (
            EncodedBicycleGan(),
            ("translation", (3, 32, 32), (3, 32, 32)),
            "no checkpoint of bicyclegan for fixed: train one with `benchbench fit -t fixed -m bicyclegan`",
        ),
    ],
)
def test_what_it_does_not_serve(method, task, reason, fixed):
    found = get_task(task) if isinstance(task, str) else fixed(*task)
    with pytest.raises(Unsupported) as caught:
        method.prepare(found, "cpu", None)
    assert reason in str(caught.value)
    if "checkpoint" not in reason:
        with pytest.raises(Unsupported):
            method.trainer(found, Engine())


def test_a_latent_vector_has_a_dimension():
    with pytest.raises(BenchbenchError, match="bicyclegan: latent is 0; write 1 or more"):
        BicycleGan(latent=0)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_is_a_number_of_0_or_more(weight):
    with pytest.raises(BenchbenchError, match="cvae-gan: kl_weight is .*: a weight is a number of 0 or more"):
        CvaeGan(kl_weight=weight)


def test_another_methods_checkpoint_is_refused(shapes, tmp_path):
    path = checkpoint(CvaeGan(), shapes, tmp_path)
    with pytest.raises(BenchbenchError, match="is of cvae-gan trained on toy-shapes, not of bicyclegan on"):
        BicycleGan().prepare(shapes, "cpu", path)
    with pytest.raises(BenchbenchError, match="is of cvae-gan trained"):
        EncodedBicycleGan().prepare(shapes, "cpu", path)


def test_importing_it_imports_no_torch():
    code = "import sys, benchbench_bicyclegan as b; b.benchbench_methods(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
