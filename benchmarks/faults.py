"""Random faults against runs, from a seed: whatever is killed, stopped or filled up, the scores are the same.

python benchmarks/faults.py --faults 200 --seed 0          signals to workers and to the command
python benchmarks/faults.py --faults 40 --executor ray     the same on Ray, and to the processes of its head (needs Ray)
python benchmarks/faults.py --disk                         a small tmpfs that fills at each stage (needs root)

Each trial runs one method in two workers and injects a fault every second or so. A command that ended is started again
until the run is recorded. Then its scores are compared, bit for bit, with those of a run that nothing disturbed. Linux
only. `tox -e faults` calls it; docs/faults.md has its result.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ONE_OFF = Path(__file__).parent.parent / "tests" / "one_off"
FAULTS = (
    "kill -9 of a worker",
    "kill -9 of the command",
    "SIGTERM to the command",
    "SIGHUP to the command",
    "Ctrl-C",
    "SIGSTOP and SIGCONT of a worker",
    "SIGSTOP and SIGCONT of the command",
)
HEAD = {"kill -9 of the raylet": "raylet", "kill -9 of the GCS": "gcs_server"}
"""Processes of Ray's head, by name."""
ENDING = {
    "kill -9 of the command": signal.SIGKILL,
    "SIGTERM to the command": signal.SIGTERM,
    "SIGHUP to the command": signal.SIGHUP,
    "Ctrl-C": signal.SIGINT,
}
EARLY = 0.2
"""The share of commands that suffer a fault before they have workers, if it is one for a command."""
MOST_STARTS = 60
"""Of one run: more would mean that it never ends."""


def command(output: Path, workers: int, log: Path, executor: str = "local") -> int:
    """Start the command in a fork of this process, whose imports it saves; return its process id."""
    process = os.fork()
    if process:
        return process
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    code = 99
    try:
        from benchbench.cli.main import main

        main(["run", "-t", "tiny", "-m", "slow", "-j", str(workers), "-o", str(output), "--executor", executor])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


def below(process: int) -> dict[int, tuple[int, str]]:
    """Return all processes that a process has started, directly or not: the generation of each and its title."""
    parents, found = {}, {process: (0, "")}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    for _ in range(4):
        for each, parent in parents.items():
            if each not in found and parent in found:
                with suppress(OSError):
                    title = Path(f"/proc/{each}/cmdline").read_text().partition("\0")[0]
                    found[each] = found[parent][0] + 1, Path(title).name
    del found[process]
    return found


def workers_of(process: int) -> list[int]:
    """Return the workers of a command: the children of the server of processes that is its child, or Ray's actors."""
    family = below(process)
    if any(title == "raylet" for _, title in family.values()):
        return sorted(each for each, (_, title) in family.items() if title.startswith("ray::Member"))
    return sorted(each for each, (level, title) in family.items() if level == 2 and "python" in title)


def ended(process: int) -> int | None:
    """Return the exit code of a command, negative for a signal; `None` while it runs."""
    found, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def inject(fault: str, process: int, draw: random.Random) -> bool:
    """Cause a fault; return whether there was somebody to suffer it."""
    workers = workers_of(process)
    if fault in HEAD:
        workers = [each for each, (_, title) in below(process).items() if title == HEAD[fault]]
    victim = draw.choice(workers) if workers and ("worker" in fault or fault in HEAD) else None
    if ("worker" in fault or fault in HEAD) and victim is None:
        return False
    target = process if victim is None else victim
    try:
        if fault in ENDING:
            os.kill(target, ENDING[fault])
        elif fault.startswith("kill"):
            os.kill(target, signal.SIGKILL)
        else:
            os.kill(target, signal.SIGSTOP)
            time.sleep(draw.uniform(0.1, 0.6))
            os.kill(target, signal.SIGCONT)
    except ProcessLookupError:
        return False
    return True


def trial(folder: Path, seed: int, suffered: Counter[str], most: int, executor: str) -> tuple[int, str]:
    """Run under random faults until there is a record; return how often the command was started, and what is wrong."""
    draw, faults = random.Random(seed), (*FAULTS, *(HEAD if executor == "ray" else ()))
    output, log = folder / f"trial-{seed}", folder / f"trial-{seed}.log"
    for start in range(1, MOST_STARTS):
        process = command(output, 2, log, executor)
        fault, early, pause, since = draw.choice(faults), draw.random() < EARLY, draw.uniform(0.1, 3), None
        while (code := ended(process)) is None:
            time.sleep(0.02)
            if since is None and (early or workers_of(process)):
                since = time.monotonic()
            if since is None or sum(suffered.values()) >= most or time.monotonic() < since + pause:
                continue
            if inject(fault, process, draw):
                suffered[fault] += 1
                fault, pause, since = draw.choice(faults), draw.uniform(0.1, 3), time.monotonic()
        if code == 0:
            return start, ""
        if code == 1:
            reason = record_of(output).get("reason", "")
            chance = "ended in the middle of its work" in reason  # three kills met one shard
            if chance or (executor == "ray" and not reason):  # or Ray's head died
                continue
            return start, f"exit code 1: {log.read_text()[-300:]}"
    return MOST_STARTS, "no record after so many starts"


def record_of(output: Path) -> dict:
    """Return the record of the only run."""
    paths = list(output.glob("tiny/slow/*/record.json"))
    return json.loads(paths[0].read_text()) if paths else {}


def under_signals(folder: Path, faults: int, seed: int, executor: str) -> bool:
    """Print what became of trials until so many faults were suffered; return whether all scores were the same."""
    os.waitpid(command(folder / "calm", 0, folder / "calm.log"), 0)
    calm = record_of(folder / "calm")["scores"]
    suffered, starts, wrong, trials = Counter[str](), 0, 0, 0
    while sum(suffered.values()) < faults:
        begun, problem = trial(folder, seed + trials, suffered, faults, executor)
        same = not problem and record_of(folder / f"trial-{seed + trials}")["scores"] == calm
        left = [str(path) for path in (folder / f"trial-{seed + trials}").rglob(".*.tmp")]
        if not same or left:
            print(f"seed {seed + trials}: {problem or ('left ' + left[0] if left else 'other scores')}", flush=True)
            wrong += 1
        starts, trials = starts + begun, trials + 1
        shutil.rmtree(folder / f"trial-{seed + trials - 1}")
    print("| fault | times |\n|---|---|")
    for fault in (*FAULTS, *HEAD):
        print(f"| {fault} | {suffered[fault]} |")
    print(
        f"\n{sum(suffered.values())} faults in {trials} runs ({starts} starts): {trials - wrong} with the same scores"
    )
    return not wrong


def on_a_small_disk(folder: Path) -> bool:
    """Run on ever larger disks until one is large enough; return whether every failure was one sentence."""
    os.waitpid(command(folder / "calm", 0, folder / "calm.log"), 0)
    calm, disk = record_of(folder / "calm")["scores"], folder / "disk"
    disk.mkdir()
    size, well = 32, True
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)], check=True)
    os.environ["BENCHBENCH_CACHE"] = str(folder / "cache")
    try:
        for _ in range(60):
            log = folder / f"disk-{size}.log"
            _, status = os.waitpid(command(disk / "runs", 0, log), 0)
            code = os.waitstatus_to_exitcode(status)
            kept = len(list(disk.glob("runs/tiny/slow/*/shards/*.json")))
            said = next((line for line in log.read_text().splitlines() if "disk is full" in line), "")
            print(f"| {size} KiB | {code} | {kept} | {said[:110]} |", flush=True)
            if code == 0:
                return well and record_of(disk / "runs")["scores"] == calm
            well &= bool(said) and "Traceback" not in log.read_text()
            size += 32
            subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)
        return False
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def main() -> None:
    """Read the options, cause the faults, and exit with 1 where a score changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--executor", choices=["local", "ray"], default="local")
    parser.add_argument("--disk", action="store_true")
    options = parser.parse_args()
    os.environ["BENCHBENCH_PLUGINS_DIR"] = str(ONE_OFF)
    import torch

    torch.set_num_threads(1)
    from benchbench.plugins import registry

    registry()
    folder = Path(tempfile.mkdtemp(prefix="benchbench-faults-"))
    try:
        if options.disk:
            well = on_a_small_disk(folder)
        else:
            well = under_signals(folder, options.faults, options.seed, options.executor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
