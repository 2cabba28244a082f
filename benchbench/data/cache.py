"""The prepared form of a task's data: `<root>/prepared/<task>/`, arrays of bytes that are mapped, and a manifest.

manifest.json                what was found, of what, and the hashes that tell whether it is the official task
items.parquet                one line per row: split, id, group, label, files, SHA-256 of their bytes
<split>.<array>.bin          uint8, row after row
<split>.<array>.crc          uint32, the checksum of each row, which is compared whenever the row is read
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchbench.core import MissingData
from benchbench.data.rows import ArrayFile, Rows, checksum_file, open_rows
from benchbench.data.source import Source, data_root
from benchbench.system.envelope import Damaged, require_sum, sealed, unsealed
from benchbench.system.regular import read_regular, shown

LAYOUT = 1
"""Of these files."""
MANIFEST, ITEMS = "manifest.json", "items.parquet"
SPLITS = ("train", "validation", "test")
LARGEST = 1 << 40
"""Of one extent of an array."""


@dataclass(frozen=True)
class Manifest:
    """What `prepare` found."""

    task: str
    version: int
    source: str
    folder: str
    """Where the data set's own files were."""
    arrays: tuple[ArrayFile, ...]
    names: Mapping[str, str]
    """By split, the SHA-256 over the rows' ids in their order."""
    content: Mapping[str, str]
    """By split, the SHA-256 over the rows' ids and the SHA-256 of their files."""
    bad: tuple[str, ...]
    """Files that could not be used, each with its reason."""
    notes: Mapping[str, int]
    """How many pictures had to be converted, by what they were."""
    layout: int = LAYOUT
    items: str = ""
    """The SHA-256 of `items.parquet`; empty where an earlier version wrote none."""

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each split."""
        return {each.split: each.shape[0] for each in self.arrays}

    def split_hash(self, split: str) -> str:
        """Return the SHA-256 over what a split is made of: ids, files and decoded pixels."""
        arrays = [f"{each.name} {each.shape} {each.sha256}" for each in self.arrays if each.split == split]
        return list_hash([self.names.get(split, ""), self.content.get(split, ""), *sorted(arrays)])

    def files(self) -> list[str]:
        """Return the names of all files of the cache."""
        own = [MANIFEST, ITEMS, *(each.file for each in self.arrays)]
        return own + [checksum_file(each.split, each.name) for each in self.arrays if each.checksums]


@dataclass(frozen=True)
class Table:
    """One split, mapped."""

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    labels: tuple[int, ...]
    arrays: Mapping[str, Rows]
    """By name."""


@dataclass(frozen=True)
class Opened:
    """A prepared task."""

    manifest: Manifest
    splits: Mapping[str, Table]


def folder_of(root: Path, task: str) -> Path:
    """Return where the prepared data of a task stand."""
    return root / "prepared" / task


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a prepared folder; `None` where there is none, or one of another layout.

    Raise `Damaged` where it is not what was written.
    """
    path = folder / MANIFEST
    again = f"prepare the task again: `benchbench data prepare {folder.name} --force`"
    try:
        fields = unsealed(read_regular(path).decode(), shown(path), required=False)
        if fields.get("layout") != LAYOUT:
            return None
        arrays = tuple(ArrayFile(**{**each, "shape": tuple(each["shape"])}) for each in fields["arrays"])
        manifest = Manifest(**{**fields, "arrays": arrays, "bad": tuple(fields["bad"])})
        if any(not 0 <= extent <= LARGEST for each in arrays for extent in each.shape) or manifest.task != folder.name:
            raise ValueError("its numbers or names are not those of a task")
        return manifest
    except FileNotFoundError:
        return None
    except Damaged as error:
        raise Damaged(f"{error}; {again}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged(f"{shown(path)} cannot be read ({error}); {again}") from None


def prepared(root: Path, task: str, version: int) -> Manifest | None:
    """Return the manifest of a task that is prepared in this version; `None` where it is not."""
    manifest = read_manifest(folder_of(root, task))
    return manifest if manifest is not None and manifest.version == version else None


def manifest_text(manifest: Manifest) -> str:
    """Return the manifest as it is stored, with its checksum."""
    return sealed(dataclasses.asdict(manifest))


def list_hash(lines: list[str]) -> str:
    """Return the SHA-256 of some lines."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def opened(task: str, version: int, source: Source) -> Opened:
    """Return the prepared data of a task; raise `MissingData` with the command that makes them."""
    root = data_root()
    manifest = prepared(root, task, version)
    if manifest is None:
        raise MissingData(missing(task, source, root))
    return _opened(folder_of(root, task), manifest_text(manifest))


@functools.lru_cache(maxsize=8)
def _opened(folder: Path, text: str) -> Opened:
    import pandas

    manifest = read_manifest(folder)
    assert manifest is not None, text
    again = f"run `benchbench data prepare {folder.name} --force`"
    if manifest.items:
        require_sum(folder / ITEMS, manifest.items, again)
    items = pandas.read_parquet(folder / ITEMS, columns=["split", "id", "group", "label"])
    splits = {}
    for split in SPLITS:
        own = items[items["split"] == split]
        arrays = {
            each.name: open_rows(folder, each, again)
            for each in manifest.arrays
            if each.split == split and each.shape[0]
        }
        splits[split] = Table(tuple(own["id"]), tuple(own["group"]), tuple(map(int, own["label"])), arrays)
    return Opened(manifest, splits)


def missing(task: str, source: Source, root: Path) -> str:
    """Return what to do for a task whose data are not prepared."""
    found = source.find_under(root)
    if found is not None:
        return f"{task} is not prepared; {found} has its data: run `benchbench data prepare {task}`"
    start = f"{task} is not prepared: its data set {source.name} is not in {root}. "
    if source.downloads and not source.by_hand:
        return start + f"Run `benchbench data prepare {task}` to get it from {source.homepage} ({source.licence})"
    return start + f"{source.by_hand} Then run `benchbench data prepare {task} --from PATH`. Licence: {source.licence}"
