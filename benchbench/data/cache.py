"""The prepared form of a task's data: `<root>/prepared/<task>/`, arrays of bytes that are mapped, and a manifest.

manifest.json                what was found, of what, and the hashes that tell whether it is the official task
items.parquet                a line a row: split, id, group, label, files, SHA-256 of their bytes
<split>.<array>.bin          uint8, row after row
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, MissingData
from benchbench.data.source import Source, data_root

if TYPE_CHECKING:
    import numpy as np

LAYOUT = 1
"""Of these files."""
MANIFEST, ITEMS = "manifest.json", "items.parquet"
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class ArrayFile:
    """One file of the cache."""

    split: str
    name: str
    shape: tuple[int, ...]
    """`(rows, …)`."""
    sha256: str

    @property
    def file(self) -> str:
        """Its name."""
        return array_file(self.split, self.name)


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

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each split."""
        return {each.split: each.shape[0] for each in self.arrays}


@dataclass(frozen=True)
class Table:
    """One split, mapped."""

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    labels: tuple[int, ...]
    arrays: Mapping[str, np.ndarray]
    """`uint8[rows, …]` by name."""


@dataclass(frozen=True)
class Opened:
    """A prepared task."""

    manifest: Manifest
    splits: Mapping[str, Table]


def array_file(split: str, name: str) -> str:
    """Return the file name of one array of a split."""
    return f"{split}.{name}.bin"


def folder_of(root: Path, task: str) -> Path:
    """Return where the prepared data of a task stand."""
    return root / "prepared" / task


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a prepared folder; `None` where there is none, or one of another layout."""
    try:
        fields: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        if fields.get("layout") != LAYOUT:
            return None
        fields["arrays"] = tuple(ArrayFile(**{**each, "shape": tuple(each["shape"])}) for each in fields["arrays"])
        return Manifest(**{**fields, "bad": tuple(fields["bad"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise BenchbenchError(
            f"{folder / MANIFEST} cannot be read ({error}); prepare the task again with --force"
        ) from None


def prepared(root: Path, task: str, version: int) -> Manifest | None:
    """Return the manifest of a task that is prepared in this version; `None` where it is not."""
    manifest = read_manifest(folder_of(root, task))
    return manifest if manifest is not None and manifest.version == version else None


def manifest_text(manifest: Manifest) -> str:
    """Return the manifest as it is stored."""
    return json.dumps(dataclasses.asdict(manifest), indent=1, sort_keys=True) + "\n"


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
    import numpy as np
    import pandas

    manifest = read_manifest(folder)
    assert manifest is not None, text
    items = pandas.read_parquet(folder / ITEMS, columns=["split", "id", "group", "label"])
    splits = {}
    for split in SPLITS:
        own = items[items["split"] == split]
        arrays = {}
        for each in manifest.arrays:
            if each.split == split and each.shape[0]:
                _require_size(folder, each)
                arrays[each.name] = np.memmap(folder / each.file, np.uint8, "r", shape=each.shape)
        splits[split] = Table(tuple(own["id"]), tuple(own["group"]), tuple(map(int, own["label"])), arrays)
    return Opened(manifest, splits)


def _require_size(folder: Path, array: ArrayFile) -> None:
    path, expected = folder / array.file, math.prod(array.shape)
    found = path.stat().st_size if path.is_file() else 0
    if found != expected:
        task = folder.name
        raise MissingData(
            f"{task}: {path} has {found:,} bytes, expected {expected:,}; run `benchbench data prepare {task} --force`"
        )


def missing(task: str, source: Source, root: Path) -> str:
    """Return what to do for a task whose data are not prepared."""
    found = source.find([root])
    if found is not None:
        return f"{task} is not prepared; {found} has its data: run `benchbench data prepare {task}`"
    start = f"{task} is not prepared: its data set {source.name} is not in {root}. "
    if source.downloads and not source.by_hand:
        return start + f"Run `benchbench data prepare {task}` to get it from {source.homepage} ({source.licence})"
    return start + f"{source.by_hand} Then run `benchbench data prepare {task} --from PATH`. Licence: {source.licence}"
