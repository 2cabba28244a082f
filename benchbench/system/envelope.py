"""Checksums of what the suite writes and reads back: in JSON, around bytes, beside a file that others read too.

A reader finds what was written or raises `Damaged` with the file's name; what then happens (a cache is made again, a
shard is worked again, a record is an error) is the caller's to say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.system.files import write_bytes, write_text
from benchbench.system.regular import open_regular, read_regular, shown

SEAL = "sha256"
"""The key of a sealed JSON object that holds the SHA-256 of the others."""
MAGIC = b"benchbench-1 "
"""How wrapped bytes begin; 64 hexadecimal digits and a newline follow."""


class Damaged(BenchbenchError):
    """A file that the suite wrote does not hold what was written; the message begins with its name."""


def sealed(fields: Mapping[str, Any], indent: int | None = 1) -> str:
    """Return a JSON object with the checksum of its fields under `sha256`; values are what JSON has.

    `indent=None` puts it on one line.
    """
    return json.dumps({**fields, SEAL: _fields_hash(fields)}, indent=indent, sort_keys=True) + "\n"


def unsealed(text: str, name: str, required: bool = True) -> dict[str, Any]:
    """Return the fields of a sealed JSON object; raise `Damaged` where it is none or its checksum differs.

    With `required=False` an object without a checksum, written by an earlier version, is taken as it is.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{name} is damaged: it is no JSON ({type(error).__name__})") from None
    if not isinstance(fields, dict):
        raise Damaged(f"{name} is damaged: it is no JSON object")
    seal = fields.pop(SEAL, None)
    if seal is None and not required:
        return fields
    if seal != _fields_hash(fields):
        raise Damaged(f"{name} is damaged: its checksum does not match its content")
    return fields


def wrap(content: bytes) -> bytes:
    """Return bytes behind a line with their checksum."""
    return MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def unwrap(content: bytes, name: str) -> bytes:
    """Return the bytes that `wrap` was given; raise `Damaged` where they are not those."""
    start = len(MAGIC) + 65
    if not content.startswith(MAGIC) or content[start - 1 : start] != b"\n":
        raise Damaged(f"{name} is damaged: it has no checksum")
    inside = content[start:]
    if hashlib.sha256(inside).hexdigest().encode() != content[len(MAGIC) : start - 1]:
        raise Damaged(f"{name} is damaged: its checksum does not match its content")
    return inside


def write_wrapped(path: Path, content: bytes) -> None:
    """Write bytes with their checksum, atomically."""
    write_bytes(path, wrap(content))


def read_wrapped(path: Path) -> bytes:
    """Return what `write_wrapped` wrote; raise `Damaged`, or `OSError` where the file is absent."""
    return unwrap(read_regular(path), shown(path))


def write_sum(path: Path, sha256: str) -> None:
    """Write a file's SHA-256 beside it as `NAME.sha256`, in the format of `sha256sum --check`."""
    write_text(_beside(path), f"{sha256}  {path.name}\n")


def read_sum(path: Path) -> str:
    """Return the SHA-256 beside a file; empty where none is there."""
    try:
        return read_regular(_beside(path), 4096).decode("ascii", "replace").split()[0]
    except (OSError, IndexError):
        return ""


def require_sum(path: Path, sha256: str, advice: str) -> None:
    """Raise `Damaged`, ending with the advice, where a file is absent or has another SHA-256."""
    try:
        found = sum_of(path)
    except FileNotFoundError:
        raise Damaged(f"{shown(path)} is missing; {advice}") from None
    except OSError as error:
        raise Damaged(f"{shown(path)} cannot be read ({error.strerror or error}); {advice}") from None
    if found != sha256:
        raise Damaged(f"{shown(path)} is damaged: its SHA-256 is {found[:16]}…, expected {sha256[:16]}…; {advice}")


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a regular file in hexadecimal; raise `OSError` or `NotRegular`."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _fields_hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
