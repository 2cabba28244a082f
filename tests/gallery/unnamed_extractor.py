"""Protocol: a score that does not name its extractor."""

import benchbench


@benchbench.hookimpl
def benchbench_protocols():
    return [benchbench.Protocol(name="unnamed-extractor", scores=("diversity",), source="ours")]
