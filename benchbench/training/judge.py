"""What the validation curve is measured by: the weights of now as a checkpoint, sampled and scored as a run would."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.evaluation.held_out import HeldOutScore
from benchbench.evaluation.plan import prepare
from benchbench.plugins import registry
from benchbench.system.blame import describe
from benchbench.system.determinism import isolated
from benchbench.training import checkpoints
from benchbench.training.curve import Point
from benchbench.training.plan import Training

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger("benchbench")


class Judge:
    """Scores the weights of a training under way on held-out examples; where it cannot, it says so once."""

    def __init__(self, training: Training, device: str, about: Mapping[str, Any]) -> None:
        self._training, self._device, self._about = training, device, about
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._score: HeldOutScore | None = None
        self._unable = False

    def __call__(self, weights: Mapping[str, Tensor], step: int) -> Point | None:
        """Return the ranking score of these weights; `None` where they cannot be scored."""
        if self._unable:
            return None
        try:
            return self._judged(weights, step)
        except Exception as error:  # a plugin's prepare or sample: what it trains is worth more than the curve
            _log.warning("no validation curve of %s: %s; the training goes on", self._training.method, describe(error))
            self._unable = True
            return None

    def close(self) -> None:
        """Remove what it wrote."""
        if self._folder is not None:
            self._folder.cleanup()

    def _judged(self, weights: Mapping[str, Tensor], step: int) -> Point:
        training = self._training
        if self._folder is None or self._score is None:
            self._folder = tempfile.TemporaryDirectory(prefix="benchbench-curve-")
            folder = Path(self._folder.name)
            self._score = HeldOutScore(training.on, registry(), training.seed, self._device, folder)
        path = Path(self._folder.name) / "weights.safetensors"
        checkpoints.write(path, weights, self._about)
        method = training.make_method()
        prepare(method, training.on, self._device, path)
        with isolated(self._device):
            found, values = self._score.of(method)
        return Point(step, found.value, found.standard_error, tuple(values))
