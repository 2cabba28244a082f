"""The static site: it replaces its own folder alone, as a whole or not at all."""

import os
import signal
import subprocess
import time

import processes
import pytest

from benchbench.core import BenchbenchError
from benchbench.publish.site.build import build
from benchbench.publish.site.folder import MARK, replacing


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_that_it_did_not_make_is_refused(small_site, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.tex").write_text("mine")
    with pytest.raises(BenchbenchError, match="did not make"):
        build(small_site / "leaderboards", tmp_path / "site", small_site / "runs", tmp_path)
    assert tree(tmp_path / "site") == {"thesis.tex": b"mine"}
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BenchbenchError, match="is no folder"):
        build(small_site / "leaderboards", tmp_path / "file", small_site / "runs", tmp_path)
    (tmp_path / "empty").mkdir()
    build(small_site / "leaderboards", tmp_path / "empty", small_site / "runs", tmp_path)
    assert (tmp_path / "empty" / MARK).is_file()


def test_a_failed_build_leaves_the_old_site(tmp_path):
    def write(words):
        with replacing(tmp_path / "site") as fresh:
            (fresh / "index.html").write_text(words)
            if words == "bad":
                raise ZeroDivisionError

    write("old")
    before = tree(tmp_path / "site")
    with pytest.raises(ZeroDivisionError):
        write("bad")
    assert tree(tmp_path / "site") == before
    write("new")
    assert (tmp_path / "site" / "index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock" and path.name != ".site.lock"] == [
        "site"
    ]


COMMAND = "import sys; from benchbench.cli.main import main; sys.exit(main(sys.argv[1:], standalone_mode=True))"


def words_of(small_site, site):
    return [
        "-c",
        COMMAND,
        "publish",
        "--boards",
        str(small_site / "leaderboards"),
        "--site",
        str(site),
        "--runs",
        str(small_site / "runs"),
    ]


def test_a_full_disk_leaves_the_old_site_and_is_told(small_site, tmp_path):
    """The system's limit on the size of a file stands for the disk: the scripts of the site are larger."""
    build(small_site / "leaderboards", tmp_path / "site", tmp_path, tmp_path)
    before = tree(tmp_path / "site")
    _, command, *words = words_of(small_site, tmp_path / "site")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, 2 * (600 * 1024,));"
    done = processes.run(["-c", f"{limit} {command}", *words], tmp_path)
    assert done.returncode == 1
    assert f"could not write {tmp_path / 'site'}: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(tmp_path / "site") == before
    assert not list(tmp_path.glob(".site.*.new"))


def test_a_killed_build_leaves_the_old_site_and_the_next_one_cleans_up(small_site, tmp_path):
    build(small_site / "leaderboards", tmp_path / "site", tmp_path, tmp_path)
    before = tree(tmp_path / "site")
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = processes.start(words_of(small_site, tmp_path / "site"), tmp_path, **nowhere)
    while not list(tmp_path.glob(".site.*.new")):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tree(tmp_path / "site") == before
    assert list(tmp_path.glob(".site.*.new"))
    build(small_site / "leaderboards", tmp_path / "site", small_site / "runs", tmp_path)
    assert tree(tmp_path / "site") != before
    assert not list(tmp_path.glob(".site.*.new"))


def test_killed_between_two_names_the_old_site_is_put_back(tmp_path):
    with replacing(tmp_path / "site") as fresh:
        (fresh / "index.html").write_text("old")
    os.rename(tmp_path / "site", tmp_path / ".site.123.old")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "site"):
        raise ZeroDivisionError
    assert (tmp_path / "site" / "index.html").read_text() == "old"


def test_the_verb_publishes_the_site(small_site, bench, tmp_path):
    done = bench(
        "publish", "--boards", small_site / "leaderboards", "--site", tmp_path / "site", "--runs", small_site / "runs"
    )
    assert done.code == 0
    number = len(list((tmp_path / "site").rglob("*.html")))
    assert f"{number} pages: open {tmp_path / 'site' / 'index.html'}" in done.out
    assert tree(tmp_path / "site") == tree(small_site / "site")
