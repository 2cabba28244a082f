"""`benchbench check`: what is built in keeps the contract; the report, its exit codes, the tests and the fixtures."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import processes
import pytest
import torch

import benchbench
from benchbench.contract import state
from benchbench.contract.casts import CastWatch
from benchbench.contract.examine import examine, look
from benchbench.contract.findings import Check, Failed, Passed, Skipped, Warned, sentence, shortened
from benchbench.contract.guard import OutOfTime, deadline, guarded
from benchbench.contract.subjects import Request, of_kind, subjects
from benchbench.contract.tiny import PROBABILITIES, TinyDiscs
from benchbench.core import UnknownName
from benchbench.plugins import registry

GALLERY = Path(__file__).parent / "gallery"
DOCS = Path(__file__).parent.parent / "docs"
METHODS = {
    "copy": ["toy-shapes"],
    "noise": ["ring8", "toy-shapes"],
    "oracle": ["ring8", "toy-shapes"],
    "collapsed": ["ring8", "toy-shapes"],
    "unconditional": ["toy-shapes"],
    "real": ["ring8"],
    "dial": ["ring8"],
    "dial[collapse=0.5,blur=1]": ["toy-shapes"],
}
WARNINGS = {
    ("copy on toy-shapes", "noise"),
    ("noise on toy-shapes", "condition"),
    ("collapsed on ring8", "noise"),
    ("collapsed on toy-shapes", "noise"),
}
"""What baselines that cheat are warned of, and are."""
PATIENCE = 90
"""Seconds for a check: the machine may have other things to do."""
BY_ORDER = ("kid", "ms-ssim-across", "sample-diversity")
"""Set metrics that draw a part of the set, by place."""


def findings(kind, text, *tasks):
    """Return what is found, by subject and check."""
    lines = [line for plan in of_kind(kind, text, Request(tasks, seconds=PATIENCE)) for line in examine(*plan)]
    return {(line.subject, line.check): line.finding for line in lines}


def bad(found):
    return {key: sentence(finding) for key, finding in found.items() if isinstance(finding, (Failed, Skipped))}


def warned(found):
    return {key for key, finding in found.items() if isinstance(finding, Warned)}


@pytest.mark.parametrize("text", METHODS)
def test_built_in_methods_keep_the_contract(text):
    found = findings("methods", text, *METHODS[text])
    assert bad(found) == {}
    assert warned(found) == {(subject, check) for subject, check in WARNINGS if subject.startswith(f"{text} ")}
    assert len(found) == 5 + 17 * len(METHODS[text])


def test_a_trainer_may_fail_on_a_task_that_prepare_refuses(benchbench_cli, tmp_path):
    """The tutorial's does on points."""
    file = DOCS / "tutorial" / "benchbench-tint" / "benchbench_tint" / "__init__.py"
    (tmp_path / "tint.py").write_text(file.read_text())
    done = benchbench_cli("--plugins-dir", tmp_path, "check", "tint", "--json")
    (row,) = [row for row in json.loads(done.out) if row["check"] == "trains"]
    assert row["status"] == "passed", row
    assert row["seen"].endswith("and 2 and 2, give the same weights")


@pytest.mark.parametrize("name", ["ring8", "toy-shapes"])
def test_built_in_tasks_keep_the_contract(name):
    found = findings("tasks", name)
    assert bad(found) == {}
    assert warned(found) == set()


@pytest.mark.parametrize("name", sorted(name for name in registry().metrics))
def test_built_in_metrics_keep_the_contract(name):
    (item, checks), *measured = of_kind("metrics", name, Request(seconds=PATIENCE))
    assert isinstance(look(item, checks[2], checks), Passed)
    assert len(measured) == 1
    found = {line.check: line.finding for line in examine(*measured[0])}
    assert bad(found) == {}
    assert warned(found) == ({"order"} if name in BY_ORDER else set())


def test_a_folder_of_images_is_a_method_that_keeps_the_contract(benchbench_cli, tmp_path):
    from PIL import Image

    generator = np.random.default_rng(0)
    for number in (0, 100, 200):
        (tmp_path / "images" / f"{number:04d}").mkdir(parents=True)
        for k in range(16):
            image = Image.fromarray(generator.integers(256, size=(32, 32, 3), dtype=np.uint8))
            image.save(tmp_path / "images" / f"{number:04d}" / f"{k}.png")
    done = benchbench_cli("check", "folder[select={k}.png]", "-t", "toy-shapes", "--checkpoint", "images")
    assert done.code == 0, done.out
    assert "! noise         another seed gives the same samples" in done.out
    assert "images, " in done.out


def test_a_report_is_read_line_by_line_and_ends_in_a_sentence(benchbench_cli):
    done = benchbench_cli("check", "copy", "-t", "toy-shapes")
    assert done.code == 0
    assert done.err == ""
    first, *lines, last = done.out.splitlines()
    assert first == "copy"
    assert "copy on toy-shapes" in lines
    assert "  ✓ shape         [3, 3, 3, 32, 32]" in lines
    assert sum(line.startswith("  ! ") for line in lines) == 1
    assert last.startswith("copy: 22 checks in ")
    assert last.endswith(" s: 1 passed with a warning")


def test_a_failure_shows_what_was_seen_and_expected_and_where(benchbench_cli, tmp_path):
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "wrong_shape.py").write_text((GALLERY / "wrong_shape.py").read_text())
    done = benchbench_cli("--plugins-dir", "plugins.d", "check", "wrong-shape", "-t", "toy-shapes")
    assert done.code == 1
    expected = (
        "  ✗ shape         sample() returned shape [3, 3, 32, 32, 3]; expected [3, 3, 3, 32, 32];"
        " see plugins.d/wrong_shape.py:14"
    )
    assert expected in done.out.splitlines()
    assert "  – not looked at, after shape: numbers, values, answers, " in done.out
    assert "1 failed, 11 more not looked at" in done.out.splitlines()[-1]


def test_json_says_the_same(benchbench_cli):
    done = benchbench_cli("check", "ring8", "noise", "-t", "ring8", "--json")
    rows = json.loads(done.out)
    assert {row["subject"] for row in rows} == {"ring8", "noise", "noise on ring8"}
    assert {row["status"] for row in rows} == {"passed"}
    assert {"subject": "noise on ring8", "check": "dtype", "status": "passed", "seen": "float32"} in rows


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nr1"], "protocol or plugin is named 'nr1'; did you mean 'mr1'?"),
        (["copy", "-t", "ring9"], "no task is named 'ring9'; did you mean 'ring8'?"),
        (["dial[blur=much]"], "method dial: option blur='much': expected a number"),
        (["copy", "noise", "--checkpoint", "x"], "--checkpoint belongs to one method"),
        (["copy", "--timeout", "0"], "--timeout"),
        ([], "NAME"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(benchbench_cli, words, message):
    done = benchbench_cli("check", *words)
    assert done.code == 2
    assert message in done.err


def test_a_task_whose_data_are_not_here_is_not_looked_at(benchbench_cli):
    done = benchbench_cli("--data", "nowhere", "check", "sr-celeba")
    assert done.code == 0
    assert "– data          not looked at: sr-celeba is not prepared: its data set celeba is not in " in done.out
    assert "after data: examples, " in done.out
    done = benchbench_cli("--data", "nowhere", "check", "copy", "psnr", "-t", "sr-celeba")
    assert done.code == 0
    assert "– prepares      not looked at: sr-celeba" in done.out
    assert "– computes      not looked at: sr-celeba" in done.out


def test_a_task_that_is_not_served_fails_where_it_was_asked_for(benchbench_cli):
    done = benchbench_cli("check", "copy", "-t", "ring8")
    assert done.code == 1
    assert "✗ prepares      prepare() refused: needs an image as condition, RGB or of one channel" in done.out


def test_a_broken_part_of_a_plugin_is_told_with_the_part_that_works(benchbench_cli, tmp_path):
    text = (GALLERY / "one_image.py").read_text()
    (tmp_path / "half.py").write_text(text.replace("return [OneImage]", "return [OneImage, 3]"))
    done = benchbench_cli("--plugins-dir", tmp_path, "check", "one-image", "-t", "toy-shapes")
    assert done.code == 1
    assert "✗ whole         benchbench_methods() returned 3, expected a subclass of Method" in done.out
    assert "✓ shape" in done.out


def test_what_a_plugin_prints_does_not_get_into_the_report(benchbench_cli, tmp_path):
    text = (GALLERY / "one_image.py").read_text()
    (tmp_path / "loud.py").write_text(
        text.replace("        return cond", '        print("hello")\n        return cond')
    )
    done = benchbench_cli("--plugins-dir", tmp_path, "check", "one-image", "-t", "toy-shapes", "--json")
    assert "hello" in done.err
    assert {row["status"] for row in json.loads(done.out)} == {"passed", "warned"}


REFINED = {
    "a generator of its own, unseeded": (
        "shade = torch.from_numpy(np.random.default_rng().normal(size=(len(conditions), num_samples, 3, 1, 1)))",
        "deterministic",
    ),
    "a forked generator": (
        "with torch.random.fork_rng(devices=[]): shade = torch.randn(len(conditions), num_samples, 3, 1, 1)",
        "global-state",
    ),
    "numpy's global generator": (
        "shade = torch.from_numpy(np.random.normal(size=(len(conditions), num_samples, 3, 1, 1)))",
        "global-state",
    ),
    "the working directory": ("os.chdir('/'); shade = noise.normal(3, 1, 1)", "global-state"),
    "a list": ("return [0]", "returns"),
    "a refusal": ("raise benchbench.Unsupported('not today')", "returns"),
    "an exception": ("return {}['latent']", "returns"),
    "every exception caught": (
        "\n        while True:\n            try:\n                time.sleep(9)\n            except Exception:\n"
        "                continue",
        "returns",
    ),
    "infinite": ("shade = noise.normal(3, 1, 1) / (noise.integers(9, 3, 1, 1) > 0)", "values"),
    "copied into bytes": (
        "out = torch.empty(len(conditions), num_samples, 3, 32, 32, dtype=torch.uint8);"
        " return out.copy_(conditions['image'][:, None] + 90 * noise.normal(3, 1, 1))",
        "values",
    ),
}


@pytest.mark.parametrize("what", REFINED)
def test_less_plain_mistakes_are_caught_too(what, tmp_path, benchbench_cli):
    line, check = REFINED[what]
    (tmp_path / "own.py").write_text(f"""
import os
import time
from dataclasses import dataclass
import benchbench

@dataclass
class Own(benchbench.Method):
    name = "own"
    def prepare(self, task, device, checkpoint): ...
    def sample(self, conditions, num_samples, noise):
        import numpy as np, torch
        {line}
        return (conditions["image"][:, None].float() + 40 * shade).{"clamp(0, 255)." if check != "values" else ""}byte()

@benchbench.hookimpl
def benchbench_methods():
    return [Own]
""")
    done = benchbench_cli("--plugins-dir", tmp_path, "check", "own", "-t", "toy-shapes", "--timeout", "2", "--json")
    rows = json.loads(done.out)
    assert [row["check"] for row in rows if row["status"] == "failed"] == [check]
    assert done.code == 1
    assert Path.cwd() == tmp_path


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("sizes: list = None", "option sizes is declared list, and the command line would give it a text"),
        ("steps: int | list = 3", "option steps is declared int | list"),
        ("mode: Literal['a', 'b'] = 'c'", "option mode='c' is str, declared Literal; expected one of 'a', 'b'"),
        ("steps: int = True", "option steps=True is bool, declared int"),
        ("text: str = 'a,b'", "typed, its options are refused"),
        ("rate: float = float('nan')", "options() is not JSON"),
        ("where: Path = Path('x')", "option where is declared Path"),
    ],
)
def test_options_that_would_not_come_back_are_told(fields, message, tmp_path, benchbench_cli):
    (tmp_path / "own.py").write_text(f"""
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
import benchbench

@dataclass
class Own(benchbench.Method):
    name = "own"
    {fields}
    def prepare(self, task, device, checkpoint): raise benchbench.Unsupported("no")
    def sample(self, conditions, num_samples, noise): ...

@benchbench.hookimpl
def benchbench_methods():
    return [Own]
""")
    done = benchbench_cli("--plugins-dir", tmp_path, "check", "own", "-t", "ring8", "--json")
    (row,) = [row for row in json.loads(done.out) if row["check"] == "options"]
    assert row["status"] == "failed"
    assert message in f"{row['seen']}; expected {row['expected']}"


def test_time_runs_out_whatever_a_plugin_catches_and_the_former_handler_comes_back():
    before = signal.getsignal(signal.SIGALRM)
    began = time.perf_counter()
    with pytest.raises(OutOfTime, match=r"not finished after 0\.2 s"), deadline(0.2), contextlib.suppress(Exception):
        time.sleep(5)
    assert time.perf_counter() - began < 3
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_all_that_is_global_is_put_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_DATA", "data")
    what = (*state.settings(), *state.generators())
    before = state.read(what)
    with guarded(20):
        assert os.environ["BENCHBENCH_DATA"] == str(tmp_path / "data")
        assert list(Path.cwd().iterdir()) == []
        Path("file").touch()
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_num_threads(7)
        torch.use_deterministic_algorithms(True)
        np.seterr(all="raise")
        state.seed_generators(5)
        changed = state.read(what)
    assert [name for name in before if changed[name] == before[name]] == ["torch.backends.cudnn.benchmark"]
    assert state.read(what) == before
    assert os.environ["BENCHBENCH_DATA"] == "data"
    assert list(tmp_path.iterdir()) == []


def test_casts_that_lose_values_are_noted_with_their_line():
    here = Path(__file__)
    for values, found in (
        ([0.0, 255.9, -0.5], ""),
        ([0.0, 256.0], "values of 0 to 256 were cast to bytes"),
        ([-1.0, 3.0], "values of -1 to 3 were cast to bytes"),
        ([float("nan"), 3.0], "NaN were cast to bytes"),
    ):
        with CastWatch(here) as watch:
            torch.tensor(values).to(torch.uint8)
        assert watch.found == found
        assert watch.where.startswith(f"{here}:") is bool(found)
    with CastWatch(here) as watch:
        torch.tensor([300]).byte()  # whole numbers wrap on purpose
    assert watch.found == ""


def test_a_check_is_made_once_and_after_those_it_needs():
    made = []

    def first(subject):
        made.append("first")
        return Failed("no", "yes")

    def second(subject):
        made.append("second")
        return Passed("yes")

    def third(subject):
        made.append("third")
        return Passed("yes")

    class Subject:
        label, seconds, found, files = "it", 5.0, {}, Path(__file__)

    checks = (Check(first, guarded=False), Check(second, ("first",)), Check(third, ("second",)))
    assert look(Subject, checks[2], checks) == Skipped("first failed", after="first")
    assert [line.finding for line in examine(Subject, checks)][1:] == [Skipped("first failed", after="first")] * 2
    assert made == ["first"]


def test_a_place_is_shown_relative_to_where_the_user_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shortened(f"{tmp_path}/plugins.d/mine.py:3") == "plugins.d/mine.py:3"
    assert shortened("/elsewhere/mine.py:3") == "/elsewhere/mine.py:3"


def test_names_of_plugins_are_names_too():
    (plugin, _), *rest = subjects("benchbench.tasks.mixtures", Request())
    assert plugin.label == "benchbench.tasks.mixtures"
    assert [subject.label for subject, _ in rest] == ["ring8", "grid25"]
    with pytest.raises(UnknownName, match="did you mean 'mrgan'"):
        list(subjects("mrgann", Request()))


def test_the_tiny_task_keeps_the_contract_and_its_law(tiny_task):
    assert bad(findings("tasks", "tiny-discs")) == {}
    ids = [example.id for example in tiny_task.examples("test")]
    noise = benchbench.Noise.for_samples(("tiny-discs", 1), 0, ids, 200)
    drawn = tiny_task.draw(ids, 200, noise)
    modes = torch.stack([tiny_task.assign_modes(id, samples) for id, samples in zip(ids, drawn)])
    shares = torch.bincount(modes.flatten(), minlength=3).double() / modes.numel()
    assert shares.numpy() == pytest.approx(PROBABILITIES, abs=0.03)  # 2.9 standard deviations of 2400 draws
    for example in tiny_task.examples("test"):
        assert float(tiny_task.condition_error(example, example.references).max()) == 0
        assert int(tiny_task.assign_modes(example.id, example.condition["image"][None])) == -1


def test_a_run_on_the_tiny_task(tiny_task, benchbench_cli, run_store, noise_source):
    words = ("run", "-t", tiny_task.name, "-m", "oracle", "-m", "collapsed", "-o", run_store)
    done = benchbench_cli(*words, "-j", 0, "--json")
    assert done.code == 0, done.err
    scores = [{score["metric"]: score["value"] for score in record["scores"]} for record in json.loads(done.out)]
    assert scores[0]["energy-score[mini]"] < scores[1]["energy-score[mini]"]
    assert scores[0]["diversity[mini]"] > scores[1]["diversity[mini]"] == 0
    assert len(list(run_store.glob("*/*/*/record.json"))) == 2
    one = noise_source(["test-00", "test-01"], 4).normal(3)
    assert one.shape == (2, 4, 3)
    assert torch.equal(one[1:], noise_source(["test-01"], 4).normal(3))
    assert not torch.equal(one, noise_source(["test-00", "test-01"], 4, seed=1).normal(3))


def test_the_tiny_task_is_there_for_its_test_alone():
    assert "tiny-discs" not in registry().tasks
    assert TinyDiscs().name == "tiny-discs"


def run_pytest(folder):
    """Run pytest as an author does, in a process of its own, with warnings as errors."""
    done = processes.run(PYTEST, folder, environment_in(folder), processes.LIBRARIES)
    return done.returncode, done.stdout + done.stderr


PYTEST = ("-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "-q", "-rA")


def environment_in(folder):
    return {**os.environ, "BENCHBENCH_PLUGINS_DIR": str(folder / "plugins.d"), "COLUMNS": "300"}


def test_the_star_import_makes_a_test_of_each_check(tmp_path):
    (tmp_path / "plugins.d").mkdir()
    for stem in ("wrong_shape", "one_image", "unsafe_ids", "nan_metric"):
        (tmp_path / "plugins.d" / f"{stem}.py").write_text((GALLERY / f"{stem}.py").read_text())
    (tmp_path / "test_mine.py").write_text("""
from benchbench.testing import *

METHODS = {"wrong-shape": ["toy-shapes"], "one-image": ["toy-shapes"]}
TASKS = ["unsafe-ids"]
METRICS = ["nan-metric"]

def test_of_my_own():
    pass
""")
    code, said = run_pytest(tmp_path)
    assert code == 1
    for line in (
        "PASSED test_mine.py::test_of_my_own",
        "PASSED test_mine.py::test_contract[one-image-loads]",
        "PASSED test_mine.py::test_contract[one-image-toy-shapes-deterministic]",
        "PASSED test_mine.py::test_contract[one-image-toy-shapes-noise]",
        "FAILED test_mine.py::test_contract[wrong-shape-toy-shapes-shape] - Failed: sample() returned",
        "FAILED test_mine.py::test_contract[unsafe-ids-examples] - Failed: an example has the id 'test/0'",
        "FAILED test_mine.py::test_contract[nan-metric-tiny-discs-degenerate] - Failed: where all",
        "not looked at: shape failed",
    ):
        assert line in said
    assert said.count("FAILED") == 3


def test_the_page_shows_tests_that_pass(tmp_path):
    tint, *tests = [
        code
        for page in ("method.md", "mistakes.md")
        for code in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    ]
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "tint.py").write_text(tint)
    (tmp_path / "test_tint.py").write_text("\n".join(tests))
    code, said = run_pytest(tmp_path)
    assert code == 0, said
    assert "PASSED test_tint.py::test_contract[tint[strength=40.0]-toy-shapes-batch]" in said
    assert "PASSED test_tint.py::test_it_is_better_than_noise" in said


WEIGHED = """
from dataclasses import dataclass
from pathlib import Path

import benchbench


@dataclass
class Weighed(benchbench.Method):
    name = "weighed"

    def prepare(self, task, device, checkpoint):
        if checkpoint is None or not Path(checkpoint).is_file():
            raise benchbench.MissingData("weighed needs its weights: name them with --checkpoint")
        self.level = int(Path(checkpoint).read_text())
        self.shape = task.space.shape

    def sample(self, conditions, num_samples, noise):
        shade = self.level + noise.integers(20, 1, 1, 1)
        return shade.byte().expand(-1, -1, *self.shape).contiguous()


@benchbench.hookimpl
def benchbench_methods():
    return [Weighed]
"""


@pytest.mark.parametrize("given", [True, False])
def test_a_checkpoint_can_be_named(given, tmp_path):
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "weighed.py").write_text(WEIGHED)
    (tmp_path / "weights.txt").write_text("90")
    (tmp_path / "test_mine.py").write_text(f"""
from pathlib import Path

from benchbench.testing import *

METHODS = {{"weighed": ["toy-shapes"]}}
CHECKPOINTS = {{"weighed": Path("weights.txt")}} if {given} else {{}}
""")
    code, said = run_pytest(tmp_path)
    line = "PASSED test_mine.py::test_contract[weighed-toy-shapes-checkpoint]"
    assert (line in said) is given, said
    assert given or "weighed needs its weights" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "nothing is named to check: add a list such as METHODS"), ("METHODS = ['nr1']", "did you mean 'mr1'?")],
)
def test_a_module_that_names_nothing_or_nobody_is_told(text, message, tmp_path):
    (tmp_path / "test_mine.py").write_text(f"from benchbench.testing import *\n{text}\n")
    code, said = run_pytest(tmp_path)
    assert code != 0
    assert message in said


def test_pytest_starts_light_with_the_plugin(tmp_path):
    (tmp_path / "test_mine.py").write_text("""
import sys

HEAVY = {"torch", "pandas", "rich", "scipy", "benchbench.cli", "benchbench.evaluation.session"} & set(sys.modules)

def test_nothing_heavy_is_there(request):
    assert "benchbench.pytest_plugin" in sys.modules
    assert HEAVY == set()

def test_the_task(tiny_task):
    assert len(tiny_task.examples("test")) == 12
""")
    command, environment = [sys.executable, *PYTEST], environment_in(tmp_path)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
