"""Runs of ring8 as boards are made of them, and what tests do to them."""

import json
from pathlib import Path

from benchbench.core.edition import Edition, Standing


def make_runs(output):
    """Make runs of ring8 from committed code, as far as their records tell."""
    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    stage = open_stage(Request(task="ring8", output=output, keep_samples="none"), registry())
    for name in ("oracle", "noise", "collapsed", "real"):
        directory = Path(Run(stage, stage.subject(name, {})).directory.path)
        Run(stage, stage.subject(name, {})).record(Local(0), lambda done, total: None)
        change(directory, lambda record: record["environment"].update(git_dirty=False))


def change(directory, edit):
    """Edit the record of a run directory."""
    path = directory / "record.json"
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))
    path.with_name("checksums.sha256").unlink(missing_ok=True)


def only(folder):
    (path,) = [path for path in folder.iterdir() if path.is_dir()]
    return path


def tree(folder):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def standing(label, rank, record, value=0.5):
    return Standing(label, rank, rank, rank, value, (record,) if isinstance(record, str) else record)


def edition(*standings):
    return Edition(
        "t", 1, "f", 1, "2026-01-01", "0", "m", tuple(r for s in standings for r in s.records), standings, (), ""
    )
