"""Which files of a folder are whose samples: names in, a listing out, so that nothing is taken or left in silence.

Without a pattern each condition has a sub-folder of its id with exactly K images, alike in name but for their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.core import BadSample, BenchbenchError, MissingData
from benchbench.data.names import Found, alike, in_order, matching
from benchbench.system.images import SUFFIXES
from benchbench.system.regular import is_litter, open_regular, shown
from benchbench.system.signatures import is_lossy

EXPORT = "`benchbench info TASK --export DIR` writes the conditions by id"
NAMED = 6
"""How many names a message lists."""


@dataclass(frozen=True)
class Listing:
    """The samples of a folder, by condition."""

    folder: Path
    files: Mapping[str, tuple[Path, ...]]
    """By the id of each condition that was asked for, in their order: its K files in the order of their numbers."""
    left_over: int = 0
    """How many files fit `{k}` beyond the first K of their conditions."""

    @property
    def present(self) -> list[str]:
        """The ids that have files."""
        return [id for id, files in self.files.items() if files]

    def sha256(self, ids: Sequence[str] | None = None, k: int | None = None) -> str:
        """Return the SHA-256 over the first `k` files of these conditions: ids, places and bytes, and nothing else.

        Names do not count, nor do other files of the folder; links are followed. `None` is all.
        """
        digest = hashlib.sha256()
        for id in self.files if ids is None else ids:
            for place, path in enumerate(self.files[id][:k]):
                own = hashlib.sha256()
                with open_regular(path) as file:
                    while chunk := file.read(1 << 20):
                        own.update(chunk)
                digest.update(f"{id} {place} {own.hexdigest()}\n".encode())
        return digest.hexdigest()

    def lossy(self) -> int:
        """Return how many files were compressed with loss (JPEG, lossy WebP): their pixels are not the method's."""
        return sum(is_lossy(_head(path)) for files in self.files.values() for path in files)


def list_samples(
    folder: Path, ids: Sequence[str], k: int | None, select: str | None = None, pattern: str | None = None
) -> Listing:
    """Return which files are the samples of the conditions `ids`, `k` each; a condition without files has none.

    `select` is what names in a condition's sub-folder look like, `pattern` what paths in the folder look like with
    `{id}` for the condition: globs, in which `{k}` is a sample's number. With `{k}` the first `k` numbers are taken,
    otherwise there are exactly `k` files. `k=None` takes all, as many for each condition. Raise `MissingData` where the
    folder is not there, `BadSample` where it is open which files are meant, listing what was found.
    """
    if not folder.is_dir():
        raise MissingData(f"no such folder of samples: {shown(folder)}")
    if select and pattern:
        raise BenchbenchError("give --select (names in a condition's sub-folder) or --pattern (whole paths), not both")
    whole = pattern or f"{{id}}/{select}" if pattern or select else None
    found = matching(folder, ids, whole) if whole else {id: _subfolder(folder / id) for id in ids}
    numbered = whole is not None and "{k}" in whole
    taken = k
    if k is None:
        taken = max((len(files) for files in found.values()), default=0)
    files: dict[str, tuple[Path, ...]] = {}
    left_over = 0
    for id in ids:
        own = in_order(folder, id, found.get(id, []))
        if whole is None:
            _require_alike(folder, id, own)
        if taken is not None and len(own) > taken:
            if not numbered:
                raise BadSample(_too_many(folder, id, own, taken))
            left_over += len(own) - taken
        files[id] = tuple(each.path for each in own[:taken])
        for path in files[id]:
            if not path.is_file():
                raise BadSample(f"{shown(path)} is not a regular file, or a link to nothing")
    return Listing(folder, files, left_over)


def require_complete(listing: Listing, k: int) -> None:
    """Raise `MissingData` where a condition has fewer than `k` files, with what to do about it."""
    folder, ids, present = shown(listing.folder), list(listing.files), listing.present
    if not present:
        raise MissingData(_nothing(listing.folder, ids))
    if len(present) < len(ids):
        start = f"{folder}: {len(present)} of {len(ids)} conditions are there"
        if ids[: len(present)] == present:
            raise MissingData(f"{start}; add --limit {len(present)} to score the first {len(present)} (off-protocol)")
        missing = [id for id in ids if not listing.files[id]]
        raise MissingData(
            f"{start}; missing: {_named(missing)}. --limit N takes the first N conditions in the task's order"
        )
    for id, files in listing.files.items():
        if len(files) < k:
            there = sorted({shown(path.parent) for path in files})[0]
            fewer = sum(len(each) < k for each in listing.files.values())
            more = f" ({fewer} conditions have fewer)" if fewer > 1 else ""
            raise MissingData(f"{there} holds {len(files)} images of {id}, {k} samples per condition are needed{more}")


def _subfolder(folder: Path) -> list[Found]:
    """Return the images of a condition's own folder; none where it is not there."""
    if not folder.is_dir():
        return []
    paths = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not is_litter(path.name)]
    return [Found(path, None) for path in paths]


def _require_alike(folder: Path, id: str, own: Sequence[Found]) -> None:
    if not own or alike([each.path.name for each in own]):
        return
    raise BadSample(
        f"{shown(folder / id)} holds {len(own)} images whose names differ by more than a number:"
        f" {_named(each.path.name for each in own)}; say which are the samples with --select, such as"
        f" --select '{{k}}{own[0].path.suffix}' or --select 'sample_*.png'"
    )


def _too_many(folder: Path, id: str, own: Sequence[Found], k: int) -> str:
    return (
        f"{shown(folder)} holds {len(own)} images of {id}, {k} samples per condition are taken:"
        f" {_named(each.path.name for each in own)}; say which with --select or --pattern ({{k}} is a sample's"
        f" number: --select '{{k}}{own[0].path.suffix}' takes the {k} with the smallest)"
    )


def _nothing(folder: Path, ids: Sequence[str]) -> str:
    """Return the message for a folder without any of the conditions: where they lie, if they lie deeper."""
    start = f"{shown(folder)} has no sub-folder with images that is named by a condition, such as {ids[0]!r}"
    wanted = set(ids)
    for place in _below(folder, 3):
        names = sorted(entry.name for entry in place.iterdir() if not is_litter(entry.name)) if place.is_dir() else []
        if place != folder and wanted & set(names):
            return f"{start}; they lie in {shown(place)}: name that folder"
        flat = next((name for name in names if Path(name).suffix.lower() in SUFFIXES), None)
        if flat is not None and place.name in wanted:
            return f"{start}; images lie in {shown(place)}"
        if flat is not None and place.parent.name in wanted:
            inside = f"{{id}}/{place.name}/{{k}}{Path(flat).suffix}"
            return f"{start}; images lie in {shown(place)}: add --pattern '{inside}'"
        if flat is not None:
            there = "" if place == folder else f" in {shown(place)}"
            held = f"it holds images such as {shown(flat)}{there}"
            return f"{start}; {held}: add --pattern, such as '{{id}}_{{k}}.png'; {EXPORT}"
    return f"{start}; {EXPORT}"


def _below(folder: Path, depth: int) -> Iterable[Path]:
    """Yield the folder and those in it, the nearest first; of many, the first few."""
    level = [folder]
    for _ in range(depth + 1):
        yield from level
        level = [
            sub
            for place in level[:NAMED]
            for sub in sorted(place.iterdir())[:1000]
            if sub.is_dir() and not is_litter(sub.name)
        ]


def _named(names: Iterable[str]) -> str:
    listed = [shown(name) for name in names]
    return ", ".join(listed[:NAMED]) + (f", … {listed[-1]}" if len(listed) > NAMED else "")


def _head(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read(16)
