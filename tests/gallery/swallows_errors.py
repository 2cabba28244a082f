"""Executor: the exception of a job is lost."""

from contextlib import suppress

import benchbench


class SwallowsErrors(benchbench.Executor):
    name = "swallows-errors"

    def map(self, function, jobs):
        for job in jobs:
            with suppress(Exception):
                yield function(job)


@benchbench.hookimpl
def benchbench_executors():
    return [SwallowsErrors]
