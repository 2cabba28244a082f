"""Checkpoints: where they come from, and of what they are refused."""

import json
from pathlib import Path

import pytest
from safetensors import safe_open

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
    assert training["trained_against"] == []
    assert f"--checkpoint {path}" in " ".join(done.err.split()).replace("- ", "-")
    stamp = path.stat().st_mtime_ns
    assert bench("fit", "-t", "ring8", "-m", "walker", "--seed", 3).out == done.out
    assert path.stat().st_mtime_ns == stamp
    assert bench("fit", "-t", "ring8", "-m", "walker", "--seed", 4).out != done.out


def test_a_checkpoint_of_another_version_of_the_method_is_refused(tmp_path):
    from benchbench.core import BenchbenchError
    from benchbench.plugins import get_task, registry
    from benchbench.training import checkpoints

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


def test_a_checkpoint_of_another_task_is_told_as_one(bench):
    path = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu").out.strip()
    done = bench("run", "-t", "grid25", "-m", "walker", "--checkpoint", path, "--limit", 12, "-j", 0)
    assert done.code == 1
    assert f"{path} was trained on ring8, not on grid25" in " ".join(done.err.split())


def test_a_checkpoint_of_other_options_is_told_by_what_differs(tmp_path):
    from benchbench.core import BenchbenchError
    from benchbench.plugins import get_task, registry
    from benchbench.training import checkpoints

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
    from benchbench.core import BenchbenchError
    from benchbench.plugins import get_task, registry
    from benchbench.training import checkpoints
    from benchbench.training.plan import Training

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
    from benchbench.evaluation.fingerprint import fingerprint as fingerprint_of
    from benchbench.plugins import get_task
    from benchbench.training import checkpoints

    identity = {"method": {"name": "walker", "options": {}}, "seed": 0}
    for fingerprint, code in ((fingerprint_of(get_task("ring8")), "skipped"), ("0" * 64, "other data")):
        path = tmp_path / f"{fingerprint}.safetensors"
        checkpoints.write(path, {}, {**identity, "task": {"name": "ring8", "version": 1, "fingerprint": fingerprint}})
        done = bench("run", "-t", "ring8", "-m", "walker", "--checkpoint", path, "--limit", 12, "-j", 0)
        assert code in " ".join(done.err.split())


def test_what_lies_at_the_checkpoints_place_and_is_none_is_told(bench, tmp_path):
    from benchbench.training import fit as training

    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints")
    one.path.parent.mkdir(parents=True)
    one.path.touch()
    done = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    assert (done.code, done.out) == (1, "")
    assert "is no checkpoint that fit made; remove it" in " ".join(done.err.split())
