"""Processes that a test starts together, forked from a server that has torch loaded where the system has one."""

import multiprocessing
import sys

PATIENCE = 240
"""Seconds."""


def run_together(code, folder, number=2):
    """Run a script in so many processes, which find their rank and a folder in `sys.argv`; return their exit codes."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["benchbench.runs.work", "torch"])
    started = [context.Process(target=_run, args=(code, str(rank), str(folder))) for rank in range(number)]
    for process in started:
        process.start()
    for process in started:
        process.join(PATIENCE)
    return [process.exitcode for process in started]


def _run(code, *arguments):
    sys.argv = ["script", *arguments]
    exec(compile(code, "script", "exec"), {"__name__": "__main__"})
