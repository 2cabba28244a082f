"""Protocol: it does not say where it is published."""

import benchbench


@benchbench.hookimpl
def benchbench_protocols():
    return [benchbench.Protocol(name="no-source")]
