"""Whatever ends a publish, editions and records stay whole."""

import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import processes
import pytest
from boards import change, tree

from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task

KILLED = """
import os, signal, sys
from click.testing import CliRunner
from benchbench.system import files as store
from benchbench.cli.main import main

left, replace = int(sys.argv[1]), os.replace

def dying(*paths):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*paths)

store.os.replace = dying
sys.exit(CliRunner().invoke(main, ["publish"]).exit_code)
"""
"""A publish that dies by SIGKILL when it is about to put its n-th file in place."""


def run(script, *words):
    return processes.run(["-c", script, *words])


@pytest.mark.parametrize(("files", "editions"), [(0, 2), (1, 3), (2, 3)])
def test_a_publish_killed_before_any_of_its_files_leaves_whole_editions(one_more, benchbench, files, editions):
    assert run(KILLED, files).returncode == -signal.SIGKILL
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    assert len(folder.editions()) == editions
    assert len(folder.board(get_task("ring8"), folder.editions()[-1]).rows) == (4 if editions == 2 else 5)
    assert benchbench("publish").exit_code == 0
    assert benchbench("leaderboard", "--check").exit_code == 0
    assert len(folder.editions()) == 3
    assert not list(Path("leaderboards").rglob("*.tmp"))


def test_of_publishes_at_once_one_makes_the_edition(one_more, benchbench):
    script = "import sys; from benchbench.cli.main import main; main(sys.argv[1:])"
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: run(script, "publish"), range(4)))
    made = [each.stdout for each in told if "edition 3, 5 rows" in each.stdout]
    assert len(made) == 1, told
    for each in told:
        late = each.returncode == 1 and "another process writes to" in each.stderr
        assert each.stdout in made or "nothing new since edition 3" in each.stdout or late, each
    assert benchbench("leaderboard", "--check").exit_code == 0


SLOW = """
import sys, time
from benchbench.leaderboards.folder import BoardFolder
from pathlib import Path

with BoardFolder(Path("leaderboards"), "ring8", 1).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_publish_that_made_its_edition_waits_for_another_before_it_adds_pictures(one_more, benchbench, monkeypatch):
    """Whoever comes between edition and pictures is waited for: the command names its edition, and pictures follow."""
    from benchbench.publish import pages

    publish, others = pages.publish, []

    def publish_and_be_followed(*given):
        edition = publish(*given)
        other = subprocess.Popen([sys.executable, "-c", SLOW], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "held\n"
        others.append(other)
        threading.Timer(1.0, other.communicate, ["go\n"]).start()
        return edition

    monkeypatch.setattr(pages, "publish", publish_and_be_followed)
    done = benchbench("publish")
    assert (done.exit_code, "edition 3, 5 rows" in done.stdout) == (0, True), done.output
    assert others[0].wait(60) == 0
    assert benchbench("leaderboard", "--check").exit_code == 0


def test_while_one_publishes_another_is_sent_away(one_more, benchbench):
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    before = tree(one_more)
    with folder.held():
        done = benchbench("publish")
        assert (done.exit_code, "another process writes to" in done.stderr) == (1, True)
    assert tree(one_more) == before


LIMITED = """
import resource, sys
from benchbench.cli.main import main

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
main(sys.argv[2:])
"""


@pytest.mark.parametrize(("room", "editions"), [(100, 2), (1800, 3)])
def test_a_publish_without_room_for_its_files_leaves_whole_editions(one_more, benchbench, room, editions):
    edition, page = one_more / "editions" / "0002.json", one_more / "README.md"
    assert 100 < edition.stat().st_size < 1700 < 1900 < page.stat().st_size
    before = tree(one_more)
    full = run(LIMITED, room, "publish")
    assert (full.returncode, "could not write" in full.stderr, full.stdout) == (1, True, ""), full
    folder = BoardFolder(Path("leaderboards"), "ring8", 1)
    assert len(folder.editions()) == editions
    assert {name: content for name, content in tree(one_more).items() if name in before} == before
    assert benchbench("publish").exit_code == 0
    assert benchbench("leaderboard", "--check").exit_code == 0


def test_a_submission_without_room_leaves_the_records_whole(published, runs):
    before = (published / "records.jsonl").read_bytes()
    for directory in (runs / "noise").iterdir():
        change(directory, lambda record: record.update(created="2026-01-01T00:00:00+00:00"))
    full = run(LIMITED, len(before), "submit", runs / "noise")
    assert (full.returncode, "could not write" in full.stderr) == (1, True), full
    assert (published / "records.jsonl").read_bytes() == before


def test_a_full_disk_is_told_and_harms_no_edition(one_more, tmp_path, benchbench):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        shutil.copytree("leaderboards", disk / "boards")
        before = tree(disk / "boards")
        with pytest.raises(OSError, match="No space left"):
            (disk / "filler").write_bytes(bytes(1 << 20))
        done = benchbench("publish", "--boards", disk / "boards")
        assert (done.exit_code, "the disk is full: could not write" in done.stderr) == (1, True), done.stderr
        assert tree(disk / "boards") == before
        (disk / "filler").unlink()
        assert benchbench("publish", "--boards", disk / "boards").exit_code == 0
        assert benchbench("leaderboard", "--check", "--boards", disk / "boards").exit_code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_what_is_no_text_is_named(published, benchbench):
    BoardFolder(Path("leaderboards"), "ring8", 1).records_file.write_bytes(b"\xa1\xff")
    done = benchbench("publish")
    assert (done.exit_code, "records.jsonl cannot be read ('utf-8' codec" in done.stderr) == (1, True), done.stderr


def test_a_lock_that_cannot_be_held_is_one_sentence(published, benchbench):
    lock = BoardFolder(Path("leaderboards"), "ring8", 1).path / ".lock"
    lock.unlink()
    lock.mkdir()
    done = benchbench("publish")
    assert (done.exit_code, "could not write leaderboards/ring8/v1/.lock: " in done.stderr) == (1, True), done.stderr


def test_a_folder_of_runs_that_is_not_there_is_told_before_a_site_is_made(published, benchbench, tmp_path):
    done = benchbench("publish", "--site", tmp_path / "site", "--runs", tmp_path / "nowhere")
    assert (done.exit_code, "nowhere: there is no such folder" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "site").exists()
