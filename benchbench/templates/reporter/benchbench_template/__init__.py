"""The reporter template: it is called for each event of a run, in the process of the command."""

import benchbench

FILE = "template.txt"


@benchbench.hookimpl
def benchbench_run_finished(run, record):
    """Write status and scores beside the record; replace it by, for example, a message to your team."""
    lines = [f"{run.method} on {run.task}: {record.status} {record.reason}".rstrip()]
    lines += [f"{score.metric} {score.value:.4g}" for score in record.scores]
    (run.directory / FILE).write_text("\n".join(lines) + "\n")
