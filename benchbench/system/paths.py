"""Folders that users name: on the command line, in variables, with `~`, on machines without a home directory."""

from __future__ import annotations

import os
from pathlib import Path


def user_path(given: str | os.PathLike[str]) -> Path:
    """Return a path with `~` replaced by the home directory; as it is where nobody has such a home."""
    path = Path(given)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def named_folder(variable: str) -> Path | None:
    """Return the folder that an environment variable names; `None` where it is not set or empty."""
    given = os.environ.get(variable)
    return user_path(given) if given else None


def named_folders(variable: str) -> tuple[Path, ...]:
    """Return the folders that an environment variable lists, separated like those of `PATH`."""
    return tuple(user_path(part) for part in os.environ.get(variable, "").split(os.pathsep) if part)


def cache_home() -> Path:
    """Return the user's folder of caches: `XDG_CACHE_HOME`, or `.cache` in the home directory.

    A user without a home directory (a container's user without a passwd entry) gets a folder among temporary files.
    """
    given = named_folder("XDG_CACHE_HOME")
    if given is not None:
        return given
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        import tempfile

        return Path(tempfile.gettempdir()) / "benchbench-cache"
