"""The heads of all chains of editions, in one file: so that a newest edition cannot be made again unseen.

Each edition holds the SHA-256 of the one before; `heads.json` holds that of the newest of each leaderboard.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.leaderboards.folder import BoardFolder
from benchbench.system.records import digest, read_text


def heads_file(boards: Path) -> Path:
    """Return where the heads are kept."""
    return boards / "heads.json"


def heads_text(folders: Iterable[BoardFolder]) -> str:
    """Return the heads of the folders that have editions, as they are stored."""
    heads = {_name(folder): digest(read_text(files[-1])) for folder in folders if (files := folder.edition_files())}
    return json.dumps(heads, indent=1, sort_keys=True) + "\n"


def check_head(boards: Path, folder: BoardFolder) -> None:
    """Raise `BenchbenchError` where the newest edition that was published is not in the folder.

    Editions after it may be there: they were written by a `publish` that was cut short.
    """
    path = heads_file(boards)
    if not path.is_file():
        return
    try:
        head = json.loads(read_text(path)).get(_name(folder))
    except (ValueError, AttributeError):
        raise BenchbenchError(f"{path} cannot be read; take it back from your history of versions") from None
    if head is not None and head not in {digest(read_text(file)) for file in folder.edition_files()}:
        raise BenchbenchError(
            f"{folder.path}: the newest edition that was published was changed or removed; editions never change"
        )


def _name(folder: BoardFolder) -> str:
    return f"{folder.task}/v{folder.version}"
