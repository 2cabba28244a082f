"""Names of sample files: patterns with `{id}` and `{k}`, natural order, names that are alike but for their numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchbench.core import BadSample, WrongUsage
from benchbench.system.regular import is_litter, shown

DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """A file that is a sample of a condition."""

    path: Path
    number: int | None
    """What `{k}` is, where the pattern has one."""


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return the key that sorts `2.png` before `10.png`: numbers by their value, and before text."""
    parts = DIGITS.split(name)
    return tuple((0, int(part), "") if i % 2 else (1, 0, part) for i, part in enumerate(parts) if part)


def alike(names: Sequence[str]) -> bool:
    """Return whether the names, each with a number, differ by their numbers alone."""
    return all(DIGITS.search(PurePosixPath(name).stem) for name in names) and len({_text(name) for name in names}) == 1


def in_order(folder: Path, id: str, files: Sequence[Found]) -> list[Found]:
    """Return the files of a condition by number, or in natural order; raise `BadSample` where two have one number."""
    ordered = sorted(files, key=lambda each: (each.number or 0, natural(str(each.path))))
    keys = [each.number if each.number is not None else _numbers(each.path) for each in ordered]
    for one, other, key, next_key in zip(ordered, ordered[1:], keys, keys[1:], strict=False):
        if key == next_key:
            raise BadSample(
                f"{shown(folder)}: {shown(one.path.name)} and {shown(other.path.name)} are both the same sample of"
                f" {id}, by their names; remove one, or say which with --select or --pattern"
            )
    return ordered


def matching(folder: Path, ids: Sequence[str], pattern: str) -> dict[str, list[Found]]:
    """Return by condition the files whose path in the folder fits the pattern; raise `WrongUsage` where it is none."""
    parts = pattern.split("/")
    expression = _expression(ids, pattern)
    found: dict[str, list[Found]] = {}
    for path in _files(str(folder), "", len(parts)):
        fits = expression.fullmatch(path)
        if fits:
            number = int(fits["k"]) if "k" in expression.groupindex else None
            found.setdefault(fits["id"], []).append(Found(folder / path, number))
    return found


def _expression(ids: Sequence[str], pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression: `{id}` is one of the ids, `{k}` digits, `*` and `?` stay in a name."""
    if pattern.count("{id}") != 1 or pattern.count("{k}") > 1:
        raise WrongUsage(f"the pattern {pattern!r} should have {{id}} once and {{k}} at most once")
    if re.search(r"\}\{|\}\*\{", pattern) or pattern.startswith("/") or ".." in pattern.split("/"):
        raise WrongUsage(
            f"the pattern {pattern!r}: {{id}} and {{k}} need text between them, and paths lie in the folder"
        )
    known = "|".join(re.escape(id) for id in sorted(ids, key=len, reverse=True))
    pieces = {"{id}": f"(?P<id>{known})", "{k}": r"(?P<k>[0-9]{1,18})", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\{id\}|\{k\}|\*|\?)", pattern)
    return re.compile("".join(pieces.get(token, re.escape(token)) for token in tokens), re.DOTALL)


def _files(folder: str, inside: str, depth: int) -> Iterator[str]:
    """Yield the paths of what is no folder, `depth` components long; through links, without what systems leave."""
    for entry in sorted(os.scandir(os.path.join(folder, inside)), key=lambda entry: entry.name):
        if is_litter(entry.name):
            continue
        path = f"{inside}/{entry.name}" if inside else entry.name
        if depth == 1 and not entry.is_dir():
            yield path
        elif depth > 1 and entry.is_dir():
            yield from _files(folder, path, depth - 1)


def _text(name: str) -> str:
    return DIGITS.sub("0", name.lower())


def _numbers(path: Path) -> tuple[tuple[int, int, str], ...]:
    return natural(path.stem.lower())
