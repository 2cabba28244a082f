"""What the methods serve, and what is said of a task, a setting or a checkpoint that they do not."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from benchbench import BenchbenchError, Example, MissingData, SampleSpace, Task, Unsupported
from benchbench.core.engine import Engine
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints
from safetensors.torch import save_file

import benchbench_mrgan
from benchbench_mrgan import (
    GlcicNoise,
    Mr1,
    Mr2,
    Pix2PixNoise,
    ProxyMr1,
    ProxyMr2,
    SrganNoise,
)


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


def test_importing_it_imports_no_torch():
    code = "import sys, benchbench_mrgan; benchbench_mrgan.benchbench_methods(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_method_is_registered_and_in_the_readme():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    for method in benchbench_mrgan.benchbench_methods():
        assert registry().get("methods", method.name) is method
        assert f"| `{method.name}` |" in readme
