"""How the suite scales: with workers, on Ray, per job, in conditions and samples, in memory; and its own share.

python benchmarks/scaling.py workers     two workers against one, sampling dominates        (wall time: quiet machine)
python benchmarks/scaling.py ray         two Ray actors against two local workers           (wall time: quiet machine)
python benchmarks/scaling.py jobs        what 1,000 jobs of 10 ms cost beside their 10 ms    (wall time: quiet machine)
python benchmarks/scaling.py own         the suite's own share on sr-photos with its SRGAN   (CPU time)
python benchmarks/scaling.py linear      cost in conditions (30 to 3,000), in samples (5 to 80)  (CPU time)
python benchmarks/scaling.py memory      peak memory up to 100,000 samples of 64 px          (any machine)

`--scale 0.1` makes everything a tenth as large, to try it. `ray`, and `jobs` on Ray, need Ray. benchmarks/README.md has
the results.
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
from pathlib import Path

import numpy as np
from tabulate import tabulate

import benchbench.runs.seconds
from benchbench.cli import run as command
from benchbench.cli._profile import FORWARD
from benchbench.cli._sweep import Asked
from benchbench.plugins import registry
from benchbench.runs.seconds import Seconds
from benchbench.specs import parse_method

REPEATS = 3
"""Of each timing; the median stands."""


def run(task: str, method: str, executor: str = "local", workers: int = 0, **settings: object) -> Seconds:
    """Run a method on a task in a new folder, and return the seconds of its jobs by part."""
    found = registry()
    with tempfile.TemporaryDirectory(prefix="benchbench-scaling-") as folder:
        given = {"output": Path(folder), "device": "cpu", "keep_samples": "none", **settings}
        asked = Asked((task,), [parse_method(method, found)], (0,))
        (state,), _ = command.execute(found.get("executors", executor), workers, asked, given)
        if state.record is None or state.record.status != "ok":
            raise SystemExit(f"{method} on {task}: {state.error or state.record}")
    return state.seconds


def wall(task: str, method: str, executor: str, workers: int, **settings: object) -> float:
    """Return the median wall time of a run, its workers' start included, after one that does not count."""
    run(task, method, executor, workers, **{**settings, "limit": 24})
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        run(task, method, executor, workers, **settings)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def workers(scale: float) -> None:
    """Print the times of one and of two local workers."""
    compare("workers of one thread", {"1": ("local", 1), "2": ("local", 2)}, scale)


def ray(scale: float) -> None:
    """Print the times of two local workers and of two Ray actors, on a cluster that is up as the workers' server is."""
    from benchbench_ray.cluster import connect

    connect(2)
    compare("2 workers", {"local": ("local", 2), "ray": ("ray", 2)}, scale)


def compare(what: str, executors: dict[str, tuple[str, int]], scale: float) -> None:
    """Print the times of executors with so many workers, by name, and how many times as fast as the first one each is.

    Two sizes of run: their difference is work, what is left of the smaller one is start.
    """
    few, many, rows = int(100 * scale), int(300 * scale), []
    for name, (executor, number) in executors.items():
        small, large = (wall("many", "busy[products=1500]", executor, number, limit=limit) for limit in (few, many))
        each = (large - small) / (many - few)
        rows.append([name, small, large, small - few * each, each])
    for row in rows:
        row += [rows[0][2] / row[2], rows[0][4] / row[4]]
    heads = [what, f"{few} conditions, s", f"{many}, s", "start, s", "each, s", "times as fast", "without start"]
    print(tabulate(rows, heads, tablefmt="github", floatfmt=("", ".2f", ".2f", ".2f", ".3f", ".2f", ".2f")))


def jobs(scale: float) -> None:
    """Print what a job of 10 ms costs beside its 10 ms, per executor."""
    number, rows = int(1000 * scale), []
    for name, executor in registry().executors.items():
        if name not in ("local", "ray"):
            continue
        try:
            with executor(2) as pool:
                list(pool.map(time.sleep, [0.01] * 20))
                began = time.perf_counter()
                list(pool.map(time.sleep, [0.01] * number))
                seconds = time.perf_counter() - began
        except benchbench.BenchbenchError as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        rows.append([name, number, seconds, 1000 * (2 * seconds / number - 0.01)])
    headers = ["executor, 2 workers", "jobs of 10 ms", "s", "overhead per job, ms"]
    print(tabulate(rows, headers, tablefmt="github", floatfmt=("", "", ".2f", ".2f")))


def own(scale: float) -> None:
    """Print where the CPU time of a run goes, and which share is neither the method's nor the extractors'."""
    benchbench.runs.seconds.time.perf_counter = time.process_time  # what others do beside it does not count
    run("sr-photos", "srgan-noise", limit=12)
    seconds = run("sr-photos", "srgan-noise", limit=int(300 * scale), keep_samples="gallery")
    parts = {name: getattr(seconds, name) for name in Seconds.__dataclass_fields__}
    rows = [[name, value, f"{value / seconds.total:.1%}"] for name, value in parts.items()]
    rows.append(["the suite's own", left := seconds.total - sum(parts[each] for each in FORWARD), ""])
    rows[-1][2] = f"{left / seconds.total:.1%}"
    print(tabulate(rows, ["part", "CPU s", "share"], tablefmt="github", floatfmt=".2f"))


def cpu_seconds(**settings: int) -> float:
    """Return the CPU seconds of a run in this process."""
    began = time.process_time()
    run("many", "busy", **settings)
    return time.process_time() - began


def linear(scale: float) -> None:
    """Print costs by size with the line that fits them best, relatively, and the exponent of a power law."""
    run("many", "busy", limit=12)
    sizes = [max(12, int(each * scale)) for each in (30, 100, 300, 1000, 3000)]
    fitted("conditions", sizes, [cpu_seconds(limit=each) for each in sizes])
    counts = [5, 10, 20, 40, 80]
    limit = int(200 * scale)
    fitted("samples per condition", counts, [cpu_seconds(limit=limit, samples=each) for each in counts])


def fitted(what: str, sizes: Sequence[int], seconds: Sequence[float]) -> None:
    """Print costs with their line `a + b n` (least squares of relative errors), and the slope of the logarithms."""
    n, s = np.array(sizes, float), np.array(seconds)
    start, each = np.linalg.lstsq(np.stack([1 / s, n / s], 1), np.ones(len(s)), rcond=None)[0]
    power = np.polyfit(np.log(n), np.log(np.maximum(s - start, 1e-9)), 1)[0]
    rows = [[int(a), b, start + each * a] for a, b in zip(n, s, strict=True)]
    print(tabulate(rows, [what, "CPU s", "line"], tablefmt="github", floatfmt=".2f"))
    print(f"\n{start:.2f} s and {1000 * each:.2f} ms each; without the first part, seconds go with n^{power:.2f}\n")


def memory(scale: float) -> None:
    """Print the peak memory of processes that score ever more samples, 20 per condition."""
    rows = []
    for conditions in (int(250 * scale), int(1250 * scale), int(5000 * scale)):
        code = f"import scaling; scaling.run('many', 'busy', limit={conditions})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20  # of the largest child so far
        rows.append([f"{20 * conditions:,}", peak])
    print(tabulate(rows, ["samples of 64 px", "peak memory, GiB"], tablefmt="github", floatfmt=".2f"))


def main() -> None:
    """Run what was asked for."""
    what = {each.__name__: each for each in (workers, ray, jobs, own, linear, memory)}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=what)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    what[given.what](given.scale)


os.environ["BENCHBENCH_PLUGINS_DIR"] = str(Path(__file__).parent / "one_off")
if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="benchbench-scaling-cache-") as cache:
        os.environ["BENCHBENCH_CACHE"] = cache  # the features of real images are computed once, before what is timed
        main()
