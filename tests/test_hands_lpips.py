"""LPIPS of real hands, known from outside of this suite: the task is scaled, and LPIPS computed, as they should be."""

import pytest
import torch

from benchbench.data import Reader
from benchbench.features.lpips import LpipsAlex
from benchbench.tasks.sr_hands import SrHands, students_of


@pytest.mark.usefixtures("weights_folder")
def test_real_pairs_of_hands_are_as_far_apart_as_is_known(data_folder):
    """0.247 is known of all 2059 photographs, to three digits; another half unit is for how Pillow and torch round.

    The mean over all pairs is twice the variance of the embeddings. It tells the filter: bilinear gives 0.239, bicubic
    and box give 0.244.
    """
    read = Reader(data_folder / SrHands.source.name)
    items = [item for student in students_of(read.folder) for item in student]
    images = torch.stack([torch.from_numpy(SrHands().decode(read, item)["image"]) for item in items])
    assert images.shape == (2059, 3, 64, 64)
    embed = LpipsAlex().load("cpu")
    embedded = torch.cat([embed(batch)["embedding"] for batch in images.split(50)])
    spread = (embedded - embedded.mean(0, dtype=torch.float64).float()).square().sum(1).double().sum()
    assert float(2 * spread / (len(images) - 1)) == pytest.approx(0.247, abs=0.001)
