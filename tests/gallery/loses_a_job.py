"""Executor: the last job's result is lost."""

import benchbench


class LosesAJob(benchbench.Executor):
    name = "loses-a-job"

    def map(self, function, jobs):
        for job in jobs[:-1]:
            yield function(job)


@benchbench.hookimpl
def benchbench_executors():
    return [LosesAJob]
