"""Runs of ring8, a published board of them, and the command line."""

import json
import shutil
from pathlib import Path

import pytest
from boards import make_runs


@pytest.fixture(scope="module")
def made(once):
    """The folder of these runs."""
    return once("runs-of-ring8", make_runs)


@pytest.fixture
def runs(made, tmp_path, monkeypatch):
    """Return a copy of these runs; the working directory is beside it."""
    shutil.copytree(made, tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs" / "ring8"


@pytest.fixture
def benchbench(capsys):
    """Return a function that runs the command line and gives its exit code, output and messages."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def published(runs, benchbench):
    """Return the board's folder after two editions: without noise, then with it."""
    for name in ("oracle", "collapsed", "real"):
        assert benchbench("submit", runs / name).exit_code == 0
    assert benchbench("publish").exit_code == 0
    assert benchbench("submit", runs / "noise").exit_code == 0
    done = benchbench("publish", "ring8")
    assert done.exit_code == 0, done.stderr
    assert "ring8: edition 2, 4 rows\n  added: noise, rank 1" in done.stdout
    return Path("leaderboards/ring8/v1")


@pytest.fixture
def one_more(published, runs, benchbench):
    """Return the board's folder with a record that no edition has: noise again, with another seed."""
    path = published / "records.jsonl"
    line = next(line for line in path.read_text().splitlines() if '"name": "noise"' in line)
    record = json.loads(line)
    record["seed"] = 1
    path.write_text(path.read_text() + json.dumps(record, sort_keys=True) + "\n")
    return published
