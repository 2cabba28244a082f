"""The doctor, completion, and machine-readable listings."""

import json
import os
import subprocess
import sys

import pytest

from benchbench.features.lpips import VGG16


def test_the_doctor_finds_everything_in_its_place(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    done = bench("doctor", "--json")
    found = {each["about"]: each for each in json.loads(done.out)}
    assert done.code == 0, [each for each in found.values() if each["state"] == "wrong"]
    assert found["tasks"]["state"] == "ok"
    assert "toy-shapes" in found["tasks"]["seen"]
    assert found["data"]["state"] == "missing"
    assert "sr-celeba" in found["data"]["seen"]
    assert found["weights VGG16"]["remedy"] == "benchbench weights fetch vgg16-397923af.pth"
    assert found["package torch"]["state"] == "ok"
    assert "GiB free" in found["disk"]["seen"]
    assert "✓ device: " in bench("doctor").out


def test_the_doctor_tells_what_is_wrong_and_what_mends_it(bench, monkeypatch, tmp_path):
    (tmp_path / "broken.py").write_text("import a_package_that_is_not_there\n")
    (tmp_path / VGG16.name).write_bytes(b"half a download")
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path))
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    done = bench("doctor")
    assert done.code == 1
    assert "✗ plugin broken: import failed: ModuleNotFoundError" in done.out
    assert "✗ weights VGG16: " in done.out
    assert "fix: benchbench weights fetch vgg16-397923af.pth" in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(bench, shell):
    done = bench("completion", shell)
    assert done.code == 0
    assert "_BENCHBENCH_COMPLETE" in done.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("benchbench ru", "run"),
        ("benchbench run -t toy", "toy-shapes"),
        ("benchbench run -t toy-shapes -m coll", "collapsed"),
        ("benchbench info ri", "ring8"),
        ("benchbench leaderboard sr-p", "sr-photos"),
        ("benchbench list me", "methods"),
    ],
)
def test_names_are_completed(words, expected):
    environment = {**os.environ, "_BENCHBENCH_COMPLETE": "bash_complete", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    command = [sys.executable, "-c", "from benchbench.cli.main import main; main(prog_name='benchbench')"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"plain,{expected}" in done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("kind", ["tasks", "methods", "metrics", "features", "executors", "protocols"])
def test_every_listing_has_json(bench, kind):
    rows = json.loads(bench("list", kind, "--json").out)
    assert rows
    assert all({"name", "version", "summary", "from"} <= set(row) for row in rows)


def test_info_has_json(bench):
    found = json.loads(bench("info", "toy-shapes", "--json").out)
    assert found["kind"] == "task"
    assert found["metrics"][0] == "energy-score[mini]"
    options = json.loads(bench("info", "dial", "--json").out)["options"]
    assert {"name": "blur", "type": "float", "default": 0.0} in options
