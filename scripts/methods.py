"""Print the table of docs/methods.md: every registered method, by the distribution that brings it.

`python scripts/generated.py docs/methods.md` puts it into the page. A row is made from the registry, the checkpoints
that ship and the records of the boards; a new plugin is a new section.

python scripts/methods.py              the methods
python scripts/methods.py --named      what the papers name, with its method, or why it has none
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from named_systems import NAMED

from benchbench.core import Method, MissingData, Task, Unsupported
from benchbench.data import PreparedTask
from benchbench.plugins import registry

BOARDS = Path(__file__).parent.parent / "leaderboards"
OWN = "benchbench"
"""The distribution whose methods are the baselines and the reference rows."""
COLUMNS = ("method", "what it is", "paper", "sizes", "kinds of task", "weights that ship", "rows")


def by_distribution() -> dict[str, list[type[Method]]]:
    """Return the registered methods, in the order of their names, by distribution; the suite's own last."""
    found, methods = registry(), defaultdict(list)
    for name, method in sorted(found.methods.items()):
        methods[found.distribution("methods", name).rpartition(" ")[0]].append(method)
    return dict(sorted(methods.items(), key=lambda item: (item[0] == OWN, item[0])))


def sizes(method: type[Method]) -> str:
    """Return the values of the option `size`."""
    stated = next((str(field.type) for field in dataclasses.fields(method) if field.name == "size"), "")
    return ", ".join(re.findall(r"['\"](\w+)['\"]", stated)) or "–"


def kinds(method: type[Method], tasks: list[Task]) -> str:
    """Return the kinds of the tasks that one of its networks fits, of the tasks that need no data set."""
    require = getattr(method, "require", None)
    if require is None:
        return "–"
    options = [{}] if sizes(method) == "–" else [{"size": size} for size in sizes(method).split(", ")]
    fitting = {task.kind for task in tasks for each in options if _fits(method(**each), task)}
    return ", ".join(sorted(fitting)) or "–"


def _fits(method: Any, task: Task) -> bool:
    try:
        method.require(task)
    except (Unsupported, MissingData):
        return False
    return True


def shipped(method: type[Method]) -> Iterator[tuple[str, int]]:
    """Yield (task, number of weights) of each checkpoint of the method's own defaults that ships with it."""
    defaults = method().options() if hasattr(method, "checkpoints") else {}
    for path in sorted(getattr(method, "checkpoints", BOARDS / "none").glob("*.safetensors")):
        task, about, number = header(path)
        if about["name"] == method.name and all(defaults.get(key) == about["options"][key] for key in about["options"]):
            yield task, number


def header(path: Path) -> tuple[str, dict[str, Any], int]:
    """Return the task and the method that a checkpoint is of, and how many values it has, without reading these."""
    with path.open("rb") as file:
        content = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    said = json.loads(content.pop("__metadata__")["training"])
    return said["task"]["name"], said["method"], sum(math.prod(each["shape"]) for each in content.values())


def rows() -> dict[str, list[str]]:
    """Return the tasks whose boards have a record of each method, by name."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in BOARDS.glob("*/v*/records.jsonl"):
        for line in path.read_text().splitlines():
            found[json.loads(line)["method"]["name"]].add(path.parts[-3])
    return {name: sorted(tasks) for name, tasks in found.items()}


def linked(source: str) -> str:
    """Return the source with its arXiv numbers as links."""
    return re.sub(r"arXiv (\d{4}\.\d{4,5}(?:v\d)?)", r"[arXiv \1](https://arxiv.org/abs/\1)", source) or "–"


def methods_page() -> str:
    """Return one section with a table for each distribution."""
    tasks = [task() for _, task in sorted(registry().tasks.items()) if not issubclass(task, PreparedTask)]
    shown, parts = rows(), []
    for distribution, methods in by_distribution().items():
        title = "Baselines and reference rows" if distribution == OWN else f"`{distribution}`"
        lines = [f"### {title}", "", _line(COLUMNS), _line(["---"] * len(COLUMNS))]
        for method in methods:
            weights = ", ".join(f"{task} ({number / 1e6:.2f} M)" for task, number in shipped(method))
            where = ", ".join(shown.get(method.name, [])) or "–"
            what = method.summary + (" (reads the answers)" if method.reads_the_answers else "")
            cells = (f"`{method.name}`", what, linked(method.source), sizes(method), kinds(method, tasks))
            lines.append(_line([*cells, weights or "–", where]))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def named_page() -> str:
    """Return a table of the systems that the papers name, with the method that stands for each, or why none does."""
    found = registry()
    lines = [_line(("system", "named in", "here")), _line(["---"] * 3)]
    for system in NAMED:
        there = [f"`{spec}`" for spec in system.methods if spec.split("[")[0] in found.methods]
        lines.append(_line((system.name, system.papers, ", ".join(there) or f"no: {system.why_not}")))
    return "\n".join(lines)


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(named_page() if "--named" in sys.argv else methods_page())
