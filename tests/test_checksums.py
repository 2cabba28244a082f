"""What the suite writes and reads back has a checksum: what is damaged is an error by name, or made again."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchbench.core import BenchbenchError
from benchbench.system.envelope import Damaged
from benchbench.training import states


def flip(path, place):
    """Flip one bit of a file, at this share of its length."""
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    path.write_bytes(content)


@pytest.fixture
def run(bench, one_off):
    assert bench("run", "-t", "tiny", "-m", "shades", "-m", "noise", "-j", 0).code == 0
    (found,) = Path("runs/tiny/shades").iterdir()
    return found


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_record_is_an_error_by_name(bench, run, place):
    flip(run / "record.json", place)
    said = f"{run / 'record.json'} is damaged: its SHA-256 is "
    for words in (("leaderboard", "tiny"), ("run", "-t", "tiny", "-m", "shades", "-j", 0), ("verify", run)):
        done = bench(*words)
        assert (done.code, said in done.err, "run it again with --force" in done.err) == (1, True, True), done.err
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--force").code == 0
    assert bench("leaderboard", "tiny").code == 0


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_damaged_scores_of_conditions_are_an_error_by_name(bench, run, place):
    flip(run / "conditions.parquet", place)
    done = bench("compare", "shades", "noise", "-t", "tiny")
    assert (done.code, f"{run / 'conditions.parquet'} is damaged: " in done.err) == (1, True), done.err


def test_runs_without_checksums_stay_readable(bench, run):
    (run / "checksums.sha256").unlink()
    assert bench("leaderboard", "tiny").code == 0
    assert bench("compare", "shades", "noise", "-t", "tiny").code == 0


def test_checksums_are_what_sha256sum_checks(run):
    import hashlib

    lines = (run / "checksums.sha256").read_text().splitlines()
    assert sorted(line.split("  ")[1] for line in lines) == ["conditions.parquet", "record.json"]
    for line in lines:
        stated, name = line.split("  ")
        assert hashlib.sha256((run / name).read_bytes()).hexdigest() == stated


def test_a_damaged_state_is_an_error_by_name(tmp_path):
    path = tmp_path / "one.state.pt"
    state = {"done": 3, "trainer": {"weight": torch.arange(1000.0)}, "watch": {}, "made_with": {}}
    states.write(path, state)
    assert states.read(path, "cpu")["trainer"]["weight"].equal(state["trainer"]["weight"])
    whole = path.read_bytes()
    for place in (0.02, 0.3, 0.5, 0.7, 1):
        path.write_bytes(whole)
        flip(path, place)
        with pytest.raises(Damaged, match="one.state.pt is damaged.*remove it to train from the start"):
            states.read(path, "cpu")
    torch.save(state, path)  # as an earlier version wrote it
    assert states.read(path, "cpu")["done"] == 3


def test_a_damaged_checkpoint_is_an_error_by_name(tmp_path, one_off):
    from benchbench.plugins import registry
    from benchbench.training import checkpoints

    method, task, path = registry().methods["shades"](), registry().task("tiny"), tmp_path / "one.safetensors"
    about = {"method": {"name": "shades", "options": method.options()}, "task": {"name": "tiny"}}
    tensors = {"weight": torch.arange(100.0), "half": torch.ones(3, dtype=torch.bfloat16), "scalar": torch.tensor(2)}
    checkpoints.write(path, tensors, about)
    assert checkpoints.read(path, method, task)["weight"].equal(tensors["weight"])
    whole = path.read_bytes()
    for place in (0.02, 0.4, 0.7, 0.8, 1):
        path.write_bytes(whole)
        flip(path, place)
        with pytest.raises(BenchbenchError, match="one.safetensors"):
            checkpoints.read(path, method, task)
    path.write_bytes(whole)
    import json

    save_file(load_file(path), path, {"training": json.dumps(about)})  # as an earlier version wrote it
    assert checkpoints.read(path, method, task)["half"].equal(tensors["half"])
