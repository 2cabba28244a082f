"""Weights of other programs become safetensors without running anything; what is no such file says what it is."""

import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchbench.core import BenchbenchError, MissingData
from benchbench.system.convert import convert
from benchbench.training import checkpoints

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, 2])}


def same(found):
    return found.keys() == TENSORS.keys() and all(torch.equal(found[name], TENSORS[name]) for name in TENSORS)


@pytest.mark.parametrize(
    ("state", "key"),
    [
        (TENSORS, ""),
        ({f"module.{name}": each for name, each in TENSORS.items()}, ""),
        ({f"module._orig_mod.{name}": each for name, each in TENSORS.items()}, ""),
        ({"state_dict": TENSORS, "epoch": 3}, ""),
        ({"nets": {"g": TENSORS, "d": {}}, "epoch": 3}, "nets.g"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_tensors_come_out_as_they_went_in(tmp_path, state, key, old):
    torch.save(state, tmp_path / "a.pth", _use_new_zipfile_serialization=not old)
    assert same(convert(tmp_path / "a.pth", tmp_path / "a.safetensors", key))
    assert same(load_file(tmp_path / "a.safetensors"))


class Evil:
    def __reduce__(self):
        return os.mkdir, ("was-run",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda path: torch.save({"a": Evil()}, path), "torch.save .*nothing in it was executed"),
        (lambda path: path.write_bytes(pickle.dumps(Evil())), "pickle .*nothing in it was executed"),
        (
            lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"),
            "Git LFS pointer.*git lfs pull",
        ),
        (lambda path: path.write_bytes(b"<!DOCTYPE html><html></html>"), "it is an HTML page"),
        (lambda path: path.write_bytes(b""), "it is an empty file"),
        (lambda path: os.mkfifo(path), "is a FIFO, not a regular file"),
        (
            lambda path: torch.save({"epoch": 3, "nets": {"g": TENSORS}}, path),
            "its keys are epoch, nets; name one with",
        ),
        (lambda path: torch.save([1], path), "does not hold named tensors alone; it holds a list"),
        (lambda path: torch.save({"a": torch.tensor([float("nan")])}, path), "a has values that are not finite"),
        (lambda path: torch.save({"module.a": torch.ones(1), "a": torch.ones(1)}, path), "two tensors have one name"),
    ],
)
def test_what_is_no_file_of_tensors_is_one_sentence(tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.pth"
    content(path)
    with pytest.raises(BenchbenchError, match=said):
        convert(path, tmp_path / "a.safetensors")
    assert not (tmp_path / "was-run").exists()
    assert not (tmp_path / "a.safetensors").exists()
    with pytest.raises(MissingData, match="there is no such file"):
        convert(tmp_path / "none.pth", tmp_path / "a.safetensors")


def test_the_command_writes_beside_and_replaces_on_request(bench, tmp_path):
    torch.save(TENSORS, tmp_path / "a.ckpt")
    done = bench("weights", "convert", "a.ckpt")
    assert (done.code, done.out) == (0, "a.safetensors: 2 tensors, 8 numbers\n")
    done = bench("weights", "convert", "a.ckpt")
    assert done.code == 1
    assert "a.safetensors is there already; name another output, or add --force" in done.err
    assert bench("weights", "convert", "a.ckpt", "--force").code == 0
    assert same(load_file(tmp_path / "a.safetensors"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            lambda path: torch.save(TENSORS, path),
            r"torch.save \(.pth, .ckpt\); convert it with `benchbench weights conv",
        ),
        (lambda path: torch.save(TENSORS, path, _use_new_zipfile_serialization=False), "pickle .*weights convert"),
        (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "it is a Git LFS pointer"),
        (
            lambda path: save_file(TENSORS, path) or path.write_bytes(path.read_bytes()[:50]),
            "is not a safetensors check",
        ),
        (lambda path: os.mkfifo(path), "is not a regular file"),
    ],
)
def test_a_checkpoint_of_another_kind_says_what_it_is(tmp_path, content, said):
    path = tmp_path / "a.safetensors"
    content(path)
    with pytest.raises(BenchbenchError, match=said):
        checkpoints.read(path, None, None)
