"""Calibrations as `benchbench calibrate --json` writes them, read back."""

from __future__ import annotations

import json
from pathlib import Path

from benchbench.calibration.report import Calibration
from benchbench.core.old_records import modern_calibration
from benchbench.core.record_json import parsed
from benchbench.system.records import read_text


def read_calibration(path: Path) -> Calibration:
    """Return the report of a file; raise `BenchbenchError` where it is none."""
    text = read_text(path)
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        text = json.dumps(modern_calibration(fields))
    report: Calibration = parsed(Calibration, text, f"{path} is not a report of `benchbench calibrate --json`")
    return report
