"""The contract of benchbench, check by check, and tests of what this method does."""

import benchbench
import numpy as np
import pytest
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from PIL import Image

from benchbench_template.example import make

METHODS = ["template"]


def test_a_folder_of_images_keeps_the_contract(tiny_task, benchbench_cli, tmp_path):
    make(tiny_task, tmp_path / "images", num_conditions=12, num_samples=16)
    done = benchbench_cli("check", "template", "-t", tiny_task.name, "--checkpoint", tmp_path / "images")
    assert done.code == 0, done.out


def test_images_are_taken_in_the_order_of_their_numbers(tiny_task, noise_source, tmp_path):
    id = tiny_task.examples("test")[0].id
    (tmp_path / id).mkdir()
    for name, grey in (("2.png", 2), ("1.png", 1), ("10.png", 3)):
        Image.fromarray(np.full((32, 32, 3), grey, dtype=np.uint8)).save(tmp_path / id / name)
    method = registry().get("methods", "template")()
    method.prepare(tiny_task, "cpu", tmp_path)
    samples = method.sample(benchbench.Conditions((id,), {}), 3, noise_source([id], 3))
    assert samples[0, :, 0, 0, 0].tolist() == [1, 2, 3]


def test_images_of_another_task_are_told(tiny_task, tmp_path):
    with pytest.raises(benchbench.MissingData, match="holds no images of tiny-discs"):
        registry().get("methods", "template")().prepare(tiny_task, "cpu", tmp_path)
