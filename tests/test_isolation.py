"""Methods in workers of their own: what they find there, what they can write, and what the command reads of them."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from benchbench.core import BenchbenchError
from benchbench.runs.seconds import Seconds
from benchbench.runs.work import Worked
from benchbench.system.confine import landlock_version
from benchbench.system.isolation import as_environment, kept_variables, read_carefully

needs_landlock = pytest.mark.skipif(landlock_version() < 3, reason="no Landlock of version 3 (Linux 6.2) here")

ATTEMPTS = """
import os, shutil, signal, sys
from pathlib import Path
from benchbench.system.confine import confine
own, other = map(Path, sys.argv[1:])
assert confine([own])
def attempt(what, do):
    try:
        do()
    except OSError as error:
        print(what, type(error).__name__)
    else:
        print(what, "done")
def in_place(folder):
    attempt("read", lambda: (folder / "kept").read_text())
    attempt("make", lambda: (folder / "new").write_text(""))
    attempt("change", lambda: (folder / "kept").open("r+").close())
    attempt("truncate", lambda: os.truncate(folder / "kept", 0))
    attempt("folder", lambda: (folder / "deep").mkdir())
    attempt("link", lambda: (folder / "link").symlink_to("/"))
    attempt("rename", lambda: os.replace(folder / "kept", folder / "renamed"))
    attempt("move", lambda: os.replace(folder / "renamed", own / "moved"))
    attempt("remove", lambda: (folder / "second").unlink())
in_place(own)
print()
in_place(other)
attempt("through a link", lambda: (own / "link" / other.relative_to("/") / "new").write_text(""))
attempt("null", lambda: Path("/dev/null").write_text("x"))
os.system(f"touch {other}/new 2>/dev/null")
"""


@needs_landlock
def test_a_confined_process_writes_to_its_folders_alone(tmp_path):
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        for name in ("kept", "second"):
            (folder / name).write_text("content")
    done = subprocess.run([sys.executable, "-c", ATTEMPTS, own, other], capture_output=True, text=True, check=True)
    inside, outside = done.stdout.split("\n\n")
    assert [line.split()[-1] for line in inside.splitlines()] == ["done"] * 9
    assert outside.splitlines() == [
        "read done",
        *(f"{what} PermissionError" for what in ("make", "change", "truncate", "folder", "link", "rename")),
        "move FileNotFoundError",
        "remove PermissionError",
        "through a link PermissionError",
        "null done",
    ]
    assert sorted(path.name for path in other.iterdir()) == ["kept", "second"], "nor does a child process"
    assert (other / "kept").read_text() == "content"


@pytest.mark.skipif(landlock_version() < 6, reason="this kernel has no Landlock of version 6 (Linux 6.12)")
def test_a_confined_process_sends_no_signal_to_others(tmp_path):
    script = "import os, sys; from pathlib import Path; from benchbench.system.confine import confine\n"
    script += "confine([Path(sys.argv[1])])\nos.kill(os.getpid(), 0)\nos.kill(os.getppid(), 0)"
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("PermissionError")
    assert "line 4" in done.stderr, "to itself it may"


@needs_landlock
@pytest.mark.usefixtures("one_off")
def test_isolated_methods_give_the_same_scores_and_reach_nothing_else(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("TINY_SECRET", "s3cret")
    planted = tmp_path / "planted"
    methods = ["-m", "shades", "-m", f"nosy[where={planted}]"]
    assert bench("run", "-t", "tiny", *methods, "-j", 1, "-o", "alone", "--isolate").code == 1
    assert not planted.exists()
    assert bench("run", "-t", "tiny", *methods, "-j", 0, "-o", "here").code == 1
    assert planted.read_text() == "planted"
    alone, here = (
        {r["method"]["name"]: r for r in (json.loads(path.read_text()) for path in Path(top).glob("**/record.json"))}
        for top in ("alone", "here")
    )
    assert alone["shades"]["scores"] == here["shades"]["scores"]
    assert alone["shades"]["run_id"] == here["shades"]["run_id"]
    assert "secret None, cache True, PermissionError" in alone["nosy"]["reason"]
    assert "secret s3cret, cache True (" in here["nosy"]["reason"]
    done = bench("run", "-t", "tiny", *methods, "-j", 0, "--isolate")
    assert (done.code, "--isolate needs a worker process" in done.err) == (2, True)


def test_without_landlock_a_sentence_says_what_is_not_held_back(bench, monkeypatch, one_off):
    """The run is one that is recorded, so that no worker starts."""
    assert bench("run", "-t", "tiny", "-m", "shades", "--limit", 3, "-j", 0).code == 0
    monkeypatch.setattr("benchbench.system.confine._call", lambda *arguments: -1)
    done = bench("run", "-t", "tiny", "-m", "shades", "--limit", 3, "-j", 1, "--isolate")
    assert done.code == 0
    assert "this system does not hold back what a method writes (it needs Linux with Landlock)" in done.err


def test_variables_of_an_isolated_worker_are_places_and_numbers_of_threads(monkeypatch):
    given = {"HOME": "/h", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "BENCHBENCH_DATA": "/d"}
    others = {"AWS_SECRET_ACCESS_KEY": "k", "HF_TOKEN": "t", "SSH_AUTH_SOCK": "s", "WANDB_API_KEY": "w"}
    assert kept_variables({**given, **others}) == given
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with as_environment(given):
        found = subprocess.run([sys.executable, "-c", "import os; print(*os.environ)"], capture_output=True, text=True)
        assert set(given) <= set(found.stdout.split())
        assert not set(others) & set(found.stdout.split())
    assert dict(os.environ) == before


class Runs:
    """What a method could send to have the command run code."""

    def __reduce__(self):
        return os.system, ("true",)


def test_an_answer_that_would_run_code_is_an_error_and_an_honest_one_is_read():
    worked = Worked(Seconds(1.0, 2.0))
    honest = worked, BenchbenchError("too short"), 0.5
    result, error, seconds = read_carefully(pickle.dumps(honest))
    assert (result, type(error), str(error), seconds) == (worked, BenchbenchError, "too short", 0.5)
    for made in (pickle.dumps((Runs(), None, 0.0)), b"no pickle", pickle.dumps((Path.cwd, None, 0.0))):
        result, error, _ = read_carefully(made)
        assert result is None
        assert "an isolated worker sent" in str(error)
