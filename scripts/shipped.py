"""Print the commands that make the checkpoints that a plugin ships, from what the files say of their training.

python scripts/shipped.py mrgan
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchbench.training.checkpoints import origin
from benchbench.training.plan import Training

ROOT = Path(__file__).parent.parent


def command(about: dict[str, Any]) -> str:
    """Return the `benchbench fit` of one checkpoint."""
    how = {name: about[name] for name in ("precision", "compile", "capture") if name in about}
    method = about["method"]
    training = Training(
        about["task"]["name"],
        method["name"],
        method["options"],
        about["seed"],
        about["device"],
        Path(),
        about["steps"],
        **how,
    )
    return training.command


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
