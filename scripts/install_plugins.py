"""Install every plugin of this repository; meanwhile another core compiles what all workers of the tests import.

pip leaves that to the first import (`PIP_NO_COMPILE`), and every worker would do it at the same time as the others.
The process that compiles ends by itself, some seconds later.

python scripts/install_plugins.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMPILE = """
import sys
sys.path.pop(0)  # the installed suite, not the one of this folder
import pytest
pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", "tests", "plugins"])
import torch._dynamo, matplotlib.pyplot, sklearn.linear_model, torchvision
"""


def main() -> int:
    """Return the exit code of pip; what the other process finds does not count: the plugins are not there yet."""
    plugins = [str(file.parent) for file in sorted(ROOT.glob("plugins/*/pyproject.toml"))]
    nowhere = subprocess.DEVNULL
    subprocess.Popen([sys.executable, "-c", COMPILE], cwd=ROOT, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    return subprocess.call([sys.executable, "-m", "pip", "install", "--no-build-isolation", *plugins], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
