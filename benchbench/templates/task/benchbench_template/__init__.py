"""The task template; importing this imports no torch, so that `benchbench list` stays quick."""

import functools

import benchbench
import numpy as np
from benchbench.core.noise import stream

SIDE = 32
NUMBER = {"train": 1000, "validation": 100, "test": 300}
REFERENCES = 20
BACKGROUND = 20
COLOURS = np.array([(200, 60, 60), (60, 60, 200)])
PROBABILITY = 0.75
"""Of the first colour."""
JITTER = 10
"""Each channel is off by up to so many grey levels."""


class Template(benchbench.Task):
    """The outline of a box, to be filled: in red with probability 3/4, else in blue; replace it by your data."""

    name = "template"
    version = 1  # raise it when an input or a reference changes: older records then leave the table
    summary = "outline of a box to red (3/4) or blue box, 32 px"
    kind = "translation"
    space = benchbench.SampleSpace("images", (3, SIDE, SIDE))
    metrics = (
        "energy-score[mini]",
        "energy-skill[mini]",
        "relative-diversity[mini]",
        "diversity[mini]",
        "realism[mini]",
        "frechet[mini]",
    )

    def examples(self, split):
        """Return the pairs of a split; a test example has 20 references, as the law is known."""
        return _examples(split)

    def real_pool(self):
        """Return the training targets."""
        import torch

        return torch.cat([example.references for example in _examples("train")])

    def draw(self, ids, num_samples, noise):
        """Draw fresh samples from the law; a task of photographs leaves this method out."""
        import torch

        uniform = noise.uniform(4).cpu().numpy()  # [B, K, 4]
        drawn = [_fill(_box("test", int(id)), row) for id, row in zip(ids, uniform, strict=True)]
        return torch.from_numpy(np.stack(drawn))


def _box(split, index):
    """Return `bool[32, 32]`, the box of an example: from a stream of its own, so that each call gives the same."""
    generator = stream("boxes", 1, split, index)
    width, height = generator.integers(8, 20, size=2)
    left, top = generator.integers(2, SIDE - 2 - width), generator.integers(2, SIDE - 2 - height)
    box = np.zeros((SIDE, SIDE), dtype=bool)
    box[top : top + height, left : left + width] = True
    return box


def _outline(box):
    """Return `uint8[3, 32, 32]`: white where the box ends."""
    inside = box.copy()
    for axis in (0, 1):
        inside &= np.roll(box, 1, axis) & np.roll(box, -1, axis)
    return np.repeat(np.where(box & ~inside, 255, 0).astype(np.uint8)[None], 3, axis=0)


def _fill(box, uniform):
    """Return `uint8[n, 3, 32, 32]` from `[n, 4]` uniform numbers: the first is of the colour, three are its jitter."""
    chosen = COLOURS[(uniform[:, 0] >= PROBABILITY).astype(int)] + JITTER * (2 * uniform[:, 1:] - 1)  # [n, 3]
    return np.where(box, np.rint(chosen)[:, :, None, None], BACKGROUND).astype(np.uint8)


@functools.lru_cache(maxsize=3)
def _examples(split):
    import torch

    made = []
    for index in range(NUMBER[split]):
        box = _box(split, index)
        number = REFERENCES if split == "test" else 1
        uniform = stream("boxes", 1, split, index, "references").random((number, 4))
        condition = {"image": torch.from_numpy(_outline(box))}
        made.append(benchbench.Example(f"{index:04d}", condition, torch.from_numpy(_fill(box, uniform))))
    return tuple(made)


@benchbench.hookimpl
def benchbench_tasks():
    """Register the task."""
    return [Template]
