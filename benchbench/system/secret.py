"""Secrets in files that their owner alone may read."""

from __future__ import annotations

import os
from pathlib import Path

from benchbench.core import BenchbenchError


def write_secret(path: Path, text: str) -> None:
    """Write a text to a new file of mode 0600; raise `BenchbenchError` where the file is there already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BenchbenchError(f"{path} is there already, and may hold a secret: name a new file") from None
    except OSError as error:
        raise BenchbenchError(f"could not write {path}: {error.strerror or error}") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
