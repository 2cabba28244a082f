"""Flipped bytes in prepared data and downloads are found where they are used, by name; envelopes for all else."""

import hashlib
import json
import os

import numpy as np
import pytest
from PIL import Image

from benchbench.core import BenchbenchError, Example, MissingData, SampleSpace
from benchbench.data import Item, PreparedTask, Source, cache
from benchbench.data.check import check
from benchbench.data.download import download
from benchbench.data.files import planes
from benchbench.data.prepare import prepare
from benchbench.system import envelope
from benchbench.system.envelope import Damaged


class Dots(PreparedTask):
    """Flat pictures of 4 px, four for each split, each of its own shade."""

    name = "dots"
    kind = "unconditional"
    space = SampleSpace("images", (3, 4, 4))
    metrics = ()
    source = Source("dot-set", "https://example.org", "CC0", layout=("pictures",))
    arrays = {"image": (3, 4, 4)}  # noqa: RUF012
    rows = {"test": 4}  # noqa: RUF012

    def items(self, folder):
        """Return the pictures by the first letter of their names."""
        names = sorted(path.stem for path in (folder / "pictures").glob("*.png"))
        return {
            split: [Item(name, (f"pictures/{name}.png",)) for name in names if name.startswith(split[:2])]
            for split in cache.SPLITS
        }

    def decode(self, read, item):
        """Return the picture."""
        return {"image": planes(read.image(item.files[0], size=(4, 4)))}

    def example(self, row):
        """Return it as the one reference of an empty condition."""
        return Example(row.id, {}, row.arrays["image"][None])


@pytest.fixture
def folder(tmp_path):
    """The data set's own files."""
    made = tmp_path / "dot-set" / "pictures"
    made.mkdir(parents=True)
    for split in cache.SPLITS:
        for number in range(4):
            Image.new("RGB", (4, 4), (10 * number, 0, 0)).save(made / f"{split}{number}.png")
    return made.parent


@pytest.fixture
def ready(folder, tmp_path, monkeypatch):
    """The folder of the prepared task."""
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "data"))
    prepare(Dots(), tmp_path / "data", [folder])
    return cache.folder_of(tmp_path / "data", "dots")


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(bytes(content))
    cache._opened.cache_clear()  # as in a new process


def use():
    """Read all that a run and a training read."""
    task = Dots()
    for split in cache.SPLITS:
        for example in task.examples(split):
            assert example.references.shape == (1, 3, 4, 4)
    task.real_pool()


FILES = [
    "manifest.json",
    "items.parquet",
    *(f"{split}.image.{kind}" for split in cache.SPLITS for kind in ("bin", "crc")),
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.2, 0.5, 0.9])
def test_a_flipped_bit_anywhere_is_an_error_by_name_when_it_is_used(ready, tmp_path, name, where):
    use()
    path = ready / name
    flip(path, int(where * path.stat().st_size))
    with pytest.raises(Damaged, match=rf"{name} is damaged.*benchbench data prepare dots --force"):
        use()
    with pytest.raises(Damaged, match=rf"{name} is damaged"):
        prepare(Dots(), tmp_path / "data")


def test_only_the_row_that_is_damaged_is_refused(ready):
    flip(ready / "train.image.bin", 2 * 48 + 5)
    examples = Dots().examples("train")
    assert int(examples[1].references[0, 0, 0, 0]) == 10
    with pytest.raises(Damaged, match=r"train\.image\.bin is damaged in row 2"):
        examples[2]
    with pytest.raises(Damaged, match="row 2"):
        examples[-2]


def test_force_makes_it_anew_and_check_names_all(ready, folder, tmp_path):
    for name in ("train.image.bin", "test.image.bin"):
        flip(ready / name, 0)
    assert sum("is damaged" in problem for problem in check(Dots(), tmp_path / "data")) == 2
    prepare(Dots(), tmp_path / "data", [folder], force=True)
    assert check(Dots(), tmp_path / "data") == []
    use()


def test_a_cache_of_an_earlier_version_without_checksums_is_compared_whole(ready):
    fields = json.loads((ready / "manifest.json").read_text())
    del fields["sha256"], fields["items"]
    for each in fields["arrays"]:
        del each["checksums"]
        (ready / f"{each['split']}.{each['name']}.crc").unlink()
    (ready / "manifest.json").write_text(json.dumps(fields))
    cache._opened.cache_clear()
    use()
    flip(ready / "train.image.bin", 7)
    with pytest.raises(Damaged, match=r"train\.image\.bin is damaged"):
        use()


def test_the_hash_of_a_split_covers_names_files_and_pixels(ready, folder, tmp_path, monkeypatch):
    task = Dots()
    before = {split: task.data_hash(split) for split in cache.SPLITS}
    Image.new("RGB", (4, 4), (0, 77, 0)).save(folder / "pictures" / "train1.png")
    prepare(Dots(), tmp_path / "data", [folder], force=True)
    after = {split: task.data_hash(split) for split in cache.SPLITS}
    assert [split for split in cache.SPLITS if before[split] != after[split]] == ["train"]
    monkeypatch.setattr(Dots, "decode", lambda self, read, item: {"image": 255 - planes(read.image(item.files[0]))})
    prepare(Dots(), tmp_path / "data", [folder], force=True)
    assert task.data_hash("test") != after["test"], "the same files decoded otherwise"


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "[" * 100_000, '{"layout": 1, "arrays": 3}', '{"layout": 1}', "\xff", "{}{"]
)
def test_a_manifest_of_another_shape_is_one_sentence(ready, text):
    (ready / "manifest.json").write_text(text)
    with pytest.raises(BenchbenchError, match=r"manifest\.json (is damaged|cannot be read).*--force"):
        Dots().examples("test")


def test_a_manifest_with_an_integer_of_400_digits_is_one_sentence(ready):
    fields = envelope.unsealed((ready / "manifest.json").read_text(), "manifest")
    fields["arrays"][0]["shape"][0] = int("9" * 400)
    (ready / "manifest.json").write_text(envelope.sealed(fields))
    with pytest.raises(Damaged, match="its numbers or names are not those of a task"):
        Dots().examples("test")


def test_a_users_file_among_prepared_data_is_not_removed(ready, folder, tmp_path):
    (ready / "notes.txt").write_text("mine")
    with pytest.raises(BenchbenchError, match=r"holds 1 files that benchbench did not write.*notes\.txt"):
        prepare(Dots(), tmp_path / "data", [folder], force=True)
    assert (ready / "notes.txt").read_text() == "mine"
    use()


def test_temporaries_of_a_killed_prepare_are_cleaned_by_the_next(ready, tmp_path):
    left = ready.with_name(".dots.123-abcd.tmp")
    left.mkdir()
    (left / "train.image.bin").write_bytes(b"half")
    prepare(Dots(), tmp_path / "data")
    assert not left.exists()


# A user's files -------------------------------------------------------------------------------------------------------


def test_a_fifo_among_the_files_is_left_out_by_name(folder, tmp_path):
    (folder / "pictures" / "train1.png").unlink()
    os.mkfifo(folder / "pictures" / "train1.png")
    manifest = prepare(Dots(), tmp_path / "data", [folder])
    assert manifest.bad == ("pictures/train1.png: is a FIFO, not a regular file",)
    os.mkfifo(tmp_path / "set.zip")
    with pytest.raises(MissingData, match=r"set\.zip is neither a regular file nor a folder"):
        prepare(Dots(), tmp_path / "other", [tmp_path / "set.zip"])


def test_names_that_are_no_utf8_are_one_sentence(folder, tmp_path):
    (folder / "pictures" / "train1.png").rename(folder / "pictures" / os.fsdecode(b"train\xff.png"))
    with pytest.raises(MissingData, match=r"train\\udcff has a name that is no UTF-8; rename it"):
        prepare(Dots(), tmp_path / "data", [folder])


def test_a_label_of_400_digits_is_one_sentence(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(Dots, "items", lambda self, folder: {"train": [Item("a", label=int("9" * 400))]})
    with pytest.raises(BenchbenchError, match="the label of a has 400 digits"):
        prepare(Dots(), tmp_path / "data", [folder])


def test_lost_files_are_said_to_lie_where_they_do(folder, tmp_path, monkeypatch):
    items = Dots().items(folder)
    monkeypatch.setattr(Dots, "items", lambda self, folder: items)
    (folder / "pictures" / "pictures").mkdir()
    for path in list((folder / "pictures").glob("*.png")):
        path.rename(folder / "pictures" / "pictures" / path.name)
    with pytest.raises(MissingData, match=r"0 usable items.*train0\.png lies in .*dot-set/pictures/pictures"):
        prepare(Dots(), tmp_path / "data", [folder])


# Downloads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pinned", [True, False])
def test_a_download_that_has_changed_is_an_error_by_name(tmp_path, pinned):
    path = tmp_path / "set.bin"
    path.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    envelope.write_sum(path, digest)
    assert download("http://127.0.0.1:9/set.bin", path, digest if pinned else "") == path
    flip(path, 3)
    with pytest.raises(Damaged, match=r"set\.bin is damaged: its SHA-256 is .* remove it and run the command again"):
        download("http://127.0.0.1:9/set.bin", path, digest if pinned else "")


# Envelopes ------------------------------------------------------------------------------------------------------------


def test_wrapped_bytes_come_back_or_are_damaged(tmp_path):
    content = np.random.default_rng(0).bytes(300)
    path = tmp_path / "state"
    envelope.write_wrapped(path, content)
    assert envelope.read_wrapped(path) == content
    whole = path.read_bytes()
    for place in range(len(whole)):
        bad = bytearray(whole)
        bad[place] ^= 1
        with pytest.raises(Damaged, match="state is damaged"):
            envelope.unwrap(bytes(bad), "state")
    for cut in (0, 10, 80, len(whole) - 1):
        with pytest.raises(Damaged):
            envelope.unwrap(whole[:cut], "state")


def test_sealed_fields_come_back_or_are_damaged():
    fields = {"a": [1, 2.5, None], "b": {"c": "ü"}}
    text = envelope.sealed(fields)
    assert envelope.unsealed(text, "it") == fields
    for old, new in (
        ("2.5", "2.6"),
        ('"b"', '"d"'),
        ('"sha256"', '"sha257"'),
        ("ü".encode("unicode-escape").decode(), "u"),
    ):
        changed = text.replace(old, new)
        if changed != text:
            with pytest.raises(Damaged, match="it is damaged"):
                envelope.unsealed(changed, "it")
    assert envelope.unsealed('{"a": 1}', "it", required=False) == {"a": 1}


def test_a_sum_is_one_that_other_programs_read(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    envelope.write_sum(path, envelope.sum_of(path))
    assert (tmp_path / "a.bin.sha256").read_text() == f"{hashlib.sha256(b'x').hexdigest()}  a.bin\n"
    assert envelope.read_sum(path) == hashlib.sha256(b"x").hexdigest()
    assert envelope.read_sum(tmp_path / "b.bin") == ""
