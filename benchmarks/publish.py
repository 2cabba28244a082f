"""How long publishing takes, and how much memory: many tasks, methods and training seeds, made up but valid.

python benchmarks/publish.py [--tasks 10] [--methods 200] [--seeds 5] [--profile]

Writes records of one-off tasks into a new folder, publishes them in this process, checks them, and prints what each
step took: seconds of the clock, and of the processor for what a reader or maintainer waits for (`leaderboard` makes a
board from all records and prints it; `publish with site` makes the edition, the pages and the site). Fails where
publishing takes more than 60 s or the process more than 1 GB.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchbench.core import Example, Protocol, SampleSpace, Task
from benchbench.core.record import (
    Environment,
    PairedValues,
    Record,
    RecordedMethod,
    RecordedProtocol,
    RecordedTask,
    RecordedTraining,
    Score,
)
from benchbench.core.record_json import to_json
from benchbench.core.uncertainty import STANDARD_ERROR, Uncertainty
from benchbench.leaderboards.folder import BoardFolder, folders
from benchbench.leaderboards.ranks import forget
from benchbench.leaderboards.rows import make_board
from benchbench.plugins import get_task, registry
from benchbench.publish import text
from benchbench.publish.pages import check, publish, write_index
from benchbench.publish.site.build import build

CONDITIONS = 300
METRICS = (
    "energy-score[mini]",
    "energy-skill[mini]",
    "diversity[mini]",
    "realism[mini]",
    "frechet[mini]",
    "consistency",
)
MOST_SECONDS, MOST_BYTES = 60, 1 << 30


def made_up_task(number: int) -> type[Task]:
    """Return a task that has a name and metrics; publishing asks it for nothing else."""

    def examples(self: Task, split: str) -> list[Example]:
        return []

    fields = {
        "name": f"made-up-{number}",
        "summary": "for this benchmark",
        "kind": "translation",
        "space": SampleSpace("images", (3, 32, 32)),
        "protocol": Protocol(),
        "metrics": METRICS,
        "examples": examples,
        "real_pool": lambda self: None,
    }
    return type(f"MadeUp{number}", (Task,), fields)


def records(task: type[Task], methods: int, seeds: int, generator: np.random.Generator) -> list[Record]:
    """Return a record for each method and training seed; some methods are alike, and seeds differ a little."""
    difficulty = generator.gamma(4, 0.05, CONDITIONS)
    levels = np.sort(generator.uniform(0.8, 2.5, methods))
    made = []
    for method in range(methods):
        for seed in range(seeds):
            values = levels[method] * difficulty * generator.normal(1, 0.1, CONDITIONS) + generator.normal(0, 0.004)
            made.append(_record(task, f"method-{method}", seed, values, generator))
    return made


def _record(task: type[Task], name: str, seed: int, values: np.ndarray, generator: np.random.Generator) -> Record:
    scores = []
    for metric in METRICS:
        inside = "[mini@1,32px]" if "[" in metric else ""
        value = float(values.mean()) if metric == METRICS[0] else float(generator.uniform(0, 1))
        error, about = float(values.std() / CONDITIONS**0.5), Uncertainty(STANDARD_ERROR, CONDITIONS, CONDITIONS)
        id, features = f"{metric.split('[')[0]}@1{inside}", "mini" if inside else None
        scores.append(Score(id, metric, features, value, error, about, CONDITIONS, metric == "realism[mini]"))
    return Record(
        task=RecordedTask(task.name, 1, "0" * 64),
        protocol=RecordedProtocol(**Protocol().numbers(), off_protocol=False),
        method=RecordedMethod(
            name=name,
            version=1,
            label=name,
            options={"width": 64, "layers": 4},
            distribution="made-up 1.0",
            checkpoint=f"{seed:064d}",
            reference=False,
            training=RecordedTraining(seed=seed, steps=20000, device="cuda"),
        ),
        seed=0,
        status="ok",
        reason="",
        scores=tuple(scores),
        environment=Environment("cpu", "a made-up one", packages={"torch": "2.4.0"}, git_dirty=False),
        created=f"2026-01-01T00:00:{seed:02d}+00:00",
        run_id=f"{name}-{seed}",
        paired=PairedValues(METRICS[0], tuple(float(f"{value:.7g}") for value in values), tuple(range(CONDITIONS))),
    )


def _leaderboards(boards: Path) -> float:
    """Return the seconds of the processor that it takes to make and print the first task's board."""
    folder = folders(boards)[0]
    began = time.process_time()
    board = make_board(get_task(folder.task), None, folder.entries())
    text.markdown(board)
    return time.process_time() - began


def main() -> int:
    """Publish, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("tasks", 10), ("methods", 200), ("seeds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--profile", action="store_true", help="print where the time of publishing goes")
    given = parser.parse_args()
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        boards = Path(folder)
        for number in range(given.tasks):
            task = made_up_task(number)
            registry().tasks[task.name] = task
            path = BoardFolder(boards, task.name, 1).records_file
            path.parent.mkdir(parents=True)
            lines = [to_json(each) for each in records(task, given.methods, given.seeds, generator)]
            path.write_text("".join(f"{line}\n" for line in lines))
        profile = cProfile.Profile()
        printed = _leaderboards(boards)
        forget()  # publishing starts in a process of its own
        began, began_cpu = time.perf_counter(), time.process_time()
        if given.profile:
            profile.enable()
        for each in folders(boards):
            publish(each, get_task(each.task), "2026-01-01")
        write_index(boards)
        if given.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(25)
        published = time.perf_counter() - began
        build(boards, boards / "site", boards / "no-runs", boards / "no-calibrations")
        whole = time.process_time() - began_cpu
        began = time.perf_counter()
        problems = check(boards, get_task)
        checked = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    said = {
        "tasks": given.tasks,
        "methods": given.methods,
        "training seeds": given.seeds,
        "leaderboard, CPU s": round(printed, 1),
        "publish, s": round(published, 1),
        "publish with site, CPU s": round(whole, 1),
        "check, s": round(checked, 1),
        "peak memory, MB": round(peak / 1e6),
        "problems": problems,
    }
    print(json.dumps(said))
    return int(bool(problems) or published > MOST_SECONDS or peak > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
