"""Checksums of what a folder holds, in one file: `checksums.sha256`, in the format of `sha256sum --check`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchbench.system.envelope import require_sum
from benchbench.system.files import write_text
from benchbench.system.regular import read_regular

SUMS = "checksums.sha256"


def write_sums(folder: Path, sums: Mapping[str, str]) -> None:
    """Write the SHA-256 of files in a folder, by their names."""
    write_text(folder / SUMS, "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items())))


def read_sums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 by name; empty where the folder has none, as an earlier version left it."""
    try:
        lines = read_regular(folder / SUMS, 1 << 20).decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines) if name}


def require_whole(path: Path, advice: str) -> None:
    """Raise `Damaged`, ending with the advice, where a file is not the one that its folder's checksums are of."""
    sha256 = read_sums(path.parent).get(path.name)
    if sha256 is not None:
        require_sum(path, sha256, advice)
