"""The contract of benchbench, check by check, and what this method is to do beside it."""

import benchbench
import numpy as np
import pytest
from benchbench.cli.main import main
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from click.testing import CliRunner
from PIL import Image

from benchbench_template.example import make

METHODS = ["template"]


def test_a_folder_of_images_keeps_the_contract(tmp_path):
    make(registry().get("tasks", "toy-shapes")(), tmp_path, num_conditions=300, num_samples=16)
    done = CliRunner().invoke(main, ["check", "template", "-t", "toy-shapes", "--checkpoint", str(tmp_path)])
    assert done.exit_code == 0, done.output


def test_images_are_taken_in_the_order_of_their_names(tmp_path):
    task, method = registry().get("tasks", "toy-shapes")(), registry().get("methods", "template")()
    id = task.examples("test")[0].id
    (tmp_path / id).mkdir()
    for name, grey in (("b.png", 2), ("a.png", 1), ("c.png", 3)):
        Image.fromarray(np.full((32, 32, 3), grey, dtype=np.uint8)).save(tmp_path / id / name)
    method.prepare(task, "cpu", tmp_path)
    noise = benchbench.Noise.for_samples((task.name, task.version), 0, (id,), 3)
    assert method.sample(benchbench.Conditions((id,), {}), 3, noise)[0, :, 0, 0, 0].tolist() == [1, 2, 3]


def test_images_of_another_task_are_told(tmp_path):
    with pytest.raises(benchbench.MissingData, match="holds no images of toy-shapes"):
        registry().get("methods", "template")().prepare(registry().get("tasks", "toy-shapes")(), "cpu", tmp_path)
