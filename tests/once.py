"""What several workers of one test session need is made once: by the first that asks, while the others wait."""

import os
import shutil

from filelock import FileLock


def root_of(tmp_path_factory):
    """Return the temporary folder of the whole session, which pytest-xdist's workers have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def shared(root):
    """Return a function from a name and a function that fills a folder to that folder, filled."""

    def folder(name, make):
        path, whole = root / name, root / f"{name}.whole"
        with FileLock(root / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(path, ignore_errors=True)  # what one that failed left behind
                path.mkdir()
                make(path)
                whole.touch()
        return path

    return folder
