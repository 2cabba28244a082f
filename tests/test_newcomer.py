"""Somebody new gets from nothing to a row in a table, in a fresh virtual environment."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "newcomer.py"


def test_a_newcomer_gets_a_row():
    """With a metric, and a method from a wheel: tests/test_new.py has every kind, in the environment of the tests."""
    command = [sys.executable, SCRIPT, "metric"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "benchbench check my-wheel" in done.stdout
