"""One benchbench command with two installations in turn: A B A B, seconds of processors and of the clock.

python benchmarks/commits.py ENV_A ENV_B [--rounds 2] [-- run --task sr-photos -j 2]

ENV is a virtual environment with one version of the suite. Each command runs in an empty folder of its own. Seconds of
processors count the processes that the command waits for: with `-j 0` all of them, so that other work on the machine
matters little; those of the clock need an idle one.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """What one command took, in seconds."""

    cpu: float
    wall: float


def spent(environment: Path, words: Sequence[str]) -> Spent:
    """Run a command of an environment to its end; raise `CalledProcessError` with its output where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        own = {**os.environ, "XDG_CACHE_HOME": folder, "PATH": f"{environment / 'bin'}:{os.environ['PATH']}"}
        command = [str(environment / "bin" / "benchbench"), *words]
        subprocess.run(command, cwd=folder, env=own, check=True, capture_output=True)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environments", nargs=2, type=lambda text: Path(text).absolute(), metavar="ENV")
    parser.add_argument("--rounds", type=int, default=2)
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given, words = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :] or ["run", "--task", "sr-photos"]
    found: list[list[Spent]] = [[], []]
    for _ in range(given.rounds):
        for environment, own in zip(given.environments, found, strict=True):
            own.append(spent(environment, words))
            print(f"{environment.name}: {own[-1].cpu:.1f} s of processors, {own[-1].wall:.1f} s", file=sys.stderr)
    print(f"| `benchbench {' '.join(words)}`, {given.rounds} times in turn | A | B | A/B |\n|---|---|---|---|")
    for name in ("cpu", "wall"):
        a, b = (statistics.median(getattr(each, name) for each in own) for own in found)
        title = "processors, s" if name == "cpu" else "clock, s"
        print(f"| {title} | {a:.1f} | {b:.1f} | {a / b:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
