"""Sample sheets show what was kept, and say what was not."""

import numpy as np
import pytest
from PIL import Image


@pytest.mark.usefixtures("one_off")
def test_a_sheet_shows_condition_truth_and_samples_side_by_side(bench, tmp_path):
    assert bench("run", "-t", "tiny", "-m", "shades", "-m", "copy", "-j", 1).code == 0
    words = ("sheet", "runs/tiny/shades", "runs/tiny/copy", "--conditions", 3, "--samples", 4, "--scale", 4)
    assert bench(*words, "--output", "sheet.png").code == 0
    sheet = np.asarray(Image.open("sheet.png"))
    samples = sorted(tmp_path.glob("runs/tiny/shades/*/samples/e01/*.png"))[:4]
    tile = np.asarray(Image.open(samples[2]).resize((32, 32), Image.Resampling.NEAREST))
    rows = sheet[22 + 36 : 22 + 36 + 32]
    found = [x for x in range(sheet.shape[1] - 32) if (rows[:, x : x + 32] == tile).all()]
    assert found, "the sample is in its row"


@pytest.mark.usefixtures("one_off")
def test_a_sheet_says_what_is_missing(bench):
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 1, "--keep-samples", "none").code == 0
    done = bench("sheet", "runs/tiny/shades", "--output", "sheet.png")
    assert (done.code, "keeps 0 samples of condition e00, 5 are to be shown" in done.err) == (1, True)
    assert "holds 0 finished runs" in bench("sheet", "nowhere", "--output", "sheet.png").err
