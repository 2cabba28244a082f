"""The pairs of a `Descent` trainer that moves them, beside those of one that does not."""

import torch

from benchbench.training.turned import symmetry


def symmetries(plain, moved):
    """Return the symmetries of a square by which the first step's pairs of `moved` are those of `plain`.

    Fail where a pair's condition, mask or target is moved unlike the rest of the pair.
    """
    before, after = (trainer.pairs(0, torch.Generator().manual_seed(0)) for trainer in (plain, moved))
    images = [name for name in before if name == "target" or (name.startswith("c_") and before[name].ndim == 4)]
    found = set()
    for pair in range(len(before["target"])):
        fitting = {
            index
            for index in range(8)
            if all(torch.equal(after[name][pair], symmetry(before[name][pair], index)) for name in images)
        }
        assert fitting
        found |= fitting
    return found
