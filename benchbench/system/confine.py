"""What a process may write, held back by the kernel: Linux's Landlock, which needs no privileges and no program.

The calls and their constants are those of the kernel's page `userspace-api/landlock`.
"""

from __future__ import annotations

import glob
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from benchbench.core import BenchbenchError

try:
    import ctypes
except ImportError:  # a Python that was built without it
    ctypes = None  # type: ignore[assignment]

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION, _BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_CHANGE_FOLDERS = sum(1 << bit for bit in range(4, 13))
"""Removing, and making files, folders, links, sockets, FIFOs and devices."""
_SCOPE_SIGNAL = 1 << 1
DEVICES = ("/dev/null", "/dev/zero", "/dev/tty", "/dev/shm", "/dev/nvidia*", "/dev/kfd", "/dev/dri")
"""What programs write to that keeps nothing, and what GPUs and shared memory are used through."""


def landlock_version() -> int:
    """Return the version of the kernel's interface; 0 without one (no Linux, an old kernel, or switched off)."""
    if sys.platform != "linux" or ctypes is None:
        return 0
    return max(0, _call(_CREATE, None, 0, _VERSION))


def confine(folders: Iterable[Path]) -> bool:
    """Leave this process, and all that it starts, only these folders and some devices to write to, for ever.

    Return whether the kernel can do that. Reading is left as it is, and so are modes, owners and times of files. From
    version 6 on the process can send signals only to processes that it has started. To be called before there are
    threads: each has rights of its own. Raises `BenchbenchError` where a kernel that can does not.
    """
    version = landlock_version()
    if version < 1:
        return False
    contents = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
    held = contents | _CHANGE_FOLDERS | (_REFER if version >= 2 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = struct.pack("=QQQ", held, 0, _SCOPE_SIGNAL if version >= 6 else 0)[:size]
    rules = _checked(_call(_CREATE, ruleset, size, 0))
    try:
        for path in [*map(str, folders), *(found for name in DEVICES for found in glob.glob(name))]:
            _allow(rules, path, held if os.path.isdir(path) else contents)
        _checked(_never_more_rights())
        _checked(_call(_RESTRICT, rules, 0))
    finally:
        os.close(rules)
    return True


def _allow(rules: int, path: str, access: int) -> None:
    folder = os.open(path, os.O_PATH)
    try:
        _checked(_call(_ADD, rules, _BENEATH, struct.pack("=Qi", access, folder), 0))
    finally:
        os.close(folder)


def _call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call; return its result, or -1 with the reason in `ctypes.get_errno()`."""
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *given)
    return result


def _never_more_rights() -> int:
    """Give up new rights for ever, which the kernel asks for; return 0, or -1 as `_call`."""
    nothing = ctypes.c_ulong(0)
    result: int = ctypes.CDLL(None, use_errno=True).prctl(
        _PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), nothing, nothing, nothing
    )
    return result


def _checked(result: int) -> int:
    if result < 0:
        reason = os.strerror(ctypes.get_errno())
        raise BenchbenchError(f"--isolate: the kernel refused to hold the worker's writes back: {reason}")
    return result
