"""A worker of its own for one method: a clean environment, folders that it may write to, and careful reading of it."""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError

KEPT = (
    *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SYSTEMROOT", "TZ", "USER"),
    *("CONDA_PREFIX", "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"),
    *("HF_HOME", "TORCH_HOME", "XDG_CACHE_HOME"),
)
"""Variables that an isolated worker gets: where things are, never keys or tokens."""
KEPT_FAMILIES = ("BENCHBENCH_", "CUBLAS_", "CUDA_", "LC_", "MKL_", "NVIDIA_", "OMP_", "OPENBLAS_", "PYTORCH_")
"""How other names begin that it gets."""


class Isolation:
    """What a worker is given, and held to: one folder that stays, and one for temporary files that goes with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._temporary = tempfile.TemporaryDirectory(prefix="benchbench-", ignore_cleanup_errors=True)

    @property
    def folders(self) -> tuple[Path, ...]:
        """What it may write to."""
        return self.folder, Path(self._temporary.name)

    def environment(self) -> dict[str, str]:
        """Return the variables of the worker, from those of this process."""
        private = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._temporary.name)
        return {**kept_variables(os.environ), **private}

    def close(self) -> None:
        """Remove the folder for temporary files."""
        self._temporary.cleanup()


def kept_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return those variables that an isolated worker gets."""
    return {name: value for name, value in environment.items() if name in KEPT or name.startswith(KEPT_FAMILIES)}


@contextmanager
def as_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let a process that is started here begin with these variables, so that none of the others is ever in it."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Careful(pickle.Unpickler):
    """Reads what an isolated worker sends: plain values, dataclasses of the suite and its errors, no other code."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("benchbench."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, BenchbenchError)):
                return found
        raise BenchbenchError(f"an isolated worker sent something that is no result: {module}.{name}")


def read_carefully(content: bytes) -> Any:
    """Return a pickled answer; the error in it says where it is none, or would call other code than those classes."""
    try:
        return _Careful(io.BytesIO(content)).load()
    except Exception as error:
        said = str(error) if isinstance(error, BenchbenchError) else f"an isolated worker sent no result: {error}"
        return None, BenchbenchError(said), 0.0
