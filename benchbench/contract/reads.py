"""The weight files that Python opens during a block."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUFFIXES = (".pt", ".pth", ".ckpt", ".h5", ".onnx", ".safetensors")
_listeners: list[list[Path]] = []
_installed: list[bool] = []


@contextmanager
def weights_read() -> Iterator[list[Path]]:
    """Yield a list to which every weight file that is opened in this block is added."""
    if not _installed:
        sys.addaudithook(_hear)  # which stays installed, and does nothing while nobody listens
        _installed.append(True)
    heard: list[Path] = []
    _listeners.append(heard)
    try:
        yield heard
    finally:
        _listeners.pop()


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _listeners and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = Path(os.fsdecode(arguments[0]))
        if path.suffix in SUFFIXES:
            for heard in _listeners:
                heard.append(path.absolute())
