"""Examples that are kept on disk: those that were made, and made again where a file is not what was written."""

import pytest
import torch

from benchbench.core import Example
from benchbench.tasks import _kept


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_CACHE", str(tmp_path))
    return tmp_path / "examples"


def counted():
    """Return a function of a process that has made no examples yet, and the keys for which it had to make them."""
    made = []

    @_kept.kept("counted")
    def examples(key):
        made.append(key)
        image = torch.arange(12, dtype=torch.uint8).reshape(3, 2, 2)
        return tuple(
            Example(
                f"{key}-{i}", {"image": image + i, "label": torch.tensor(i)}, image[None] + 2 * i, group=f"g{i % 2}"
            )
            for i in range(3)
        )

    return examples, made


def same(one, other):
    return all(
        (a.id, a.group, sorted(a.condition)) == (b.id, b.group, sorted(b.condition))
        and torch.equal(a.references, b.references)
        and a.references.dtype == b.references.dtype
        and all(torch.equal(a.condition[name], b.condition[name]) for name in a.condition)
        for a, b in zip(one, other, strict=True)
    )


def test_a_second_process_reads_what_the_first_one_made(place):
    first, made = counted()
    second, made_again = counted()
    assert same(first("test"), second("test"))
    assert (made, made_again) == (["test"], [])
    assert not same(first("train"), second("test"))


def test_another_draw_of_the_test_is_not_kept(place):
    assert len(counted()[0]("test 17")) == 3
    assert not place.exists()


@pytest.mark.parametrize("harm", ["flipped", "cut", "without its checksum", "gone"])
def test_a_damaged_file_is_made_again(place, harm):
    counted()[0]("test")
    (path,) = place.glob("counted-test-*.safetensors")
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "without its checksum":
        path.with_name(f"{path.name}.sha256").unlink()
    else:
        path.write_bytes(whole[:-1] if harm == "cut" else whole[:-1] + bytes([whole[-1] ^ 1]))
    again, made = counted()
    assert same(again("test"), counted()[0]("test"))
    assert made == ["test"]
    assert path.read_bytes() == whole


def test_where_nothing_can_be_written_the_examples_are_made(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("BENCHBENCH_CACHE", str(file))
    examples, made = counted()
    assert len(examples("test")) == 3
    assert made == ["test"]


def test_other_source_is_another_file(place, monkeypatch, tmp_path):
    counted()[0]("test")
    changed = tmp_path / "changed.py"
    changed.write_text("# another law\n")
    monkeypatch.setattr(_kept, "SOURCES", (*_kept.SOURCES, changed))
    _kept._version.cache_clear()
    try:
        other, made = counted()
        other("test")
    finally:
        _kept._version.cache_clear()
    assert made == ["test"]
    assert len(list(place.glob("counted-test-*.safetensors"))) == 2
