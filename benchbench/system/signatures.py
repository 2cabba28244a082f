"""What a file is, by its first bytes: for messages about files that are not what they should be."""

from __future__ import annotations

from pathlib import Path

from benchbench.system.regular import open_regular

HEAD = 512
"""Bytes that are enough to recognise a file."""
POINTER = b"version https://git-lfs.github.com/spec/"

_SIGNATURES = (
    (POINTER, "a Git LFS pointer, not the file itself: run `git lfs pull` where it was cloned"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF"),
)


def what_is(head: bytes) -> str:
    """Return what a file is whose first `HEAD` bytes are these: `a Git LFS pointer, …`; empty where it is unknown."""
    if not head:
        return "an empty file"
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    start = head.lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return "an HTML page: the download gave a page in place of the file"
    if head.startswith(b"PK\x03\x04"):
        torch = b"/data.pkl" in head or b"/version" in head or b".format_version" in head
        return "a file of torch.save (.pth, .ckpt)" if torch else "a zip archive"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle (an old .pth or .ckpt)"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 32:
        return "a safetensors file"
    return ""


def is_lossy(head: bytes) -> bool:
    """Return whether an image file whose first 16 bytes are these was compressed with loss: JPEG, lossy WebP."""
    return head.startswith(b"\xff\xd8\xff") or (head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8 ")


def what_file(path: Path) -> str:
    """Return what a file is, as `what_is`; empty where it cannot be read."""
    try:
        with open_regular(path) as file:
            return what_is(file.read(HEAD))
    except Exception:  # this only adds to a message about the same file
        return ""
