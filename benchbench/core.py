"""The nouns of the suite, and its errors; nothing heavy is imported here.

A task gives conditions with references; a method samples several images for each condition; feature extractors turn
images into vectors; metrics turn vectors into scores; a run is one record.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    import pandas
    from torch import Tensor

    from benchbench.engine import Engine
    from benchbench.noise import Noise


class BenchbenchError(Exception):
    """Something that the user can mend; the command line prints it without a traceback."""


class Unsupported(BenchbenchError):
    """Raised by `Method.prepare` (or a metric) that cannot serve a task: the run is skipped, with this reason."""


class Diverged(BenchbenchError):
    """A training whose loss became NaN, infinite or enormous."""

    def __init__(self, loss: str, value: float, step: int, kept: str) -> None:
        self.loss, self.value, self.step = loss, value, step
        super().__init__(f"diverged: loss {loss} is {value:g} at step {step}; {kept}; try other options or a new seed")


class MissingData(BenchbenchError):
    """A data set, weight file or checkpoint is not where it was looked for; the message says how to get it."""


class BadSample(BenchbenchError):
    """A method returned something other than what the task's sample space holds."""


class WrongUsage(BenchbenchError):
    """What was written on the command line, or in its place, cannot be meant: exit code 2."""


class UnknownName(WrongUsage):
    """No task, method, metric, extractor or executor bears this name."""


class Busy(BenchbenchError):
    """Another process is writing this very run."""


@dataclass(frozen=True)
class SampleSpace:
    """What one sample of a task is: `uint8[3, H, W]` RGB images or `float32[D]` points."""

    kind: Literal["images", "points"]
    shape: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """The name of the torch dtype of a sample."""
        return "uint8" if self.kind == "images" else "float32"

    def check(self, samples: object, num_conditions: int, num_samples: int) -> Tensor:
        """Return `samples` if they are `[B, K, *shape]` of the right dtype and finite; raise `BadSample` if not."""
        import torch

        if not isinstance(samples, torch.Tensor):
            raise BadSample(f"sample() returned {type(samples).__name__}, expected a torch.Tensor")
        if samples.is_floating_point() and not bool(torch.isfinite(samples).all()):
            raise BadSample("sample() returned NaN or infinite values")
        if str(samples.dtype) != f"torch.{self.dtype}":
            hint = ": scale to 0..255, round, clamp and cast" if self.dtype == "uint8" else ""
            raise BadSample(f"sample() returned dtype {samples.dtype}, expected torch.{self.dtype}{hint}")
        expected = (num_conditions, num_samples, *self.shape)
        if tuple(samples.shape) != expected:
            raise BadSample(f"sample() returned shape {list(samples.shape)}, expected {list(expected)}")
        return samples


@dataclass(frozen=True)
class Example:
    """A condition with the real outputs that are known to be valid for it."""

    id: str
    """Unique within the task; names the noise streams and the folders of samples."""
    condition: Mapping[str, Tensor]
    """From modality to value; `{}` when unconditional.

    `"image"`: `uint8[C, h, w]`, RGB or one channel. `"mask"`: `uint8[1, h, w]`, 255 in the hole. `"label"`: `int64[]`.
    """
    references: Tensor
    """`[R, *space.shape]`, R >= 1: the valid real outputs at hand."""
    group: str = ""
    """Examples of one group are not independent (crops of one block of a photograph); empty: independent."""


@dataclass(frozen=True)
class Conditions:
    """A batch of B conditions: their ids and, for each modality, one stacked tensor `[B, …]` on the method's device."""

    ids: tuple[str, ...]
    values: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, modality: str) -> Tensor:
        if modality not in self.values:
            known = ", ".join(sorted(self.values)) or "none"
            raise Unsupported(f"needs a condition of modality {modality!r}; the task gives {known}")
        return self.values[modality]


@dataclass(frozen=True)
class Protocol:
    """How many conditions, samples and pairs a score is made of, and what a published protocol computes from them."""

    name: str = "mrgan"
    version: int = 1
    num_conditions: int | None = 300
    """`None`: every test condition."""
    samples_per_condition: int = 20
    pairs_per_condition: int = 10
    pairing: Literal["disjoint", "consecutive", "random", "all"] = "disjoint"
    """How the pairs of a condition's samples are drawn; see `benchbench.protocols.pairs`."""
    scores: tuple[str, ...] = ()
    """Score specifications that its authors report; empty: the task's own."""
    side: int | None = None
    """The side of the images that its authors measured, in pixels; `None`: it is not fixed."""
    source: str = ""
    """Where it is published."""
    departures: tuple[str, ...] = ()
    """What we do otherwise, or fix because the authors leave it open; a sentence each."""

    def __post_init__(self) -> None:
        if self.pairing not in ("disjoint", "consecutive", "random", "all"):
            raise BenchbenchError(
                f"protocol {self.name}: pairing is {self.pairing!r}; write disjoint, consecutive, random or all"
            )
        implied = _implied_pairs(self.pairing, self.samples_per_condition)
        if implied not in (None, self.pairs_per_condition):
            raise BenchbenchError(
                f"protocol {self.name}: pairs_per_condition is {self.pairs_per_condition}, but {self.pairing} pairs of"
                f" {self.samples_per_condition} samples are {implied}; write {implied}"
            )

    @property
    def summary(self) -> str:
        """In numbers: `100 conditions x 20 samples, 19 consecutive pairs`."""
        conditions = "all" if self.num_conditions is None else self.num_conditions
        return f"{conditions} conditions x {self.samples_per_condition} samples, {self.drawing}"

    @property
    def drawing(self) -> str:
        """The pairs of a condition in words: `19 consecutive pairs`, `all 45 pairs`."""
        order = ("all", self.pairs_per_condition) if self.pairing == "all" else (self.pairs_per_condition, self.pairing)
        return " ".join(map(str, order)) + " pairs"

    def resized(self, num_conditions: int, samples_per_condition: int) -> Protocol:
        """Return the protocol on other numbers of conditions and samples; its pairs stay what its pairing allows.

        All and consecutive pairs follow from the samples; disjoint ones become fewer, so that none uses a sample twice.
        """
        pairs = self.pairs_per_condition
        if samples_per_condition != self.samples_per_condition:
            implied = _implied_pairs(self.pairing, samples_per_condition)
            most = samples_per_condition // 2 if self.pairing == "disjoint" else pairs
            pairs = min(pairs, most) if implied is None else implied
        return dataclasses.replace(
            self,
            num_conditions=num_conditions,
            samples_per_condition=samples_per_condition,
            pairs_per_condition=pairs,
        )

    def numbers(self) -> dict[str, Any]:
        """Return the fields that can change a score."""
        names = ("name", "version", "num_conditions", "samples_per_condition", "pairs_per_condition", "pairing")
        return {name: getattr(self, name) for name in names}


def _implied_pairs(pairing: str, samples: int) -> int | None:
    """Return how many pairs the samples make where the pairing leaves no choice."""
    return {"all": samples * (samples - 1) // 2, "consecutive": samples - 1}.get(pairing)


@dataclass(frozen=True)
class Thresholds:
    """Euclidean distances between embeddings that were measured on a task's real images under one extractor."""

    repeat: float
    """The noise floor: up to here, two embeddings are of one image made twice."""
    visible: float
    """Up to here, people would not tell the two images apart."""


class Task(ABC):
    """Conditions with references, a sample space, a protocol and the metrics that matter; subclass and register."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str] = ""
    kind: ClassVar[
        Literal["super-resolution", "translation", "inpainting", "class-conditional", "unconditional", "points"]
    ]
    space: SampleSpace
    protocol: ClassVar[Protocol] = Protocol()
    metrics: ClassVar[tuple[str, ...]]
    """Score specifications such as `energy-score[mini]`; the first one ranks."""
    choices: ClassVar[tuple[str, ...]] = ()
    """What its source leaves open, and what is fixed here; a sentence each."""

    @abstractmethod
    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return the examples of a split, indexable, in a fixed order; raise `MissingData` if they are not here."""

    @abstractmethod
    def real_pool(self) -> Tensor:
        """Return the real outputs for set metrics, `[N, *space.shape]`: training targets, disjoint from the test."""

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: how far each sample `[K, *shape]` departs from its condition, in grey levels (0..255).

        A task that overrides it has the metric `consistency`.
        """
        raise Unsupported(f"{self.name} has no measure of how well a sample obeys its condition")

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw `[B, K, *space.shape]` from the true law of each condition; raise `Unsupported` where it is unknown.

        By default the law is taken to be uniform over the references, where there is more than one.
        """
        import torch

        examples = self.examples("test")
        if len(examples[0].references) < 2:
            raise Unsupported("the true conditional law is not known: the task has one reference a condition")
        by_id = {example.id: example for example in examples}
        drawn = []
        for i, id in enumerate(ids):
            references = by_id[id].references
            drawn.append(references[noise.condition(i).integers(len(references))[0].cpu()])
        return torch.stack(drawn)


class ModeTask(Task):
    """A task whose conditional law is a mixture of known modes."""

    num_modes: ClassVar[int]

    @abstractmethod
    def mode_probabilities(self, id: str) -> Tensor:
        """Return `float64[M]`, the true mass of each mode under the condition of this test example."""

    @abstractmethod
    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return `int64[K]`: the mode that each sample `[K, *shape]` belongs to, or -1 where it is of low quality."""


class SuperResolutionTask(Task):
    """A task whose condition is its target made smaller: by the area mean, unless `downsample` says otherwise."""

    kind = "super-resolution"
    factor: ClassVar[int] = 4

    def downsample(self, images: Tensor) -> Tensor:
        """Return `float32[N, 3, h, w]` in 0..255: images `uint8[N, 3, H, W]` made smaller as the condition was."""
        import torch

        return torch.nn.functional.avg_pool2d(images.float(), self.factor)

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: the mean absolute error of each sample made smaller against the input."""
        small = self.downsample(samples)
        return (small - example.condition["image"].to(small)).abs().double().mean((1, 2, 3))


class InpaintingTask(Task):
    """A task whose condition is its target with a hole: `image`, the hole filled, and `mask`, 255 in the hole."""

    kind = "inpainting"

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: the mean absolute error of each sample against the image outside of the hole."""
        known = (example.condition["mask"] == 0).to(samples.device).expand(samples.shape[1:])
        image = example.condition["image"].to(samples.device).double()
        return (samples.double() - image).abs()[:, known].mean(1)


@dataclass
class Method(ABC):
    """A generative approach with its options (the dataclass fields of a subclass), under test."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str] = ""
    reads_the_answers: ClassVar[bool] = False
    """A reference row, shown but never ranked: it looks at references that a generator cannot see."""
    by_name_only: ClassVar[bool] = False
    """Run when it is asked for, not by a `run` without `-m`."""
    uses_batch_generator: ClassVar[bool] = False
    """It draws from `noise.generator()`, so the batch size belongs to the identity of its runs."""
    sampling_options: ClassVar[tuple[str, ...]] = ()
    """Options that sampling alone reads (steps of a sampler, a temperature): one checkpoint serves every value."""

    @abstractmethod
    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Get ready to sample for `task`; raise `Unsupported` with the reason where that is not possible.

        `checkpoint` is the file that the user names; `None` means the one from `default_checkpoint`.
        """

    @abstractmethod
    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return K = `num_samples` samples for each of the B conditions, `uint8[B, K, 3, H, W]` for image tasks."""

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint that ships with the method for this task and its trained options, if there is one."""
        return None

    def trainer(self, task: Task, engine: Engine) -> Trainer:
        """Return what trains this method on `task`; raise `Unsupported` where there is nothing to train."""
        raise Unsupported(f"{self.name} has nothing to train")

    def options(self) -> dict[str, Any]:
        """Return the options as a JSON-ready mapping; they belong to the identity of a run."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}

    def trained_options(self) -> dict[str, Any]:
        """Return the options that belong to the identity of a checkpoint: all but those that sampling alone reads."""
        return {name: value for name, value in self.options().items() if name not in self.sampling_options}


class Trainer(ABC):
    """Training cut in steps, so that the suite can show, save and resume it; randomness follows from (seed, step)."""

    num_steps: int
    """How many steps there are; `fit --steps` sets another number before the first step, so read it in `step`."""

    @abstractmethod
    def step(self, index: int) -> Mapping[str, float | Tensor]:
        """Make the update number `index` (from 0) and return its losses: numbers, or scalars on the device."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return all that a resumed training needs, for `torch.save`: of a state with NaN none is kept."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state that `state` gave."""

    @abstractmethod
    def weights(self) -> dict[str, Tensor]:
        """Return the tensors that the checkpoint for sampling holds."""

    def preview(self) -> Tensor | None:
        """Return K samples of a few validation conditions, `[B, K, *space.shape]` as `sample` gives them.

        They are looked at while it trains: their spread, and the images themselves.
        """
        return None


class FeatureExtractor(ABC):
    """A frozen network (or a formula) with its resize and its normalisation."""

    name: ClassVar[str]
    version: ClassVar[str | int]
    summary: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ("images",)
    """The kinds of sample space that it takes."""

    @abstractmethod
    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return a function from samples `[N, *shape]` to its views; raise `MissingData` without its weights.

        `"embedding"`, `float32[N, D]`: Euclidean distance is the perceptual distance's square root.
        `"pooled"`, `float32[N, d]`: a low-dimensional vector for statistics of sets.
        """

    def weight_hash(self) -> str:
        """Return the SHA-256 of the weights in use, or an empty string where there are none."""
        return ""


@dataclass(frozen=True)
class ConditionSamples:
    """All that a condition metric may look at: one condition, its K samples and, with an extractor, the features."""

    task: Task
    example: Example
    samples: Tensor
    """`[K, *space.shape]`, the samples."""
    pairs: Tensor
    """`int64[P, 2]`, the protocol's disjoint pairs of sample indices."""
    embedding: Tensor | None = None
    """`float32[K, D]` of the samples."""
    reference_embedding: Tensor | None = None
    """`float32[R, D]` of the references."""
    distances: Tensor | None = None
    """`float64[K, K]`, Euclidean, between the samples' embeddings."""
    reference_distances: Tensor | None = None
    """`float64[K, R]`, Euclidean, from the samples' embeddings to the references'."""
    thresholds: Thresholds | None = None
    """The distances up to which two images count as one."""


@dataclass(frozen=True)
class SampleSet:
    """All that a set metric may look at: every condition of a run at once."""

    task: Task
    examples: Sequence[Example]
    groups: Sequence[str]
    """For each condition, the group of dependent conditions that it belongs to."""
    table: pandas.DataFrame
    """One row a condition, one column a condition score specification."""
    features: Mapping[str, Tensor]
    """The views named in `keeps`, each `[n, K, …]`."""
    real: Any
    """`benchbench.real.RealFeatures` of the task under the same extractor; `None` without an extractor."""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty, before it is named."""

    value: float
    standard_error: float | None
    n: int
    """How many conditions it is made of."""
    uncertainty: str = "standard error over conditions"
    """What the ± is."""
    interval: tuple[float, float] | None = None
    """95 % interval, where the uncertainty comes from a bootstrap."""
    detail: str = ""
    """What else the number was made with, for a reader: N of both sides, a threshold."""
    flag: str = ""
    """Why the number should not be trusted as it stands; empty if there is no reason."""


class Metric(ABC):
    """What condition metrics and set metrics share; subclass one of those."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    scope: ClassVar[Literal["condition", "set"]]
    summary: ClassVar[str] = ""
    uses_features: ClassVar[bool] = True
    extractor: ClassVar[str] = ""
    """The only extractor that its name stands for (FID is of Inception); empty: any, named in square brackets."""
    higher_is_better: ClassVar[bool | None]
    """`None` where neither direction is good in itself."""

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the metric means nothing on this task."""
        return

    def variant(self, task: Task) -> str:
        """Return what else the number depends on (a window that the image size dictates); part of its identity."""
        return ""


class ConditionMetric(Metric):
    """Computed for each condition, then averaged, which gives its uncertainty."""

    scope = "condition"

    @abstractmethod
    def compute(self, data: ConditionSamples) -> float | Tensor:
        """Return the value of one condition; or what it is the mean of, so that this can be resampled too.

        `float64[m]`: a value for each of m exchangeable samples or pairs; `float64[K, K]`, symmetric: a value for each
        pair of samples, whose diagonal does not count.
        """

    def detail(self, thresholds: Thresholds | None) -> str:
        """Return what a reader must know beside the number, such as the threshold that it was made with."""
        return ""


class SetMetric(Metric):
    """Computed on everything pooled."""

    scope = "set"
    keeps: ClassVar[tuple[str, ...]] = ()
    """What to carry to `compute`: the view `pooled`, the `sketch` of the embedding, or the `samples` themselves."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Condition metrics whose columns `compute` reads, by name, under the same extractor."""

    @abstractmethod
    def compute(self, data: SampleSet) -> Estimate:
        """Return the value over the whole run."""


@dataclass(frozen=True)
class RunInfo:
    """What reporters are told of a run."""

    task: str
    method: str
    """Its label: the name with the options that are not the default's."""
    run_id: str
    directory: Path
    seed: int
    num_shards: int


@dataclass(frozen=True)
class TrainingInfo:
    """What reporters are told of a training."""

    task: str
    method: str
    """Its label: the name with the options that are not the default's."""
    seed: int
    num_steps: int
    checkpoint: Path
    """Where the trained weights will be."""


class Executor(ABC):
    """Where shards are worked: a context manager whose `map` yields results as they come."""

    name: ClassVar[str]
    summary: ClassVar[str] = ""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *exc_info: object) -> None:
        return

    @abstractmethod
    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        """Yield `function(job)` for each job in any order; function and jobs pickle; exceptions are raised."""
