"""Protocol: more disjoint pairs than the samples make."""

import benchbench


@benchbench.hookimpl
def benchbench_protocols():
    return [benchbench.Protocol(name="too-many-pairs", samples_per_condition=10, pairs_per_condition=8, source="ours")]
