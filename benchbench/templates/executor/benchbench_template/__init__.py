"""The executor template: where the shards of a run are worked."""

import multiprocessing

import benchbench


class Template(benchbench.Executor):
    """Processes of this machine, started anew for each run: your cluster comes in their place."""

    name = "template"
    summary = "worker processes of this machine, in a pool of multiprocessing"

    def map(self, function, jobs):
        """Yield each result as it comes; function and jobs pickle, and what a job raises is raised here."""
        if self.workers < 1:  # -j 0: in this process
            yield from map(function, jobs)
            return
        with multiprocessing.get_context("spawn").Pool(self.workers) as pool:
            yield from pool.imap_unordered(function, jobs)


@benchbench.hookimpl
def benchbench_executors():
    """Register the executor."""
    return [Template]
