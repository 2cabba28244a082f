"""What a run says of the suite's source: its commit, and whether it is edited."""

import importlib.util
import shutil
import subprocess

import pytest

from benchbench.system import environment


@pytest.fixture
def repository(tmp_path):
    """A repository with one source file, the module itself, and one board; and a function that loads and asks it."""
    for name in ("benchbench/system/environment.py", "leaderboards/ring8/v1/records.jsonl", "plugins/mine/method.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    source = tmp_path / "benchbench" / "system" / "environment.py"
    shutil.copyfile(environment.__file__, source)
    words = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for more in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*words, *more], check=True)

    def state():
        spec = importlib.util.spec_from_file_location("elsewhere", source)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.source_state()

    return tmp_path, state


def test_committed_code_is_not_edited(repository):
    _, state = repository
    commit, edited = state()
    assert len(commit) == 40
    assert edited is False


def test_a_board_that_a_submission_wrote_is_no_edited_code(repository):
    folder, state = repository
    (folder / "leaderboards/ring8/v1/records.jsonl").write_text("{}")
    (folder / "leaderboards/ring8/v1/values.csv").write_text("1")
    assert state()[1] is False


@pytest.mark.parametrize("name", ["plugins/mine/method.py", "plugins/mine/new.py", "benchbench/system/new.py"])
def test_an_edited_or_a_new_file_of_code_is(repository, name):
    folder, state = repository
    (folder / name).write_text("x = 1")
    assert state()[1] is True
