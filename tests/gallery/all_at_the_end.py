"""Executor: no result comes before the last job is done."""

import benchbench


class AllAtTheEnd(benchbench.Executor):
    name = "all-at-the-end"

    def map(self, function, jobs):
        yield from [function(job) for job in jobs]


@benchbench.hookimpl
def benchbench_executors():
    return [AllAtTheEnd]
