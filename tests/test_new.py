"""`benchbench new`: each template is a working plugin, and stays one under another name."""

import importlib.util
import json
import os
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import processes
import pytest

import benchbench
from benchbench.core import BenchbenchError
from benchbench.core.kinds import KINDS
from benchbench.templates import scaffold

ROOT = Path(__file__).parent.parent
CHOICES = [
    *(("method", wrap) for wrap in scaffold.WRAPS),
    *((kind, "none") for kind in scaffold.MADE if kind != "method"),
]
NAMES = {choice: "-".join(["made", *(choice if choice[1] != "none" else choice[:1])]) for choice in CHOICES}
NEEDS = {"onnx": ("onnx", "onnxruntime"), "diffusers": ("diffusers",)}


def each(choices=CHOICES):
    return pytest.mark.parametrize(("kind", "wrap"), choices, ids=["-".join(choice) for choice in choices])


def need(wrap):
    for package in NEEDS.get(wrap, ()):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


def folders_in(home):
    """Return where each distribution is made."""
    return {choice: home / f"benchbench-{name}" for choice, name in NAMES.items()}


def make_and_install(home):
    """Make every distribution, and install them all in one folder."""
    folders = folders_in(home)
    for (kind, wrap), folder in folders.items():
        scaffold.write_files(folder, scaffold.make_files(kind, wrap, NAMES[kind, wrap]))
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target"]
    subprocess.run([*command, home / "site", *folders.values()], check=True)


@pytest.fixture(scope="module")
def made(once):
    """The folder of every made distribution, and the one that they are installed in."""
    home = once("made-distributions", make_and_install)
    return folders_in(home), home / "site"


@pytest.fixture
def installed(made, monkeypatch):
    """The made distributions, installed as this process and its children see them."""
    from benchbench import plugins

    folders, site = made
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    plugins._build.cache_clear()
    yield folders
    plugins._build.cache_clear()


@each()
def test_what_is_made_is_a_plugin_without_problems(kind, wrap, installed):
    from benchbench.plugins import registry

    name = NAMES[kind, wrap]
    (row,) = (row for row in registry().rows if row.name == name)
    assert row.problems == []
    noun = KINDS[scaffold.WORDS[kind]].noun if kind in scaffold.WORDS else ""
    assert row.provides == ([f"{noun} {name}"] if noun else ["reporter of run_finished"])
    assert row.distribution == f"benchbench-{name} 0.1.0"


def run_own_tests(home, folders, site):
    """Run the tests of every distribution, in one process, as their authors do; write what came of each test."""
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [f"--junit-xml={home / 'tests.xml'}", *(folder / "tests" for folder in folders.values())]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    processes.run(command, home, environment, processes.LIBRARIES)


@pytest.fixture
def own_tests(once, made):
    """Every test of every distribution with what came of it: `passed`, or another word with what is said of it."""
    folders, site = made
    report = once("own-tests", lambda home: run_own_tests(home, folders, site)) / "tests.xml"
    return {
        f"{case.get('classname')}::{case.get('name')}": [(each.tag, each.get("message")) for each in case] or "passed"
        for case in ElementTree.parse(report).iter("testcase")
    }


@each()
def test_what_is_made_passes_its_own_tests(kind, wrap, own_tests):
    stem = f"test_{NAMES[kind, wrap].replace('-', '_')}"
    own = {name: came for name, came in own_tests.items() if stem in name.split("::")[0].split(".")}
    left_out = {name for name, came in own.items() if came != "passed" and came[0][0] == "skipped"}
    assert {name: came for name, came in own.items() if came != "passed" and name not in left_out} == {}
    if all(importlib.util.find_spec(package) for package in NEEDS.get(wrap, ())):
        assert left_out == set()
    assert len(own) > len(left_out)


@each()
def test_what_is_made_has_a_row(kind, wrap, installed, bench, monkeypatch):
    need(wrap)
    name = NAMES[kind, wrap]
    if wrap in scaffold.EXAMPLES:
        monkeypatch.setattr(sys, "argv", ["example", *scaffold.EXAMPLES[wrap].split()])
        runpy.run_module(f"benchbench_{name.replace('-', '_')}.example", run_name="__main__", alter_sys=True)
    commands = [shlex.split(each) for each in scaffold.next_commands(kind, wrap, name, Path("anywhere"))]
    for _, verb, *words in commands[-2 if kind == "metric" else -1 :]:
        more = ["--limit", 3, "-j", 0] if verb == "run" else ["--off-protocol"]
        done = bench(verb, *words, *more)
        assert done.code == 0, done.err
    if kind not in ("executor", "reporter"):  # which change nothing that is printed
        assert name in done.out


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="transformers is not installed")
def test_a_pipeline_with_a_prompt_is_served(installed, bench, tmp_path):
    need("diffusers")
    make_pipeline_with_a_prompt(tmp_path / "pipeline")
    method = f"{NAMES['method', 'diffusers']}[steps=2,prompt=a shape]"
    words = ["run", "-t", "toy-shapes", "-m", method, "--checkpoint", tmp_path / "pipeline", "-j", 0, "--json"]
    scores = []
    for size in (1, 2):
        done = bench(*words, "--limit", 2, "--samples", 3, "--batch-size", size, "-o", tmp_path / str(size))
        assert done.code == 0, done.err
        scores.append(json.loads(done.out[done.out.index("[\n") :])[0]["scores"])
    assert scores[0] == scores[1]


def make_pipeline_with_a_prompt(folder):
    """Write a tiny Stable Diffusion from image to image, with seeded weights and a tokenizer of bytes."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionImg2ImgPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    letters = [chr(i) for i in (*range(33, 127), *range(161, 173), *range(174, 256))]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: i for i, word in enumerate(words)}
    (folder / "words").mkdir(parents=True)
    (folder / "words" / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "words" / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer.from_pretrained(folder / "words", model_max_length=77)
    ends = {"bos_token_id": len(words) - 2, "eos_token_id": len(words) - 1, "pad_token_id": len(words) - 1}
    text = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}
    size = {"block_out_channels": (8, 8), "norm_num_groups": 4}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        StableDiffusionImg2ImgPipeline(
            vae=AutoencoderKL(
                down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, **size
            ),
            text_encoder=CLIPTextModel(CLIPTextConfig(vocab_size=len(words), **text, **ends)),
            tokenizer=tokenizer,
            unet=UNet2DConditionModel(
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
                sample_size=16,
                layers_per_block=1,
                cross_attention_dim=16,
                attention_head_dim=4,
                **size,
            ),
            scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        ).save_pretrained(folder)


@each()
def test_the_template_is_what_it_gives_under_its_own_name(kind, wrap):
    folder = scaffold.template_folder(kind, wrap)
    files = scaffold.make_files(kind, wrap, "template")
    for path in folder.rglob("*.*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert files[path.relative_to(folder).as_posix()] == path.read_text()
    assert {".gitignore", "LICENSE", "README.md", "pyproject.toml", "tests/test_template.py"} <= set(files)


@each()
def test_nothing_of_the_template_is_left_in_what_is_made(kind, wrap):
    files = scaffold.make_files(kind, wrap, "two-words")
    assert {"benchbench_two_words/__init__.py", "tests/test_two_words.py"} <= set(files)
    assert ("class TwoWords(" in files["benchbench_two_words/__init__.py"]) == (kind not in ("protocol", "reporter"))
    assert 'two-words = "benchbench_two_words"' in files["pyproject.toml"]
    for path, text in files.items():
        assert "template" not in (path + text).lower()
        assert all(len(line) <= 120 for line in text.splitlines()), path


@each()
def test_its_readme_gives_the_commands_that_are_printed(kind, wrap):
    _, *commands = scaffold.next_commands(kind, wrap, "template", Path("anywhere"))
    text = (scaffold.template_folder(kind, wrap) / "README.md").read_text()
    folder = f"'.{scaffold.EXTRAS[wrap]}'" if wrap in scaffold.EXTRAS else "."
    assert "\n".join(["```", f"python -m pip install -e {folder}", *commands, "```"]) in text


@each()
def test_the_page_shows_the_commands_that_are_printed(kind, wrap):
    text = (ROOT / "docs" / "new.md").read_text()
    name = "my-gan" if kind == "method" else f"my-{kind}"
    commands = scaffold.next_commands(kind, wrap, name, Path(f"benchbench-{name}"))
    made = f"benchbench new {kind} {name}"
    if kind == "method":
        section = text.split(f"```\n{made} --wrap {wrap}\n```\n")[-1]
        assert section.split("```")[1].strip().splitlines() == commands
    else:
        assert "\n".join(["```", made, *commands, "```"]) in text


def test_the_page_shows_what_is_printed(bench):
    text = (ROOT / "docs" / "new.md").read_text()
    done = bench("new", "method", "my-gan", "--wrap", "torch-module")
    assert f"```text\n{done.out}```" in text


def test_it_writes_a_folder_and_says_what_comes_next(bench, tmp_path):
    done = bench("new", "method", "my-gan", "--wrap", "torch-module")
    assert done.code == 0
    shown, following = done.out.split("\n\nnext:\n")
    first, *paths = shown.splitlines()
    assert first == "benchbench-my-gan: method my-gan"
    folder = tmp_path / "benchbench-my-gan"
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert [path.strip() for path in paths] == sorted(there)
    assert following.split("\n") == [
        "  python -m pip install -e ./benchbench-my-gan",
        "  benchbench check my-gan",
        "  benchbench run -t toy-shapes -m my-gan",
        "",
    ]


def test_it_writes_where_it_is_told(bench, tmp_path):
    done = bench("new", "task", "my-task", "-o", tmp_path / "a b" / "c")
    assert done.code == 0
    assert (tmp_path / "a b" / "c" / "benchbench_my_task" / "__init__.py").is_file()
    assert f"python -m pip install -e '{tmp_path}/a b/c'\n" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("method", "My_Gan"),
            "'My_Gan' is not a plugin name: write lower-case words joined by hyphens, such as my-gan",
        ),
        (
            ("method", "2-gan"),
            "'2-gan' is not a plugin name: write lower-case words joined by hyphens, such as my-gan",
        ),
        (
            ("method", "gan-"),
            "'gan-' is not a plugin name: write lower-case words joined by hyphens, such as my-gan",
        ),
        (("method", "none"), "'none' is not a plugin name: None is a Python keyword; choose another"),
        (("method", "copy"), "method copy exists already, from benchbench {version}; choose another name"),
        (("task", "ring8"), "task ring8 exists already, from benchbench {version}; choose another name"),
        (("metric", "tiny"), "plugin tiny exists already, from {one_off}/tiny.py; choose another name"),
        (("task", "x", "-o", "full"), "full exists already and is not empty; choose another folder with -o DIR"),
        (("task", "x", "-o", "file"), "file exists already and is not empty; choose another folder with -o DIR"),
    ],
)
def test_what_it_refuses_is_one_sentence_and_leaves_nothing(words, message, bench, tmp_path, one_off):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").touch()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    done = bench("new", *words)
    assert done.code == 1
    expected = message.format(one_off=os.environ["BENCHBENCH_PLUGINS_DIR"], version=benchbench.__version__)
    assert done.err == f"error: {expected}\n"
    assert done.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_a_wrap_is_for_methods(bench):
    done = bench("new", "task", "x", "--wrap", "onnx")
    assert done.code == 2
    assert "--wrap is for methods; a task wraps nothing" in done.err


def test_a_name_of_another_kind_is_free():
    from benchbench.plugins import registry

    scaffold.check_free("method", "toy-shapes", registry())
    with pytest.raises(BenchbenchError, match="task toy-shapes exists already"):
        scaffold.check_free("task", "toy-shapes", registry())


def test_it_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from click.testing import CliRunner; from benchbench.cli.main import main;"
        "r = CliRunner().invoke(main, ['new', 'method', 'x']); assert r.exit_code == 0, r.output;"
        "print(sorted({'torch', 'pandas', 'scipy', 'rich'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
