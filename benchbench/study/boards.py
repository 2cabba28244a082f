"""Records of studies beside the records of runs: which of them a board may show.

<boards>/<task>/v<version>/studies/<study id>.json
"""

from __future__ import annotations

from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.study.record import StudyRecord, read_study, study_to_json
from benchbench.system.files import write_text


def add_to_board(record: StudyRecord, boards: Path) -> Path:
    """Write the record into the folder of its task's board and return its path; raise `BenchbenchError` if unfit."""
    if record.simulated:
        raise BenchbenchError(f"study {record.study} was answered by simulated observers: it stands on no board")
    if not record.source:
        raise BenchbenchError("a study on a board says who ran it, where and when: add --source")
    folder = boards / record.task.name / f"v{record.task.version}"
    if not (folder / "records.jsonl").is_file():
        raise BenchbenchError(f"{folder} has no records: a study joins the board of its runs; submit them first")
    path = folder / "studies" / f"{record.study}.json"
    if path.exists():
        raise BenchbenchError(f"{path} is there already; records are only added")
    write_text(path, study_to_json(record))
    return path


def studies_of(folder: Path) -> list[StudyRecord]:
    """Return the studies in a board's folder, the newest last; raise `BenchbenchError` where one is simulated."""
    found = [read_study(path) for path in sorted((folder / "studies").glob("*.json"))]
    for record in found:
        if record.simulated:
            raise BenchbenchError(f"{folder}: study {record.study} is simulated and stands on no board; remove it")
    return sorted(found, key=lambda record: record.created)
