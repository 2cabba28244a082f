"""Published protocols: their pairs, one stored set under all of them, and what is said of where they deviate."""

import dataclasses
import itertools
import json
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from benchbench.core import BenchbenchError, Protocol
from benchbench.core.noise import stream
from benchbench.plugins import get_task, registry
from benchbench.protocols import pairs
from benchbench.runs.request import Request, protocol_of

PLUGIN = '''
"""A task of noise that AlexNet is large enough for, and a stranger's protocols."""

import functools

import benchbench
from benchbench.features.pixels import Pixels
from benchbench.core.noise import stream


@functools.lru_cache
def made(split):
    import torch

    images = torch.from_numpy(stream("patches", split).integers(256, size=(12, 3, 32, 32)).astype("uint8"))
    return [benchbench.Example(f"p{i}", {"image": image}, image[None]) for i, image in enumerate(images)]


class Patches(benchbench.Task):
    """Noise."""

    name = "patches"
    kind = "translation"
    space = benchbench.SampleSpace("images", (3, 32, 32))
    protocol = benchbench.Protocol("patches", 1, 12, 4, 2)
    metrics = ("diversity[pixels]", "frechet[pixels]")

    def examples(self, split):
        return made(split)

    def real_pool(self):
        import torch

        return torch.cat([example.references for example in made("train")])


class Counting(Pixels):
    """Pixels that count the images seen."""

    name = "counting"
    seen = []

    def load(self, device):
        views = super().load(device)

        def count(samples):
            self.seen.append(len(samples))
            return views(samples)

        return count


@benchbench.hookimpl
def benchbench_features():
    return [Counting]


@benchbench.hookimpl
def benchbench_tasks():
    return [Patches]


@benchbench.hookimpl
def benchbench_protocols():
    ring = benchbench.Protocol("ring", 2, 8, 6, 5, "consecutive", ("variance", "diversity[pixels]"), source="A ring.")
    plain = benchbench.Protocol("plain", num_conditions=12, departures=("It is not published.",))
    pooled = benchbench.Protocol("pooled", scores=("frechet[pixels]",))
    three = benchbench.Protocol("three", 1, 4, 3, 3, "all", ("diversity-all[pixels]",))
    return [ring, plain, pooled, three]
'''
PUBLISHED = {
    "mrgan": (300, 20, 10, "disjoint", "diversity[lpips-alex]", None),
    "bicyclegan": (100, 20, 19, "consecutive", "diversity[lpips-alex-v0.0]", 256),
    "munit": (100, 38, 19, "disjoint", "diversity[lpips-alex-v0.0]", 256),
    "stargan-v2": (None, 10, 45, "all", "diversity-all[lpips-alex]", 256),
    "msgan": (None, 50, 50, "random", "diversity[lpips-alex]", 256),
}


def draw(protocol, seed=0, id="0001"):
    return pairs(protocol, get_task("toy-shapes"), seed, id).tolist()


def published(name):
    return registry().get("protocols", name)


@pytest.fixture
def patches(tmp_path, monkeypatch):
    """The plugin above, and a folder with five images of noise for each of its conditions."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "patches.py").write_text(PLUGIN)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins"))
    for i in range(12):
        (tmp_path / "made" / f"p{i}").mkdir(parents=True)
        for k in range(5):
            pixels = stream("made", i, k).integers(40 + 10 * k, 256, size=(32, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "made" / f"p{i}" / f"{k}.png")
    return tmp_path / "made"


def store_run(root):
    """Make a run on toy-shapes of 12 conditions with its samples."""
    from benchbench.cli.main import main

    words = [
        "run",
        "-t",
        "toy-shapes",
        "-m",
        "oracle",
        "--limit",
        "12",
        "--keep-samples",
        "all",
        "-j",
        "1",
        "--seed",
        "3",
    ]
    done = CliRunner().invoke(main, [*words, "-o", str(root)])
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def run(once):
    """The folder of this run."""
    (path,) = once("run-of-toy-shapes", store_run).glob("toy-shapes/oracle/*")
    return path


def rescored(bench, *words):
    done = bench("score", *words, "--json")
    assert done.code == 0, done.err
    return {each["protocol"]["name"]: each for each in json.loads(done.out)}


# values


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_protocol_is_what_its_authors_fixed(name):
    protocol = published(name)
    found = (protocol.num_conditions, protocol.samples_per_condition, protocol.pairs_per_condition, protocol.pairing)
    assert (*found, *protocol.scores, protocol.side) == PUBLISHED[name]
    assert protocol.source
    assert protocol.departures
    assert all(sentence.endswith(".") for sentence in protocol.departures)


def test_the_tasks_own_protocol_has_the_published_numbers():
    assert Protocol().numbers() == published("mrgan").numbers()
    assert get_task("toy-shapes").protocol.numbers() == published("mrgan").numbers()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pairing": "neighbours"}, "pairing is 'neighbours'; write disjoint, consecutive, random or all"),
        ({"pairing": "all"}, "pairs_per_condition is 10, but all pairs of 20 samples are 190; write 190"),
        ({"pairing": "consecutive"}, "consecutive pairs of 20 samples are 19; write 19"),
    ],
)
def test_a_protocol_that_contradicts_itself_is_refused(fields, message):
    with pytest.raises(BenchbenchError, match=message):
        Protocol("wrong", **fields)


@pytest.mark.parametrize(
    ("name", "samples", "number"),
    [
        ("mrgan", 20, 10),
        ("mrgan", 7, 3),
        ("mrgan", 60, 10),
        ("bicyclegan", 20, 19),
        ("bicyclegan", 8, 7),
        ("bicyclegan", 30, 29),
        ("munit", 38, 19),
        ("munit", 20, 10),
        ("stargan-v2", 5, 10),
        ("stargan-v2", 20, 190),
        ("msgan", 20, 50),
    ],
)
def test_the_pairs_of_other_numbers_of_samples_are_legal_and_as_many_as_are_said(name, samples, number):
    protocol = published(name).resized(12, samples)
    drawn = draw(protocol)
    assert len(drawn) == protocol.pairs_per_condition == number
    assert all(0 <= i < samples and 0 <= j < samples and i != j for i, j in drawn)
    if protocol.pairing == "disjoint":
        assert len(set(itertools.chain(*drawn))) == 2 * number


# pairs


def test_consecutive_pairs_are_each_sample_and_the_next():
    assert draw(published("bicyclegan")) == [[i, i + 1] for i in range(19)]


def test_all_pairs_are_all():
    assert sorted(map(tuple, draw(published("stargan-v2")))) == list(itertools.combinations(range(10), 2))


def test_disjoint_pairs_use_each_sample_once_a_permutation():
    assert sorted(itertools.chain(*draw(published("munit")))) == list(range(38))
    more = dataclasses.replace(published("mrgan"), samples_per_condition=5, pairs_per_condition=5)
    drawn = draw(more)
    assert len(drawn) == 5
    for start in (0, 2):
        assert len(set(itertools.chain(*drawn[start : start + 2]))) == 4


def test_random_pairs_are_of_two_samples_and_every_pair_comes_as_often():
    ids = [f"{i:04d}" for i in range(800)]
    drawn = [tuple(pair) for id in ids for pair in draw(published("msgan").resized(12, 5), id=id)]
    assert len(drawn) == 40000
    counts = {pair: drawn.count(pair) for pair in itertools.permutations(range(5), 2)}
    assert sum(counts.values()) == 40000, "no sample is paired with itself"
    assert max(abs(count - 2000) for count in counts.values()) < 5 * 2000**0.5


@pytest.mark.parametrize("name", ["mrgan", "munit", "msgan"])
def test_drawn_pairs_follow_seed_and_condition_alone(name):
    protocol = published(name)
    first = draw(protocol, 3, "0007")
    assert draw(protocol, 4, "0007") != first
    assert draw(protocol, 3, "0008") != first
    assert draw(protocol, 3, "0007") == first, "whatever was drawn before"


# one stored set


def test_one_stored_set_under_every_protocol(run, bench):
    found = rescored(bench, run, "--protocol", "all", "-f", "mini", "-o", run.parents[2])
    assert set(PUBLISHED) <= set(found)
    made_of = {
        name: [each["protocol"][f] for f in ("num_conditions", "samples_per_condition", "pairs_per_condition")]
        for name, each in found.items()
    }
    assert made_of["mrgan"] == [12, 20, 10]
    assert made_of["bicyclegan"] == [12, 20, 19]
    assert made_of["munit"] == [12, 20, 10]
    assert made_of["stargan-v2"] == [12, 10, 45]
    assert made_of["msgan"] == [12, 20, 50]
    for each in found.values():
        (score,) = each["scores"]
        assert score["features"] == "mini"
        assert score["n"] == 12
        assert 0 < score["standard_error"] < score["value"]
    for name in PUBLISHED:
        alone = rescored(bench, run, "--protocol", name, "-f", "mini", "-o", run.parents[2])
        assert alone[name] == found[name], "whatever other protocols are computed beside"


def test_the_tasks_protocol_gives_what_the_run_recorded(run, bench):
    recorded = {score["metric"]: score for score in json.loads((run / "record.json").read_text())["scores"]}
    (score,) = rescored(bench, run, "--protocol", "mrgan", "-f", "mini", "-o", run.parents[2])["mrgan"]["scores"]
    assert score["id"] == recorded["diversity[mini]"]["id"]
    assert score["value"] == pytest.approx(recorded["diversity[mini]"]["value"], abs=1e-6)
    assert score["standard_error"] == pytest.approx(recorded["diversity[mini]"]["standard_error"], abs=1e-6)


def test_what_deviates_is_said_beneath_the_table(run, bench):
    done = bench("score", run, "--protocol", "all", "-f", "mini", "-o", run.parents[2])
    text = " ".join(done.out.split())
    assert "standard error over conditions, ours for every protocol" in text
    for name in PUBLISHED:
        assert f"{name}@1" in text
        assert published(name).source in text
        for sentence in published(name).departures:
            assert f"- {sentence}" in text
    munit = text[text.index("munit@1: ") : text.index("stargan-v2@1: ")]
    assert "- 12 of 100 conditions." in munit
    assert "- 20 of 38 samples: 10 disjoint pairs of 19." in munit
    assert "- Images of 32 x 32 px; the original's are 256 x 256 px." in munit
    assert "- mini in place of lpips-alex-v0.0: compare with no published number." in munit
    mrgan = text[text.index("mrgan@1: ") : text.index("msgan@1: ")]
    assert "samples:" not in mrgan
    assert "px; the original's" not in mrgan
    assert "- 12 of 300 conditions. - 20 of 50 samples: 50 random pairs among them." in text


@pytest.mark.parametrize(
    ("name", "conditions", "wanted"),
    [("bicyclegan", 12, [(0, 1), (1, 2), (2, 3), (3, 4)]), ("three", 4, [(0, 1), (0, 2), (1, 2)])],
)
def test_a_protocol_is_the_mean_distance_of_its_pairs(patches, bench, name, conditions, wanted):
    found = rescored(bench, "--samples", patches, "-t", "patches", "--protocol", name, "-f", "pixels")[name]
    expected = []
    for i in range(conditions):
        images = [np.asarray(Image.open(patches / f"p{i}" / f"{k}.png")) / 127.5 for k in range(5)]
        expected += [((images[first] - images[second]) ** 2).mean() for first, second in wanted]
    assert found["scores"][0]["value"] == pytest.approx(np.mean(expected), rel=1e-5)
    assert found["scores"][0]["n"] == conditions


def test_each_image_passes_once_through_an_extractor_whatever_the_protocols(patches, bench):
    words = ("--samples", patches, "-t", "patches", "--protocol", "all", "-f", "counting")
    rescored(bench, *words)
    seen = registry().features["counting"].seen
    seen.clear()
    rescored(bench, *words)
    assert seen == [5] * 12


def test_bicyclegan_is_lpips_in_its_old_version(patches, bench, weights_folder):
    from benchbench.features import lpips

    found = rescored(bench, "--samples", patches, "-t", "patches", "--protocol", "bicyclegan", "--protocol", "mrgan")
    model = lpips._model(lpips.LpipsAlexV0.weights, "alex", "0.0", "cpu")
    expected = []
    for i in range(12):
        images = [np.asarray(Image.open(patches / f"p{i}" / f"{k}.png")).transpose(2, 0, 1) for k in range(5)]
        unit = [torch.from_numpy(image / 127.5 - 1).float()[None] for image in images]
        expected += [float(model(first, second)) for first, second in itertools.pairwise(unit)]
    (score,) = found["bicyclegan"]["scores"]
    assert score["id"].startswith("diversity@1[lpips-alex-v0.0@0.0")
    assert score["value"] == pytest.approx(np.mean(expected), rel=1e-5)
    assert found["mrgan"]["scores"][0]["id"].startswith("diversity@1[lpips-alex@0.1")
    assert found["mrgan"]["scores"][0]["weight_hash"] != score["weight_hash"]


def test_missing_weights_are_one_sentence(patches, bench, monkeypatch, tmp_path):
    from benchbench.evaluation import extractors
    from benchbench.features import lpips

    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path / "none"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    extractors._load.cache_clear()
    lpips._model.cache_clear()
    done = bench("score", "--samples", patches, "-t", "patches", "--protocol", "munit")
    assert (done.code, done.out) == (1, "")
    assert "error: weights alexnet-owt-7be5be79.pth" in done.err
    assert "Traceback" not in done.err


def test_methods_stand_under_each_protocol_with_what_is_true_of_them_alone(patches, bench, one_off, tmp_path):
    for words in (["--samples", 4], ["--samples", 6, "--seed", 1]):
        assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", "all", *words).code == 0
    runs = sorted(tmp_path.glob("runs/tiny/shades/*"))
    assert len(runs) == 2
    done = bench("score", *runs, "--protocol", "bicyclegan", "--protocol", "stargan-v2", "-f", "pixels")
    assert done.code == 0, done.err
    for run in runs:
        samples = json.loads((run / "record.json").read_text())["protocol"]["samples_per_condition"]
        label = f"shades ({run.name})"
        assert f"- {samples} of 20 samples: {samples - 1} consecutive pairs of 19. ({label})" in done.out
    assert "- 25 of 100 conditions.\n" in done.out
    assert [line.split("@")[0] for line in done.out.splitlines()[2:6]] == ["bicyclegan"] * 2 + ["stargan-v2"] * 2


# what goes wrong


def test_an_unknown_protocol_is_named_with_the_nearest(run, bench):
    done = bench("score", run, "--protocol", "bicylegan")
    assert done.code == 2
    assert "no protocol is named 'bicylegan'; did you mean 'bicyclegan'?" in done.err
    assert bench("run", "-t", "toy-shapes", "-m", "copy", "--protocol", "munnit").code == 2


@pytest.mark.usefixtures("one_off")
@pytest.mark.parametrize(("kept", "number"), [("none", 0), ("gallery", 10)])
def test_a_run_without_its_samples_is_one_sentence(bench, tmp_path, kept, number):
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", kept).code == 0
    (path,) = tmp_path.glob("runs/tiny/shades/*")
    done = bench("score", path, "--protocol", "mrgan", "-f", "pixels")
    assert (done.code, done.out) == (1, "")
    assert f"kept the samples of {number} of its 25 conditions" in done.err
    assert "run shades on tiny again with --keep-samples all" in done.err


def test_a_missing_image_is_one_sentence(patches, bench):
    (patches / "p3" / "2.png").unlink()
    words = ("score", "--samples", patches, "-t", "patches", "--protocol", "bicyclegan", "-f", "pixels")
    done = bench(*words)
    assert (done.code, done.out) == (1, "")
    assert "p3 holds 4 images of p3, 5 samples per condition are needed" in done.err
    for path in (patches / "p3").iterdir():
        path.unlink()
    (patches / "p3").rmdir()
    assert "11 of 12 conditions are there; missing: p3" in bench(*words).err
    assert (
        "has no sub-folder with images that is named by a condition, such as 'p0'"
        in bench(*words[:2], "plugins", *words[3:]).err
    )


def test_a_run_on_other_data_is_refused(bench, tmp_path, patches):
    assert bench("run", "-t", "patches", "-m", "copy", "-j", 0, "--keep-samples", "all").code == 0
    (path,) = tmp_path.glob("runs/patches/copy/*")
    text = (path / "record.json").read_text()
    (path / "checksums.sha256").unlink()
    (path / "record.json").write_text(re.sub(r'("fingerprint": ")........', r"\g<1>00000000", text))
    done = bench("score", path, "--protocol", "ring")
    assert done.code == 1
    assert "made on other test data of patches (00000000) than are here" in done.err


def test_points_are_not_stored(bench, tmp_path):
    assert bench("run", "-t", "ring8", "-m", "noise", "-j", 0, "--limit", 4, "--keep-samples", "all").code == 0
    (path,) = tmp_path.glob("runs/ring8/noise/*")
    done = bench("score", path, "--protocol", "mrgan", "-f", "pixels")
    assert done.code == 1
    assert "ring8 has points: only images are stored" in done.err


def test_options_that_mean_nothing_with_a_protocol_are_told(run, bench):
    assert bench("score", run, "--protocol", "mrgan", "--metric", "variance").code == 2
    assert bench("score", run, "--protocol", "mrgan", "--limit", 4).code == 2


# one more


def test_one_more_protocol_is_one_plugin(patches, bench):
    words = ("--samples", patches, "-t", "patches", "-f", "pixels")
    found = rescored(bench, *words, "--protocol", "all")
    assert {*PUBLISHED, "ring", "plain", "three"} == set(found)
    assert [score["metric"] for score in found["ring"]["scores"]] == ["variance", "diversity[pixels]"]
    assert found["ring"]["deviations"] == ["5 of 6 samples: 4 consecutive pairs of 5."]
    assert [score["metric"] for score in found["plain"]["scores"]] == ["diversity[pixels]"]
    assert "Scores of a whole run are not computed: frechet[pixels]." in found["plain"]["deviations"]
    listed = bench("list", "protocols").out
    assert re.search(r"ring +2 +8 conditions x 6 samples, 5 consecutive pairs", listed)
    shown = bench("info", "plain").out
    assert "12 conditions x 20 samples, 10 disjoint pairs" in shown
    assert "- It is not published." in shown
    assert "protocol ring, protocol plain" in " ".join(bench("plugins").out.split())


def test_a_protocol_of_set_scores_alone_is_skipped_among_all_and_told_by_name(patches, bench):
    words = ("score", "--samples", patches, "-t", "patches", "-f", "pixels")
    reason = "protocol pooled has scores of a whole run alone (frechet[pixels]); stored samples are scored by condition"
    assert f"pooled: skipped: {reason}" in bench(*words, "--protocol", "all").err
    done = bench(*words, "--protocol", "pooled")
    assert done.code == 1
    assert f"error: {reason}" in done.err


def test_a_name_of_two_kinds_is_described_twice(tmp_path, monkeypatch, bench):
    text = (Path(__file__).parent / "one_off" / "tiny.py").read_text().replace('name = "shades"', 'name = "munit"')
    (tmp_path / "twice.py").write_text(text)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path))
    shown = bench("info", "munit").out
    assert "munit (method, version 1" in shown
    assert "munit (protocol, version 1" in shown


def test_the_documented_protocol_is_a_plugin(tmp_path, monkeypatch):
    text = (Path(__file__).parent.parent / "docs" / "method.md").read_text()
    (block,) = re.findall(r"\n((?: {4}.*\n|\n)+)", text[text.index("A protocol is a value.") :])
    (tmp_path / "dsmap.py").write_text(textwrap.dedent(block))
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path))
    assert registry().protocols["dsmap"].summary == "100 conditions x 100 samples, 15 random pairs"


# a run


def test_a_run_under_another_protocol_has_its_numbers_and_scores_and_is_off_protocol(patches, bench, tmp_path):
    words = ("run", "-t", "patches", "-m", "copy", "-j", 0)
    assert bench(*words, "--protocol", "ring").code == 0
    assert bench(*words, "--protocol", "ring", "--limit", 5, "--samples", 4).code == 0
    found = [json.loads(path.read_text()) for path in tmp_path.glob("runs/patches/copy/*/record.json")]
    whole, cut = sorted(found, key=lambda record: -record["protocol"]["num_conditions"])
    ring = {"name": "ring", "version": 2, "pairing": "consecutive", "off_protocol": True}
    assert whole["protocol"] == {**ring, "num_conditions": 8, "samples_per_condition": 6, "pairs_per_condition": 5}
    assert cut["protocol"] == {**ring, "num_conditions": 5, "samples_per_condition": 4, "pairs_per_condition": 3}
    assert {score["metric"] for score in whole["scores"]} == {"diversity[pixels]", "frechet[pixels]", "variance"}
    done = bench(*words, "--protocol", "mrgan")
    assert done.code == 1
    assert "protocol mrgan has 300 conditions, patches has 12: add --limit 12" in done.err


@pytest.mark.parametrize(
    ("name", "numbers", "off_protocol"),
    [
        (None, (300, 20, 10), False),
        ("mrgan", (300, 20, 10), False),
        ("bicyclegan", (100, 20, 19), True),
        ("stargan-v2", (300, 10, 45), True),
    ],
)
def test_a_protocol_other_than_the_tasks_own_is_off_protocol(name, numbers, off_protocol):
    protocol, off = protocol_of(get_task("toy-shapes"), Request("toy-shapes", Path("runs"), protocol=name), registry())
    assert (protocol.num_conditions, protocol.samples_per_condition, protocol.pairs_per_condition) == numbers
    assert off is off_protocol
