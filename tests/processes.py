"""Processes that a test starts: forked from servers that have loaded what takes seconds to import.

Tests of how an interpreter starts use `subprocess`: that is what they prove.
"""

import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchbench.system.forks import Forks

PATIENCE = 240
"""Seconds."""
LIBRARIES = Forks(("torch", "torch._dynamo", "scipy.stats", "pytest"))
"""For what is to import benchbench itself, such as pytest with its plugins."""
SUITE = Forks(("benchbench.cli.run", "benchbench.evaluation.session", "benchbench.training.fit", "pandas"), LIBRARIES)
"""For commands and scripts of the suite; no plugin is loaded."""


def start(words, cwd=None, env=None, forks=SUITE, **streams):
    """Start `python WORDS…`, such as `-m benchbench run …`; what is returned has `pid`, `poll`, `wait`, `kill`."""
    return forks.start(list(map(str, words)), cwd or Path.cwd(), os.environ if env is None else env, **streams)


def run(words, cwd=None, env=None, forks=SUITE):
    """Run `python WORDS…`; return its exit code and what it printed, as `subprocess.run` does."""
    pipes = [os.pipe(), os.pipe()]
    process = start(words, cwd, env, forks, stdin=subprocess.DEVNULL, stdout=pipes[0][1], stderr=pipes[1][1])
    for _, write in pipes:
        os.close(write)
    with ThreadPoolExecutor(2) as threads:
        printed = [threads.submit(_read, read) for read, _ in pipes]
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
    return subprocess.CompletedProcess(words, code, *(each.result() for each in printed))


def _read(descriptor):
    with open(descriptor) as file:
        return file.read()


def run_together(words, number=2):
    """Run `python WORDS…` in so many processes with the variables that `torchrun` sets; return their exit codes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(probe.getsockname()[1]), "WORLD_SIZE": str(number)}
    ranks = [{"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(number)]
    started = [start(words, env={**os.environ, **meeting, **own}) for own in ranks]
    try:
        return [process.wait(PATIENCE) for process in started]
    finally:
        for process in started:
            process.kill()
