"""Training as a service: the same weights however often it was interrupted, and nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

PLUGIN = '''
"""A method with one weight, as a one-off plugin."""
import time
from dataclasses import dataclass

import benchbench


GIVEN = {
    "none": lambda torch: None,
    "empty": lambda torch: {},
    "vector": lambda torch: {"loss": torch.zeros(2)},
    "text": lambda torch: {"loss": "low"},
}


class Walk(benchbench.Trainer):
    num_steps = 30

    def __init__(self, engine, spoil, pause, value, fault):
        import torch
        self.engine, self.spoil, self.pause, self.value, self.fault = engine, spoil, pause, value, fault
        self.weight = torch.zeros(3)

    def step(self, index):
        import torch
        time.sleep(self.pause)
        drawn = torch.rand(3, generator=self.engine.random("walk", index)) + torch.rand(3)
        self.weight = self.weight * 0.9 + drawn
        if self.fault == "weight" and index == 23:
            self.weight = self.weight * float("nan")
        if self.fault == "step" and index == 25:
            raise RuntimeError("the walk broke")
        if self.fault in GIVEN:
            return GIVEN[self.fault](torch)
        return {"loss": self.value if index == self.spoil else self.weight.sum(), "steady": 1.0}

    def state(self):
        return {"weight": self.weight, **({"walk": Walk} if self.fault == "state" else {})}

    def restore(self, state):
        if self.fault == "restore":
            raise RuntimeError("no way back")
        self.weight = state["weight"]

    def weights(self):
        if self.fault == "list":
            return [self.weight]
        if self.fault == "shared":
            return {"weight": self.weight, "again": self.weight}
        return {"weight": self.weight / (self.spoil != 29)}

    def preview(self):
        import torch
        if self.fault == "preview":
            raise RuntimeError("nothing to see")
        return torch.tensor([0.0, 2.0]).reshape(1, 2, 1).expand(3, 2, 2)


@dataclass
class Walker(benchbench.Method):
    """Walks."""
    name = "walker"
    spoil: int = -1
    pause: float = 0.0
    value: str = "nan"
    fault: str = ""

    def __post_init__(self):
        if self.fault == "made":
            raise ValueError("no such walk")

    def prepare(self, task, device, checkpoint):
        raise benchbench.Unsupported("only walks")

    def sample(self, conditions, num_samples, noise):
        raise NotImplementedError

    def trainer(self, task, engine):
        return Walk(engine, self.spoil, self.pause, float(self.value), self.fault)


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
    assert len(training["task"]["fingerprint"]) == 64
    assert training["made_with"]["plugin"].endswith("walk.py")
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
    from benchbench import states, store

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


def test_a_nan_loss_is_told_and_writes_nothing(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[spoil=7]", "-m", "walker")
    assert done.code == 1
    assert "diverged: loss loss is nan at step 8; nothing was saved before it" in " ".join(done.err.split())
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


@pytest.mark.parametrize(("value", "said"), [("inf", "inf"), ("-2e6", "-2e+06")])
def test_an_exploding_loss_stops_and_the_last_good_state_is_kept(bench, value, said, tmp_path):
    words = ("fit", "-t", "ring8", "-m", f"walker[spoil=27,value={value}]", "--save-every", 4)
    done = bench(*words)
    told = " ".join(done.err.split())
    assert done.code == 1
    assert f"diverged: loss loss is {said} at step 28; the state of step 24 is kept in" in told
    (state,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    assert not list(tmp_path.glob("checkpoints/ring8/*.safetensors"))
    before = state.read_bytes()
    assert "at step 28; the state of step 24" in " ".join(bench(*words).err.split())
    assert state.read_bytes() == before


def test_a_state_with_nan_does_not_take_the_place_of_the_last_good_one(bench, tmp_path):
    from benchbench import states

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
        ({"best": float("inf"), "a": torch.tensor([torch.inf]), "done": 3, "said": "nan"}, None),
    ],
)
def test_what_is_nan_in_a_state_is_named(state, name):
    from benchbench import states

    assert states.not_a_number(state) == name


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
    words = ("fit", "-t", "ring8", "-m", "walker[spoil=20]", "--save-every", 8, "--device", "cpu")
    bench(*words)
    (path,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    saved = torch.load(path, weights_only=True)
    saved["made_with"]["torch"] = "1.0"
    torch.save(saved, path)
    bench(*words)
    assert "was begun with torch 1.0: the weights can be others than of one go" in caplog.text


def test_what_a_killed_training_left_half_written_is_removed_and_what_is_anothers_stays(tmp_path):
    from benchbench import training

    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints")
    one.path.parent.mkdir(parents=True)
    own = one.path.with_name(f".{one.state_path.name}.1.tmp")
    others = one.path.with_name(".walker-000000000000.state.pt.1.tmp")
    for path in (own, others):
        path.touch()
    training.fit(one, lambda done, total, losses: None)
    assert (own.exists(), others.exists()) == (False, True)


def test_the_command_of_a_training_makes_it(monkeypatch, tmp_path):
    import shlex

    from click.testing import CliRunner

    from benchbench import training
    from benchbench.cli import fit
    from benchbench.cli.main import main

    options = {"pause": 0.001, "value": "a b"}
    one = training.Training("ring8", "walker", options, 3, "cpu", tmp_path, 12, precision="bfloat16", compile=True)
    made = []
    monkeypatch.setattr(fit, "_fit", lambda training, title, quiet: made.append(training) or training.path)
    command = shlex.split(one.command)
    done = CliRunner().invoke(main, [*command[1:], "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (command[0], made[0].identity) == ("benchbench", one.identity)


def test_a_checkpoint_of_another_version_of_the_method_is_refused(tmp_path):
    from benchbench import checkpoints
    from benchbench.core import BenchbenchError
    from benchbench.evaluation import get_task
    from benchbench.plugins import registry

    kind, path = registry().get("methods", "walker"), tmp_path / "a.safetensors"
    about = {"name": "walker", "version": "0", "options": kind().options()}
    checkpoints.write(path, {}, {"method": about, "task": {"name": "ring8"}})
    with pytest.raises(BenchbenchError, match="was trained with version 0 of walker, now"):
        checkpoints.read(path, kind(), get_task("ring8"))


def test_weights_that_are_not_finite_are_not_written(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[spoil=29,value=0]")
    assert done.code == 1
    assert "weight has values that are not finite" in " ".join(done.err.split())
    assert not list(tmp_path.glob("checkpoints/ring8/*.safetensors"))


def test_the_bar_tells_how_far_samples_of_a_condition_are_spread(bench, tmp_path):
    from benchbench import training

    seen = []
    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints", steps=120)
    training.fit(one, lambda done, total, losses: seen.append((done, dict(losses))))
    assert [done for done, _ in seen] == list(range(10, 121, 10))
    assert "spread" not in seen[0][1]
    assert seen[-1][1]["spread"] == pytest.approx(2**0.5), "two samples 2 apart have an unbiased variance of 2"


def fit_by_two(output, *methods):
    """Return what came of `benchbench fit` under torchrun, with two processes."""
    words = ["fit", "-t", "ring8", "--device", "cpu", "-o", str(output)]
    words += [word for method in methods for word in ("-m", method)]
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.run(
        [*run, "-m", "benchbench.cli.main", *words], env=os.environ.copy(), capture_output=True, text=True, timeout=300
    )


def test_processes_started_by_torchrun_train_together(tmp_path):
    done = fit_by_two(tmp_path / "together", "walker", "walker[pause=0.001]")
    assert done.returncode == 0, done.stderr
    paths = sorted(map(str, (tmp_path / "together" / "ring8").glob("*.safetensors")))
    assert len(paths) == 2
    assert sorted(done.stdout.split()) == paths, "the first process alone says where they are"
    for path in paths:
        with safe_open(path, "pt") as file:
            assert json.loads(file.metadata()["training"])["processes"] == 2


def test_processes_that_train_together_stop_at_the_first_failure(tmp_path):
    done = fit_by_two(tmp_path / "together", "walker[fault=step]", "walker")
    assert done.returncode != 0
    assert "the walk broke" in done.stderr
    assert not list((tmp_path / "together" / "ring8").glob("*.safetensors")), "what comes after it is not begun"


def test_a_checkpoint_of_another_task_is_told_as_one(bench):
    path = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu").out.strip()
    done = bench("run", "-t", "grid25", "-m", "walker", "--checkpoint", path, "--limit", 12, "-j", 1)
    assert done.code == 1
    assert f"{path} was trained on ring8, not on grid25" in " ".join(done.err.split())


def test_a_checkpoint_of_other_options_is_told_by_what_differs(tmp_path):
    from benchbench import checkpoints
    from benchbench.core import BenchbenchError
    from benchbench.evaluation import get_task
    from benchbench.plugins import registry

    kind, path = registry().get("methods", "walker"), tmp_path / "a.safetensors"
    about = {"method": {"name": "walker", "options": kind(pause=0.5).options()}, "task": {"name": "ring8"}}
    checkpoints.write(path, {}, about)
    with pytest.raises(BenchbenchError, match=r"is of walker\[pause=0.5\] trained on ring8, not of walker on ring8"):
        checkpoints.read(path, kind(), get_task("ring8"))
    older = {key: value for key, value in kind().options().items() if key != "pause"}
    checkpoints.write(path, {}, {**about, "method": {"name": "walker", "options": older}})
    with pytest.raises(BenchbenchError, match=r"is of walker\[.*not of walker\[.*pause=0.0"):
        checkpoints.read(path, kind(), get_task("ring8"))


def test_an_option_of_sampling_alone_asks_for_no_other_training(monkeypatch, tmp_path):
    from benchbench import checkpoints
    from benchbench.core import BenchbenchError
    from benchbench.evaluation import get_task
    from benchbench.plugins import registry
    from benchbench.training import Training

    kind, task, path = registry().get("methods", "walker"), get_task("ring8"), tmp_path / "a.safetensors"

    def trained_at(**options):
        return Training("ring8", "walker", options, 0, "cpu", tmp_path).path

    assert trained_at(pause=0.5) != trained_at()
    checkpoints.write(path, {}, {"method": {"name": "walker", "options": kind().options()}, "task": {"name": "ring8"}})
    with pytest.raises(BenchbenchError, match=r"not of walker\[pause=0.5\]"):
        checkpoints.read(path, kind(pause=0.5), task)
    monkeypatch.setattr(kind, "sampling_options", ("pause",), raising=False)
    assert trained_at(pause=0.5) == trained_at()
    assert trained_at(fault="none") != trained_at()
    assert checkpoints.read(path, kind(pause=0.5), task) == {}
    assert checkpoints.file_name(kind(pause=0.5), "ring8") == "ring8--walker.safetensors"


def test_a_checkpoint_of_other_data_is_refused(bench, tmp_path):
    from benchbench import checkpoints
    from benchbench.evaluation import get_fingerprint

    identity = {"method": {"name": "walker", "options": {}}, "seed": 0}
    for fingerprint, code in ((get_fingerprint("ring8"), "skipped"), ("0" * 64, "other data")):
        path = tmp_path / f"{fingerprint}.safetensors"
        checkpoints.write(path, {}, {**identity, "task": {"name": "ring8", "version": 1, "fingerprint": fingerprint}})
        done = bench("run", "-t", "ring8", "-m", "walker", "--checkpoint", path, "--limit", 12, "-j", 1)
        assert code in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("none", "step() gave None, expected a mapping"),
        ("vector", "step() gave a tensor (2,) as loss loss, expected a number or a scalar"),
        ("text", "step() gave 'low' as loss loss"),
        ("list", "weights() gave no mapping of names to tensors"),
        ("made", "walker[fault=made] cannot be made: ValueError: no such walk"),
    ],
)
def test_a_trainer_that_keeps_no_contract_is_told_in_one_sentence(bench, tmp_path, fault, said):
    done = bench("fit", "-t", "ring8", "-m", f"walker[fault={fault}]")
    assert (done.code, said in " ".join(done.err.split())) == (1, True), done.err
    assert not list(tmp_path.glob("checkpoints/ring8/*.safetensors"))


def test_what_a_trainer_raises_is_told_and_its_traceback_and_state_are_kept(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[fault=step]", "-m", "walker", "--save-every", 10)
    told = " ".join(done.err.split())
    assert done.code == 1
    assert "walker[fault=step]: error: RuntimeError: the walk broke (walk.py:" in told
    assert "the state of step 20 is kept in" in told
    (trace,) = tmp_path.glob("checkpoints/ring8/*.error.txt")
    assert "the walk broke" in trace.read_text()
    assert len(list(tmp_path.glob("checkpoints/ring8/*.safetensors"))) == 1, "the other method was trained"


@pytest.mark.parametrize("fault", ["empty", "preview", "shared"])
def test_what_needs_not_end_a_training_does_not(bench, tmp_path, fault):
    done = bench("fit", "-t", "ring8", "-m", f"walker[fault={fault}]")
    assert done.code == 0, done.err
    words = " ".join(done.err.split())
    assert f"-m 'walker[fault={fault}]' --checkpoint" in words, "what is sampled from is what was trained"
    (path,) = tmp_path.glob("checkpoints/ring8/*.safetensors")
    assert load_file(path)["weight"].shape == (3,)


def test_a_preview_that_breaks_is_told_once(bench, caplog):
    assert bench("fit", "-t", "ring8", "-m", "walker[fault=preview]", "--steps", 210).code == 0
    assert caplog.text.count("preview of walker[fault=preview]: RuntimeError: nothing to see") == 1, "of three"


def test_what_lies_at_the_checkpoints_place_and_is_none_is_told(bench, tmp_path):
    from benchbench import training

    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints")
    one.path.parent.mkdir(parents=True)
    one.path.touch()
    done = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    assert (done.code, done.out) == (1, "")
    assert "is no checkpoint that fit made; remove it" in " ".join(done.err.split())


@pytest.mark.parametrize("method", ["walker[pase=1]", "walker[pause=x]", "walker[pause]", "walker[pause"])
def test_an_option_that_cannot_be_meant_is_wrong_usage(bench, method):
    assert bench("fit", "-t", "ring8", "-m", method).code == 2


def test_a_reporter_that_breaks_at_every_step_is_told_of_once(bench, tmp_path, caplog):
    (tmp_path / "plugins" / "deaf.py").write_text(
        "import benchbench\n\n@benchbench.hookimpl\ndef benchbench_training_progress(done):\n"
        "    raise OSError(f'no room for step {done}')\n"
    )
    assert bench("fit", "-t", "ring8", "-m", "walker").code == 0
    assert caplog.text.count("nothing else is harmed") == 1
    assert "reporter deaf: OSError: no room for step 10 (at training_progress)" in caplog.text
