"""Why two records may not be compared, or a record may not stand: typed, each kind with its one sentence; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from benchbench.core.record import Record, RecordedProtocol, RecordedTask, Score

SENTENCES = {
    "status": "{found}: {subject}",
    "no scores": "it claims to be ok without a single score",
    "lacking": "it has no {subject}",
    "task": "it is a record of {found}, not of {expected}",
    "task version": "made with version {found} of the task {subject}, now {expected}",
    "test data": "made on other test data of {subject} (fingerprint {found:.8}, expected {expected:.8})",
    "draw": "made on draw {found} of {subject}, not on {expected}",
    "off-protocol": "off-protocol: {subject}",
    "fast": "sampled with --fast ({found} off on average): run it without",
    "protocol": "made under another protocol ({subject} {found}, expected {expected})",
    "score": "its {subject} is of another version or has other weights",
    "direction": "its {subject} has another better side than the metric ({found}, expected {expected})",
    "method version": "made with version {found} of the method {subject}, now {expected}",
    "options": "made when {subject} had other options ({found})",
    "edited code": "made with edited code that no commit holds; commit first",
    "unknown code": "made with code that neither a commit nor an installed distribution identifies",
    "too good": "its {subject} of {found} is significantly better than the oracle's {expected}: it saw the answers",
    "copies": "the samples of {found} of {expected} conditions hold a test reference: it saw the answers",
    "struck": "an objection to it was upheld: {subject}",
    "created": "its date {found!r} is not between {expected}",
    "no conditions": "its conditions.parquet is missing",
    "scores by condition": "the scores by condition that it names are not those of its conditions.parquet",
    "conditions": "the {subject} of its conditions is not what conditions.parquet holds",
    "number of conditions": "it has {found} conditions, its protocol {expected}",
    "groups": "the conditions or groups of its conditions.parquet are not those of {subject}",
    "mean": "its {subject} is {found}, but its conditions give {expected}",
    "identity": "the run id {found} does not match the record: it was edited",
    "reference": "{subject} {expected} the answers, but its record says that it {found} them: it was edited",
    "declaration": "what it says that {subject} was trained with is not what {subject} declares: it was edited",
    "label": "its label is {found!r}, not {expected!r}: it was edited",
}
"""What each kind of difference says; `subject`, `found` and `expected` are the difference's own."""


@dataclass(frozen=True)
class Difference:
    """One reason; as text, its sentence without a full stop."""

    kind: str
    """A key of `SENTENCES`."""
    subject: str = ""
    """What differs: a task, a method, a score specification, a field."""
    found: str = ""
    """In the record."""
    expected: str = ""

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(subject=self.subject, found=self.found, expected=self.expected)


@dataclass(frozen=True)
class ScoreIdentity:
    """What makes two scores of one specification the same quantity."""

    id: str
    weight_hash: str
    higher_is_better: bool | None

    @classmethod
    def of(cls, score: Score) -> ScoreIdentity:
        """Return the identity of a score."""
        return cls(score.id, score.weight_hash, score.higher_is_better)


@dataclass(frozen=True)
class Expected:
    """What a record is held against."""

    task: RecordedTask
    scores: Mapping[str, ScoreIdentity | None] = field(default_factory=dict)
    """By specification, the scores that it must have; `None`: under any identity."""
    protocol: RecordedProtocol | None = None
    """`None`: any."""
    off_protocol: bool = False
    """Whether a record of other numbers than the task's own protocol may stand."""
    method_version: int | None = None
    """`None`: any."""

    @classmethod
    def like(cls, record: Record, metrics: Iterable[str] = ()) -> Expected:
        """Return what makes records comparable with this one by these metrics."""
        scores = {score.metric: ScoreIdentity.of(score) for score in record.scores}
        return cls(record.task, {metric: scores.get(metric) for metric in metrics}, record.protocol, off_protocol=True)


def differences(record: Record, expected: Expected) -> list[Difference]:
    """Return every reason why the record may not stand among what is expected, the weightiest first."""
    if record.status != "ok":
        return [Difference("status", record.reason, record.status)]
    return [
        *_lacking(record, expected),
        *_of_task(record.task, expected.task),
        *_of_protocol(record, expected),
        *_of_scores(record, expected),
        *_of_method(record, expected),
    ]


def _lacking(record: Record, expected: Expected) -> Iterator[Difference]:
    missing = [metric for metric in expected.scores if metric not in {score.metric for score in record.scores}]
    if not record.scores:
        yield Difference("no scores")
    elif missing:
        yield Difference("lacking", ", ".join(missing))


def _of_task(found: RecordedTask, expected: RecordedTask) -> Iterator[Difference]:
    if found.name != expected.name:
        yield Difference("task", found=found.name, expected=expected.name)
    elif found.version != expected.version:
        yield Difference("task version", found.name, str(found.version), str(expected.version))
    elif found.draw != expected.draw:
        yield Difference("draw", found.name, str(found.draw), str(expected.draw) if expected.draw else "the public one")
    elif found.fingerprint != expected.fingerprint:
        yield Difference("test data", found.name, found.fingerprint, expected.fingerprint)


def _of_protocol(record: Record, expected: Expected) -> Iterator[Difference]:
    found = record.protocol
    if found.off_protocol and not expected.off_protocol:
        numbers = f"{found.num_conditions} conditions, {found.samples_per_condition} samples each"
        yield Difference("off-protocol", numbers)
    elif record.fast is not None and not expected.off_protocol:
        yield Difference("fast", found=f"{record.fast.mean_deviation:.2g}")
    elif expected.protocol is not None and found != expected.protocol:
        ours, theirs = vars(found), vars(expected.protocol)
        name = next(name for name in ours if ours[name] != theirs[name])
        yield Difference("protocol", name, str(ours[name]), str(theirs[name]))


def _of_scores(record: Record, expected: Expected) -> Iterator[Difference]:
    scores = {score.metric: ScoreIdentity.of(score) for score in record.scores}
    for metric, wanted in expected.scores.items():
        found = scores.get(metric)
        if found is None or wanted is None or found == wanted:
            continue
        if (found.id, found.weight_hash) != (wanted.id, wanted.weight_hash):
            yield Difference("score", metric, found.id, wanted.id)
        else:
            yield Difference("direction", metric, _side(found.higher_is_better), _side(wanted.higher_is_better))


def _of_method(record: Record, expected: Expected) -> Iterator[Difference]:
    if expected.method_version not in (None, record.method.version):
        yield Difference("method version", record.method.name, str(record.method.version), str(expected.method_version))


def _side(higher_is_better: bool | None) -> str:
    return {True: "higher", False: "lower", None: "none"}[higher_is_better]
