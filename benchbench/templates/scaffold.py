"""The files of a new plugin: a template of `benchbench/templates`, itself a working plugin, under another name."""

from __future__ import annotations

import keyword
import re
import shlex
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.core.kinds import KINDS, REPORTER
from benchbench.plugins import Registry

WORDS = {kind.word: name for name, kind in KINDS.items()}
"""From the word after `benchbench new` to the kind of plugin; a reporter has no kind: it only receives events."""
MADE = (*WORDS, REPORTER)
"""What can be made; each has a template with its name."""
WRAPS = ("none", "torch-module", "folder", "callable", "onnx", "diffusers")
TEMPLATES = Path(__file__).parent
EXTRAS = {"onnx": "[onnx]", "diffusers": "[diffusers]"}
"""What the distribution of a wrap is installed with, where it needs a large package."""
EXAMPLES = {"folder": "toy-shapes example-images", "onnx": "example.onnx", "diffusers": "example-pipeline"}
"""What the example module of a wrap is called with; the last word is the checkpoint that it makes."""
RUNS = {
    "task": ("benchbench run -t NAME",),
    "method": ("benchbench run -t toy-shapes -m NAME",),
    "extractor": ("benchbench run -t toy-shapes -m oracle -m copy -f NAME",),
    "metric": (
        "benchbench run -t toy-shapes -m oracle -m copy --metric NAME",
        "benchbench leaderboard toy-shapes --columns 'energy-score[mini],NAME'",
    ),
    "executor": ("benchbench run -t toy-shapes -m oracle -m copy --executor NAME -j 2",),
    "protocol": ("benchbench run -t toy-shapes -m oracle --protocol NAME",),
    "reporter": ("benchbench run -t toy-shapes -m oracle -m copy",),
}
"""The commands that try the new plugin out."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLACEHOLDER = re.compile(r"benchbench_template|test_template|Template|template")


def template_folder(kind: str, wrap: str = "none") -> Path:
    """Return the folder of the template."""
    return TEMPLATES / (kind if wrap == "none" else f"{kind}-{wrap}")


def make_files(kind: str, wrap: str, name: str) -> dict[str, str]:
    """Return path and text of each file of a new plugin; the name `template` gives the template as it stands."""
    check_name(name)
    found = {}
    for root in (TEMPLATES / "common", template_folder(kind, wrap)):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                relative = path.relative_to(root).as_posix()
                # Under its own name it would hide files of the suite from git and from the wheel.
                relative = ".gitignore" if relative == "gitignore" else relative
                found[rename(relative, name)] = rename(path.read_text(encoding="utf-8"), name)
    return dict(sorted(found.items()))


def rename(text: str, name: str) -> str:
    """Return the text with the placeholder in each of its spellings replaced."""
    words = name.split("-")
    spelled = {
        "benchbench_template": "_".join(["benchbench", *words]),
        "test_template": "_".join(["test", *words]),
        "Template": class_name(name),
        "template": name,
    }
    return _PLACEHOLDER.sub(lambda match: spelled[match[0]], text)


def class_name(name: str) -> str:
    """Return `MyGan` for `my-gan`."""
    return "".join(word.capitalize() for word in name.split("-"))


def check_name(name: str) -> None:
    """Raise `BenchbenchError` unless the name is lower-case words joined by hyphens."""
    if not _NAME.fullmatch(name):
        raise BenchbenchError(
            f"{name!r} is not a plugin name: write lower-case words joined by hyphens, such as my-gan"
        )
    if keyword.iskeyword(class_name(name)):
        raise BenchbenchError(f"{name!r} is not a plugin name: {class_name(name)} is a Python keyword; choose another")


def check_free(kind: str, name: str, registry: Registry) -> None:
    """Raise `BenchbenchError` if an installed plugin, or something of this kind, has the name already."""
    origin = registry.origins.get((WORDS.get(kind, kind), name))
    if origin is not None:
        raise BenchbenchError(f"{kind} {name} exists already, from {origin.distribution}; choose another name")
    for row in registry.rows:
        if row.name == name:
            raise BenchbenchError(f"plugin {name} exists already, from {row.distribution}; choose another name")


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write the files; raise `BenchbenchError` if the folder is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BenchbenchError(f"{folder} exists already and is not empty; choose another folder with -o DIR")
    for relative, text in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def next_commands(kind: str, wrap: str, name: str, folder: Path) -> list[str]:
    """Return the commands from the folder to a row in a table: install, check, run."""
    place = str(folder) if folder.is_absolute() else f"./{folder.as_posix()}"  # a bare word would be looked up on PyPI
    install = f"python -m pip install -e {shlex.quote(place + EXTRAS.get(wrap, ''))}"
    if kind != "method" or wrap not in EXAMPLES:
        return [install, f"benchbench check {name}", *(each.replace("NAME", name) for each in RUNS[kind])]
    example = f"python -m {rename('benchbench_template', name)}.example {EXAMPLES[wrap]}"
    given = f"--checkpoint {EXAMPLES[wrap].split()[-1]}"
    check, run = f"benchbench check {name} {given}", f"benchbench run -t toy-shapes -m {name} {given}"
    if wrap == "diffusers":  # even a tiny one is slow on a CPU
        quick = f"'{name}[steps=4]' {given}"
        check, run = f"benchbench check {quick} --timeout 60", f"benchbench run -t toy-shapes -m {quick} --limit 10"
    return [install, example, check, run]
