"""CPU seconds of the light commands, with every installed plugin: `python benchmarks/startup.py [--repeats 7]`.

Aims: `benchbench --help` under 0.2 s, `benchbench list methods --json` under 0.5 s.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from tabulate import tabulate

COMMANDS = {("--help",): 0.2, ("list", "methods", "--json"): 0.5, ("plugins", "--json"): 0.5}


def cpu_seconds(words: tuple[str, ...]) -> float:
    """Return the user and system seconds of one `benchbench WORDS`, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = Path(sys.executable).with_name("benchbench")
    subprocess.run([str(script), *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print the least, the median and the greatest of each command's times, beside its aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    rows = []
    for words, aim in COMMANDS.items():
        cpu_seconds(words)  # the first one fills the system's file cache
        times = [cpu_seconds(words) for _ in range(repeats)]
        rows.append([f"benchbench {' '.join(words)}", min(times), statistics.median(times), max(times), aim])
    headers = ["command", "least, CPU s", "median", "greatest", "aim"]
    print(tabulate(rows, headers=headers, tablefmt="github", floatfmt=".2f"))


if __name__ == "__main__":
    main()
