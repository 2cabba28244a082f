"""The sheet of nearest training images: who is shown, and in which order."""

import numpy as np
import pytest
import torch
from PIL import Image
from small_tasks import Few, Fixed

from benchbench import Unsupported
from benchbench.features.pixels import Pixels
from benchbench.publish.nearest import make_nearest, nearest_places


def test_the_nearest_are_those_of_an_independent_search():
    random = torch.Generator().manual_seed(0)
    samples, pool = (torch.randint(256, (n, 3, 8, 8), dtype=torch.uint8, generator=random) for n in (5, 300))
    squares = ((samples.numpy()[:, None].astype(float) - pool.numpy()[None]) ** 2).sum((2, 3, 4))
    expected = squares.argsort(1, kind="stable")[:, :4]
    assert nearest_places(samples, pool, Pixels(), 4).tolist() == expected.tolist()


def test_a_copy_is_shown_first(tmp_path):
    task = Fixed("unconditional", None, (3, 8, 8))
    pool = task.real_pool()
    for example, image in zip(task.examples("test"), pool.flip(0), strict=True):
        folder = tmp_path / "samples" / example.id
        folder.mkdir(parents=True)
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / "0.png")
    sheet = np.asarray(make_nearest(task, tmp_path, [Pixels()], conditions=4, neighbours=2))
    for row, image in enumerate(pool.flip(0).permute(0, 2, 3, 1).numpy()):
        top = 22 + row * 12
        places = [x for x in range(sheet.shape[1] - 7) if (sheet[top : top + 8, x : x + 8] == image).all()]
        assert len(places) == 2, "the sample, and its copy as the nearest"


def test_points_have_no_sheet(tmp_path):
    with pytest.raises(Unsupported, match="shows images; those of few are points"):
        make_nearest(Few("points", (2,)), tmp_path, [Pixels()])
