"""Data sets: found, fetched, unpacked, decoded once, checked again; each fault has its sentence and loses nothing."""

import hashlib
import http.server
import io
import os
import re
import tarfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchbench.core import BenchbenchError, Busy, Example, MissingData, SampleSpace
from benchbench.data import BadFile, Download, Item, PreparedTask, Reader, Source, archives, cache
from benchbench.data.check import check, verdicts
from benchbench.data.download import download
from benchbench.data.files import planes
from benchbench.data.prepare import prepare
from benchbench.data.task import by_hash
from benchbench.data.unpacked import Filling
from benchbench.system.folders import filling

RED, GREEN, BLUE = (250, 5, 5), (5, 250, 5), (5, 5, 250)


class Colours(PreparedTask):
    """Eight flat pictures of 8 px: four for training, two for validation, two for the test."""

    name = "colours"
    kind = "unconditional"
    space = SampleSpace("images", (3, 8, 8))
    metrics = ()
    source = Source("colour-set", "https://example.org", "CC0", layout=("pictures", "list.txt"))
    arrays = {"image": (3, 8, 8)}  # noqa: RUF012
    rows = {"test": 2}  # noqa: RUF012

    def items(self, folder):
        """Return the pictures by the first letter of their names."""
        names = (folder / "list.txt").read_text().split()
        return {
            split: [Item(name, (f"pictures/{name}.png",), label=len(name)) for name in names if name[0] == split[1]]
            for split in ("train", "validation", "test")
        }

    def decode(self, read, item):
        """Return the picture."""
        return {"image": planes(read.image(item.files[0], size=(8, 8)))}

    def example(self, row):
        """Return it as the one reference of an empty condition."""
        return Example(row.id, {}, row.arrays["image"][None])


NAMES = ["r1", "r2", "r3", "r4", "a1", "a2", "e1", "e2", "e3"]


def shade(number):
    return (20 * number, 10 + 5 * number, 250 - 20 * number)


@pytest.fixture
def folder(tmp_path):
    """The data set as unpacked."""
    made = tmp_path / "mine" / "colour-set"
    (made / "pictures").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        Image.new("RGB", (8, 8), shade(number)).save(made / "pictures" / f"{name}.png")
    (made / "list.txt").write_text("\n".join(NAMES))
    return made


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Where data are kept."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def packed(folder, path):
    """Return the folder as an archive."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, f"top/{file.relative_to(folder)}")
    else:
        with tarfile.open(path, "w:" + path.suffix[1:].replace("tar", "").replace("tgz", "gz")) as archive:
            for file in files:
                archive.add(file, f"top/{file.relative_to(folder)}")
    return path


def everything(folder):
    """Return the bytes of every file under a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# From files to examples -----------------------------------------------------------------------------------------------


def test_examples_come_from_the_cache_in_their_order(folder, root):
    task = Colours()
    manifest = prepare(task, root, [folder])
    assert manifest.rows() == {"train": 4, "validation": 2, "test": 2}
    assert [example.id for example in task.examples("train")] == ["r1", "r2", "r3", "r4"]
    for number, example in enumerate(task.examples("train")):
        assert example.references.shape == (1, 3, 8, 8)
        assert example.references[0, :, 3, 3].tolist() == list(shade(number))
    assert [example.id for example in task.examples("test")] == ["e1", "e2"], "two rows are taken, no more"
    assert task.real_pool().shape == (4, 3, 8, 8)
    assert task.examples("train")[-1].id == "r4"
    with pytest.raises(IndexError):
        task.examples("train")[4]


def test_the_pool_is_chosen_by_hash(folder, root, monkeypatch):
    monkeypatch.setattr(Colours, "pool_size", 2)
    prepare(Colours(), root, [folder])
    least = sorted(["r1", "r2", "r3", "r4"], key=lambda name: hashlib.sha256(name.encode()).hexdigest())[:2]
    expected = [list(shade(NAMES.index(name))) for name in sorted(least)]
    assert Colours().real_pool()[:, :, 0, 0].tolist() == expected


def test_a_row_may_give_several_examples(folder, root, monkeypatch):
    monkeypatch.setattr(Colours, "variants", {"train": 3})
    monkeypatch.setattr(
        Colours, "example", lambda self, row: Example(f"{row.id}-{row.variant}", {}, row.arrays["image"][None])
    )
    prepare(Colours(), root, [folder])
    ids = [example.id for example in Colours().examples("train")]
    assert ids[:4] == ["r1-0", "r1-1", "r1-2", "r2-0"]
    assert len(ids) == 12
    assert [example.id for example in Colours().examples("test")] == ["e1-0", "e2-0"]


def test_the_rows_do_not_depend_on_the_threads(folder, root, monkeypatch, tmp_path):
    from benchbench.data import prepare as module

    first = prepare(Colours(), root, [folder])
    monkeypatch.setattr(module, "usable_cores", lambda: 7)
    assert prepare(Colours(), tmp_path / "other", [folder]) == first


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
def test_archives_give_what_folders_give(folder, root, tmp_path, suffix):
    path = tmp_path / f"colour-set{suffix}"
    if suffix == ".zip":
        packed(folder, path)
    else:
        with tarfile.open(path, "w:" + {".tar": "", ".tgz": "gz"}.get(suffix, suffix[5:])) as archive:
            archive.add(folder, "top")
    assert prepare(Colours(), root, [path]).content == prepare(Colours(), tmp_path / "other", [folder]).content


def test_the_data_set_is_found_where_it_stands(folder, root):
    root.mkdir()
    folder.rename(root / "renamed-by-the-user")
    assert prepare(Colours(), root).folder == str(root / "renamed-by-the-user")


def test_parts_may_be_given_one_by_one(folder, root, tmp_path):
    (folder / "list.txt").rename(tmp_path / "list.txt")
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((folder / "pictures").iterdir()):
            archive.write(file, f"pictures/{file.name}")
    with pytest.raises(MissingData, match="list.txt should stand in one folder there"):
        prepare(Colours(), root, [path])
    assert prepare(Colours(), root, [path, tmp_path / "list.txt"]).rows()["train"] == 4


def test_prepared_again_nothing_changes(folder, root):
    first = prepare(Colours(), root, [folder])
    before = everything(root)
    assert prepare(Colours(), root) == prepare(Colours(), root, [folder]) == first
    assert everything(root) == before
    assert prepare(Colours(), root, [folder], force=True) == first
    assert everything(root) == before


def test_another_version_is_prepared_anew(folder, root, monkeypatch):
    prepare(Colours(), root, [folder])
    monkeypatch.setattr(Colours, "version", 2)
    with pytest.raises(MissingData, match="colours is not prepared"):
        Colours().examples("test")
    assert prepare(Colours(), root, [folder]).version == 2


def test_a_second_prepare_beside_the_first_is_told(folder, root):
    from benchbench.system.files import held

    with (
        held(root / "prepared" / ".colours.lock", "mine"),
        pytest.raises(Busy, match="another process prepares colours"),
    ):
        prepare(Colours(), root, [folder])


# What is missing ------------------------------------------------------------------------------------------------------


def test_unprepared_data_are_told_with_the_command(folder, root):
    with pytest.raises(MissingData, match="colours is not prepared: its data set colour-set is not in"):
        Colours().examples("test")
    root.mkdir()
    folder.rename(root / "colour-set")
    with pytest.raises(MissingData, match="has its data: run `benchbench data prepare colours`"):
        Colours().examples("test")


def test_a_licence_that_wants_a_person_is_told_and_nothing_is_fetched(root, monkeypatch):
    terms = Source(
        "colour-set",
        "https://example.org",
        "for research alone",
        layout=("pictures",),
        downloads=(Download("http://127.0.0.1:9/never.zip"),),
        by_hand="Ask at https://example.org/terms.",
    )
    monkeypatch.setattr(Colours, "source", terms)
    with pytest.raises(
        MissingData, match=r"Ask at https://example.org/terms\. Then name it with --from\. Licence: for r"
    ):
        prepare(Colours(), root)


def test_a_wrong_folder_is_told_with_what_should_be_there(tmp_path, root):
    (tmp_path / "wrong").mkdir()
    with pytest.raises(MissingData, match=r"wrong: pictures and list.txt should stand in one folder there. See https"):
        prepare(Colours(), root, [tmp_path / "wrong"])
    (tmp_path / "wrong" / "pictures.zip").touch()
    with pytest.raises(MissingData, match=r"give its archives as they are: --from .*pictures.zip"):
        prepare(Colours(), root, [tmp_path / "wrong"])
    with pytest.raises(MissingData, match="nowhere: there is no such file or folder"):
        prepare(Colours(), root, [tmp_path / "nowhere"])


def test_a_list_that_cannot_be_read_is_told(folder, root, monkeypatch):
    monkeypatch.setattr(Colours, "source", Source("colour-set", "https://example.org", "CC0", layout=("pictures",)))
    (folder / "list.txt").unlink()
    with pytest.raises(MissingData, match="list.txt: No such file"):
        prepare(Colours(), root, [folder])


def test_too_few_images_are_told_and_what_was_there_stays(folder, root):
    prepare(Colours(), root, [folder])
    before = everything(root)
    for name in ("e1", "e2"):
        (folder / "pictures" / f"{name}.png").write_bytes(b"no picture")
    with pytest.raises(MissingData, match="1 usable items for the split test.*2 are needed.*e1.png: cannot be decoded"):
        prepare(Colours(), root, [folder], force=True)
    assert everything(root) == before


def test_two_items_of_one_id_are_the_plugin_s_mistake(folder, root):
    (folder / "list.txt").write_text("r1 r1 e1 e2")
    with pytest.raises(BenchbenchError, match="the split train has two items of the id 'r1'"):
        prepare(Colours(), root, [folder])


def test_an_array_of_another_shape_is_the_plugin_s_mistake(folder, root, monkeypatch):
    monkeypatch.setattr(Colours, "arrays", {"image": (3, 9, 9)})
    with pytest.raises(BenchbenchError, match=r"decode\(\) gave image as uint8\[3, 8, 8\], expected uint8\[3, 9, 9\]"):
        prepare(Colours(), root, [folder])


# Bad and strange pictures ---------------------------------------------------------------------------------------------


def saved(image, kind="PNG", **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (saved(Image.new("RGB", (8, 8), RED), "JPEG")[:-40], "r2.png: cannot be decoded .*runcated"),
        (saved(Image.new("RGB", (8, 8), RED))[:45], "r2.png: cannot be decoded"),
        (b"", "r2.png: cannot be decoded"),
        (b"<html>404</html>", "r2.png: cannot be decoded"),
        (saved(Image.new("RGB", (8, 9), RED)), "r2.png: 8 x 9 px, expected 8 x 8 px"),
        (None, "r2.png: not there"),
    ],
)
def test_a_bad_file_is_listed_and_the_rest_goes_on(folder, root, content, said, monkeypatch):
    official = prepare(Colours(), root, [folder]).content["train"]
    monkeypatch.setattr(Colours, "official", {"train": f"content:{official}"})
    path = folder / "pictures" / "r2.png"
    path.unlink() if content is None else path.write_bytes(content)
    manifest = prepare(Colours(), root, [folder], force=True)
    assert manifest.rows()["train"] == 3
    assert [example.id for example in Colours().examples("train")] == ["r1", "r3", "r4"]
    (line,) = manifest.bad
    assert re.search(said, line), line
    assert verdicts(Colours(), manifest)["train"].startswith("NOT the official list")


def test_a_spare_takes_the_place_of_a_bad_file(folder, root, monkeypatch):
    official = prepare(Colours(), root, [folder]).names["test"]
    monkeypatch.setattr(Colours, "official", {"test": f"names:{official}"})
    assert verdicts(Colours(), prepare(Colours(), root))["test"] == "the official names"
    (folder / "pictures" / "e1.png").unlink()
    manifest = prepare(Colours(), root, [folder], force=True)
    assert [example.id for example in Colours().examples("test")] == ["e2", "e3"]
    assert verdicts(Colours(), manifest)["test"].startswith("NOT the official list")


def test_conversions_are_counted(folder, root):
    for name in ("r1", "r3"):
        Image.new("L", (8, 8), 9).save(folder / "pictures" / f"{name}.png")
    assert prepare(Colours(), root, [folder]).notes == {"greyscale": 2}


def test_a_reader_hashes_what_it_read(folder):
    read = Reader(folder)
    assert read.sha256 == ""
    content = [read.bytes("pictures/r1.png"), read.bytes("pictures/r2.png")]
    assert read.sha256 == hashlib.sha256(b"".join(content)).hexdigest()
    with pytest.raises(BadFile, match=r"pictures: is a folder, not a regular file"):
        read.bytes("pictures")


# Archives -------------------------------------------------------------------------------------------------------------


def unpack(path, target, **options):
    with filling(target) as aside:
        return archives.unpack(path, Filling(aside), **options)


def tar_of(path, *members):
    """Write a tar of (name, type, link or content)."""
    with tarfile.open(path, "w") as archive:
        for name, kind, what in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind == tarfile.REGTYPE:
                info.size = len(what)
                archive.addfile(info, io.BytesIO(what))
            else:
                info.linkname = what
                archive.addfile(info)
    return path


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt", "c:/evil.txt"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_name_that_leads_out_of_the_target_stops_it_all(tmp_path, name, kind):
    path, target = tmp_path / f"bad.{kind}", tmp_path / "in" / "target"
    if kind == "tar":
        tar_of(path, ("fine.txt", tarfile.REGTYPE, b"fine"), (name, tarfile.REGTYPE, b"evil"))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("fine.txt", "fine")
            archive.writestr(zipfile.ZipInfo(name), "evil")
    with pytest.raises(BenchbenchError, match="leads out of the target; nothing was unpacked"):
        unpack(path, target)
    assert not list(tmp_path.rglob("*.txt"))


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret").mkdir()
    path = tar_of(
        tmp_path / "links.tar",
        ("door", tarfile.SYMTYPE, str(tmp_path / "secret")),
        ("door/evil.txt", tarfile.REGTYPE, b"evil"),
        ("hard", tarfile.LNKTYPE, "/etc/passwd"),
    )
    assert unpack(path, tmp_path / "target") == 1
    assert (tmp_path / "target" / "door" / "evil.txt").read_bytes() == b"evil", "a folder of its own"
    assert not (tmp_path / "target" / "door").is_symlink()
    assert not (tmp_path / "target" / "hard").exists()
    assert not list((tmp_path / "secret").iterdir())


def test_links_in_a_zip_are_left_out(tmp_path):
    path = tmp_path / "links.zip"
    info = zipfile.ZipInfo("door")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("fine.txt", "fine")
    assert unpack(path, tmp_path / "target") == 1
    assert os.listdir(tmp_path / "target") == ["fine.txt"]


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar"])
def test_half_an_archive_is_told_and_leaves_nothing(tmp_path, suffix):
    path = tmp_path / f"half{suffix}"
    noise = np.random.default_rng(0).bytes(60_000)
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.bin", noise)
    else:
        with tarfile.open(path, "w:" + suffix[5:]) as archive:
            info = tarfile.TarInfo("a.bin")
            info.size = len(noise)
            archive.addfile(info, io.BytesIO(noise))
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(BenchbenchError, match=r"half\.\S+ is not a whole archive .*; get it again"):
        unpack(path, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_page_in_place_of_an_archive_is_told(tmp_path):
    (tmp_path / "set.zip").write_text("<html>quota exceeded</html>")
    with pytest.raises(BenchbenchError, match=r"set\.zip is not a whole archive"):
        unpack(tmp_path / "set.zip", tmp_path / "target")


def test_one_folder_of_an_archive_is_enough(tmp_path):
    path = tar_of(
        tmp_path / "big.tar",
        ("repo-1/png/128/a.png", tarfile.REGTYPE, b"a"),
        ("repo-1/fonts/b.ttf", tarfile.REGTYPE, b"b"),
        ("repo-1/mypng/128/c.png", tarfile.REGTYPE, b"c"),
    )
    assert unpack(path, tmp_path / "target", keep="png/128") == 1
    assert (tmp_path / "target/repo-1/png/128/a.png").read_bytes() == b"a"
    with pytest.raises(BenchbenchError, match="holds no plain file under svg"):
        unpack(path, tmp_path / "target", keep="svg")


# Downloads ------------------------------------------------------------------------------------------------------------

CONTENT = np.random.default_rng(1).bytes(300_000)


class Host(http.server.BaseHTTPRequestHandler):
    """Sends CONTENT; what it does wrong is in its `server`."""

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range"))
        if self.server.missing:
            self.send_error(404)
            return
        given = self.headers.get("Range")
        start = int(given.split("=")[1].rstrip("-")) if given and self.server.ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        stop = self.server.stops.pop(0) if self.server.stops else len(CONTENT)
        self.wfile.write(CONTENT[start:stop])

    def log_message(self, *words):
        pass


@pytest.fixture
def host():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.asked, server.stops, server.ranges, server.missing = [], [], True, False
    server.url = f"http://127.0.0.1:{server.server_port}/set.bin"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_download_is_what_it_should_be(host, tmp_path):
    told = []
    path = download(host.url, tmp_path / "a" / "set.bin", SHA256, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert told[-1] == (300_000, 300_000)
    download(host.url, path, SHA256)
    assert len(host.asked) == 1, "what is here is not fetched again"


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_stops_half_way_goes_on(host, tmp_path, ranges):
    host.stops, host.ranges = [120_000], ranges
    path = tmp_path / "set.bin"
    with pytest.raises(
        MissingData, match=r"stopped after 0.1 of 0.3 MB .*; what is here is kept: run the command again"
    ):
        download(host.url, path, SHA256)
    assert not path.exists()
    download(host.url, path, SHA256)
    assert path.read_bytes() == CONTENT
    assert host.asked == [None, "bytes=120000-"]


def test_a_download_cut_between_its_last_byte_and_its_name(host, tmp_path):
    (tmp_path / ".set.bin.part").write_bytes(CONTENT)
    assert download(host.url, tmp_path / "set.bin", SHA256).read_bytes() == CONTENT


def test_a_download_of_something_else_is_told_and_removed(host, tmp_path):
    with pytest.raises(BenchbenchError, match="is not the file expected: its SHA-256 is"):
        download(host.url, tmp_path / "set.bin", "0" * 64)
    assert not list(tmp_path.iterdir())


def test_a_host_that_has_it_not_and_one_that_is_not_there(host, tmp_path):
    host.missing = True
    with pytest.raises(MissingData, match=r"set\.bin answers 404"):
        download(host.url, tmp_path / "set.bin")
    with pytest.raises(MissingData, match="cannot be fetched .*refused"):
        download("http://127.0.0.1:9/set.bin", tmp_path / "set.bin")


def test_offline_nothing_is_asked(host, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    with pytest.raises(MissingData, match="downloads are off"):
        download(host.url, tmp_path / "set.bin")
    assert host.asked == []


def test_prepare_fetches_unpacks_and_decodes(host, folder, root, tmp_path, monkeypatch):
    global CONTENT
    content, CONTENT = CONTENT, packed(folder, tmp_path / "set.zip").read_bytes()
    try:
        source = Source(
            "colour-set",
            "https://example.org",
            "CC0",
            layout=("pictures", "list.txt"),
            downloads=(Download(host.url.replace(".bin", ".zip"), hashlib.sha256(CONTENT).hexdigest()),),
        )
        monkeypatch.setattr(Colours, "source", source)
        told = []
        manifest = prepare(Colours(), root, progress=lambda what, done, total: told.append(what))
        assert manifest.rows() == {"train": 4, "validation": 2, "test": 2}
        assert list(dict.fromkeys(told)) == [
            "fetching set.zip",
            "unpacking set.zip",
            "decoding train",
            "decoding validation",
            "decoding test",
        ]
    finally:
        CONTENT = content


# Disks ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"), [(28, "the disk is full: could not write"), (30, "could not write .*Read-only file system")]
)
def test_a_full_or_read_only_disk_is_one_sentence_and_loses_nothing(folder, root, monkeypatch, code, said):
    prepare(Colours(), root, [folder])
    before = everything(root)
    opened = Path.open

    def refuses(self, mode="r", *rest, **others):
        if "w" in mode and self.name == "validation.image.bin":
            raise OSError(code, os.strerror(code), str(self))
        return opened(self, mode, *rest, **others)

    monkeypatch.setattr(Path, "open", refuses)
    with pytest.raises(BenchbenchError, match=said):
        prepare(Colours(), root, [folder], force=True)
    monkeypatch.undo()
    assert everything(root) == before
    assert not list(root.rglob("*.part"))


def test_ctrl_c_leaves_what_was_there(folder, root, monkeypatch):
    prepare(Colours(), root, [folder])
    before = everything(root)

    def stop(what, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(Colours(), root, [folder], force=True, progress=stop)
    assert everything(root) == before


# Checking -------------------------------------------------------------------------------------------------------------


def test_check_finds_nothing_wrong_and_changes_nothing(folder, root):
    prepare(Colours(), root, [folder])
    before = everything(root)
    assert check(Colours(), root) == []
    assert everything(root) == before


def test_check_tells_of_each_change(folder, root, monkeypatch):
    prepare(Colours(), root, [folder])
    stored = cache.folder_of(root, "colours")
    flipped = bytearray((stored / "train.image.bin").read_bytes())
    flipped[5] ^= 1
    (stored / "train.image.bin").write_bytes(bytes(flipped))
    (stored / "test.image.bin").write_bytes(b"short")
    (stored / "validation.image.bin").unlink()
    (folder / "pictures" / "r1.png").unlink()
    Image.new("RGB", (8, 8), BLUE).save(folder / "pictures" / "r2.png")
    monkeypatch.setattr(Colours, "official", {"train": "names:0000"})
    problems = "\n".join(check(Colours(), root))
    assert re.search(r"train\.image\.bin is damaged: .*; run `benchbench data prepare colours --force`", problems)
    assert "test.image.bin is damaged" in problems
    assert "validation.image.bin is missing" in problems
    assert "pictures/r1.png: not there" in problems
    assert "pictures/r2.png has changed since it was decoded" in problems
    assert "train: NOT the official list" in problems
    assert len(problems.splitlines()) == 6


def test_a_cache_cut_short_is_told_before_a_run(folder, root):
    prepare(Colours(), root, [folder])
    path = cache.folder_of(root, "colours") / "test.image.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(MissingData, match="has 383 bytes, expected 384; run `benchbench data prepare colours --force`"):
        Colours().examples("test")
    with pytest.raises(BenchbenchError, match=r"test\.image\.bin is damaged: .*--force"):
        prepare(Colours(), root, [folder])
    assert prepare(Colours(), root, [folder], force=True).rows()["test"] == 2


def test_a_manifest_that_is_none_is_told(folder, root):
    prepare(Colours(), root, [folder])
    (cache.folder_of(root, "colours") / "manifest.json").write_text("{}{")
    with pytest.raises(BenchbenchError, match=r"manifest.json is damaged.*--force"):
        Colours().examples("test")


# The command line and the page ----------------------------------------------------------------------------------------


def test_the_page_s_task_is_prepared_checked_and_run(bench, tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", (Path(__file__).parent.parent / "docs" / "data.md").read_text(), re.S)
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "kittens.py").write_text(code)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins.d"))
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    photos = tmp_path / "download" / "photos"
    photos.mkdir(parents=True)
    generator = np.random.default_rng(2)
    for number in range(500):
        Image.fromarray(generator.integers(0, 256, (32, 32, 3), np.uint8)).save(photos / f"{number:03d}.png")
    first = min((path.name for path in photos.iterdir()), key=by_hash)
    (photos / first).write_bytes(b"broken")
    done = bench("run", "-t", "kittens", "-m", "noise", "--limit", 12)
    assert done.code == 1
    assert "kittens is not prepared" in done.err
    done = bench("data", "prepare", "kittens", "--from", tmp_path / "download")
    assert done.code == 0, done.err
    assert re.search(r"test\s+300  no official list is known", done.out)
    assert f"left out: photos/{first}: cannot be decoded" in done.out
    assert bench("data", "check", "kittens").out.endswith("kittens: nothing is wrong\n")
    assert bench("run", "-t", "kittens", "-m", "noise", "--limit", 12, "-j", 0).code == 0
    (tmp_path / "data" / "prepared" / "kittens" / "train.image.bin").write_bytes(b"")
    done = bench("data", "check", "kittens")
    assert done.code == 1
    assert "kittens: 1 thing is wrong" in done.out
    assert "kittens" in bench("data", "list").out


def test_a_task_without_data_and_a_wrong_name_are_told(bench):
    assert "toy-shapes needs no data: it is ready to run" in bench("data", "prepare", "toy-shapes").err
    done = bench("data", "prepare", "toy-shape")
    assert done.code == 2
    assert "did you mean 'toy-shapes'?" in done.err
