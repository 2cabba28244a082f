"""Downloads that go on where they were cut, and are what they should be."""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchbench.core import BenchbenchError, MissingData
from benchbench.system.envelope import read_sum, require_sum, sum_of, write_sum
from benchbench.system.files import writing

CHUNK = 1 << 20
TIMEOUT = 30
"""Seconds without a byte."""


def download(
    url: str, target: Path, sha256: str = "", tick: Callable[[int, int], None] = lambda done, all: None
) -> Path:
    """Fetch a file, going on with what an earlier call left in `.NAME.part`; return `target`.

    Its SHA-256 is kept beside it (`NAME.sha256`), and a file that is here already is compared with it, or with `sha256`
    where the publisher gives one. `tick` receives the bytes there are and those to come (0: not known). Raise
    `MissingData` where the host does not answer or stops half way, and `BenchbenchError` where the file is not the one
    expected, which is then removed, or has changed since it was fetched.
    """
    if target.is_file():
        expected = sha256 or read_sum(target)
        if expected:
            require_sum(target, expected, "remove it and run the command again")
        return target
    if os.environ.get("BENCHBENCH_OFFLINE"):
        raise MissingData(f"{url} is not here, and downloads are off (BENCHBENCH_OFFLINE)")
    part = target.with_name(f".{target.name}.part")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, tick)
        found = sum_of(part)
        if sha256 and found != sha256:
            part.unlink()
            raise BenchbenchError(
                f"{url} is not the file expected: its SHA-256 is {found[:16]}…, expected {sha256[:16]}…; it was removed"
            )
        write_sum(target, found)
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
