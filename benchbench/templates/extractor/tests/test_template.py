"""The contract of benchbench, check by check, and tests of what this extractor does."""

import pytest
import torch
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

FEATURES = ["template"]


def test_black_and_white_are_two_apart():
    views = registry().get("features", "template")().load("cpu")
    levels = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 32, 32)
    black, white = views(levels)["embedding"]
    assert float((white - black).norm()) == pytest.approx(2)
