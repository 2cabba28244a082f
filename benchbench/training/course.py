"""One training under way: its steps, what is looked at on the way, what is saved, and the checkpoint at the end."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Diverged, Trainer, TrainingInfo
from benchbench.core.engine import Engine
from benchbench.evaluation.answers import visible_to
from benchbench.plugins import registry, report
from benchbench.specs import format_method, split
from benchbench.system.blame import describe
from benchbench.system.signals import Ended
from benchbench.training import checkpoints, distributed, states
from benchbench.training.curve import Curve, is_point
from benchbench.training.divergence import Watch
from benchbench.training.health import Health
from benchbench.training.judge import Judge
from benchbench.training.plan import Training
from benchbench.training.spent import Spent

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Told the steps done, of how many, and the latest losses, with the `spread` of the samples where it is known."""

_log = logging.getLogger("benchbench")
READ_EVERY = 10
"""Losses are read from the device and looked at every so many steps, and before anything is saved."""
PREVIEW_EVERY = 100


class Course:
    """One training under way."""

    def __init__(self, training: Training, engine: Engine, progress: Progress) -> None:
        self._training, self._engine, self._progress = training, engine, progress
        self._spent = Spent(engine.device, engine.world_size)
        method = training.make_method()
        shown = visible_to(method, training.on)
        self._trainer: Trainer = method.trainer(shown, engine, training.steps)
        if not isinstance(self._trainer, Trainer):
            raise BenchbenchError(f"trainer() of {method.name} gave {self._trainer!r}, expected a benchbench.Trainer")
        if training.steps not in (None, self._trainer.num_steps):
            raise BenchbenchError(
                f"trainer() of {method.name} was asked for {training.steps} steps and makes {self._trainer.num_steps}:"
                " set num_steps of the trainer to the steps that it is given"
            )
        label = format_method(method.name, method.trained_options(), type(method)().options())
        total = self._trainer.num_steps
        self._info = TrainingInfo(training.task, label, training.seed, total, training.path)
        self._watch, self._health = Watch(), Health(self._trainer.healthy, total)
        self._judge = Judge(training, engine.device, training.identity)
        self._curve = _curve(training, total)
        self._unread: list[Mapping[str, float | Tensor]] = []
        self._spread: dict[str, float] = {}
        self._blind = False
        """A preview failed, which is reported once."""

    def run(self, ending: Callable[[], int]) -> None:
        """Train from where it stands to the end, and write the checkpoint.

        Once `ending` gives the number of a signal, write a state and its weights, and raise `Ended`.
        """
        try:
            self._run(ending)
        finally:
            self._judge.close()

    def _run(self, ending: Callable[[], int]) -> None:
        total, done = self._info.num_steps, self._resume()
        every = self._training.save_every or self._trainer.save_every
        while done < total:
            self._engine.seed_modules(done)
            losses = self._trainer.step(done)
            if not isinstance(losses, Mapping):
                raise BenchbenchError(f"step() gave {losses!r}, expected a mapping of the losses' names to scalars")
            self._unread.append(losses)
            done += 1
            preview = self._preview() if done % PREVIEW_EVERY == 0 or done == total else None
            saves = done % every == 0 and done < total
            if preview is not None or saves or done % READ_EVERY == 0 or done == total:
                self._look(done, preview)
            if is_point(done, total):
                self._measure(done)
            if saves and not self._watch.large:  # in every process, for losses are their mean
                self._save(done)
            if ending() and done < total:
                self._end(ending(), done)
        self._write(self._training.path, total)
        if self._engine.rank == 0:
            self._training.state_path.unlink(missing_ok=True)
            report("training_finished", training=self._info)
        distributed.wait()  # for what another method samples from this checkpoint

    def _end(self, number: int, done: int) -> None:
        """Keep the state of now if it is good, and the weights of the last good state; raise `Ended`."""
        if self._unread:
            self._look(done, None)
        if not self._watch.large:
            self._save(done)
        if self._training.state_path.exists():
            self.finish()
        raise Ended(number)

    def finish(self) -> Path:
        """Write the weights of the last good state as a checkpoint, and return its path."""
        if not self._training.state_path.exists():
            raise BenchbenchError(
                f"nothing of this training is saved: there is no {self._training.state_path}; a state is written every"
                f" {self._training.save_every or self._trainer.save_every} steps (--save-every)"
            )
        step = self._resume()
        path = self._training.stopped_path(step)
        self._write(path, step)
        return path

    def _look(self, done: int, preview: Tensor | None) -> None:
        """Read the losses since the last look, stop if one has diverged, and tell how it goes."""
        steps = self._read()
        for step, losses in enumerate(steps, done - len(steps) + 1):
            self._health.look(step, losses)
            name = self._watch.look(losses, last=step == self._info.num_steps)
            if name is not None:
                raise Diverged(name, losses[name], step, self._keep())
        if self._engine.rank == 0:
            shown = {**steps[-1], **self._spread}
            self._progress(done, self._info.num_steps, shown)
            report("training_progress", training=self._info, done=done, losses=shown, preview=preview)

    def _read(self) -> list[dict[str, float]]:
        """Return the losses of the steps since the last look, the mean over the processes, in one transfer."""
        import torch

        unread, self._unread = self._unread, []
        flat = [_scalar(name, value) for losses in unread for name, value in losses.items()]
        if not flat:
            return [{} for _ in unread]
        values = distributed.mean(torch.stack([value.detach().to(self._engine.device) for value in flat])).tolist()
        return [{name: values.pop(0) for name in losses} for losses in unread]

    def _preview(self) -> Tensor | None:
        """Return samples of validation conditions, and note how far those of one condition are spread.

        A failing preview is reported; training continues.
        """
        try:
            drawn = self._trainer.preview()
            if drawn is not None and drawn.shape[1] > 1:
                self._spread = {"spread": float(drawn.double().var(1).mean().sqrt())}
                self._health.look_at_spread(self._spread["spread"])
        except Exception as error:
            if not self._blind:
                _log.warning("preview of %s: %s; the training goes on", self._info.method, describe(error))
            self._blind = True
            return None
        return drawn

    def _measure(self, done: int) -> None:
        """Take a point of the validation curve."""
        with self._spent.aside():
            weights = self._trainer.weights()
            if self._engine.rank == 0:
                point = self._judge(weights, done)
                if point is not None:
                    self._curve.add(point)
            distributed.wait()

    def _save(self, done: int) -> None:
        """Keep the state of now, unless it is not finite: the state before is good."""
        state = self._trainer.state()
        if self._engine.rank == 0:
            broken = states.not_finite(state)
            if broken:
                _log.warning("%s is not finite after step %d: this state is not kept", broken, done)
            else:
                seen = {"watch": self._watch.state(), "health": self._health.state(), "curve": self._curve.state()}
                own = {"spent": self._spent.state(), "made_with": self._made_with}
                kept = {"done": done, "trainer": state, **seen, **own}
                states.write(self._training.state_path, kept)
        distributed.wait()

    def _keep(self) -> str:
        """Write the weights of the last good state as a checkpoint, and return what is left, in words."""
        state = self._training.state_path
        if not state.exists():
            return states.kept(state)
        try:
            step = self._resume()
            early = self._training.early_path(step)
            self._write(early, step)
        except Exception as error:  # what stopped the training is reported, not this
            _log.warning("no checkpoint of %s: %s", state, describe(error))
            return states.kept(state)
        return f"{states.kept_at(step, state)}; its weights are {early}"

    def _write(self, path: Path, steps: int) -> None:
        """Write the weights of now, which are of so many steps."""
        weights = self._trainer.weights()
        if self._engine.rank == 0:
            about = {
                **self._training.identity,
                "trained_against": list(self._trainer.trained_against),
                "made_with": {**self._made_with, "steps": steps},
            }
            seen = {"curve": self._curve.provenance(), "health": self._health.provenance()}
            seen["spent"] = {name: round(seconds, 1) for name, seconds in self._spent.state().items()}
            checkpoints.write(path, weights, {**about, **{name: told for name, told in seen.items() if told}})

    def _resume(self) -> int:
        """Load the saved state, if there is one, and return its step."""
        path = self._training.state_path
        if not path.exists():
            return 0
        saved = states.read(path, self._engine.device)
        changed = {name: value for name, value in saved["made_with"].items() if self._made_with.get(name) != value}
        if changed:
            were = ", ".join(f"{name} {value}" for name, value in changed.items())
            _log.warning("%s was begun with %s: the weights can be others than of one go", path, were)
        self._trainer.restore(saved["trainer"])
        self._watch.restore(saved["watch"])
        if saved["health"] is not None:  # of an earlier version
            self._health.restore(saved["health"])
            self._curve.restore(saved["curve"])
        self._spent.restore(saved["spent"] or {})
        return int(saved["done"])

    @functools.cached_property
    def _made_with(self) -> dict[str, Any]:
        import torch

        from benchbench.system.environment import environment

        own = self._training.distribution
        ran = environment(self._engine.device, own)
        return {
            "steps": self._info.num_steps,
            "torch": str(torch.__version__),
            "benchbench": metadata.version("benchbench"),
            "plugin": own,
            "processor": ran.processor,
        }


def _curve(training: Training, num_steps: int) -> Curve:
    ranking = training.on.metrics[0]
    higher_is_better = registry().get("metrics", split(ranking)[0]).higher_is_better
    return Curve(ranking, bool(higher_is_better), num_steps)


def _scalar(name: str, value: Any) -> Tensor:
    import torch

    if not isinstance(value, (int, float, torch.Tensor)) or (isinstance(value, torch.Tensor) and value.numel() != 1):
        given = f"a tensor {tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)
        raise BenchbenchError(f"step() gave {given} as loss {name}, expected a number or a scalar tensor")
    return torch.as_tensor(value, dtype=torch.float32).reshape(())
