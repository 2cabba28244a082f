"""Draw docs/sheets/<task>.png from the kept samples of runs, and write docs/sheets.md, which shows them.

python scripts/sheets.py --runs runs --checkpoints checkpoints

A task whose data or runs are not here keeps the picture that it has. The points of ring8, which runs do not keep, are
drawn anew from checkpoints: those in `--checkpoints DIR`, or the ones that ship.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, Conditions, Method, Task
from benchbench.core.noise import Noise
from benchbench.core.record import Record
from benchbench.plugins import get_task, registry
from benchbench.publish.sheet import make_overview
from benchbench.specs import parse_method
from benchbench.system.files import write_bytes
from benchbench.system.records import find_records
from benchbench.training.checkpoints import origin
from leaderboards import BOARDS

DOCS = Path(__file__).parent.parent / "docs"
PAGE, PICTURES = DOCS / "sheets.md", DOCS / "sheets"
SHOWN = {"toy-shapes": (0, 1, 2)}
"""Conditions by their place in the test, where others than the first are to be seen; runs keep ten."""
SAMPLES = 8
MOST_BYTES = 400_000
CLOUD = 100
"""Conditions of ring8, of 20 points each, that are drawn."""
HEAD = """# Sheets of samples

Made by `python scripts/sheets.py` from the samples that runs keep: eight per method, samples 0 to 7 of seed 0, not
selected. Blocks of columns are conditions. The first rows are the conditions and up to eight of their true outputs.
The scores of the same samples are on the [leaderboards](leaderboards.md) and in the [findings](findings.md). Samples of
a checkpoint that ships are made again by `benchbench run -t TASK -m METHOD --limit 10 --samples 8 --keep-samples all`,
and the picture of the start page by `benchbench sheet` from such runs (`--conditions 6 --samples 5 --scale 2`).
"""


def runs_of(task: str, folder: Path) -> list[tuple[Path, Record]]:
    """Return the runs of the methods of a task's board that keep samples, in the board's order; the newest of each."""
    found: dict[str, tuple[Path, Record]] = {}
    for path, record in sorted(find_records(folder), key=lambda each: each[1].created):
        if record.task.name == task and record.status == "ok" and not record.training_seed:
            found[options_of(record.method.name, record.method.options)] = path.parent, record
    wanted = (make(method) for method in BOARDS[task])
    keys = [options_of(method.name, method.options()) for method in wanted]
    return [found[key] for key in keys if key in found]


def options_of(name: str, options: dict[str, Any]) -> str:
    """Return what tells a method with its options from others."""
    return json.dumps([name, options], sort_keys=True)


def make(method: str) -> Method:
    """Return the method of `name[option=value,…]`, not prepared."""
    name, options = parse_method(method, registry())
    made: Method = registry().get("methods", name)(**options)
    return made


def draw_images(task: Task, runs: list[tuple[Path, Record]]) -> bytes:
    """Return the overview as PNG; of 256 colours where it would be too large."""
    picture = make_overview(task, runs, SHOWN.get(task.name, (0, 1, 2)), SAMPLES)
    for image in (picture, picture.quantize(256), picture.quantize(64)):
        content = io.BytesIO()
        image.save(content, "png", optimize=True)
        if content.tell() <= MOST_BYTES:
            break
    return content.getvalue()


def points(task: Task, method: Method, checkpoint: Path | None) -> Any:
    """Return `float32[N, 2]`: 20 points of each of the first conditions."""
    examples = [task.examples("test")[i] for i in range(CLOUD)]
    ids = tuple(example.id for example in examples)
    method.prepare(task, "cpu", checkpoint)
    return method.sample(Conditions(ids, {}), 20, Noise.for_samples((task.name, task.version), 0, ids, 20)).flatten(
        0, 1
    )


def draw_points(task: Task, folder: Path) -> tuple[bytes, list[str]]:
    """Return the clouds of all methods of the board as PNG, and whose they are."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    trained = {
        options_of(about["method"]["name"], about["method"]["options"]): path
        for path in sorted((folder / task.name).glob("*.safetensors"))
        if (about := origin(path)) and (about["seed"], about["steps"]) == (0, None)
    }
    clouds = {"truth": task.real_pool()[: 20 * CLOUD]}
    for label in BOARDS[task.name]:
        method = make(label)
        try:
            clouds[label] = points(task, method, trained.get(options_of(method.name, method.options())))
        except BenchbenchError as error:
            print(f"{task.name}: {label} is not drawn: {error}")
    with rc_context({"font.size": 8, "axes.linewidth": 0.5}):
        figure = Figure(figsize=(8, 4.3), layout="constrained")
        axes = figure.subplots(2, 4).flatten()
        for each in axes:
            each.set_axis_off()
        for each, (label, cloud) in zip(axes, clouds.items(), strict=False):
            each.set_axis_on()
            each.scatter(*cloud.T.tolist(), s=1, linewidths=0, color="#1b6ca8" if label != "truth" else "#333333")
            each.set(title=label.replace("[", "\n["), xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
            each.set_xticks([-1, 0, 1])
            each.set_yticks([-1, 0, 1])
        content = io.BytesIO()
        figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue(), list(clouds)


def section(task: Task, about: str) -> str:
    """Return a task's part of the page; `about` is the picture's text for those who do not see it."""
    picture = f"sheets/{task.name}.png"
    return f"## {task.name}\n\n{task.summary[0].upper()}{task.summary[1:]}.\n\n[![{about}]({picture})]({picture})\n"


def drawn(task: Task, runs: list[Path], checkpoints: Path) -> tuple[bytes, str]:
    """Return the picture of a task and its text."""
    if task.space.kind == "points":
        content, labels = draw_points(task, checkpoints)
        return content, f"Clouds of 2000 points in the plane: {', '.join(labels)}"
    found = [each for folder in runs for each in runs_of(task.name, folder)]
    if not found:
        raise BenchbenchError(f"no runs of {task.name} under {', '.join(map(str, runs))}")
    labels = [record.method.label for _, record in found]
    return draw_images(task, found), (
        f"Three conditions of {task.name}, each with its truth and eight samples of {', '.join(labels)}"
    )


def main() -> int:
    """Draw what can be drawn, write the page, and say what was left as it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="+", type=Path, default=[Path("runs")])
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"))
    parser.add_argument("-t", "--task", action="append")
    given = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    before = PAGE.read_text().split("\n## ")[1:] if PAGE.is_file() else []
    sections = {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in before}
    for name in given.task or BOARDS:
        try:
            task = get_task(name)
            content, about = drawn(task, given.runs, given.checkpoints)
        except BenchbenchError as error:
            print(f"{name} keeps what it has: {error}")
            continue
        write_bytes(PICTURES / f"{name}.png", content)
        sections[name] = section(task, about)
        print(f"{name}: {len(content)} bytes")
    PAGE.write_text("\n".join([HEAD, *(sections[name] for name in BOARDS if name in sections)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
