"""The heads of all chains of editions, in one file: so that a newest edition cannot be made again unseen.

Each edition holds the SHA-256 of the one before; `heads.json` holds that of the newest of each leaderboard, and that of
the commitment of its newest sealed edition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.seals import seals
from benchbench.system.records import digest, read_text


def heads_file(boards: Path) -> Path:
    """Return where the heads are kept."""
    return boards / "heads.json"


def heads_text(folders: Iterable[BoardFolder]) -> str:
    """Return the heads of the folders that have editions, as they are stored."""
    heads = {}
    for folder in folders:
        for name, files in _chains(folder).items():
            if files:
                heads[name] = digest(read_text(files[-1]))
    return json.dumps(heads, indent=1, sort_keys=True) + "\n"


def check_head(boards: Path, folder: BoardFolder) -> None:
    """Raise `BenchbenchError` where the newest edition that was published, or sealed, is not in the folder.

    Editions after it may be there: they were written by a `publish` that was cut short.
    """
    path = heads_file(boards)
    if not path.is_file():
        return
    try:
        heads = {name: json.loads(read_text(path)).get(name) for name in _chains(folder)}
    except (ValueError, AttributeError):
        raise BenchbenchError(f"{path} cannot be read; take it back from your history of versions") from None
    for name, files in _chains(folder).items():
        if heads[name] is not None and heads[name] not in {digest(read_text(file)) for file in files}:
            sealed = " sealed" if name.endswith(SEALED) else ""
            raise BenchbenchError(
                f"{folder.path}: the newest{sealed} edition that was published was changed or removed; editions never"
                " change"
            )


SEALED = " sealed"
"""What ends the name of a chain of sealed editions."""


def _chains(folder: BoardFolder) -> dict[str, list[Path]]:
    """Return the files of a board's editions, and the commitments of its sealed ones, by the names of their heads."""
    name = f"{folder.task}/v{folder.version}"
    return {name: folder.edition_files(), name + SEALED: [seal.commitment_file for seal in seals(folder)]}
