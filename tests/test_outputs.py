"""Where people work: outputs without arrows, no home directory, no `resource` module, log files and no terminal."""

import builtins
import io
import os
import subprocess
import sys

import processes
import pytest

from benchbench.cli._progress import Lines
from benchbench.system.memory import machine_memory_bytes, peak_memory_bytes
from benchbench.system.plain import written_plainly


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "0.1 ± 0.02 ↓ – …"),
        ("latin-1", "0.1 ± 0.02 v - ..."),
        ("cp1252", "0.1 ± 0.02 v – …"),
        ("ascii", "0.1 +- 0.02 v - ..."),
    ],
)
def test_an_output_without_arrows_gets_a_plain_form(encoding, written):
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding=encoding, write_through=True)
    written_plainly(stream)
    stream.write("0.1 ± 0.02 ↓ – …")
    assert content.getvalue() == written.encode(encoding)
    stream.write("\udcff\u4e2d")
    assert b"\\udcff" in content.getvalue(), "a name that is no UTF-8 is escaped"


def test_what_a_user_said_of_errors_is_kept():
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding="ascii", errors="replace", write_through=True)
    written_plainly(stream, None, io.StringIO())
    stream.write("↓")
    assert content.getvalue() == b"?"


def test_a_run_prints_its_table_in_ascii(tmp_path, one_off):
    words = ["-m", "benchbench", "run", "-t", "tiny", "-m", "shades", "-j", "0"]
    done = processes.run(words, tmp_path, {**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "energy-score[pixels] v" in done.stdout
    assert "+-" in done.stdout
    assert (done.stdout + done.stderr).isascii()


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="systems without users by number")
def test_no_home_directory_is_no_fault(tmp_path):
    """A user by number alone, as containers have: no passwd entry, and HOME is not set."""
    code = """
import os, sys
if os.getuid() == 0:
    os.setgid(54321), os.setuid(54321)
os.environ.pop("HOME", None)
from benchbench.system.paths import cache_home, user_path
from benchbench.cli.main import main
print(cache_home(), user_path("~/x"))
main(["weights", "list"])
"""
    variables = {"TORCH_HOME": None, "XDG_CACHE_HOME": None, "HOME": None, "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {n: v for n, v in {**os.environ, **variables}.items() if v is not None}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd="/")
    if os.getuid() == 0:
        if "Permission denied" in done.stderr or "No module named" in done.stderr:
            pytest.skip("another user cannot read this checkout")
        assert "benchbench-cache ~/x" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr
    assert "SHA-256" in done.stdout


def test_without_the_module_resource_memory_is_not_known(monkeypatch):
    real = builtins.__import__

    def absent(name, *given, **named):
        if name == "resource":
            raise ModuleNotFoundError(name)
        return real(name, *given, **named)

    assert peak_memory_bytes() > 1 << 20
    monkeypatch.setattr(builtins, "__import__", absent)
    assert peak_memory_bytes() == 0


def test_where_a_system_does_not_say_its_memory_there_is_no_limit(monkeypatch):
    assert machine_memory_bytes() > 1 << 28
    monkeypatch.delattr(os, "sysconf")
    assert machine_memory_bytes() == 0


def test_a_log_file_gets_a_line_every_few_seconds_and_the_last_one():
    now, lines = [0.0], []
    update = Lines("mr1", lines.append, lambda: now[0])
    for step in range(1, 101):
        now[0] = step * 0.3
        update(step, 100, f"loss {step / 100:.2f}")
    update(100, 100, "loss 1.00")
    assert lines[0] == "mr1: 17 of 100  loss 0.17"
    assert len(lines) == 6
    assert lines[-1] == "mr1: 100 of 100  loss 1.00"
    update(101, 100, "failed", visible=False)
    assert len(lines) == 6


def test_a_training_without_a_terminal_writes_whole_lines(bench, walker, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    done = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    (line,) = [each for each in done.err.splitlines() if each.startswith("walker: ")]
    assert line.startswith("walker: 30 of 30  loss ")
    assert "steady 1.000" in line
    assert "spread" in line
