"""Every hook is documented with its exact signature, and its example is a plugin that runs."""

import inspect
import re
import shutil
from pathlib import Path

import pytest

from benchbench import hookspecs
from benchbench.plugins import registry

ROOT = Path(__file__).parent.parent
HOOKS = [name for name in vars(hookspecs) if name.startswith("benchbench_")]
TEXT = (ROOT / "docs" / "hooks.md").read_text()
SECTIONS = dict(re.findall(r"### `(benchbench_\w+)(?:.*?)`\n(.*?)(?=\n##|\Z)", TEXT, re.DOTALL))


@pytest.mark.parametrize("hook", HOOKS)
def test_the_signature_is_the_hooks(hook):
    signature = inspect.signature(getattr(hookspecs, hook))
    assert f"### `{hook}{str(signature).replace(chr(39), '')}`" in TEXT


def test_no_other_hook_is_documented():
    assert list(SECTIONS) == sorted(SECTIONS, key=list(SECTIONS).index)
    assert set(SECTIONS) == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_example_is_a_plugin_that_runs(hook, tmp_path, monkeypatch, bench, capfd):
    (code,) = re.findall(r"```python\n(.*?)```", SECTIONS[hook], re.DOTALL)
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "example.py").write_text(code)
    if "training" in hook:
        shutil.copy(ROOT / "docs/tutorial/benchbench-tint/benchbench_tint/__init__.py", tmp_path / "plugins.d/tint.py")
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins.d"))
    (row,) = [row for row in registry().rows if row.name == "example"]
    assert row.problems == []
    assert row.provides
    words = {
        "benchbench_methods": ["-t", "toy-shapes", "-m", "grey[level=90]"],
        "benchbench_tasks": ["-t", "stripes", "-m", "oracle"],
        "benchbench_metrics": ["-t", "toy-shapes", "-m", "copy", "--metric", "brightness", "--metric", "extent[mini]"],
        "benchbench_features": ["-t", "toy-shapes", "-m", "copy", "-f", "thumbnail"],
        "benchbench_executors": ["-t", "toy-shapes", "-m", "copy", "--executor", "threads"],
        "benchbench_protocols": ["-t", "toy-shapes", "-m", "copy", "--protocol", "few"],
    }.get(hook, ["-t", "ring8", "-m", "noise"])
    limit = [] if hook == "benchbench_protocols" else ["--limit", "12"]
    if hook == "benchbench_edition_published":
        board = tmp_path / "leaderboards" / "ring8" / "v1"
        board.mkdir(parents=True)
        shutil.copy(ROOT / "leaderboards" / "ring8" / "v1" / "records.jsonl", board)
        done = bench("publish")
    elif "training" in hook:
        done = bench("fit", "-t", "toy-shapes", "-m", "tint", "--steps", 20)
    else:
        done = bench("run", *words, *limit, "-j", 0)
    assert done.code == 0, done.err
    said = capfd.readouterr().out + done.out
    expected = {
        "benchbench_run_started": "started noise on ring8",
        "benchbench_shard_done": "2 of 2",
        "benchbench_run_finished": "ok {'law-distance'",
        "benchbench_edition_published": "ring8, edition 1: first edition: ",
        "benchbench_training_progress": "tint 20 of 20 {'brightness': ",
        "benchbench_training_finished": "trained tint on toy-shapes with seed 0",
    }
    assert expected.get(hook, "") in said


def test_a_reporter_that_raises_harms_no_run(tmp_path, monkeypatch, bench, caplog):
    (tmp_path / "plugins.d").mkdir()
    hooks = "".join(
        f"@benchbench.hookimpl\ndef benchbench_{event}({arguments}):\n    raise OSError('no network')\n\n\n"
        for event, arguments in (("run_started", "run"), ("shard_done", "done"), ("run_finished", "record"))
    )
    (tmp_path / "plugins.d" / "moody.py").write_text(f"import benchbench\n\n\n{hooks}")
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins.d"))
    done = bench("run", "-t", "ring8", "-m", "noise", "--limit", 12, "-j", 0)
    assert done.code == 0
    assert caplog.text.count("reporter moody: OSError: no network") == 3, "once of each event"


def test_a_misspelt_reporter_is_told(tmp_path, monkeypatch):
    (tmp_path / "slip.py").write_text(
        "import benchbench\n\n\n@benchbench.hookimpl\ndef benchbench_run_finish(run):\n    pass\n"
    )
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path))
    (row,) = [row for row in registry().rows if row.name == "slip"]
    assert "did you mean 'benchbench_run_finished'?" in row.problems[0]
