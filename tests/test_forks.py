"""Forked interpreters do what a new interpreter does with the same words, and differ in what is loaded alone."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from benchbench.system import forks

WRITES = """
import sys
sys.stdout.reconfigure(errors="backslashreplace")
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream.encoding, stream.errors, stream.seekable(), "↓", sys.stdin.read())
"""
pytestmark = pytest.mark.skipif(not forks.FORKS, reason="this system starts each interpreter")
LOADED = "csv"
SHOWS = """
import json, os, sys
print(json.dumps([sys.argv, os.getcwd(), dict(os.environ), sys.path[0], sys.stdin.read(), __name__]))
print("a line for people", file=sys.stderr)
"""
ENDS = {
    "nothing": "pass",
    "a code": "import sys; sys.exit(3)",
    "a text": "import sys; sys.exit('it did not work')",
    "none": "import sys; sys.exit()",
    "an exception": "1 / 0",
    "an interrupt": "raise KeyboardInterrupt",
    "a signal": "import os; os.kill(os.getpid(), 15)",
    "at once": "import os; os._exit(5)",
    "what is to be done at the end": "import atexit; atexit.register(print, 'done'); print('first', end=' ')",
    "a thread": "import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()",
}


@pytest.fixture(scope="module")
def server():
    return forks.Forks([LOADED])


def both(server, words, tmp_path, given=b"", **variables):
    """Return code, output and last line of errors of a forked and of a new interpreter."""
    environment = {**os.environ, "MINE": "1", **variables}
    (tmp_path / "in").write_bytes(given)
    found = []
    for way in (server.start, lambda words, **options: subprocess.Popen([sys.executable, *words], **options)):
        with open(tmp_path / "in") as asked, open(tmp_path / "out", "w") as out, open(tmp_path / "err", "w") as err:
            process = way(words, cwd=tmp_path, env=environment, stdin=asked, stdout=out, stderr=err)
            code = process.wait(60)
        said = (tmp_path / "err").read_text().splitlines()[-1:]
        found.append((code, (tmp_path / "out").read_text(), said))
    return found


@pytest.mark.parametrize("how", ENDS)
def test_it_ends_as_a_new_one_does(how, server, tmp_path):
    forked, new = both(server, ["-c", ENDS[how]], tmp_path)
    assert forked == new


@pytest.mark.parametrize("words", [["-c", SHOWS, "a b", "--c"], ["-m", "shows", "a b"], ["folder/script.py", "-d"]])
def test_it_is_given_what_a_new_one_is_given(words, server, tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "shows.py", tmp_path / "folder" / "script.py"):
        path.write_text(SHOWS)
    forked, new = both(server, words, tmp_path, b"asked")
    assert forked[2] == new[2] == ["a line for people"]
    assert json.loads(forked[1]) == json.loads(new[1])


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "iso8859-1:replace"])
def test_its_streams_are_those_of_a_new_one(encoding, server, tmp_path):
    forked, new = both(server, ["-c", WRITES], tmp_path, b"asked", PYTHONIOENCODING=encoding)
    assert forked == new
    assert forked[0] == 0


def test_a_pipe_is_no_file(server, tmp_path):
    read, write = os.pipe()
    process = server.start(["-c", WRITES], tmp_path, os.environ, stdin=subprocess.DEVNULL, stdout=write, stderr=write)
    os.close(write)
    with open(read, encoding="utf-8") as said:
        assert "False" in said.read()
    assert process.wait(20) == 0


def test_it_finds_modules_of_a_path_of_its_own(server, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "found.py").write_text("print('found')")
    forked, new = both(server, ["-c", "import found"], tmp_path, PYTHONPATH=str(tmp_path / "there"))
    assert forked == new == (0, "found\n", [])
    forked, new = both(server, ["-c", "import found"], tmp_path)
    assert forked == new
    assert forked[0] == 1


def test_only_the_modules_that_were_asked_for_are_loaded(tmp_path, server):
    code = f"import sys; print({LOADED!r} in sys.modules, any('benchbench' in name for name in sys.modules))"
    assert both(server, ["-c", code], tmp_path) == [(0, "True False\n", []), (0, "False False\n", [])]
    child = forks.Forks(["colorsys"], server)
    code = f"import sys; print(sorted({{{LOADED!r}, 'colorsys'}} & set(sys.modules)))"
    forked, _ = both(child, ["-c", code], tmp_path)
    assert forked[:2] == (0, f"['colorsys', '{LOADED}']\n")


def test_it_runs_until_it_ends_or_is_ended(server, tmp_path):
    process = server.start(["-c", "import time; time.sleep(60)"], tmp_path, os.environ, start_new_session=True)
    assert process.poll() is None
    assert os.getsid(process.pid) == process.pid
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05)
    process.kill()
    assert process.wait(20) == process.returncode == -signal.SIGKILL
    process.kill()  # which is nothing now
    quick = server.start(["-c", ""], tmp_path, os.environ)
    assert quick.wait(20) == 0


def test_a_process_that_ends_just_before_its_signal_is_no_error(server, tmp_path, monkeypatch):
    quick = server.start(["-c", ""], tmp_path, os.environ)
    assert quick.wait(20) == 0
    monkeypatch.setattr(type(quick), "poll", lambda self: None)  # as it was a moment ago
    quick.kill()


def test_several_run_at_once(server, tmp_path):
    code = "import os, sys, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nsys.exit(int(sys.argv[1]))"
    started = [server.start(["-c", code, str(number)], tmp_path, os.environ) for number in range(3)]
    (tmp_path / "go").touch()
    assert [process.wait(20) for process in reversed(started)] == [2, 1, 0]


def test_the_server_ends_with_its_owner(tmp_path):
    code = (
        "import os; from benchbench.system.forks import Forks; server = Forks(['csv'])\n"
        "server.start(['-c', ''], '.', os.environ).wait(20); print(server._server.pid)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    server, end = int(done.stdout), time.monotonic() + 20
    while _is_there(server) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _is_there(server)


def _is_there(pid):
    """Whether a process runs: it is listed, and not as one that has ended and is not waited for."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1] not in ("", "Z")


def test_a_server_that_died_is_started_again(tmp_path):
    server = forks.Forks([LOADED])
    assert server.start(["-c", ""], tmp_path, os.environ).wait(20) == 0
    server._server.kill()
    server._server.wait()
    assert server.start(["-c", ""], tmp_path, os.environ).wait(20) == 0
