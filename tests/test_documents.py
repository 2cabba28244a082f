"""What the documents say is what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FOLDERS = ("docs/*.md", "leaderboards/**/*.md", "plugins/*/*.md")
DOCUMENTS = [ROOT / "README.md", *(path for folder in FOLDERS for path in ROOT.glob(folder))]
GENERATED = sorted(path for path in DOCUMENTS if "<!-- $ benchbench" in path.read_text())


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_tables_are_what_the_records_give(path):
    command = [sys.executable, str(ROOT / "scripts" / "generated.py"), "--check", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_is_short_and_shows_its_picture():
    assert len(README.splitlines()) <= 120
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / picture).is_file()


def test_the_readmes_commands_are_those_of_tox_and_ci():
    assert "python -m pip install . ./plugins/* && benchbench run --task sr-photos" in README
    assert "python -m pip install tox && tox" in README
    assert "python -m pip install tox && tox" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("document", ["README.md", "docs/method.md"])
def test_the_method_shown_runs_as_shown(document, bench, tmp_path, monkeypatch):
    text = (ROOT / document).read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    command = re.search(r"benchbench --plugins-dir plugins.d run (.*?)[`\n]", text)[1]
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "tint.py").write_text(code)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", "")
    words = [word.strip("'") for word in command.split()]
    done = bench("--plugins-dir", "plugins.d", "run", *words, "--limit", 3, "-j", 1)
    assert done.code == 0, done.err
    assert "tint" in done.out


def test_every_hook_is_documented():
    from benchbench import hookspecs

    text = (ROOT / "docs" / "method.md").read_text()
    hooks = [name for name in vars(hookspecs) if name.startswith("benchbench_")]
    assert len(hooks) == 6
    for name in hooks:
        assert f"`{name}()`" in text


def test_every_verb_is_documented():
    from benchbench.cli.main import main

    text = (ROOT / "docs" / "index.md").read_text()
    for verb in main.list_commands(None):
        assert f"benchbench {verb}" in text, verb
