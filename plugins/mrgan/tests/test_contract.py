"""The methods keep the plugin contract, on every task that a checkpoint ships for."""

from benchbench.testing import *  # noqa: F403 (it brings the tests)

METHODS = ["mr1", "pix2pix-noise", "srgan-noise"]
