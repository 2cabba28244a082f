"""What a run leaves: one record of typed facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from benchbench.core.declaration import Declaration
from benchbench.core.specification import name_of
from benchbench.core.uncertainty import STRICT, Threshold, Uncertainty

SCHEMA = 7
"""Of the records that are written; `benchbench.core.old_records` reads those of 1 and 2."""
SAME_FIELDS = 3
"""The schema from which on fields were only added, so that its records are read as they stand."""


@dataclass(frozen=True)
class Score:
    """One number of a record, with all that distinguishes it from another."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: str
    """In full: `diversity@1[lpips-alex@0.1,64px]`."""
    metric: str
    """The score specification: `diversity[lpips-alex]`."""
    features: str | None
    """The extractor's name."""
    value: float
    standard_error: float | None
    uncertainty: Uncertainty | None
    """What the standard error is; `None` without one."""
    n: int
    """How many conditions it is made of."""
    higher_is_better: bool | None
    weight_hash: str = ""
    interval: tuple[float, float] | None = None
    """95 % interval: Student's, from the standard error; in older records that of a bootstrap."""
    variant: str = ""
    """What else the number depends on, beside extractor and image size: `window=3`."""
    threshold: Threshold | None = None
    """The distance up to which two images count as one, where the metric uses one."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many of what the number is made from, in the order to show: `{"samples": 6000, "real": 2000}`."""
    detail: tuple[str, ...] = ()
    """What else a reader must know, in phrases; nothing reads them back."""
    flag: str = ""
    """Why the number should not be trusted as it stands."""
    histogram: tuple[int, ...] = ()
    """How many values fall into each of the equal bins in which the metric shows them; empty where it shows none."""

    @property
    def name(self) -> str:
        """The metric's name, without its extractor."""
        return name_of(self.metric)


@dataclass(frozen=True)
class RecordedTask:
    """The task of a run."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    version: int
    fingerprint: str
    """SHA-256 of the inputs and references that were used."""
    draw: int = 0
    """Which draw of the task's generator the test was (`Task.drawn`); 0 is the public one."""

    @property
    def facts(self) -> dict[str, Any]:
        """What belongs to the identity of a run: of the public draw nothing more than what is older than draws."""
        return {name: value for name, value in vars(self).items() if name != "draw" or value}


@dataclass(frozen=True)
class RecordedProtocol:
    """The protocol of a run, as it was carried out."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    version: int
    num_conditions: int
    samples_per_condition: int
    pairs_per_condition: int
    pairing: str
    off_protocol: bool
    """Whether these are other numbers than the task's own protocol has."""

    def numbers(self) -> dict[str, Any]:
        """Return the fields that can change a score, as `Protocol.numbers` does."""
        return {name: value for name, value in vars(self).items() if name != "off_protocol"}


@dataclass(frozen=True)
class RecordedCurve:
    """The ranking score on held-out examples while a method was trained."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    score: str
    """Its specification."""
    points: tuple[tuple[int, float, float | None], ...]
    """Steps, value and standard error over the held-out examples."""


@dataclass(frozen=True)
class RecordedTraining:
    """How a method was trained, as its checkpoint says; `None` where it does not."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seed: int | None = None
    steps: int | None = None
    device: str | None = None
    processor: str | None = None
    torch: str | None = None
    precision: str = "float32"
    finished: bool | None = None
    """Whether its curve is flat at the end and its health checks pass; `None` where that is not known."""
    why: str = ""
    """Why it is not finished, or why that is not known; empty where it is."""
    curve: RecordedCurve | None = None
    core_seconds: float | None = None
    """Processor time of all its processes."""
    gpu_seconds: float | None = None
    """Wall time on GPUs, times their number."""


@dataclass(frozen=True)
class RecordedMethod:
    """The method of a run, with its options."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    version: int
    options: dict[str, Any]
    label: str
    """Name and options as tables show them: `mr1[weight=40]`."""
    distribution: str
    """What it was installed from."""
    checkpoint: str | None
    """SHA-256 of the trained weights."""
    reference: bool
    """It reads the answers, and is never ranked."""
    training: RecordedTraining | None = None
    declaration: Declaration | None = None
    """What it was trained with; `None`: unknown, as in records of earlier versions."""


@dataclass(frozen=True)
class Timing:
    """How long a run took, in seconds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seconds_per_image: float
    """Sampling alone, with the device synchronised."""
    sampling_seconds: float
    wall_seconds: float


@dataclass(frozen=True)
class Cost:
    """What one sample costs."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seconds_per_sample: float
    """The median over the calls of `sample`, with the device synchronised; on a CPU with one thread."""
    calls: int
    """How many calls the median is of."""
    parameters: int | None = None
    """Of the networks that the prepared method holds; `None` where none is found."""
    evaluations_per_sample: float | None = None
    """How often the layer that is used most is evaluated for a sample (NFE); `None` where no layer is seen."""


@dataclass(frozen=True)
class Fast:
    """How far the samples of `run --fast` are from exact ones of the same noise, over the first conditions."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    mean_deviation: float
    """Of the values, absolute: in grey levels for images, in the task's units for points."""
    largest_deviation: float
    samples: int
    """How many were drawn both ways."""


@dataclass(frozen=True)
class Environment:
    """What a run ran on."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    device: str = ""
    processor: str = ""
    cores: int | None = None
    threads_per_worker: int | None = None
    platform: str = ""
    python: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    """Versions by name."""
    plugin: str = ""
    """The distribution of the method."""
    git_commit: str | None = None
    """Of the suite's source, where it has one."""
    git_dirty: bool | None = None
    """Whether that source is edited."""
    installed: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of what was installed of the suite and of the method's distribution (their `RECORD`), by name."""


@dataclass(frozen=True)
class PairedValues:
    """What methods are compared by, condition for condition."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    metric: str
    values: tuple[float, ...]
    """One per condition."""
    groups: tuple[int, ...]
    """The group of dependent conditions that each belongs to, numbered in the order of first appearance."""


@dataclass(frozen=True)
class Record:
    """One run: a task, a method with its options, a seed, and the scores."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    task: RecordedTask
    protocol: RecordedProtocol
    method: RecordedMethod
    seed: int
    status: Literal["ok", "skipped", "failed"]
    reason: str
    scores: tuple[Score, ...] = ()
    timing: Timing | None = None
    cost: Cost | None = None
    """`None` in records of earlier versions."""
    peak_memory_bytes: int = 0
    environment: Environment = field(default_factory=Environment)
    created: str = ""
    """ISO 8601, in UTC."""
    run_id: str = ""
    paired: PairedValues | None = None
    """`None` where the ranking score is computed on the whole set."""
    by_condition: str = ""
    """SHA-256 of the scores by condition of the task's own metrics, `benchbench.evaluation.by_condition.text_of`; empty
    where there are none, and in records of earlier versions."""
    batch_size: int | None = None
    """Of a method whose samples depend on it; else `None`."""
    fast: Fast | None = None
    """`None` where sampling was exact, as on every leaderboard."""
    undefined: dict[str, str] = field(default_factory=dict)
    """The scores that these samples do not have, by specification, and why."""
    schema: int = SCHEMA
    """Of the line that it was read from."""

    @property
    def training(self) -> RecordedTraining | None:
        """How the method was trained; `None` where the record does not say with which seed."""
        training = self.method.training
        return None if training is None or training.seed is None else training

    @property
    def training_seed(self) -> int | None:
        """The seed of that training."""
        return self.training.seed if self.training else None


@dataclass(frozen=True)
class Entry:
    """A record with the SHA-256 of the text that it was read from."""

    digest: str
    """Empty for a record that no file holds."""
    record: Record
