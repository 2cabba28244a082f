"""Who holds a lock: a note beside it names host and process, so that one that is gone is not taken for a busy one."""

from __future__ import annotations

import datetime
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from benchbench.core import Busy
from benchbench.system.files import held, write_text

_log = logging.getLogger("benchbench")


@dataclass(frozen=True)
class Owner:
    """A process on a host."""

    host: str
    process: int
    started: str
    """When the process began, as its system counts; distinguishes it from a later one with its number."""
    since: str
    """When it took the lock."""

    @property
    def gone(self) -> bool:
        """Whether the process is known to have ended; unknown, so false, on another host."""
        return self.host == socket.gethostname() and _started(self.process) != self.started

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


@contextmanager
def owned(lock: Path, what: str, advice: str) -> Iterator[None]:
    """Hold a lock file, with a note of who does; raise `Busy` that names the owner if another process does.

    The system frees the lock of a process that ends. Where it does not (a child kept it open, a network folder), and
    the owner was a process of this host that is gone, the lock is broken with a warning.
    """
    note = note_of(lock)
    with ExitStack() as stack:
        try:
            stack.enter_context(held(lock, ""))
        except Busy:
            owner = owner_of(lock)
            if owner is None or not owner.gone:
                by = f" ({owner})" if owner else ""
                raise Busy(f"another process is at work on {what}{by}; {advice}") from None
            _log.warning("%s: the lock of %s, which is gone, is broken", what, owner)
            with suppress(OSError):
                lock.unlink()
            stack.enter_context(held(lock, f"another process is at work on {what}; {advice}"))
        else:
            owner = owner_of(lock)
            if owner is not None:
                _log.warning("%s: %s ended without finishing it; what it left is used", what, owner)
        write_text(note, json.dumps(asdict(_here())))
        stack.callback(note.unlink, missing_ok=True)
        yield


def note_of(lock: Path) -> Path:
    """Return the file beside a lock that names its owner."""
    return lock.with_name(f"{lock.name}.owner")


def owner_of(lock: Path) -> Owner | None:
    """Return who holds a lock, or held it when it ended; `None` where nobody is noted."""
    try:
        return Owner(**json.loads(note_of(lock).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _here() -> Owner:
    now = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return Owner(socket.gethostname(), os.getpid(), _started(os.getpid()), now)


def _started(process: int) -> str:
    """Return when a process began; `?` where the system does not say; empty where there is no such process."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "?"
    return "?"
