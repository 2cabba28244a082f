"""A study as files for a host that runs nothing of ours: a lab's web server, or JATOS; answers come back as files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.study.folder import StudyFolder
from benchbench.system.files import write_text
from benchbench.system.records import read_text

JATOS = '<script src="jatos.js"></script>\n'
"""What a page needs to hand its answers to JATOS."""


def export(folder: StudyFolder, target: Path, jatos: bool = False) -> None:
    """Copy what is served to `target`, which must not be there, for a host of files; the key is not among it.

    A person opens `index.html?seat=N`. Answers are handed to JATOS, or saved by the person as a file.
    """
    study = folder.read()
    folder.require_whole(study)
    if target.exists():
        raise BenchbenchError(f"{target} is there already; choose another folder")
    shutil.copytree(folder.public, target)
    configuration = json.loads(read_text(target / "config.json"))
    write_text(target / "config.json", json.dumps({**configuration, "mode": "files"}, indent=1) + "\n")
    if jatos:
        page = read_text(target / "index.html")
        mark = '<script defer src="study.js">'
        write_text(target / "index.html", page.replace(mark, JATOS + mark))
