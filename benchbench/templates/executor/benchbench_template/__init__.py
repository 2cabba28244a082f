"""The executor template: where the shards of a run are computed."""

import multiprocessing

import benchbench


class Template(benchbench.Executor):
    """Processes of this machine, started again for each run; replace them by your cluster."""

    name = "template"
    summary = "worker processes of this machine, in a pool of multiprocessing"

    def map(self, function, jobs):
        """Yield each result as it comes; function and jobs pickle, and an exception in a job is raised here."""
        if self.workers < 1:  # -j 0: in this process
            yield from map(function, jobs)
            return
        with multiprocessing.get_context("spawn").Pool(self.workers) as pool:
            yield from pool.imap_unordered(function, jobs)


@benchbench.hookimpl
def benchbench_executors():
    """Register the executor."""
    return [Template]
