"""The pipe of a shard: conditions -> samples -> features -> condition scores, in a worker."""

from __future__ import annotations

import dataclasses
import functools
import resource
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import (
    BenchbenchError,
    ConditionMetric,
    Conditions,
    ConditionSamples,
    Example,
    FeatureExtractor,
    Method,
    Metric,
    Protocol,
    SetMetric,
    Task,
    Unsupported,
)
from benchbench.core.engine import GLOBAL_RANDOM
from benchbench.core.noise import Noise
from benchbench.evaluation import real
from benchbench.plugins import Registry, registry
from benchbench.protocols import pairs
from benchbench.specs import parse_score
from benchbench.stats.distances import euclidean
from benchbench.stats.estimates import condition_means
from benchbench.stats.sketch import sketch
from benchbench.system.files import RunDirectory

if TYPE_CHECKING:
    from torch import Tensor

SHARD_CONDITIONS = 10
GALLERY_CONDITIONS = 10


@dataclass(frozen=True)
class Plan:
    """One run in names and numbers, so that it can be sent to any worker."""

    task: str
    method: str
    options: tuple[tuple[str, Any], ...]
    checkpoint: str | None
    protocol: Protocol
    scores: tuple[str, ...]
    """Score specifications, as asked for."""
    seed: int
    device: str
    batch_size: int
    """Conditions a call of `sample`."""
    directory: str
    cache: str
    """The folder of real features."""
    keep_samples: str
    fingerprint: str

    @property
    def num_shards(self) -> int:
        """How many shards the conditions make."""
        return -(-self.protocol.num_conditions // SHARD_CONDITIONS)


@dataclass(frozen=True)
class ResolvedScore:
    """A metric under an extractor, with the task's word on whether it applies."""

    specification: str
    metric: Metric
    features: FeatureExtractor | None
    identity: str
    """In full: `diversity@1[lpips-alex@0.1,64px]`."""
    variant: str = ""
    """What else it depends on, beside extractor and image size."""


def resolve_scores(specifications: Sequence[str], task: Task, registry: Registry) -> list[ResolvedScore]:
    """Return the scores with the condition metrics that set metrics need, each once, in order.

    Raise `Unsupported` if one means nothing on the task, or takes features of another sample space.
    """
    resolved: dict[str, ResolvedScore] = {}

    def add(specification: str) -> None:
        if specification in resolved:
            return
        metric_class, features = parse_score(specification, registry)
        metric = metric_class()
        extractor = registry.get("features", features)() if features else None
        if extractor is not None and task.space.kind not in extractor.kinds:
            raise Unsupported(f"{features} takes {' or '.join(extractor.kinds)}; {task.name} has {task.space.kind}")
        metric.supports(task)
        if isinstance(metric, SetMetric):
            for needed in metric.needs:
                uses = registry.get("metrics", needed).uses_features
                add(f"{needed}[{features}]" if uses and features else needed)
        inside = [f"{extractor.name}@{extractor.version}", _size(task)] if extractor else []
        variant = metric.variant(task)
        inside = [part for part in (*inside, variant) if part]
        identity = f"{metric.name}@{metric.version}" + (f"[{','.join(inside)}]" if inside else "")
        resolved[specification] = ResolvedScore(specification, metric, extractor, identity, variant)

    for specification in specifications:
        add(specification)
    return list(resolved.values())


def _size(task: Task) -> str:
    """Return the size of a task's images, on which a perceptual distance depends; empty for points."""
    if task.space.kind != "images":
        return ""
    _, height, width = task.space.shape
    return f"{width}px" if height == width else f"{width}x{height}px"


@functools.lru_cache(maxsize=8)
def get_task(name: str) -> Task:
    """Return the task of this name, made once a process."""
    task: Task = registry().get("tasks", name)()
    return task


@functools.lru_cache(maxsize=8)
def get_fingerprint(name: str) -> str:
    """Return the fingerprint of the task of this name, computed once a process."""
    return real.fingerprint(get_task(name))


@contextmanager
def isolated(device: str, gradients: bool = False) -> Iterator[None]:
    """Compute so that nothing outside can change a number: one CPU thread, no TF32, global generators put back."""
    import torch

    threads = torch.get_num_threads()
    backends = torch.backends
    before = backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32, backends.cudnn.deterministic
    cuda = device.startswith("cuda")
    with GLOBAL_RANDOM:
        state = torch.get_rng_state()
        on_device = torch.cuda.get_rng_state(device) if cuda else None
    try:
        if device == "cpu":
            torch.set_num_threads(1)
        backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = False
        backends.cudnn.deterministic = True
        with torch.set_grad_enabled(gradients):
            yield
    finally:
        with GLOBAL_RANDOM:
            torch.set_rng_state(state)
            if on_device is not None:
                torch.cuda.set_rng_state(on_device, device)
        torch.set_num_threads(threads)
        backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32, backends.cudnn.deterministic = before


def make_method(plan: Plan) -> Method:
    """Return the method of a plan, prepared; whatever `prepare` raises is the caller's to judge."""
    method: Method = registry().get("methods", plan.method)(**dict(plan.options))
    task = get_task(plan.task)
    checkpoint = Path(plan.checkpoint) if plan.checkpoint else None
    method.prepare(task, plan.device, checkpoint)
    return method


def embedder(extractor: FeatureExtractor, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
    """Return the extractor's function, for samples on any device."""
    views = extractor.load(device)
    return lambda samples: views(samples.to(device))


@dataclass(frozen=True)
class _Worker:
    """What a process needs for every shard of a plan."""

    task: Task
    method: Method
    scores: list[ResolvedScore]
    embed: dict[str, Callable[[Tensor], dict[str, Tensor]]]
    real: dict[str, real.RealFeatures]


@functools.lru_cache(maxsize=1)
def _worker(plan: Plan) -> _Worker:
    task = get_task(plan.task)
    scores = resolve_scores(plan.scores, task, registry())
    extractors = {score.features.name: score.features for score in scores if score.features}
    cached = {
        name: real.load(real.cache_path(Path(plan.cache), task, plan.fingerprint, extractor))
        for name, extractor in extractors.items()
    }
    embed = {name: embedder_of(name, plan.device) for name in extractors}
    return _Worker(task, make_method(plan), scores, embed, cached)


def forget_workers() -> None:
    """Drop the method that this process keeps ready: another one may bear its name from now on."""
    _worker.cache_clear()


@functools.lru_cache(maxsize=4)
def embedder_of(name: str, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
    """Return the function of the extractor of this name, loaded once a process."""
    return embedder(registry().get("features", name)(), device)


def work_shard(job: tuple[Plan, int]) -> int:
    """Work one shard and return its number; whatever goes wrong comes back as a `BenchbenchError` that pickles."""
    plan, index = job
    try:
        _work(plan, index)
    except BenchbenchError as error:
        raise BenchbenchError(str(error)) from None
    except Exception as error:
        RunDirectory(Path(plan.directory)).write_error(traceback.format_exc())
        raise BenchbenchError(describe(error)) from None
    return index


def describe(error: BaseException) -> str:
    """Return `Type: message (file:line in function)` for an exception of somebody else's code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages/torch" not in f.filename]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    text = " ".join(str(error).split())[:500]
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def _work(plan: Plan, index: int) -> None:
    """Sample, check, extract and score the conditions of one shard, and write it."""
    with isolated(plan.device):
        worker = _worker(plan)
        run = RunDirectory(Path(plan.directory))
        start = index * SHARD_CONDITIONS
        stop = min(start + SHARD_CONDITIONS, plan.protocol.num_conditions)
        examples = [worker.task.examples("test")[i] for i in range(start, stop)]
        tensors: dict[str, list[Tensor]] = {}
        seconds = 0.0
        for offset in range(0, len(examples), plan.batch_size):
            batch = examples[offset : offset + plan.batch_size]
            began = time.perf_counter()
            samples = sample(worker.method, worker.task, batch, plan)
            seconds += time.perf_counter() - began
            for i, (example, own) in enumerate(zip(batch, samples, strict=True)):
                number = start + offset + i
                for name, value in _score_condition(worker, plan, number, example, own).items():
                    tensors.setdefault(name, []).append(value)
                if worker.task.space.kind == "images" and _keeps(plan, number):
                    run.write_samples(example.id, own)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        run.write_shard(index, _stack(tensors), {"sampling_seconds": seconds, "peak_memory_bytes": peak})


def work_again(plan: Plan, numbers: Sequence[int]) -> Iterator[tuple[int, Tensor, dict[str, float]]]:
    """Yield the number, the samples `uint8[K, …]` and the condition scores of these conditions, as a run makes them.

    Nothing is written. The condition is sampled in the batch in which the run had it.
    """
    with isolated(plan.device):
        worker = _worker(plan)
        for number in numbers:
            shard = number - number % SHARD_CONDITIONS
            first = number - (number - shard) % plan.batch_size
            last = min(first + plan.batch_size, shard + SHARD_CONDITIONS, plan.protocol.num_conditions)
            batch = [worker.task.examples("test")[i] for i in range(first, last)]
            own = sample(worker.method, worker.task, batch, plan)[number - first]
            found = _score_condition(worker, plan, number, batch[number - first], own)
            scores = {name.removeprefix("score:"): value for name, value in found.items() if name.startswith("score:")}
            yield number, own, {name: float(condition_means(v[None].numpy())[0]) for name, v in scores.items()}


def _keeps(plan: Plan, number: int) -> bool:
    return plan.keep_samples == "all" or (plan.keep_samples == "gallery" and number < GALLERY_CONDITIONS)


def sample(method: Method, task: Task, examples: Sequence[Example], plan: Plan) -> Tensor:
    """Return the checked samples `[B, K, *shape]` of a few examples, on the CPU, with the device synchronised."""
    import torch

    ids = tuple(example.id for example in examples)
    values = {
        modality: torch.stack([example.condition[modality] for example in examples]).to(plan.device)
        for modality in examples[0].condition
    }
    k = plan.protocol.samples_per_condition
    noise = Noise.for_samples((task.name, task.version), plan.seed, ids, k, plan.device)
    samples = method.sample(Conditions(ids, values), k, noise)
    return task.space.check(samples, len(examples), k).cpu()


def _score_condition(worker: _Worker, plan: Plan, number: int, example: Example, samples: Tensor) -> dict[str, Tensor]:
    """Return the condition scores (float64 scalars) and the views that set metrics asked to keep."""
    import torch

    views = {name: embed(samples) for name, embed in worker.embed.items()}
    for view in views.values():
        view["sketch"] = sketch(view["embedding"])
    views = {name: {key: tensor.cpu() for key, tensor in found.items()} for name, found in views.items()}
    plain = ConditionSamples(worker.task, example, samples, pairs(plan.protocol, worker.task, plan.seed, example.id))
    data = {name: with_features(plain, view["embedding"], worker.real[name], number) for name, view in views.items()}
    values: dict[str, Tensor] = {}
    for score in worker.scores:
        name = score.features.name if score.features else ""
        if isinstance(score.metric, ConditionMetric):
            value = score.metric.compute(data.get(name, plain))
            values[f"score:{score.specification}"] = torch.as_tensor(value, dtype=torch.float64)
        elif isinstance(score.metric, SetMetric):
            for view in score.metric.keeps:
                values[view_key(score, view)] = samples if view == "samples" else views[name][view]
    return values


def with_features(
    plain: ConditionSamples, embedding: Tensor, known: real.RealFeatures, number: int
) -> ConditionSamples:
    """Return the samples of the example of this number with what an extractor says of them."""
    references = known.reference_embedding(number)
    return dataclasses.replace(
        plain,
        embedding=embedding,
        reference_embedding=references,
        distances=euclidean(embedding, embedding),
        reference_distances=euclidean(embedding, references),
        thresholds=known.thresholds,
    )


def view_key(score: ResolvedScore, view: str) -> str:
    """Return the name under which a shard keeps what a set metric looks at."""
    return f"view:{score.features.name}:{view}" if score.features and view != "samples" else f"view::{view}"


def _stack(tensors: dict[str, list[Tensor]]) -> dict[str, Tensor]:
    import torch

    return {name: torch.stack(parts) for name, parts in tensors.items()}
