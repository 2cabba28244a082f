"""Plays the newcomer: from nothing to a row in a table, by the commands that `benchbench new` prints.

python tests/newcomer.py                       every kind and wrap that the packages here can run
python tests/newcomer.py method method-onnx    these

The virtual environment is new; what is installed here is visible in it, so nothing is downloaded. The last plugin is
installed from a wheel that was built in a folder of its own.
"""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
NEEDS = {"method-onnx": ("onnx", "onnxruntime"), "method-diffusers": ("diffusers",)}
"""What the plugin runs on; one that this Python lacks is left out, by name."""
PLUGINS = (
    "method",
    "method-torch-module",
    "method-folder",
    "method-callable",
    "method-onnx",
    "method-diffusers",
    "task",
    "metric",
)


class Newcomer:
    """A person in an empty folder, with a virtual environment in which benchbench has just been installed."""

    def __init__(self, home):
        self.home = Path(home)
        binaries = self.home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        dropped = {name for name in os.environ if name.startswith("BENCHBENCH_")} - {"BENCHBENCH_CACHE"}
        self.environment = {name: value for name, value in os.environ.items() if name not in dropped}
        path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
        self.environment |= {"PATH": path, "COLUMNS": "200", "OMP_NUM_THREADS": "1"}  # as two run at a time
        self.environment.pop("PYTHONPATH", None)

    def type(self, command):
        """Run a command as it is typed and return what it printed; show the command, and all of it if it failed."""
        began = time.perf_counter()
        offline = command.replace("pip install", "pip install -q --no-deps --no-build-isolation")
        done = subprocess.run(
            offline, shell=True, cwd=self.home, env=self.environment, capture_output=True, text=True, check=False
        )
        print(f"{time.perf_counter() - began:5.1f} s  $ {command}", flush=True)
        if done.returncode:
            raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def settle(self):
        """Make the environment, and install benchbench into it from this checkout."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.home / "venv"], check=True)
        (site,) = (self.home / "venv").rglob("site-packages")
        here = sysconfig.get_path("purelib")
        (site / "visible.pth").write_text(f"import site; site.addsitedir({here!r})\n")
        self.type(f"python -m pip install {shlex.quote(str(ROOT))}")
        where = self.type("python -c 'import benchbench; print(benchbench.__file__)'")
        assert str(site) in where, where

    def make(self, plugin, name):
        """Make and install a plugin; return the other commands that were printed."""
        kind, _, wrap = plugin.partition("-")
        printed = self.type(f"benchbench new {kind} {name}" + (f" --wrap {wrap}" if wrap else ""))
        install, *commands = [line.strip() for line in printed.split("next:\n")[1].splitlines()]
        self.type(install)
        return commands

    def build(self, name):
        """Make a method, build its wheel and throw its folder away; install the wheel."""
        self.type(f"benchbench new method {name} -o elsewhere/{name}")
        self.type(f"python -m pip wheel -q --no-deps --no-build-isolation -w wheels ./elsewhere/{name}")
        self.type("rm -r elsewhere")
        self.type("python -m pip install --no-index wheels/*.whl")
        return [f"benchbench check {name}", f"benchbench run -t toy-shapes -m {name}"]

    def follow(self, name, commands):
        """Do what was printed, on three conditions; a table must name the plugin in the end."""
        for command in commands:
            if command.startswith("benchbench run "):
                command = f"{command.removesuffix(' --limit 10')} --limit 3 -j 0"
            elif command.startswith("benchbench leaderboard "):
                command = f"{command} --off-protocol"
            printed = self.type(command)
        assert re.search(rf"\b{name}\b", printed), printed


def can_run(plugin):
    """Return whether what the plugin runs on is installed; say so if it is not."""
    missing = [name for name in NEEDS.get(plugin, ()) if importlib.util.find_spec(name) is None]
    if missing:
        print(f"left out: {plugin}, as {' and '.join(missing)} is not installed")
    return not missing


def main(plugins):
    """Make and install each plugin, then check and run them, two at a time; end with the first thing that fails."""
    with tempfile.TemporaryDirectory(prefix="newcomer-") as home:
        newcomer = Newcomer(home)
        newcomer.settle()
        journeys = {f"my-{each}": newcomer.make(each, f"my-{each}") for each in plugins if can_run(each)}
        journeys["my-wheel"] = newcomer.build("my-wheel")
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(newcomer.follow, journeys, journeys.values()))
        board = newcomer.type("benchbench leaderboard toy-shapes --off-protocol")
        assert "my-wheel" in board, board


if __name__ == "__main__":
    main(sys.argv[1:] or PLUGINS)
