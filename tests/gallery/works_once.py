"""Executor: closed after its first jobs, though a command has several runs."""

import benchbench


class WorksOnce(benchbench.Executor):
    name = "works-once"
    closed = False

    def map(self, function, jobs):
        if self.closed:
            raise RuntimeError("the pool is closed")
        yield from map(function, jobs)
        self.closed = True


@benchbench.hookimpl
def benchbench_executors():
    return [WorksOnce]
