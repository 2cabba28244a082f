"""Where samples come from: a method that makes them as they are asked for, or a folder that holds them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchbench.core import BenchbenchError, Conditions, Example, Method
from benchbench.core.noise import Noise
from benchbench.evaluation.condition import SampledCondition
from benchbench.evaluation.fast import bfloat16
from benchbench.evaluation.networks import Evaluations, networks_of, num_parameters
from benchbench.evaluation.session import Session
from benchbench.methods.folder import ValueRange, read_samples

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger("benchbench")
SHARD_CONDITIONS = 10
"""Conditions per shard: the unit of work and of resumption, and the most that share a batch."""
Source: TypeAlias = Callable[[Iterable[int]], Iterator[SampledCondition]]
"""From the numbers of test conditions to these conditions with their samples."""


class Live:
    """Samples made by a prepared method; the noise of each belongs to it, whatever else is sampled."""

    def __init__(self, session: Session, method: Method, batch_size: int) -> None:
        self._session, self._method, self._batch_size = session, method, batch_size
        self._most = SHARD_CONDITIONS
        """Conditions that have fitted into memory at once, as far as is known."""
        self.seconds = 0.0
        """Spent in the method so far, with the device synchronised."""
        self.seconds_per_sample: list[float] = []
        """Of each call."""
        self.drawn = 0
        """Samples so far that the method has made."""
        self._around_sampling: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered around every call of the method's `sample`."""

    def __call__(self, numbers: Iterable[int]) -> Iterator[SampledCondition]:
        """Yield the conditions of these numbers, sampled in the batches in which a run has them."""
        wanted = set(numbers)
        for batch in _batches(sorted(wanted), self._batch_size, self._session.num_conditions):
            examples = [self._session.task.examples("test")[number] for number in batch]
            for number, example, own in zip(batch, examples, self._samples(examples), strict=True):
                if number in wanted:
                    yield SampledCondition(number, example, own, log_likelihood=self._likelihood(example))

    def counted(self, numbers: Iterable[int], found: dict[str, float | None]) -> Iterator[SampledCondition]:
        """Yield the same; at the end `found` has `parameters` and `evaluations_per_sample`.

        The evaluations are those of sampling, not those of what else a score asks of the method.
        """
        networks = networks_of(self._method)
        evaluations = Evaluations(networks, self._session.protocol.samples_per_condition)
        self._around_sampling = evaluations.counted
        yield from self(numbers)
        found["parameters"] = num_parameters(networks)
        found["evaluations_per_sample"] = evaluations.per_sample(self.drawn)

    def _samples(self, examples: Sequence[Example]) -> Tensor:
        """Return all checked samples `[B, K, *shape]` of a batch."""
        return self._sample(examples)

    def _sample(self, examples: Sequence[Example], first: int = 0) -> Tensor:
        """Return the checked samples from this one on, `[B, K - first, *shape]`; in halves where memory is too small.

        Each sample's noise is its own, so halves give the same samples. A method that draws from its batch's generator
        would give others: it is not divided.
        """
        import torch

        most = self._most  # which the first part may lower
        if len(examples) > most:
            return torch.cat([self._sample(examples[:most], first), self._sample(examples[most:], first)])
        try:
            return self._sample_together(examples, first)
        except (torch.cuda.OutOfMemoryError, MemoryError) as error:
            if self._method.uses_batch_generator or len(examples) == 1:
                advice = "choose a smaller --batch-size" if len(examples) > 1 else "one condition is more than fits"
                raise BenchbenchError(f"out of memory with {len(examples)} conditions at once: {advice}") from error
        if self._session.device != "cpu":
            torch.cuda.empty_cache()
        self._most = len(examples) // 2
        _log.warning("out of memory with %d conditions at once; going on with %d", len(examples), self._most)
        return self._sample(examples, first)

    def _sample_together(self, examples: Sequence[Example], first: int) -> Tensor:
        """Return the checked samples of one call, on the CPU."""
        import torch

        session, task = self._session, self._session.task
        ids = tuple(example.id for example in examples)
        began = time.perf_counter()
        values = {
            modality: torch.stack([example.condition[modality] for example in examples]).to(session.device)
            for modality in examples[0].condition
        }
        k = session.protocol.samples_per_condition - first
        noise = Noise.for_samples((task.name, task.version), session.seed, ids, k, session.device, first)
        with self._around_sampling(), bfloat16(session.device) if session.fast else nullcontext():
            samples = self._method.sample(Conditions(ids, values), k, noise)
        if session.fast and isinstance(samples, torch.Tensor) and samples.dtype == torch.bfloat16:
            samples = samples.float()
        checked = task.space.check(samples, len(examples), k).cpu()
        spent = time.perf_counter() - began
        self.seconds += spent
        self.drawn += len(examples) * k
        self.seconds_per_sample.append(spent / (len(examples) * k))
        return checked

    def _likelihood(self, example: Example) -> Tensor | None:
        """Return the log density of the references of a condition that has been sampled, where a score asks for it."""
        import torch

        session, task = self._session, self._session.task
        if not any(score.metric.uses_likelihood for score in session.scores):
            return None
        number = len(example.references)
        keys = [(task.name, task.version, session.seed, example.id, "reference", r) for r in range(number)]
        values = {modality: value[None].to(session.device) for modality, value in example.condition.items()}
        references = example.references[None].to(session.device)
        with torch.no_grad():
            found = self._method.log_likelihood(
                Conditions((example.id,), values), references, Noise([keys], session.device)
            )
        return found[0].double().cpu()


def _batches(numbers: Sequence[int], size: int, total: int) -> Iterator[list[int]]:
    """Yield the batches that hold these numbers: runs of `size` conditions from the first one of each shard on."""
    done: set[int] = set()
    for number in numbers:
        if number not in done:
            shard = number - number % SHARD_CONDITIONS
            first = number - (number - shard) % size
            batch = list(range(first, min(first + size, shard + SHARD_CONDITIONS, total)))
            done.update(batch)
            yield batch


class Stored:
    """Samples that lie in files, by the ids of their conditions (`benchbench.data.listing`)."""

    def __init__(
        self,
        session: Session,
        files: Mapping[str, Sequence[Path]],
        num_samples: int,
        value_range: ValueRange | None = None,
    ) -> None:
        self._task, self._files, self._num_samples, self._range = session.task, files, num_samples, value_range

    def __call__(self, numbers: Iterable[int]) -> Iterator[SampledCondition]:
        """Yield the conditions of these numbers with their first images."""
        for number in numbers:
            example = self._task.examples("test")[number]
            samples = read_samples(self._files[example.id][: self._num_samples], self._task.space.shape, self._range)
            yield SampledCondition(number, example, samples)
