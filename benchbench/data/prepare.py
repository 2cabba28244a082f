"""`benchbench data prepare` and `check`: from a data set's own files to the cache, and back over all of it."""

from __future__ import annotations

import math
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import numpy as np

from benchbench.core import BenchbenchError, MissingData
from benchbench.data import cache
from benchbench.data.archives import is_archive, unpack
from benchbench.data.cache import ArrayFile, Manifest
from benchbench.data.files import BadFile, Reader
from benchbench.data.source import Source, in_words, lacking
from benchbench.data.task import Item, PreparedTask
from benchbench.system.environment import usable_cores
from benchbench.system.files import held, write_text, writing
from benchbench.system.weights import file_hash

AHEAD = 8
"""How many items a thread may be ahead of the one that is written."""

Progress = Callable[[str, int, int], None]
"""Told of what is done, how much of it, and of how much (0: not known)."""


def silent(what: str, done: int, total: int) -> None:
    """Show nothing."""


def prepare(
    task: PreparedTask, root: Path, given: Sequence[Path] = (), force: bool = False, progress: Progress = silent
) -> Manifest:
    """Make the task's cache under `root` and return its manifest; change nothing where it is made already.

    The data set is taken from the archives, files and folders `given`, or found under `root`, or downloaded. A file
    that cannot be used is listed in the manifest and left out. Raise `MissingData` where the data set is not to be had
    or a split has too few rows, `Busy` beside another `prepare` of the task; what was there before then stays.
    """
    folder = cache.folder_of(root, task.name)
    with held(folder.parent / f".{task.name}.lock", f"another process prepares {task.name}; let it finish"):
        manifest = None if force else cache.prepared(root, task.name, task.version)
        if manifest and _whole(folder, manifest):
            return manifest
        return _make(task, obtain(task, root, given, progress), folder, progress)


def _whole(folder: Path, manifest: Manifest) -> bool:
    files = [(folder / each.file, math.prod(each.shape)) for each in manifest.arrays]
    return all(path.is_file() and path.stat().st_size == size for path, size in files)


def obtain(task: PreparedTask, root: Path, given: Sequence[Path] = (), progress: Progress = silent) -> Path:
    """Return the data set's folder: as given, found under `root`, or downloaded and unpacked there."""
    source, own = task.source, root / task.source.name
    for path in given:
        if not path.exists():
            raise MissingData(f"--from {path}: there is no such file or folder")
    loose = [path for path in given if path.is_file()]
    for path in loose:
        if is_archive(path):
            unpack(path, own, source.keep, partial(progress, f"unpacking {path.name}"))
        elif path.resolve().parent != own.resolve():
            with writing(own / path.name):
                own.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, own / path.name)
    places = [path for path in given if path.is_dir()] + [own] * bool(loose) if given else [root]
    found = source.find(places)
    if found is None and not given:
        task.fetch(own, progress)
        found = source.find(places := [own])
    if found is None:
        raise MissingData(_not_in(source, places))
    return found


def _not_in(source: Source, places: Sequence[Path]) -> str:
    wanted = in_words(lacking(source.layout, places) or source.layout)
    inside = [str(path) for place in places if place.is_dir() for path in sorted(place.iterdir()) if is_archive(path)]
    hint = f"; that folder is called {source.name}, or named by --from itself" if source.named else ""
    hint += f"; give its archives as they are: --from {' --from '.join(inside[:3])}" if inside else ""
    return (
        f"{source.name} is not in {', '.join(map(str, places))}: {wanted} should stand in one folder"
        f" there{hint}. See {source.homepage}"
    )


@dataclass(frozen=True)
class _Decoded:
    item: Item
    arrays: Mapping[str, np.ndarray]
    sha256: str
    notes: tuple[str, ...]


def _make(task: PreparedTask, source_folder: Path, folder: Path, progress: Progress) -> Manifest:
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with writing(folder):
            part.mkdir(parents=True)
            manifest = _write(task, source_folder, part, progress)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


def _write(task: PreparedTask, source_folder: Path, part: Path, progress: Progress) -> Manifest:
    import pandas

    bad: list[str] = []
    notes: Counter[str] = Counter()
    arrays: list[ArrayFile] = []
    lines: list[dict[str, Any]] = []
    names, content = {}, {}
    for split, items in _items(task, source_folder).items():
        wanted = task.rows.get(split)
        _require_unique(task, split, items)
        kept, files = _write_split(task, source_folder, part, split, items, wanted, bad, notes, progress)
        if wanted is not None and len(kept) < wanted:
            why = f"; not to be used: {'; '.join(bad[:3])}" if bad else ""
            raise MissingData(
                f"{task.name}: {len(kept)} usable items for the split {split} in {source_folder}, {wanted} are"
                f" needed{why}"
            )
        arrays += files
        names[split] = cache.list_hash([line["id"] for line in kept])
        content[split] = cache.list_hash([f"{line['id']} {line['sha256']}" for line in kept])
        lines += kept
    pandas.DataFrame(lines).to_parquet(part / cache.ITEMS, index=False)
    manifest = Manifest(
        task=task.name,
        version=task.version,
        source=task.source.name,
        folder=str(source_folder),
        arrays=tuple(arrays),
        names=names,
        content=content,
        bad=tuple(bad),
        notes=dict(sorted(notes.items())),
    )
    write_text(part / cache.MANIFEST, cache.manifest_text(manifest))
    return manifest


def _items(task: PreparedTask, folder: Path) -> Mapping[str, Sequence[Item]]:
    try:
        return task.items(folder)
    except OSError as error:
        raise MissingData(f"{task.name}: {error.filename}: {error.strerror or error}") from None


def _require_unique(task: PreparedTask, split: str, items: Sequence[Item]) -> None:
    twice = [id for id, number in Counter(item.id for item in items).items() if number > 1]
    if twice:
        raise BenchbenchError(f"{task.name}: the split {split} has two items of the id {twice[0]!r}")


def _write_split(
    task: PreparedTask,
    source_folder: Path,
    part: Path,
    split: str,
    items: Sequence[Item],
    wanted: int | None,
    bad: list[str],
    notes: Counter[str],
    progress: Progress,
) -> tuple[list[dict[str, Any]], list[ArrayFile]]:
    """Write the rows of a split; return their lines and the files, and add to `bad` and `notes`."""
    total = len(items) if wanted is None else min(wanted, len(items))
    kept: list[dict[str, Any]] = []
    with ExitStack() as stack:
        out: dict[str, IO[bytes]] = {
            name: stack.enter_context((part / cache.array_file(split, name)).open("wb")) for name in task.arrays
        }
        digests = {name: sha256() for name in task.arrays}
        for found in _decoded(task, source_folder, items, wanted):
            if isinstance(found, BadFile):
                bad.append(str(found))
                continue
            notes.update(set(found.notes))
            for name, values in found.arrays.items():
                digests[name].update(values)
                out[name].write(values)
            item = found.item
            kept.append(
                {"split": split, "id": item.id, "group": item.group, "label": item.label}
                | {"files": "\n".join(item.files), "sha256": found.sha256}
            )
            progress(f"decoding {split}", len(kept), total)
    shapes = {name: (len(kept), *shape) for name, shape in task.arrays.items()}
    return kept, [ArrayFile(split, name, shape, digests[name].hexdigest()) for name, shape in shapes.items()]


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


def verdicts(task: PreparedTask, manifest: Manifest) -> dict[str, str]:
    """Return by split whether its rows are the official ones: `official`, `the official names`, `not official`, …"""
    answers = {}
    for split in manifest.names:
        kind, _, expected = task.official.get(split, "").partition(":")
        found = {"names": manifest.names, "content": manifest.content}.get(kind, {}).get(split)
        if not expected:
            answers[split] = "no official list is known"
        elif found not in expected.split("|"):
            answers[split] = "NOT the official list: scores are not comparable with published rows"
        else:
            answers[split] = "the official files" if kind == "content" else "the official names"
    return answers


def check(task: PreparedTask, root: Path, progress: Progress = silent) -> list[str]:
    """Read everything again and return what is wrong, a sentence each: the cache, and the data set's own files.

    Raise `MissingData` where the task is not prepared.
    """
    import pandas

    folder = cache.folder_of(root, task.name)
    manifest = cache.prepared(root, task.name, task.version)
    if manifest is None:
        raise MissingData(cache.missing(task.name, task.source, root))
    again = f"run `benchbench data prepare {task.name} --force`"
    problems = []
    for number, each in enumerate(manifest.arrays, 1):
        path = folder / each.file
        progress("checking the cache", number, len(manifest.arrays))
        if not path.is_file():
            problems.append(f"{path} is not there; {again}")
        elif path.stat().st_size != math.prod(each.shape):
            problems.append(f"{path} has {path.stat().st_size:,} bytes, expected {math.prod(each.shape):,}; {again}")
        elif file_hash(path) != each.sha256:
            problems.append(f"{path} has changed since it was written; {again}")
    items = pandas.read_parquet(folder / cache.ITEMS)
    for split in manifest.names:
        own = items[items["split"] == split]
        if (
            cache.list_hash([f"{id} {digest}" for id, digest in zip(own["id"], own["sha256"], strict=True)])
            != (manifest.content[split])
        ):
            problems.append(f"{folder / cache.ITEMS} is not the list that the manifest tells of; {again}")
    source_folder = Path(manifest.folder)
    if source_folder.is_dir():
        problems += _check_files(source_folder, items, progress)
    problems += [f"{split}: {answer}" for split, answer in verdicts(task, manifest).items() if answer.startswith("NOT")]
    return problems


def _check_files(folder: Path, items: Any, progress: Progress) -> list[str]:
    problems = []
    for number, (files, expected) in enumerate(zip(items["files"], items["sha256"], strict=True)):
        progress(f"checking {folder.name}", number + 1, len(items))
        if not files:
            continue
        read = Reader(folder)
        try:
            for name in files.split("\n"):
                read.bytes(name)
        except BadFile as error:
            problems.append(f"{folder}/{error}")
            continue
        if read.sha256 != expected:
            problems.append(f"{folder}/{files.splitlines()[0]} has changed since it was decoded")
    return problems
