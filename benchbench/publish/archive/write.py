"""Boards as one archive that outlives its host: records, editions, pages, schema, a reader that needs Python alone."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from benchbench import __version__
from benchbench.core import MissingData
from benchbench.core.record_json import schemas
from benchbench.leaderboards.folder import BoardFolder, folders
from benchbench.leaderboards.heads import heads_text
from benchbench.publish.site.build import build
from benchbench.system.files import write_bytes

ROOT = "benchbench-boards"
"""The one folder in the archive."""
READER = Path(__file__).parent / "read.py"
README = """Leaderboards of benchbench {version}: {tasks}.

leaderboards/   the source: records.jsonl has one record per line, editions/ what each edition ranks, by SHA-256
site/           the same as pages: open site/index.html, no network is needed
schema/         what records and editions hold, as JSON Schema (of today's schema; older lines have fewer fields)
read.py         prints every ranking and checks it against the records; needs Python 3 alone: python read.py [TASK]

Each edition holds the SHA-256 of the one before; leaderboards/heads.json that of the newest of each board.
"""
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in the archive, so that the same boards give the same bytes."""


def export(boards: Path, tasks: Sequence[str], path: Path, calibrations: Path) -> list[str]:
    """Write the boards of these tasks, or of all, as a zip archive; return which boards it holds.

    Raise `MissingData` where a task has no board with an edition.
    """
    found = [each for each in folders(boards) if each.edition_files() and (not tasks or each.task in tasks)]
    lacking = sorted(set(tasks) - {each.task for each in found})
    if lacking or not found:
        raise MissingData(f"no edition of {', '.join(lacking) or 'any task'} under {boards}")
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / ROOT
        _fill(root, found, calibrations)
        write_bytes(path, _zipped(root))
    return [f"{each.task} v{each.version}" for each in found]


def _fill(root: Path, found: Sequence[BoardFolder], calibrations: Path) -> None:
    own = root / "leaderboards"
    for folder in found:
        ignore = shutil.ignore_patterns(".*", "*.lock")
        shutil.copytree(folder.path, own / folder.task / f"v{folder.version}", ignore=ignore)
    (own / "heads.json").write_text(heads_text(folders(own)), encoding="utf-8")
    build(own, root / "site", root / "no-runs", calibrations)
    (root / "schema").mkdir()
    for name, schema in schemas().items():
        (root / "schema" / f"{name}.json").write_text(schema + "\n", encoding="utf-8")
    shutil.copyfile(READER, root / READER.name)
    tasks = ", ".join(each.task for each in found)
    (root / "README.txt").write_text(README.format(version=__version__, tasks=tasks), encoding="utf-8")


def _zipped(root: Path) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(root.rglob("*")):
            if file.is_file() and not file.name.endswith(".lock"):
                entry = zipfile.ZipInfo(str(Path(ROOT) / file.relative_to(root)), _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, file.read_bytes())
    return content.getvalue()
