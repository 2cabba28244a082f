"""Examples that a program makes, kept on disk: made once per machine, then mapped by every process.

A file's name hashes all that its content depends on: the source of the built-in tasks and the versions of what they
draw and scale with. So another version of the suite never reads it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from benchbench.core import BenchbenchError, Example
from benchbench.system.envelope import Damaged, read_sum, require_sum, write_sum
from benchbench.system.files import remove_temporaries, write_bytes
from benchbench.system.paths import cache_home, named_folder

HERE = Path(__file__).parent
SOURCES = (HERE, HERE.parent / "core" / "noise.py", HERE.parent / "system" / "images.py")
PACKAGES = ("numpy", "pillow", "scikit-image", "scikit-learn", "torch")
SPLITS = ("train", "validation", "test")
"""What is kept: another draw of the test is used once, and is nobody's to find."""
_CONDITION = "condition:"

Make = Callable[[str], tuple[Example, ...]]


def kept(name: str) -> Callable[[Make], Make]:
    """Decorate a function from the key of a split to its examples, all of one shape; the files are called `name`.

    The examples of a process are made or read once. A file that is missing or damaged is made again; where nothing
    can be written, each process makes its own.
    """

    def decorate(make: Make) -> Make:
        @functools.lru_cache(maxsize=4)
        @functools.wraps(make)
        def examples(key: str) -> tuple[Example, ...]:
            if key not in SPLITS:
                return make(key)
            path = folder() / f"{name}-{key}-{_version()}.safetensors"
            with suppress(Damaged, OSError):
                require_sum(path, read_sum(path), "it is made again")
                return _read(path)
            made = make(key)
            with suppress(BenchbenchError, OSError):
                _write(path, made)
            return made

        return examples

    return decorate


def folder() -> Path:
    """Return the folder of kept examples: in the one that `BENCHBENCH_CACHE` names, or in the user's caches."""
    return (named_folder("BENCHBENCH_CACHE") or cache_home() / "benchbench") / "examples"


@functools.cache
def _version() -> str:
    digest = hashlib.sha256()
    for source in SOURCES:
        for path in sorted(source.glob("*.py")) if source.is_dir() else [source]:
            digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for package in PACKAGES:
        digest.update(f"{package} {_version_of(package)}\n".encode())
    return digest.hexdigest()[:16]


def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _write(path: Path, examples: Sequence[Example]) -> None:
    import torch
    from safetensors.torch import save

    modalities = sorted(examples[0].condition)
    tensors = {f"{_CONDITION}{name}": [each.condition[name] for each in examples] for name in modalities}
    tensors["references"] = [each.references for each in examples]
    about = {"names": json.dumps([(each.id, each.group) for each in examples])}  # one key: several have no order
    content = save({name: torch.stack(parts) for name, parts in tensors.items()}, about)
    remove_temporaries(path.parent, of=path.name)
    write_sum(path, hashlib.sha256(content).hexdigest())
    write_bytes(path, content, durable=False)


def _read(path: Path) -> tuple[Example, ...]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        about = file.metadata()
        tensors = {name: file.get_tensor(name).unbind() for name in file.keys()}  # noqa: SIM118 (it is no mapping)
    conditions = {
        name.removeprefix(_CONDITION): parts for name, parts in tensors.items() if name.startswith(_CONDITION)
    }
    named = zip(json.loads(about["names"]), tensors["references"], strict=True)
    return tuple(
        Example(id, {modality: parts[i] for modality, parts in conditions.items()}, references, group)
        for i, ((id, group), references) in enumerate(named)
    )
