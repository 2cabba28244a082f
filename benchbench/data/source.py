"""A data set as its authors publish it: where it is, under which licence, and how its folder is recognised."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.system.paths import named_folder

DEPTH = 2
"""How many folders deep a data set is looked for inside the one that was named."""


@dataclass(frozen=True)
class Limits:
    """How much an archive may unpack to, so that a small hostile file does not fill a disk."""

    most_bytes: int = 32 << 30
    """Of all its files."""
    most_ratio: float = 20
    """Bytes unpacked per byte of the archive; looked at above 64 MiB."""
    whose: str = "its data set"
    """What sets the limits, for messages, …"""
    advice: str = "; a task may raise the limit in its Source"
    """… and what to do about it."""


@dataclass(frozen=True)
class Download:
    """One file to fetch."""

    url: str
    sha256: str = ""
    """Of the file; empty where the host packs it again for each request: then what is unpacked is checked instead."""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Source:
    """A data set as its authors publish it."""

    name: str
    """The name of its folder; tasks that share a data set share it."""
    homepage: str
    licence: str
    layout: tuple[str, ...]
    """Paths inside the data set's folder, as unpacked, that all must be there; of `A|B` either will do."""
    downloads: tuple[Download, ...] = ()
    by_hand: str = ""
    """What a person must do where the licence or the host asks for a person; the suite then downloads nothing."""
    keep: str = ""
    """Unpack what stands under this folder of the archive alone; empty: all of it."""
    named: bool = False
    """Other data sets have the same layout, so that inside a place only a folder of this name is taken for it."""
    limits: Limits = Limits()
    """Of its archives; a data set that is larger or packs better raises them."""

    def find_under(self, root: Path) -> Path | None:
        """Return the data set's folder under the folder of data: as it was unpacked there, or as the user put it."""
        return self.find([root / "unpacked" / self.name, root])

    def find(self, places: Iterable[Path]) -> Path | None:
        """Return the data set's folder: one of the places, or a folder inside, in which the whole layout stands."""
        for place in places:
            for folder in (place / self.name, *_folders(place, DEPTH)):
                if self.named and folder != place and folder.name != self.name:
                    continue
                if not lacking(self.layout, [folder]):
                    return folder
        return None


def either(folder: Path, path: str) -> str:
    """Return the first of the alternatives of a layout's path that is in the folder; empty where none is."""
    return next((each for each in path.split("|") if (folder / each).exists()), "")


def lacking(layout: Iterable[str], folders: Sequence[Path]) -> list[str]:
    """Return the paths of a layout that are in none of the folders."""
    return [path for path in layout if not any(either(folder, path) for folder in folders)]


def in_words(layout: Iterable[str]) -> str:
    """Return the paths of a layout for a message."""
    paths = [path.split("|") for path in layout]
    return " and ".join(first + (f" (or {' or '.join(others)})" if others else "") for first, *others in paths)


def data_root() -> Path:
    """Return the folder of data: the one that `--data`, `--root` or `BENCHBENCH_DATA` names, or `data` here."""
    return named_folder("BENCHBENCH_DATA") or Path("data")


def _folders(place: Path, depth: int) -> Iterator[Path]:
    """Yield the place and the folders in it, the nearest first."""
    level = [place]
    for _ in range(depth + 1):
        yield from level
        level = [Path(entry) for folder in level if folder.is_dir() for entry in _subfolders(folder)]


def _subfolders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.path for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return []
