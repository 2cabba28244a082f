"""Training as a service: the same weights however often it was interrupted, and nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file

PLUGIN = '''
"""A method with one weight, as a one-off plugin."""
import time
from dataclasses import dataclass

import benchbench


class Walk(benchbench.Trainer):
    num_steps = 30

    def __init__(self, seed, spoil, pause):
        import torch
        self.seed, self.spoil, self.pause = seed, spoil, pause
        self.weight = torch.zeros(3)

    def step(self, index):
        import torch
        from benchbench.noise import stream
        time.sleep(self.pause)
        self.weight = self.weight * 0.9 + torch.from_numpy(stream("walk", self.seed, index).random(3)).float()
        return {"loss": float("nan") if index == self.spoil else float(self.weight.sum())}

    def state(self):
        return {"weight": self.weight}

    def restore(self, state):
        self.weight = state["weight"]

    def weights(self):
        return {"weight": self.weight}


@dataclass
class Walker(benchbench.Method):
    """Walks."""
    name = "walker"
    spoil: int = -1
    pause: float = 0.0

    def prepare(self, task, device, checkpoint):
        raise benchbench.Unsupported("only walks")

    def sample(self, conditions, num_samples, noise):
        raise NotImplementedError

    def trainer(self, task, device, seed):
        return Walk(seed, self.spoil, self.pause)


@benchbench.hookimpl
def benchbench_methods():
    return [Walker]
'''


@pytest.fixture
def walker(tmp_path, monkeypatch):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "walk.py").write_text(PLUGIN)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(folder))


pytestmark = pytest.mark.usefixtures("walker")


def test_a_checkpoint_says_where_it_comes_from_and_is_not_made_twice(bench):
    done = bench("fit", "-t", "ring8", "-m", "walker", "--seed", 3)
    assert done.code == 0
    path = Path(done.out.strip())
    with safe_open(path, "pt") as file:
        about = file.metadata()
    assert list(about) == ["training"], "one key: safetensors writes several in any order, and the file has a hash"
    training = json.loads(about["training"])
    assert (training["seed"], training["made_with"]["steps"]) == (3, 30)
    assert f"--checkpoint {path}" in " ".join(done.err.split()).replace("- ", "-")
    stamp = path.stat().st_mtime_ns
    assert bench("fit", "-t", "ring8", "-m", "walker", "--seed", 3).out == done.out
    assert path.stat().st_mtime_ns == stamp
    assert bench("fit", "-t", "ring8", "-m", "walker", "--seed", 4).out != done.out


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_a_resumed_training_equals_an_uninterrupted_one(bench, tmp_path, signal_):
    from benchbench import training

    whole = training.Training("ring8", "walker", {"pause": 0.06}, 0, "cpu", tmp_path / "whole", save_every=5)
    cut = training.Training("ring8", "walker", {"pause": 0.06}, 0, "cpu", tmp_path / "cut", save_every=5)
    code = (
        "from pathlib import Path; from benchbench import training;"
        f"training.fit(training.Training('ring8', 'walker', {{'pause': 0.06}}, 0, 'cpu', Path({str(cut.output)!r}),"
        " save_every=5), lambda *a: None)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ.copy(),
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a background job ignores
    )
    for _ in range(12000):
        if cut.state_path.exists():
            break
        time.sleep(0.01)
    process.send_signal(signal_)
    process.wait()
    assert cut.state_path.exists()
    assert not cut.path.exists(), "the training was to be interrupted"
    steps = []
    training.fit(cut, lambda done, total, losses: steps.append(done))
    assert steps[0] > 5
    training.fit(whole, lambda done, total, losses: None)
    assert load_file(cut.path)["weight"].equal(load_file(whole.path)["weight"])
    assert not cut.state_path.exists()


def test_a_nan_loss_is_told_and_saves_nothing(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[spoil=7]", "-m", "walker")
    assert done.code == 1
    assert "a loss is NaN at step 8" in done.err
    assert len(list(tmp_path.glob("checkpoints/ring8/*.safetensors"))) == 1, "the other method was trained"


def test_a_spoilt_state_is_told(bench, tmp_path):
    from benchbench import training

    one = training.Training("ring8", "walker", {"spoil": -1, "pause": 0.0}, 0, "cpu", tmp_path / "checkpoints")
    one.state_path.parent.mkdir(parents=True)
    one.state_path.write_bytes(b"half a state")
    done = bench("fit", "-t", "ring8", "-m", "walker", "-o", tmp_path / "checkpoints", "--device", "cpu")
    assert done.code == 1
    assert "remove it to train from the start" in done.err


def test_a_training_beside_another_is_told(bench, tmp_path):
    from filelock import FileLock

    from benchbench import training

    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints")
    one.path.parent.mkdir(parents=True)
    with FileLock(one.path.with_suffix(".lock")):
        done = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    assert done.code == 1
    assert "another process is training" in done.err
