"""Somebody new gets from nothing to a row in a table, in a fresh virtual environment."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "newcomer.py"


def test_a_newcomer_gets_a_row_for_every_kind_of_plugin():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "benchbench check my-wheel" in done.stdout
