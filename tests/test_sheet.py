"""Sample sheets show what was kept, and say what was not."""

import numpy as np
import pytest
from PIL import Image


@pytest.mark.usefixtures("one_off")
def test_a_sheet_shows_condition_truth_and_samples_side_by_side(bench, tmp_path):
    assert bench("run", "-t", "tiny", "-m", "shades", "-m", "copy", "-j", 0).code == 0
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
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", "none").code == 0
    done = bench("sheet", "runs/tiny/shades", "--output", "sheet.png")
    assert (done.code, "keeps 0 samples of condition e00, 5 are to be shown" in done.err) == (1, True)
    assert "holds 0 finished runs" in bench("sheet", "nowhere", "--output", "sheet.png").err


@pytest.mark.usefixtures("one_off")
def test_an_overview_has_a_row_a_run_and_a_block_a_condition(bench, tmp_path):
    from pathlib import Path

    from benchbench.plugins import get_task
    from benchbench.publish.sheet import make_overview
    from benchbench.system.records import find_records

    assert bench("run", "-t", "tiny", "-m", "shades", "-m", "copy", "-j", 0).code == 0
    runs = [(path.parent, record) for path, record in find_records(Path("runs"))]
    sheet = np.asarray(make_overview(get_task("tiny"), runs, (0, 2), samples=3))
    tops = []
    for run, _ in runs:
        lefts = []
        for example in ("e00", "e02"):
            image = Image.open(sorted((run / "samples" / example).glob("*.png"))[2]).convert("RGB")
            tile = np.asarray(image.resize((64, 64), Image.Resampling.NEAREST))
            places = [
                (y, x)
                for y in range(4, sheet.shape[0] - 63, 68)
                for x in range(sheet.shape[1] - 63)
                if (sheet[y : y + 64, x : x + 64] == tile).all()
            ]
            assert places, f"{run} {example}"
            lefts.append({x for _, x in places})
            tops.append({y for y, _ in places})
        assert lefts[0] != lefts[1]
    assert len(set().union(*tops)) >= len(runs)
