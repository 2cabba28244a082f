"""Plays the newcomer: from nothing to a row in a table, by the commands that docs/new.md shows.

python tests/newcomer.py [KIND[-WRAP] …]     in a new virtual environment; without words, every kind and wrap that
                                             the packages here can run, then one as a wheel built elsewhere

The environment is new, and what this Python has installed is visible in it: nothing is downloaded.
"""

import importlib.util
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
NEEDS = {"onnx": ("onnx", "onnxruntime"), "diffusers": ("diffusers",)}
"""What the wrap runs on; one that is not installed here is left out, by name."""
EVERYTHING = (
    ("method", "none"),
    ("method", "torch-module"),
    ("method", "folder"),
    ("method", "callable"),
    ("method", "onnx"),
    ("method", "diffusers"),
    ("task", "none"),
    ("metric", "none"),
)


class Newcomer:
    """A person in an empty folder, with a virtual environment in which benchbench has just been installed."""

    def __init__(self, home):
        self.home = Path(home)
        self.bin = self.home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BENCHBENCH_")}
        self.environment.update(PATH=f"{self.bin}{os.pathsep}{os.environ['PATH']}", COLUMNS="200")
        self.environment.pop("PYTHONPATH", None)

    def run(self, command):
        """Run a command as it is typed, in the folder; show it, and what it printed if it failed."""
        began = time.perf_counter()
        done = subprocess.run(
            command, shell=True, cwd=self.home, env=self.environment, capture_output=True, text=True, check=False
        )
        print(f"{time.perf_counter() - began:5.1f} s  $ {command}", flush=True)
        if done.returncode:
            raise SystemExit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def settle(self):
        """Make the environment, and install benchbench as a wheel of this checkout."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.home / "venv"], check=True)
        (site,) = (self.home / "venv").rglob("site-packages")
        here = sysconfig.get_path("purelib")
        (site / "visible.pth").write_text(f"import site; site.addsitedir({here!r})\n")
        self.run(f"python -m pip install -q --no-deps --no-build-isolation {shlex.quote(str(ROOT))}")


def offline(command):
    """Return the printed command, to be run with what is installed."""
    return command.replace("pip install", "pip install -q --no-deps --no-build-isolation")
