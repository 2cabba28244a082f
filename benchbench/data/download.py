"""Downloads that go on where they were cut, and are what they should be."""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchbench.core import BenchbenchError, MissingData
from benchbench.system.files import writing
from benchbench.system.weights import file_hash

CHUNK = 1 << 20
TIMEOUT = 30
"""Seconds without a byte."""


def download(
    url: str, target: Path, sha256: str = "", tick: Callable[[int, int], None] = lambda done, all: None
) -> Path:
    """Fetch a file, going on with what an earlier call left in `.NAME.part`; return `target`.

    `tick` is told of the bytes had and those to come (0: not known). Raise `MissingData` where the host does not answer
    or stops half way, and `BenchbenchError` where the file is not the one expected, which is then removed.
    """
    if target.is_file():
        return target
    if os.environ.get("BENCHBENCH_OFFLINE"):
        raise MissingData(f"{url} is not here, and downloads are off (BENCHBENCH_OFFLINE)")
    part = target.with_name(f".{target.name}.part")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, tick)
        found = file_hash(part) if sha256 else ""
        if found != sha256:
            part.unlink()
            raise BenchbenchError(
                f"{url} is not the file expected: its SHA-256 is {found[:16]}…, expected {sha256[:16]}…; it was removed"
            )
        part.replace(target)
    return target


def _fetch(url: str, part: Path, tick: Callable[[int, int], None]) -> None:
    done = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    total = 0
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            if done and answer.status != http.client.PARTIAL_CONTENT:
                done = 0  # the host sends all of it again
            total = done + int(answer.headers.get("Content-Length") or 0)
            with part.open("ab" if done else "wb") as file:
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    tick(done, total)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and done:
            return  # all of it was there: its hash will tell
        raise MissingData(f"{url} answers {error.code} ({error.reason})") from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise _stopped(url, done, total, f"{getattr(error, 'reason', None) or error}") from None
    if done < total:
        raise _stopped(url, done, total, "the connection was closed")


def _stopped(url: str, done: int, total: int, why: str) -> MissingData:
    if not done:
        return MissingData(f"{url} cannot be fetched ({why})")
    had = f"{done / 1e6:.1f}" + (f" of {total / 1e6:.1f} MB" if total else " MB")
    return MissingData(
        f"{url}: downloading stopped after {had} ({why}); what is here is kept: run the command again to go on"
    )
