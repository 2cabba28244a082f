"""Prepared data read again: is it whole, is it what it was made of, is it the official task?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchbench.core import MissingData
from benchbench.data import cache
from benchbench.data.cache import Manifest
from benchbench.data.files import BadFile, Reader
from benchbench.data.obtain import Progress, silent
from benchbench.data.rows import checksum_file
from benchbench.data.task import PreparedTask
from benchbench.system.envelope import Damaged, require_sum


def damage(folder: Path, manifest: Manifest, progress: Progress = silent) -> list[str]:
    """Return what is wrong with the files of a prepared task, one sentence each, by reading all of them."""
    again = f"run `benchbench data prepare {folder.name} --force`"
    wanted = {each.file: each.sha256 for each in manifest.arrays}
    wanted |= {checksum_file(each.split, each.name): each.checksums for each in manifest.arrays if each.checksums}
    if manifest.items:
        wanted[cache.ITEMS] = manifest.items
    problems = []
    for number, (name, expected) in enumerate(wanted.items(), 1):
        try:
            require_sum(folder / name, expected, again)
        except Damaged as error:
            problems.append(str(error))
        progress("checking the cache", number, len(wanted))
    return problems


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
    """Read everything again and return what is wrong, one sentence each: the cache, and the data set's own files.

    Raise `MissingData` where the task is not prepared.
    """
    import pandas

    folder = cache.folder_of(root, task.name)
    manifest = cache.prepared(root, task.name, task.version)
    if manifest is None:
        raise MissingData(cache.missing(task.name, task.source, root))
    again = f"run `benchbench data prepare {task.name} --force`"
    problems = damage(folder, manifest, progress)
    if any(cache.ITEMS in problem for problem in problems):
        return problems
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
