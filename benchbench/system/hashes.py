"""Hashes of what a run or a training is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchbench.system.envelope import sum_of


def identity_hash(identity: Mapping[str, Any]) -> str:
    """Return the id of a run or a training: the first 12 digits of the SHA-256 of its identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]


def checkpoint_hash(path: Path) -> str:
    """Return the SHA-256 of a checkpoint: a file, or a folder with all its files by name."""
    if path.is_file():
        return sum_of(path)
    if not path.is_dir():
        return "missing"
    return files_hash(path, sorted(each for each in path.rglob("*") if each.is_file()))


def files_hash(root: Path, files: Sequence[Path]) -> str:
    """Return the SHA-256 over the names, relative to `root`, and the contents of files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(root).as_posix()} {sum_of(file)}\n".encode())
    return digest.hexdigest()
