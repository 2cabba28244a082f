"""The state of a training: going on gives the same weights, and a good state outlives what is bad."""

import json
import os
import signal
import subprocess
import time

import processes
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

pytestmark = pytest.mark.usefixtures("walker")


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_a_resumed_training_equals_an_uninterrupted_one(bench, tmp_path, signal_):
    from benchbench.training import fit as training

    whole = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "whole", save_every=5)
    cut = training.Training("ring8", "walker", {"pause": 0.06}, 0, "cpu", tmp_path / "cut", save_every=5)
    code = (
        "from pathlib import Path; from benchbench.training import fit as training;"
        f"training.fit(training.Training('ring8', 'walker', {{'pause': 0.06}}, 0, 'cpu', Path({str(cut.output)!r}),"
        " save_every=5), lambda *a: None)"
    )
    process = processes.start(["-c", code], stderr=subprocess.DEVNULL)
    while process.poll() is None and not cut.state_path.exists():
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


def test_a_full_disk_is_told_and_the_training_goes_on_from_its_last_state(bench, monkeypatch, tmp_path):
    from benchbench.system import files as store
    from benchbench.training import states

    replace, written = os.replace, []

    def fills_up(source, target):
        written.append(target)
        if len(written) > 2:
            raise OSError(28, "No space left on device")
        replace(source, target)

    words = ("fit", "-t", "ring8", "-m", "walker", "--save-every", 8)
    with monkeypatch.context() as patch:
        patch.setattr(store.os, "replace", fills_up)
        done = bench(*words)
    assert (done.code, "the disk is full: could not write" in " ".join(done.err.split())) == (1, True), done.err
    (state,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    assert states.read(state, "cpu")["done"] == 16
    assert not list(tmp_path.glob("checkpoints/ring8/.*.tmp"))
    path = bench(*words).out.strip()
    whole = bench(*words, "-o", tmp_path / "whole").out.strip()
    assert load_file(path)["weight"].equal(load_file(whole)["weight"])


def test_a_spoilt_state_is_told(bench, tmp_path):
    from benchbench.training import fit as training

    one = training.Training("ring8", "walker", {"spoil": -1, "pause": 0.0}, 0, "cpu", tmp_path / "checkpoints")
    one.state_path.parent.mkdir(parents=True)
    one.state_path.write_bytes(b"half a state")
    done = bench("fit", "-t", "ring8", "-m", "walker", "-o", tmp_path / "checkpoints", "--device", "cpu")
    assert done.code == 1
    assert "remove it to train from the start" in done.err


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("walker[spoil=27,value=inf]", "loss loss is inf at step 28"),
        ("walker[spoil=27,value=-2e6,fault=stays]", "loss loss is -2e+06 at step 77"),
        ("walker[spoil=25,value=3e6,fault=stays]", "loss loss is 3e+06 at step 30"),  # the last one
    ],
)
def test_a_training_that_diverges_leaves_its_last_good_state_and_the_weights_of_that(bench, method, said, tmp_path):
    from benchbench.training import states

    words = ("fit", "-t", "ring8", "-m", method, "--save-every", 4, "--steps", 30 if "=3e6" in method else 100)
    done = bench(*words)
    told = " ".join(done.err.split())
    assert done.code == 1
    assert f"diverged: {said}; the state of step 24 is kept in" in told
    (state,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    (checkpoint,) = tmp_path.glob("checkpoints/ring8/*.safetensors")
    assert checkpoint.name == "diverged-" + state.name.replace(".state.pt", "-step-24.safetensors")
    assert load_file(checkpoint)["weight"].equal(states.read(state, "cpu")["trainer"]["weight"])
    with safe_open(checkpoint, "pt") as file:
        assert json.loads(file.metadata()["training"])["made_with"]["steps"] == 24
    before = state.read_bytes()
    assert f"{said}; the state of step 24" in " ".join(bench(*words).err.split())
    assert state.read_bytes() == before


def test_one_large_loss_ends_no_training(bench):
    assert bench("fit", "-t", "ring8", "-m", "walker[spoil=7,value=2e9]").code == 0


def test_a_state_with_nan_does_not_take_the_place_of_the_last_good_one(bench, tmp_path):
    from benchbench.training import states

    done = bench("fit", "-t", "ring8", "-m", "walker[fault=weight]", "--save-every", 8)
    told = " ".join(done.err.split())
    assert done.code == 1
    assert "diverged: loss loss is nan at step 24; the state of step 16 is kept in" in told
    (path,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    assert not states.read(path, "cpu")["trainer"]["weight"].isnan().any()


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ({"a": [torch.zeros(2), {"b": torch.tensor([0.0, torch.nan])}]}, "state.a.1.b"),
        ({"best": float("nan")}, "state.best"),
        ({"a": torch.tensor([0.0, torch.inf])}, "state.a"),
        ({"best": float("inf"), "a": torch.tensor([torch.inf]), "done": 3, "said": "nan"}, None),
    ],
)
def test_what_is_not_finite_in_a_state_is_named(state, name):
    from benchbench.training import states

    assert states.not_finite(state) == name


def test_a_state_that_could_not_be_read_again_is_told_when_it_is_first_saved(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[fault=state]", "--save-every", 8)
    assert done.code == 1
    told = " ".join(done.err.split())
    assert "state() gave what cannot be read again" in told
    assert "walk.Walk" in told
    assert not list(tmp_path.glob("checkpoints/ring8/*.state.pt"))


def test_what_restore_raises_is_the_plugins_and_no_spoilt_file(bench, tmp_path):
    words = ("fit", "-t", "ring8", "-m", "walker[fault=restore,spoil=20]", "--save-every", 8)
    assert "diverged" in bench(*words).err
    told = " ".join(bench(*words).err.split())
    assert "RuntimeError: no way back (walk.py:" in told
    assert "the state of step 16 is kept" in told
    assert len(list(tmp_path.glob("checkpoints/ring8/*.error.txt"))) == 1


def test_going_on_with_other_versions_is_told(bench, tmp_path, caplog):
    from benchbench.training import states

    words = ("fit", "-t", "ring8", "-m", "walker[spoil=20]", "--save-every", 8, "--device", "cpu")
    bench(*words)
    (path,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    saved = states.read(path, "cpu")
    saved["made_with"]["torch"] = "1.0"
    torch.save(saved, path)  # without a checksum, as an earlier version wrote it
    bench(*words)
    assert "was begun with torch 1.0: the weights can be others than of one go" in caplog.text


def test_what_a_killed_training_left_half_written_is_removed_and_what_is_anothers_stays(tmp_path):
    from benchbench.training import fit as training

    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints")
    one.path.parent.mkdir(parents=True)
    own = one.path.with_name(f".{one.state_path.name}.1.tmp")
    others = one.path.with_name(".walker-000000000000.state.pt.1.tmp")
    for path in (own, others):
        path.touch()
    training.fit(one, lambda done, total, losses: None)
    assert (own.exists(), others.exists()) == (False, True)
