"""A task of 25 conditions and methods that misbehave in one way each, as a one-off plugin file."""

import functools
import os
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import benchbench
from benchbench.core.noise import stream


@functools.lru_cache(maxsize=2)
def make_examples(split):
    import torch

    number = {"train": 60, "validation": 5, "test": 25}[split]
    made = []
    for i in range(number):
        grey = stream("tiny", split, i).integers(40, 216, size=(3, 1, 1))
        image = torch.from_numpy(np.broadcast_to(grey, (3, 8, 8)).astype(np.uint8).copy())
        shades = stream("tiny", split, i, "references").integers(-30, 31, size=(6, 1, 1, 1))
        references = (image.long() + torch.from_numpy(shades)).byte()
        made.append(benchbench.Example(f"e{i:02d}", {"image": image}, references))
    return made


class Tiny(benchbench.Task):
    """Grey squares whose shade is free within 30 levels."""

    name = "tiny"
    summary = "grey squares"
    kind = "translation"
    space = benchbench.SampleSpace("images", (3, 8, 8))
    protocol = benchbench.Protocol("tiny", 1, 25, 4, 2)
    metrics = ("energy-score[pixels]", "energy-skill[pixels]", "diversity[pixels]", "frechet[pixels]")

    def examples(self, split):
        return make_examples(split)

    def real_pool(self):
        import torch

        return torch.cat([example.references for example in make_examples("train")])


class NanScore(benchbench.ConditionMetric):
    """A metric that divides nothing by nothing."""

    name = "nan-score"
    uses_features = False
    higher_is_better = True

    def supports(self, task):
        if task.name != "tiny-nan":
            raise benchbench.Unsupported("fails on tiny-nan")

    def compute(self, data):
        return float("nan")


class TinyNan(Tiny):
    """The same task, with a metric that fails."""

    name = "tiny-nan"
    metrics = ("energy-score[pixels]", "nan-score")


@dataclass
class Shades(benchbench.Method):
    """An honest generator: the condition with noise of its own."""

    name = "shades"
    spread: int = 20
    where: str = ""

    def prepare(self, task, device, checkpoint):
        self.device = device

    def sample(self, conditions, num_samples, noise):
        shade = (noise.normal(1, 1, 1) * self.spread).round()
        if self.where:
            with Path(self.where).open("a") as log:
                log.write("".join(f"{id}\n" for id in conditions.ids))
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


class Notes(Shades):
    """A generator that notes of which condition it draws how many samples."""

    name = "notes"

    def sample(self, conditions, num_samples, noise):
        with Path(self.where).open("a") as log:
            log.write("".join(f"{id} {num_samples}\n" for id in conditions.ids))
        return (conditions["image"][:, None].float() + (noise.normal(1, 1, 1) * 20).round()).clamp(0, 255).byte()


class Counts(Notes):
    """Samples that depend on how many are drawn."""

    name = "counts"

    def sample(self, conditions, num_samples, noise):
        return super().sample(conditions, num_samples, noise) // num_samples


class Linear(Shades):
    """A generator with a network."""

    name = "linear"

    def prepare(self, task, device, checkpoint):
        import torch

        self.network = torch.nn.Conv2d(3, 3, 1).to(device).requires_grad_(False)
        self.network.weight.copy_(torch.eye(3)[:, :, None, None] * 0.9)
        self.network.bias.zero_()

    def sample(self, conditions, num_samples, noise):
        given = conditions["image"][:, None].float() + noise.normal(1, 1, 1) * 20
        return self.network(given.flatten(0, 1)).unflatten(0, given.shape[:2]).round().clamp(0, 255).byte()


class Faulty(Shades):
    """What a plugin author gets wrong."""

    def sample(self, conditions, num_samples, noise):
        return self.spoil(super().sample(conditions, num_samples, noise))


class GivesNan(Faulty):
    """NaN."""

    name = "gives-nan"

    def spoil(self, samples):
        return samples.float() * float("nan")


class GivesFloat(Faulty):
    """A float image in [0, 1]."""

    name = "gives-float"

    def spoil(self, samples):
        return samples.float() / 255


class GivesShape(Faulty):
    """One sample too few."""

    name = "gives-shape"

    def spoil(self, samples):
        return samples[:, 1:]


class Raises(Faulty):
    """An exception from the depths."""

    name = "raises"

    def spoil(self, samples):
        raise IndexError("the latent is too short")


class Refuses(Shades):
    """A method that cannot serve."""

    name = "refuses"

    def prepare(self, task, device, checkpoint):
        raise benchbench.Unsupported("needs a text condition")


class Dies(Shades):
    """A process that the system kills half-way (once, where the flag file is absent)."""

    name = "dies"

    def sample(self, conditions, num_samples, noise):
        flag = Path(os.environ["TINY_FLAG"])
        if "e12" in conditions.ids and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().sample(conditions, num_samples, noise)


class Slow(Shades):
    """A method that takes its time."""

    name = "slow"

    def sample(self, conditions, num_samples, noise):
        time.sleep(0.2)
        return super().sample(conditions, num_samples, noise)


class Hangs(Shades):
    """A method that never comes back, on its second shard."""

    name = "hangs"

    def sample(self, conditions, num_samples, noise):
        if "e12" in conditions.ids:
            time.sleep(1000)
        return super().sample(conditions, num_samples, noise)


class Nosy(Shades):
    """A method that looks for a secret, and writes where it should not; it raises with what came of that."""

    name = "nosy"

    def sample(self, conditions, num_samples, noise):
        told = [f"secret {os.environ.get('TINY_SECRET')}", f"cache {bool(os.environ.get('BENCHBENCH_CACHE'))}"]
        with tempfile.TemporaryFile() as own:
            own.write(b"its own")
        try:
            Path(self.where).write_text("planted")
        except OSError as error:
            told.append(type(error).__name__)
        raise RuntimeError(", ".join(told))


class Swells(Shades):
    """A method that takes a gigabyte."""

    name = "swells"

    def sample(self, conditions, num_samples, noise):
        self.kept = b"x" * 1_000_000_000
        time.sleep(30)
        return super().sample(conditions, num_samples, noise)


class Large(Shades):
    """A method for which three conditions at once are too many for the memory."""

    name = "large"

    def sample(self, conditions, num_samples, noise):
        if len(conditions.ids) > 2:
            raise MemoryError
        return super().sample(conditions, num_samples, noise)


class Greedy(Shades):
    """A method that draws from the batch's torch.Generator, and says so."""

    name = "greedy"
    uses_batch_generator = True

    def sample(self, conditions, num_samples, noise):
        import torch

        shape = (len(conditions), num_samples, 3, 8, 8)
        return torch.randint(256, shape, generator=noise.generator()).byte()


class Tallying(benchbench.FeatureExtractor):
    """The pixels, and a log of how many images it was shown."""

    name = "tallying"
    version = 1

    def load(self, device):
        def views(images):
            with Path(os.environ["TINY_COUNTS"]).open("a") as log:
                log.write(f"{len(images)}\n")
            flat = images.float().flatten(1) / 255
            return {"embedding": flat, "pooled": flat}

        return views


@benchbench.hookimpl
def benchbench_features():
    return [Tallying]


@benchbench.hookimpl
def benchbench_tasks():
    return [Tiny, TinyNan]


@benchbench.hookimpl
def benchbench_metrics():
    return [NanScore]


@benchbench.hookimpl
def benchbench_methods():
    honest = [Shades, Notes, Counts, Linear, Slow]
    return [*honest, GivesNan, GivesFloat, GivesShape, Raises, Refuses, Dies, Hangs, Nosy, Swells, Large, Greedy]
