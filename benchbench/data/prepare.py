"""`benchbench data prepare`: from a data set's own files to the cache."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from benchbench.core import BenchbenchError, MissingData
from benchbench.data import cache
from benchbench.data.cache import Manifest
from benchbench.data.check import damage
from benchbench.data.files import BadFile, Reader
from benchbench.data.lost import where_lost
from benchbench.data.obtain import Progress, obtain, silent
from benchbench.data.rows import ArrayFile, ArrayWriter, array_file, checksum_file
from benchbench.data.task import Item, PreparedTask
from benchbench.system.envelope import Damaged, sum_of
from benchbench.system.environment import usable_cores
from benchbench.system.files import held, write_text
from benchbench.system.folders import filling, recover, require_own
from benchbench.system.regular import shown

AHEAD = 8
"""How many items a thread may be ahead of the one that is written."""


def prepare(
    task: PreparedTask, root: Path, given: Sequence[Path] = (), force: bool = False, progress: Progress = silent
) -> Manifest:
    """Make the task's cache under `root` and return its manifest; change nothing where it is made already.

    The data set is taken from the archives, files and folders `given`, or found under `root`, or downloaded. A file
    that cannot be used is listed in the manifest and left out. Raise `MissingData` where the data set is not available
    or a split has too few rows, `Busy` beside another `prepare` of the task; what was there before then stays.
    """
    folder = cache.folder_of(root, task.name)
    with held(folder.parent / f".{task.name}.lock", f"another process prepares {task.name}; let it finish"):
        recover(folder)
        manifest = None if force else cache.prepared(root, task.name, task.version)
        if manifest:
            problems = damage(folder, manifest, progress)
            if problems:
                raise Damaged(problems[0])
            return manifest
        require_own(folder, _own_files(task, folder), f"where {task.name} is prepared")
        return _make(task, obtain(task, root, given, progress), folder, progress)


def _own_files(task: PreparedTask, folder: Path) -> list[str]:
    """Return the names that an earlier `prepare` may have written, whether its manifest can be read or not."""
    try:
        before = cache.read_manifest(folder)
    except Damaged:
        before = None
    names = [(split, name) for split in cache.SPLITS for name in task.arrays]
    found = [array_file(*each) for each in names] + [checksum_file(*each) for each in names]
    return [cache.MANIFEST, cache.ITEMS, *found, *(before.files() if before else ())]


@dataclass(frozen=True)
class _Decoded:
    item: Item
    arrays: Mapping[str, np.ndarray]
    sha256: str
    notes: tuple[str, ...]


def _make(task: PreparedTask, source_folder: Path, folder: Path, progress: Progress) -> Manifest:
    with filling(folder) as aside:
        return _write(task, source_folder, aside, progress)


@dataclass
class _Part:
    """What is written of a task so far."""

    folder: Path
    bad: list[str] = field(default_factory=list)
    """What cannot be used, and why."""
    notes: Counter[str] = field(default_factory=Counter)
    """How many files were converted, by how."""
    arrays: list[ArrayFile] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    """One per row."""

    def add(
        self, task: PreparedTask, split: str, found: Iterable[_Decoded | BadFile], kept: Callable[[int], None]
    ) -> list[dict[str, Any]]:
        """Write the rows of a split and return their lines; `kept` is called with their number after each."""
        lines: list[dict[str, Any]] = []
        with ExitStack() as stack:
            out = {name: stack.enter_context(ArrayWriter(self.folder, split, name)) for name in task.arrays}
            for each in found:
                if isinstance(each, BadFile):
                    self.bad.append(str(each))
                    continue
                self.notes.update(set(each.notes))
                for name, values in each.arrays.items():
                    out[name].write(values)
                lines.append(_line(split, each))
                kept(len(lines))
        self.arrays += [out[name].finished(shape) for name, shape in task.arrays.items()]
        self.lines += lines
        return lines


def _line(split: str, row: _Decoded) -> dict[str, Any]:
    item = row.item
    own = {"split": split, "id": item.id, "group": item.group, "label": item.label}
    return {**own, "files": "\n".join(item.files), "sha256": row.sha256}


def _write(task: PreparedTask, source_folder: Path, folder: Path, progress: Progress) -> Manifest:
    import pandas

    part = _Part(folder)
    names, content = {}, {}
    for split, items in _items(task, source_folder).items():
        wanted = task.rows.get(split)
        _require_sound(task, split, items)
        total = len(items) if wanted is None else min(wanted, len(items))
        kept = part.add(
            task, split, _decoded(task, source_folder, items, wanted), partial(_tell, progress, split, total)
        )
        if wanted is not None and len(kept) < wanted:
            bad = part.bad
            why = f"; not to be used: {'; '.join(bad[:3])}{where_lost(source_folder, bad)}" if bad else ""
            raise MissingData(
                f"{task.name}: {len(kept)} usable items for the split {split} in {shown(source_folder)}, {wanted} are"
                f" needed{why}"
            )
        names[split] = cache.list_hash([line["id"] for line in kept])
        content[split] = cache.list_hash([f"{line['id']} {line['sha256']}" for line in kept])
    pandas.DataFrame(part.lines).to_parquet(folder / cache.ITEMS, index=False)
    manifest = Manifest(
        task=task.name,
        version=task.version,
        source=task.source.name,
        folder=str(source_folder),
        arrays=tuple(part.arrays),
        names=names,
        content=content,
        bad=tuple(part.bad),
        notes=dict(sorted(part.notes.items())),
        items=sum_of(folder / cache.ITEMS),
    )
    write_text(folder / cache.MANIFEST, cache.manifest_text(manifest))
    return manifest


def _tell(progress: Progress, split: str, total: int, done: int) -> None:
    progress(f"decoding {split}", done, total)


def _items(task: PreparedTask, folder: Path) -> Mapping[str, Sequence[Item]]:
    try:
        return task.items(folder)
    except OSError as error:
        raise MissingData(f"{task.name}: {error.filename}: {error.strerror or error}") from None


def _require_sound(task: PreparedTask, split: str, items: Sequence[Item]) -> None:
    for item in items:
        for text in (item.id, item.group, *item.files):
            if shown(text) != text:
                raise MissingData(f"{task.name}: {shown(text)} has a name that is no UTF-8; rename it")
        if not -(1 << 63) <= item.label < 1 << 63:
            raise BenchbenchError(f"{task.name}: the label of {item.id} has {len(str(abs(item.label)))} digits")
    twice = [id for id, number in Counter(item.id for item in items).items() if number > 1]
    if twice:
        raise BenchbenchError(f"{task.name}: the split {split} has two items of the id {twice[0]!r}")


def _decoded(
    task: PreparedTask, folder: Path, items: Sequence[Item], wanted: int | None
) -> Iterator[_Decoded | BadFile]:
    """Yield items decoded by threads, in their order, until `wanted` of them were good."""
    workers = usable_cores()
    pending: deque[Future[_Decoded | BadFile]] = deque()
    good = 0
    with ThreadPoolExecutor(workers) as pool:
        candidates = iter(items)
        try:
            while wanted is None or good < wanted:
                while len(pending) < workers * AHEAD and (item := next(candidates, None)) is not None:
                    pending.append(pool.submit(_decode, task, folder, item))
                if not pending:
                    return
                found = pending.popleft().result()
                good += isinstance(found, _Decoded)
                yield found
        finally:
            for future in pending:
                future.cancel()


def _decode(task: PreparedTask, folder: Path, item: Item) -> _Decoded | BadFile:
    read = Reader(folder)
    try:
        arrays = task.decode(read, item)
    except BadFile as error:
        return error
    for name, shape in task.arrays.items():
        found = arrays[name]
        if found.dtype != np.uint8 or found.shape != shape:
            raise BenchbenchError(
                f"{task.name}: decode() gave {name} as {found.dtype}{list(found.shape)}, expected uint8{list(shape)}"
            )
    ready = {name: np.ascontiguousarray(arrays[name]) for name in task.arrays}
    digest = read.sha256 or sha256(b"".join(ready[name].tobytes() for name in sorted(ready))).hexdigest()
    return _Decoded(item, ready, digest, tuple(read.notes))
