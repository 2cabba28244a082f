"""What is not finite is refused by name, and a method that paints one colour is flagged."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchbench import BadSample, BenchbenchError
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints, to_samples


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_outputs_that_are_not_finite_are_no_samples(value):
    outputs = torch.zeros(1, 2, 3, 4, 4)
    assert (to_samples(outputs) == 128).all()
    outputs[0, 1, 2, 3, 3] = value
    with pytest.raises(BadSample, match="NaN or infinite outputs"):
        to_samples(outputs)


def test_a_checkpoint_that_is_not_finite_is_refused_by_name(walker, tmp_path):
    method, task, path = registry().get("methods", "walker")(), get_task("ring8"), tmp_path / "walker.safetensors"
    tensors = {"weight": torch.ones(3, 2), "bias": torch.zeros(3)}
    checkpoints.write(path, tensors, {})
    assert set(checkpoints.read(path, method, task)) == {"weight", "bias"}
    tensors["bias"][1] = float("nan")
    save_file(tensors, path)
    assert load_file(path)["bias"].isnan().any()
    with pytest.raises(BenchbenchError, match="bias has NaN or infinite values"):
        checkpoints.read(path, method, task)


FLAT = """
from dataclasses import dataclass
import benchbench, torch

@dataclass
class Flat(benchbench.Method):
    name = "flat"

    def prepare(self, task, device, checkpoint):
        self.shape = task.space.shape

    def sample(self, conditions, num_samples, noise):
        samples = (noise.uniform(*self.shape) * 255).byte()
        for i, id in enumerate(conditions.ids):
            if id in ("0003", "0011"):
                samples[i] = torch.arange(num_samples).byte()[:, None, None, None]
        return samples

@benchbench.hookimpl
def benchbench_methods():
    return [Flat]
"""


def test_conditions_whose_samples_are_of_one_colour_are_flagged(bench, tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "flat.py").write_text(FLAT)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins"))
    done = bench("run", "-t", "toy-shapes", "-m", "flat", "-m", "copy", "--limit", 20, "-j", 0)
    assert done.code == 0, done.err
    flags = {}
    for path in Path("runs").glob("**/record.json"):
        record = json.loads(path.read_text())
        flags[record["method"]["label"]] = {score["metric"]: score["flag"] for score in record["scores"]}
    assert flags["flat"]["energy-score[mini]"] == "all samples of 2 of 20 conditions are of one colour"
    assert flags["copy"]["energy-score[mini]"] == ""
    assert "all samples of 2 of 20 conditions are of one colour" in done.out


def test_workers_do_not_hash_the_features_of_real_images_again(bench, one_off, tmp_path, monkeypatch, caplog):
    """A file that is as it was when the run found it whole is loaded as it is; any other is hashed, and made again."""
    from benchbench.evaluation.fingerprint import fingerprint
    from benchbench.evaluation.real import stamp
    from benchbench.evaluation.resolve import resolve_scores
    from benchbench.evaluation.session import Setting, open_session

    task = one_off.task("tiny")
    scores = resolve_scores(task.metrics, task, one_off)

    def opened(whole):
        return open_session(task, fingerprint(task), task.protocol, scores, Setting(0, "cpu", tmp_path, whole))

    whole = {name: stamp(known.path) for name, known in opened({}).real.items()}
    (path,) = tmp_path.glob("*.safetensors")
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened(whole)
    assert (path.read_bytes() != content, caplog.messages) == (True, [])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    opened(whole)
    assert path.read_bytes() == content
    assert "it is computed again" in caplog.messages[0]
    assert stamp(tmp_path / "nowhere") == ""


def test_damaged_features_of_real_images_are_computed_again_with_a_note(bench, one_off, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("BENCHBENCH_CACHE", str(tmp_path / "cache"))
    words = ("run", "-t", "tiny", "-m", "shades", "-j", 0, "--force")
    assert bench(*words).code == 0
    (path,) = (tmp_path / "cache").glob("*.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert not caplog.messages
    assert bench(*words).code == 0
    assert "is damaged: its SHA-256 is" in caplog.text
    assert path.read_bytes() == whole
