"""Unpacking: parts are merged, nobody else's file is removed, replacement is one step, and limits hold."""

import io
import os
import re
import signal
import subprocess
import sys
import tarfile
import zipfile

import pytest

from benchbench.core import BenchbenchError, MissingData
from benchbench.data import archives
from benchbench.data.source import Limits, Source
from benchbench.data.unpacked import OWN, Filling, unpacked
from benchbench.system import folders
from benchbench.system.folders import filling, recover, replace, require_own

SOURCE = Source("set", "https://example.org", "CC0", layout=("top",))


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, *infos, content=b""):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for info in infos:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def put(root, *paths, source=SOURCE, complete=lambda folder: None):
    return unpacked(source, root, paths, lambda what, done, total: None, complete)


def everything(folder):
    """Return the content of each file under a folder, but for the suite's manifest and locks."""
    skipped = (OWN, ".set.lock")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in skipped
    }


# Parts, and what is not ours ------------------------------------------------------------------------------------------


def test_parts_with_one_top_folder_are_merged(tmp_path):
    one = zipped(tmp_path / "a.zip", {"top/1": "one", "top/both": "same"})
    two = zipped(tmp_path / "b.zip", {"top/2": "two", "top/both": "same"})
    place = put(tmp_path / "data", one, two)
    assert everything(place) == {"top/1": b"one", "top/2": b"two", "top/both": b"same"}


def test_one_path_of_two_contents_is_an_error_and_leaves_what_was_there(tmp_path):
    place = put(tmp_path / "data", zipped(tmp_path / "a.zip", {"top/1": "one"}))
    before = everything(tmp_path / "data")
    other = zipped(tmp_path / "b.zip", {"top/0": "zero", "top/1": "other"})
    with pytest.raises(
        BenchbenchError, match=r"a\.zip and b\.zip hold top/1 with different content; nothing was unpack"
    ):
        put(tmp_path / "data", tmp_path / "a.zip", other)
    assert everything(tmp_path / "data") == before
    assert place.is_dir()


@pytest.mark.parametrize("name", ["top", "top/1/deeper"])
def test_a_file_where_a_folder_stands_is_an_error(tmp_path, name):
    one, two = zipped(tmp_path / "a.zip", {"top/1": "one"}), zipped(tmp_path / "b.zip", {name: "two"})
    with pytest.raises(BenchbenchError, match=rf"b\.zip: {name} stands where another file or folder does"):
        put(tmp_path / "data", one, two)


def test_another_archive_replaces_what_the_suite_unpacked(tmp_path):
    put(tmp_path / "data", zipped(tmp_path / "a.zip", {"top/1": "one"}))
    place = put(tmp_path / "data", zipped(tmp_path / "b.zip", {"top/2": "two"}))
    assert everything(place) == {"top/2": b"two"}


@pytest.mark.parametrize("how", ["beside", "edited", "instead"])
def test_a_users_files_are_never_removed(tmp_path, how):
    place = tmp_path / "data" / "unpacked" / "set"
    if how == "instead":
        (place / "top").mkdir(parents=True)
    else:
        put(tmp_path / "data", zipped(tmp_path / "a.zip", {"top/1": "one"}))
    mine = place / "top" / ("1" if how == "edited" else "notes.txt")
    mine.write_text("mine")
    before = everything(place)
    with pytest.raises(BenchbenchError, match=rf"holds 1 files that benchbench did not write.*{mine.name}; move them"):
        put(tmp_path / "data", zipped(tmp_path / "b.zip", {"top/2": "two"}))
    assert everything(place) == before


def test_a_users_own_folder_of_the_data_sets_name_is_left_alone(tmp_path):
    own = tmp_path / "data" / "set" / "top"
    own.mkdir(parents=True)
    (own / "notes.txt").write_text("mine")
    place = put(tmp_path / "data", zipped(tmp_path / "a.zip", {"top/1": "one"}))
    assert (own / "notes.txt").read_text() == "mine"
    assert everything(place) == {"top/1": b"one"}


def test_the_same_archives_are_not_unpacked_again_and_damage_is_mended(tmp_path):
    path = zipped(tmp_path / "a.zip", {"top/1": "one", "top/2": "two"})
    place = put(tmp_path / "data", path)
    inode = place.stat().st_ino
    assert put(tmp_path / "data", path).stat().st_ino == inode
    (place / "top" / "1").unlink()
    assert everything(put(tmp_path / "data", path)) == {"top/1": b"one", "top/2": b"two"}


def test_what_is_not_complete_is_not_kept(tmp_path):
    def complete(folder):
        raise MissingData("a part is missing")

    with pytest.raises(MissingData, match="a part is missing"):
        put(tmp_path / "data", zipped(tmp_path / "a.zip", {"top/1": "one"}), complete=complete)
    assert everything(tmp_path / "data") == {}


def test_what_systems_leave_is_not_unpacked(tmp_path):
    files = {"__MACOSX/top/._1": "x", "top/.DS_Store": "x", "top/Thumbs.db": "x", "top/1": "one"}
    assert everything(put(tmp_path / "data", zipped(tmp_path / "a.zip", files))) == {"top/1": b"one"}
    (tmp_path / "data" / "unpacked" / "set" / ".DS_Store").touch()
    put(tmp_path / "data", zipped(tmp_path / "b.zip", {"top/2": "two"}))


# Replacement ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_is_replaced_whole(tmp_path, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    place = tmp_path / "place"
    for text in ("one", "two"):
        with filling(place) as aside:
            (aside / text).write_text(text)
    assert everything(tmp_path) == {"place/two": b"two"}


def test_a_filling_that_fails_changes_nothing(tmp_path):
    def fill(error):
        with filling(tmp_path / "place") as aside:
            (aside / "file").write_text(str(error))
            if error:
                raise error

    fill(None)
    with pytest.raises(KeyboardInterrupt):
        fill(KeyboardInterrupt())
    assert everything(tmp_path) == {"place/file": b"None"}


def test_half_a_replacement_is_undone(tmp_path):
    (tmp_path / ".place.old").mkdir()
    (tmp_path / ".place.old" / "one").touch()
    (tmp_path / ".place.12-ab.tmp").mkdir()
    (tmp_path / ".other.12-ab.tmp").mkdir()
    recover(tmp_path / "place")
    assert sorted(os.listdir(tmp_path)) == [".other.12-ab.tmp", "place"]


def test_the_place_is_never_empty_while_it_is_replaced(tmp_path):
    """On this system the two folders are swapped in one step: a reader beside finds one or the other."""
    for name in ("place", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    if not folders._exchange(tmp_path / "place", tmp_path / "new"):
        pytest.skip("this file system cannot swap two folders")
    code = (
        "import sys, pathlib\nplace = pathlib.Path(sys.argv[1])\nprint('ready', flush=True)\nreads = 0\n"
        "while not (place.parent / 'stop').exists():\n    assert (place / 'file').read_text() in ('place', 'new')\n"
        "    reads += 1\nprint(reads)"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "place")], stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "ready\n"
    for _ in range(300):
        replace(tmp_path / "new", tmp_path / "place")
    (tmp_path / "stop").touch()
    out, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0
    assert int(out) > 0


def test_a_killed_unpacking_leaves_nothing_after_the_next(tmp_path):
    code = (
        "import sys, time, pathlib\nfrom benchbench.system.folders import filling\n"
        "with filling(pathlib.Path(sys.argv[1])) as aside:\n    (aside / 'half').write_text('half')\n"
        "    print('ready', flush=True)\n    time.sleep(600)"
    )
    place = tmp_path / "unpacked" / "set"
    process = subprocess.Popen([sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    process.stdout.close()
    assert list(place.parent.glob(".set.*.tmp"))
    put(tmp_path, zipped(tmp_path / "a.zip", {"top/1": "one"}))
    assert not list(place.parent.glob(".set.*.tmp"))


def test_require_own_knows_its_own(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ours").touch()
    (tmp_path / "a" / ".DS_Store").touch()
    require_own(tmp_path, ["a/ours"], "ours")
    (tmp_path / "a" / "link").symlink_to("ours")
    with pytest.raises(BenchbenchError, match="a/link; move them elsewhere"):
        require_own(tmp_path, ["a/ours"], "ours")


# Limits and hostile archives ------------------------------------------------------------------------------------------


def unpack(path, target, **options):
    with filling(target) as aside:
        return archives.unpack(path, Filling(aside), **options)


def packed_zeros(path, number):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(number))
    return path


def test_a_small_archive_does_not_fill_the_disk(tmp_path, monkeypatch):
    """100 kB of zeros in about 100 bytes; the limit counts what is written, not what the archive declares."""
    monkeypatch.setattr(archives, "FREE_BYTES", 50_000)
    path = packed_zeros(tmp_path / "bomb.zip", 100_000)
    with pytest.raises(BenchbenchError, match=r"unpacks to more than 50,000 bytes \(most_ratio of its data set\)"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert unpack(path, tmp_path / "out", limits=Limits(most_ratio=10_000)) == 1


def test_the_whole_of_an_archive_has_a_limit(tmp_path):
    path = packed_zeros(tmp_path / "large.zip", 100_000)
    with pytest.raises(BenchbenchError, match=r"more than 99,999 bytes \(most_bytes of its data set\)"):
        unpack(path, tmp_path / "out", limits=Limits(most_bytes=99_999))
    assert unpack(path, tmp_path / "out", limits=Limits(most_bytes=100_000)) == 1


def encrypted(path):
    zipped(path, {"a.txt": "secret"})
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    path.write_bytes(bytes(content))
    return path


def not_utf8_zip(path):
    zipped(path, {"größe.txt": "x"})
    path.write_bytes(path.read_bytes().replace("größe".encode(), b"gr\xff\xfe\xfd\xfce"))
    return path


def not_utf8_tar(path):
    return tarred(path.with_suffix(".tar"), tarfile.TarInfo(os.fsdecode(b"gr\xff.txt")))


def nul_tar(path):
    info = tarfile.TarInfo("a.txt")
    info.pax_headers = {"path": "a\0b.txt"}
    return tarred(path.with_suffix(".tar"), info)


def nul_zip(path):
    zipped(path, {"a_b.txt": "x"})
    path.write_bytes(path.read_bytes().replace(b"a_b.txt", b"a\0b.txt"))
    return path


def long_number(path):
    info = tarfile.TarInfo("a.txt")
    info.pax_headers = {"size": "9" * 400}
    return tarred(path.with_suffix(".tar"), info)


def deep(path):
    return zipped(path, {"d/" * 100 + "a.txt": "x"})


def pointer(path):
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (encrypted, "a.zip is encrypted; unpack it yourself, and give the folder with --from"),
        (not_utf8_zip, "a.zip is not a whole archive .*codec"),
        (not_utf8_tar, "a name that is no UTF-8; unpack it yourself"),
        (nul_tar, "a name with a NUL"),
        (nul_zip, "NUL|not a whole archive"),
        (long_number, "a.tar is not a whole archive|could not write"),
        (deep, "lies 101 folders deep"),
        (pointer, "it is a Git LFS pointer, not the file itself: run `git lfs pull`"),
        (lambda path: zipped(path, {"n" * 300: "x"}), "could not write .*too long"),
    ],
)
def test_hostile_and_strange_archives_are_one_sentence_and_leave_nothing(tmp_path, make, said):
    path = make(tmp_path / "a.zip")
    with pytest.raises(BenchbenchError) as raised:
        unpack(path, tmp_path / "out")
    message = str(raised.value)
    assert re.search(said, message), message
    message.encode()
    assert len(message.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_a_fifo_is_no_archive(tmp_path):
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(BenchbenchError, match=r"a\.zip is a FIFO, not a regular file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
