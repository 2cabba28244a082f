"""The contract of a published protocol: its numbers, its scores and its source."""

from __future__ import annotations

from pathlib import Path

from benchbench.contract.findings import Check, Failed, Finding, Passed, Warned
from benchbench.core import BenchbenchError, ConditionMetric, Protocol
from benchbench.plugins import registry
from benchbench.specs import parse_score


class ProtocolItem:
    """A protocol; it is a value, not a class."""

    def __init__(self, name: str, seconds: float = 20) -> None:
        self.name = self.label = name
        self.seconds = seconds
        self.protocol: Protocol = registry().get("protocols", name)
        self.files = Path(registry().distribution("protocols", name))
        self.found: dict[str, Finding] = {}

    @property
    def where(self) -> str:
        """The plugin's file, where it is one."""
        return str(self.files) if self.files.is_file() else ""


def numbers(case: ProtocolItem) -> Finding:
    """Its numbers are possible: at least two samples, and no more pairs than they make."""
    found = case.protocol
    if found.version < 1:
        return Failed(f"version is {found.version}", "1 or more", case.where)
    if found.num_conditions is not None and found.num_conditions < 2:
        return Failed(f"num_conditions is {found.num_conditions}", "at least 2, or None for all", case.where)
    k, wanted = found.samples_per_condition, found.pairs_per_condition
    if k < 2 or wanted < 1:
        return Failed(f"{k} samples and {wanted} pairs per condition", "at least 2 samples and 1 pair", case.where)
    most = k // 2 if found.pairing == "disjoint" else k * (k - 1) // 2
    if wanted > most and found.pairing != "random":
        return Failed(f"{wanted} {found.pairing} pairs of {k} samples", f"at most {most}", case.where)
    return Passed(found.summary)


def scores(case: ProtocolItem) -> Finding:
    """Its scores are of installed metrics that stored samples have: condition metrics."""
    for text in case.protocol.scores:
        try:
            metric, _ = parse_score(text, registry())
        except BenchbenchError as error:
            return Failed(str(error), "names such as diversity[lpips-alex]", case.where)
        if not issubclass(metric, ConditionMetric):
            return Warned(f"{text} is of a whole run", "stored samples are scored per condition: it is left out there")
    return Passed(", ".join(case.protocol.scores) or "the metrics of the task")


def source(case: ProtocolItem) -> Finding:
    """It says where it is published."""
    if not case.protocol.source:
        return Warned("it has no source", "the paper, and the code that fixes what the paper leaves open")
    return Passed(case.protocol.source)


CHECKS = (
    Check(numbers),
    Check(scores),
    Check(source),
)
