"""Fixtures for the tests of plugins, available where benchbench is installed: no GPU, no data, no download.

Nothing heavy is imported before a test asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchbench.core import Task
    from benchbench.core.noise import Noise

__all__ = ["CommandResult", "benchbench_cli", "noise_source", "run_store", "tiny_task"]
FOLDERS = ("BENCHBENCH_PLUGINS_DIR", "BENCHBENCH_DATA", "BENCHBENCH_WEIGHTS")
TINY = "from benchbench.contract.tiny import benchbench_tasks\n"


@dataclass(frozen=True)
class CommandResult:
    """The outcome of a command."""

    code: int
    """Its exit code."""
    out: str
    """Its standard output."""
    err: str
    """Its standard error."""


@pytest.fixture(scope="session")
def _tiny_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("benchbench-plugins")
    (folder / "tiny_discs.py").write_text(TINY)
    return folder


@pytest.fixture
def tiny_task(_tiny_plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A task of twelve conditions, `tiny-discs`: white disc to coloured disc, `uint8[3, 32, 32]`, its law known.

    It is registered for the test, in this process and in those that it starts, so that
    `benchbench_cli("run", "-t", "tiny-discs", "-m", "mine")` works.
    """
    present = os.environ.get("BENCHBENCH_PLUGINS_DIR")
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", os.pathsep.join(filter(None, (present, str(_tiny_plugin)))))
    from benchbench.plugins import get_task

    return get_task("tiny-discs")


@pytest.fixture
def run_store(tmp_path: Path) -> Path:
    """A folder for runs: `benchbench_cli("run", …, "-o", run_store)`; their records are in `*/*/*/record.json`."""
    return tmp_path / "runs"


@pytest.fixture
def noise_source() -> Callable[..., Noise]:
    """A function `(ids, num_samples, seed=0, device="cpu")` that returns the `Noise` of these examples' samples."""
    from benchbench.core.noise import Noise

    def make(ids: Sequence[str], num_samples: int, seed: int = 0, device: str = "cpu") -> Noise:
        return Noise.for_samples(("tiny-discs", 1), seed, list(ids), num_samples, device)

    return make


@pytest.fixture
def benchbench_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., CommandResult]:
    """A function that runs `benchbench WORDS…` in this process and in an empty folder, and returns its outcome.

    Exceptions other than the suite's own errors are raised.
    """
    from click.testing import CliRunner

    from benchbench.cli.main import main

    monkeypatch.chdir(tmp_path)
    for name in FOLDERS:
        before = os.environ.get(name)
        monkeypatch.setenv(name, before or "")  # what `--plugins-dir` and its like set is undone after the test
        if not before:
            monkeypatch.delenv(name)

    def run(*words: object) -> CommandResult:
        done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    return run
