"""Print the commands that make the checkpoints that a plugin ships, from what the files say of their training.

python scripts/shipped.py mrgan
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

from benchbench.checkpoints import origin
from benchbench.names import format_method
from benchbench.plugins import registry

ROOT = Path(__file__).parent.parent


def command(about: dict[str, Any]) -> str:
    """Return the `benchbench fit` of one checkpoint."""
    method = about["method"]
    defaults = registry().get("methods", method["name"])().options()
    name = shlex.quote(format_method(method["name"], method["options"], defaults))
    steps = f" --steps {about['steps']}" if about["steps"] else ""
    capture = "" if about.get("capture", True) else " --no-capture"
    where = f"--device {about['device']}{capture}"
    mixed = "" if about.get("precision", "float32") == "float32" else f" --precision {about['precision']}"
    return f"benchbench fit -t {about['task']['name']} -m {name} --seed {about['seed']}{steps} {where}{mixed}"


def machine(about: dict[str, Any]) -> str:
    """Return where a checkpoint was trained."""
    made = about["made_with"]
    return f"{made.get('processor', about['device'])}, torch {made['torch']}"


def text(plugin: str) -> str:
    """Return the commands by machine, in the order of the files."""
    folder = ROOT / "plugins" / plugin / f"benchbench_{plugin}" / "checkpoints"
    by_machine: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        about = origin(path)
        if about is None:
            raise SystemExit(f"{path.name} does not say how it was made")
        by_machine.setdefault(machine(about), []).append(command(about))
    return "\n\n".join(
        f"On {where}:\n\n```text\n" + "\n".join(commands) + "\n```" for where, commands in by_machine.items()
    )


if __name__ == "__main__":
    print(text(sys.argv[1]))
