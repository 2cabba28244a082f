"""The code of a method, as a hash: a run goes on, or is shown again, only while that stays what it was."""

from __future__ import annotations

import sys
from pathlib import Path

from benchbench.core import Method
from benchbench.system.envelope import sum_of
from benchbench.system.hashes import files_hash


def source_hash(method: Method) -> str:
    """Return the SHA-256 over the Python files of the method's package; empty where there are none (a notebook).

    Of a one-off file it is that file. Of the suite's own methods it is the folder of the method's module.
    """
    module = sys.modules.get(type(method).__module__)
    file = getattr(module, "__file__", None)
    if file is None or not Path(file).is_file():
        return ""
    path = Path(file)
    depth = type(method).__module__.count(".") + (path.name == "__init__.py")
    if depth == 0:
        return sum_of(path)
    root = path.parent
    if not type(method).__module__.startswith("benchbench."):
        root = path.parents[depth - 1]
    return files_hash(root, sorted(each for each in root.rglob("*.py") if "__pycache__" not in each.parts))
