"""NTIRE's measures of the space of super-resolution, and maps of where embeddings differ."""

import json
from pathlib import Path

import pytest
import torch

from benchbench.core import ConditionFeatures, ConditionSamples, Example, Thresholds, Unsupported
from benchbench.core.noise import stream
from benchbench.evaluation.resolve import all_specifications, resolve_scores
from benchbench.metrics.diversity_hole import DiversityHole
from benchbench.metrics.sr_space import LrPsnr, LrPsnrWorst, SrSpace, space_score
from benchbench.plugins import get_task, registry
from benchbench.stats.distances import euclidean
from benchbench.stats.maps import difference_maps

BOARDS = Path(__file__).parent.parent / "leaderboards"


def maps(*rows):
    return torch.tensor(rows, dtype=torch.float64)[:, None]


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [((1, 3), (3, 1), 50), ((1, 3), (1, 3), 0), ((0, 2), (2, 0), 100), ((0, 0), (2, 0), 0)],
)
def test_known_answers(first, second, score):
    """The last one has a perfect sample: nothing is left to gain, by convention 0."""
    assert space_score(maps(first, second)) == pytest.approx(score, abs=1e-12)


def test_independent_exponential_errors_gain_all_but_one_in_k():
    """The least of K exponentials has the mean 1/K: 100 (1 - 1/K) in the limit."""
    made = torch.from_numpy(stream("exponential").exponential(size=(10, 250, 400)))
    assert space_score(made) == pytest.approx(90, abs=0.2)


def test_one_more_sample_never_lowers_the_mixed_error():
    made = torch.from_numpy(stream("more").random((6, 5, 5)))
    mixed = [float(made[:k].min(0).values.mean()) for k in range(1, 7)]
    assert mixed == sorted(mixed, reverse=True)


# images


def images(*key, number=4, side=32):
    return torch.from_numpy(stream(*key).integers(256, size=(number, 3, side, side)).astype("uint8"))


def features(extractor, task, example, samples):
    """Return what a condition metric is given under an extractor."""
    views = registry().get("features", extractor)()
    embed = views.load("cpu")
    one, other = embed(samples)["embedding"], embed(example.references)["embedding"]
    pairs = torch.tensor([[0, 1], [2, 3]])
    distances = euclidean(one, one), euclidean(one, other)
    return ConditionFeatures(
        task, example, samples, pairs, one, other, *distances, Thresholds(0, 0), views.taps(task.space.shape)
    )


def test_on_pixels_it_is_the_formula_by_hand():
    task = get_task("toy-faces")
    samples, truth = images("samples"), images("truth", number=1)
    value = SrSpace().compute(features("pixels", task, Example("0", {}, truth), samples))
    errors = ((samples.double() - truth.double()) / 127.5).square().mean(1)
    best, mixed = errors.mean((1, 2)).min(), errors.min(0).values.mean()
    assert value == pytest.approx(float(100 * (best - mixed) / best), rel=1e-5)


@pytest.mark.parametrize(("extractor", "side"), [("mini", 32), ("mini", 65), ("pixels", 32)])
def test_taps_are_all_of_the_embedding(extractor, side):
    views = registry().get("features", extractor)()
    embedding = views.load("cpu")(images("taps", side=side))["embedding"]
    taps = views.taps((3, side, side))
    assert sum(channels * height * width for channels, height, width in taps) == embedding.shape[1]
    found = difference_maps(embedding[:2] - embedding[2:], taps, (side, side))
    assert found.shape == (2, side, side)
    assert (found >= 0).all()
    distance = (embedding[:2] - embedding[2:]).double().square().sum(1)
    assert found.mean((1, 2)).numpy() == pytest.approx(distance.numpy(), rel=0.1), "enlarging keeps means nearly"


def test_a_map_shows_where_images_differ():
    first = images("place", number=1, side=64)
    second = first.clone()
    second[:, :, :16, :16] = 255 - second[:, :, :16, :16]
    views = registry().get("features", "mini")()
    one, other = (views.load("cpu")(each)["embedding"] for each in (first, second))
    (found,) = difference_maps(one - other, views.taps((3, 64, 64)), (64, 64))
    assert float(found[:16, :16].mean()) > 20 * float(found[48:, 48:].mean())


def test_maps_under_lpips_are_its_spatial_form(weights_folder, monkeypatch):
    from benchbench.features import lpips

    extractor = registry().get("features", "lpips-alex")()
    model = lpips._model(extractor.weights, "alex", "0.1", "cpu")
    both = images("spatial", number=2, side=64)
    one, other = extractor.load("cpu")(both)["embedding"]
    (found,) = difference_maps((one - other)[None], extractor.taps((3, 64, 64)), (64, 64))
    monkeypatch.setattr(model, "spatial", True)
    expected = model(*(both[i : i + 1].float() / 127.5 - 1 for i in (0, 1)))[0, 0]
    assert found.numpy() == pytest.approx(expected.detach().double().numpy(), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    ("task", "specification"), [("toy-faces", "sr-space[inception]"), ("ring8", "sr-space[pixels]")]
)
def test_an_embedding_without_places_is_refused(task, specification):
    with pytest.raises(Unsupported, match="sr-space"):
        resolve_scores((specification,), get_task(task), registry())


def test_all_metrics_are_those_that_fit():
    assert "sr-space[mini]" in all_specifications(get_task("toy-faces"), registry())
    assert "diversity-hole[mini]" in all_specifications(get_task("toy-holes"), registry())
    assert not [each for each in all_specifications(get_task("gmm-points-8"), registry()) if "sr-space" in each]


# agreement with the input


def test_one_grey_level_off_everywhere_is_48_1308_decibels():
    task = get_task("toy-faces")
    truth = torch.full((1, 3, 32, 32), 100, dtype=torch.uint8)
    other = truth.clone()
    other[:, :, ::2], other[:, :, 1::2] = 90, 110  # the same means of blocks
    samples = torch.cat([truth + 1, truth, other])
    data = ConditionSamples(task, Example("0", {}, truth), samples, torch.zeros((0, 2), dtype=torch.int64))
    assert LrPsnr().compute(data).tolist() == pytest.approx([48.1308036, 100, 100], abs=1e-6)
    assert LrPsnrWorst().compute(data) == pytest.approx(48.1308036, abs=1e-6)
    with pytest.raises(Unsupported, match="no super-resolution"):
        LrPsnr().supports(get_task("toy-holes"))


# the protocol


def test_the_protocol_on_stored_samples(bench, tmp_path):
    words = ["--limit", 8, "--samples", 10, "--keep-samples", "all", "-j", 0]
    assert bench("run", "-t", "toy-faces", "-m", "oracle", "-m", "copy", *words).code == 0
    runs = sorted(tmp_path.glob("runs/toy-faces/*/*"))
    done = bench("score", *runs, "--protocol", "ntire21", "-f", "mini", "--json")
    assert done.code == 0, done.err
    found = {each["method"]: {s["metric"]: s["value"] for s in each["scores"]} for each in json.loads(done.out)}
    assert set(found["oracle"]) == {"sr-space[mini]", "lr-psnr", "lr-psnr-worst"}
    assert found["copy"]["sr-space[mini]"] == pytest.approx(0, abs=1e-9), "one sample in ten copies"
    assert found["oracle"]["lr-psnr"] == 100, "its truth has exactly the means of its input"
    assert found["copy"]["lr-psnr"] < 60


def test_the_anchors_are_reported_rows(bench):
    done = bench("leaderboard", "div2k", "--reported", "--boards", BOARDS)
    assert done.code == 0, done.err
    assert "SRFlow" in done.out
    assert "25.36" in done.out


# the hole


def test_diversity_in_the_hole_is_of_the_pixels_in_it():
    task = get_task("toy-holes")
    mask = torch.zeros((1, 32, 32), dtype=torch.uint8)
    mask[:, 4:12, 8:20] = 255
    samples = images("hole")
    example = Example("0", {"mask": mask}, images("truth", number=1))
    inside = mask[0] > 0
    square = ((samples[[0, 2]].double() - samples[[1, 3]].double()) / 127.5).square().mean(1)
    found = DiversityHole().compute(features("pixels", task, example, samples))
    assert found.tolist() == pytest.approx(square[:, inside].mean(1).tolist(), rel=1e-5)
    same = samples[:1].repeat(4, 1, 1, 1)
    outside = torch.where(mask.bool(), same, samples)
    assert DiversityHole().compute(features("pixels", task, example, outside)).tolist() == [0, 0]
    with pytest.raises(Unsupported, match="has none"):
        DiversityHole().supports(get_task("toy-faces"))
