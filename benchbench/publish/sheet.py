"""Pictures to look at: the samples of runs beside their conditions, and a task's conditions beside its references."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Example, Task, Unsupported
from benchbench.system.images import image_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from benchbench.core.record import Record

GAP = 4
TITLE = 22
BACKGROUND, INK, PALE = (255, 255, 255), (30, 30, 30), (190, 190, 190)
SEEN = 96
"""Smaller images of a preview are enlarged to this side at least."""
TILE = 64
"""The same of an overview."""
PLANE = 480
"""Side of a scatter of points."""


def make_sheet(
    task: Task, runs: Sequence[tuple[Path, Record]], conditions: int = 6, samples: int = 5, scale: int = 1
) -> Image:
    """Return the picture of the first conditions' kept samples, one block of columns per run directory."""
    if task.space.kind != "images":
        raise Unsupported(f"a sheet of samples shows images; those of {task.name} are {task.space.kind}")
    examples = [task.examples("test")[i] for i in range(conditions)]
    height, width = (side * scale for side in task.space.shape[1:])
    blocks = [*_titles(examples[0]), ("truth", 1)]
    blocks += [(record.method.label, samples) for _, record in runs]
    rows = []
    for example in examples:
        row = [[tile(value, width, height)] for value in (*example.condition.values(), example.references[0])]
        for path, _ in runs:
            row.append([resized(image, width, height) for image in kept(path, example.id, samples)])
        rows.append(row)
    return grid(blocks, rows, width, height)


def make_overview(
    task: Task, runs: Sequence[tuple[Path, Record]], conditions: Sequence[int], samples: int = 8
) -> Image:
    """Return the picture of a few conditions' kept samples: one row per run, one block of columns per condition.

    `conditions` are their places in the test. The first rows are the conditions and their references, `samples` at
    most. Letters are as large as the tiles allow, for a page shrinks the picture.
    """
    from PIL import Image, ImageDraw, ImageFont

    if task.space.kind != "images":
        raise Unsupported(f"an overview of samples shows images; those of {task.name} are {task.space.kind}")
    larger = max(1, -(-TILE // max(task.space.shape[1:])))
    height, width = (side * larger for side in task.space.shape[1:])
    examples = [task.examples("test")[i] for i in conditions]
    rows = [
        ("condition", [[tile(value, width, height) for value in each.condition.values()] for each in examples]),
        ("truth", [[tile(image, width, height) for image in each.references[:samples]] for each in examples]),
        *(
            (
                record.method.label,
                [[resized(image, width, height) for image in kept(path, each.id, samples)] for each in examples],
            )
            for path, record in runs
        ),
    ]
    font = ImageFont.load_default(max(12, 3 * height // 8))
    labels = round(max(font.getlength(label) for label, _ in rows)) + 3 * GAP
    block = samples * (width + 1) + 3 * GAP
    sheet = Image.new("RGB", (labels + len(examples) * block, GAP + len(rows) * (height + GAP)), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for number, (label, blocks) in enumerate(rows):
        top = GAP + number * (height + GAP)
        draw.text((GAP, top + height // 2), label, fill=INK, font=font, anchor="lm")
        for place, tiles in enumerate(blocks):
            for column, each in enumerate(tiles):
                sheet.paste(each, (labels + place * block + column * (width + 1), top))
    return sheet


def make_preview(task: Task, rows: int = 8, columns: int = 8) -> Image:
    """Return the picture of a task: test conditions, each beside its references, the first ones of many.

    The rows are spread evenly over the test. Without a condition every tile is a reference of its own example; points
    are a scatter, the real pool pale and the references dark.
    """
    test = task.examples("test")
    if task.space.kind == "points":
        if task.space.shape != (2,):
            raise Unsupported(
                f"a sheet shows points in the plane; those of {task.name} have {task.space.shape[0]} numbers"
            )
        return _scatter(task.real_pool(), _spread(test, rows))
    larger = max(1, -(-SEEN // max(task.space.shape[1:])))
    height, width = (side * larger for side in task.space.shape[1:])
    if not test[0].condition:
        shown = [tile(example.references[0], width, height) for example in _spread(test, rows * columns)]
        tiles = [[shown[i : i + columns]] for i in range(0, len(shown), columns)]
        return grid([("references", columns)], tiles, width, height)
    examples = _spread(test, rows)
    number = max(len(example.references[:columns]) for example in examples)
    tiles = []
    for example in examples:
        row = [[tile(value, width, height)] for value in example.condition.values()]
        tiles.append([*row, [tile(image, width, height) for image in example.references[:columns]]])
    return grid([*_titles(examples[0]), ("reference" if number == 1 else "references", number)], tiles, width, height)


def _titles(example: Example) -> list[tuple[str, int]]:
    modalities = list(example.condition)
    return [("condition" if len(modalities) == 1 else modality, 1) for modality in modalities]


def _spread(test: Sequence[Example], number: int) -> list[Example]:
    number = min(number, len(test))
    return [test[i * len(test) // number] for i in range(number)]


def grid(
    blocks: Sequence[tuple[str, int]], rows: Sequence[Sequence[Sequence[Image]]], width: int, height: int
) -> Image:
    """Return blocks of columns under their titles; `rows[i][b]` are the tiles of row i in block b."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default()
    lefts, left = [], GAP
    for title, columns in blocks:
        lefts.append(left)
        left += max(columns * (width + 1), round(font.getlength(title))) + 3 * GAP
    sheet = Image.new("RGB", (left, TITLE + len(rows) * (height + GAP)), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for (title, _), x in zip(blocks, lefts, strict=True):
        draw.text((x, 5), title, fill=INK, font=font)
    for row, tiles in enumerate(rows):
        y = TITLE + row * (height + GAP)
        for x, block in zip(lefts, tiles, strict=True):
            for column, each in enumerate(block):
                sheet.paste(each, (x + column * (width + 1), y))
    return sheet


def tile(value: Tensor, width: int, height: int) -> Image:
    """Return one value of a modality: a picture `uint8[C, h, w]` as it is, anything else (a label) as text."""
    from PIL import Image, ImageDraw, ImageFont

    if value.ndim == 3:
        return resized(Image.fromarray(value.permute(1, 2, 0).numpy().squeeze()).convert("RGB"), width, height)
    written = Image.new("RGB", (width, height), BACKGROUND)
    place = width // 2, height // 2
    ImageDraw.Draw(written).text(place, str(value.tolist()), fill=INK, font=ImageFont.load_default(), anchor="mm")
    return written


def resized(image: Image, width: int, height: int) -> Image:
    """Return the image in another size, its pixels repeated."""
    from PIL import Image

    return image.resize((width, height), Image.Resampling.NEAREST)


def _scatter(pool: Tensor, examples: Sequence[Example]) -> Image:
    """Return points in the plane, `float32[N, 2]` and the references of examples, on equal axes about the origin."""
    from PIL import Image, ImageDraw, ImageFont

    references = [point for example in examples for point in example.references.tolist()]
    reach = max(1e-9, float(pool.abs().max()), *(abs(value) for point in references for value in point)) * 1.05
    sheet = Image.new("RGB", (PLANE, TITLE + PLANE), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default()
    draw.text((GAP, 5), f"real pool, {len(pool)}; references, {len(references)}; axes to {reach:.2f}", INK, font)
    draw.line([(0, TITLE + PLANE // 2), (PLANE, TITLE + PLANE // 2)], PALE)
    draw.line([(PLANE // 2, TITLE), (PLANE // 2, TITLE + PLANE)], PALE)
    for points, ink in ((pool.tolist(), PALE), (references, INK)):
        for x, y in points:
            across, down = (1 + x / reach) * (PLANE - 1) / 2, TITLE + (1 - y / reach) * (PLANE - 1) / 2
            draw.rectangle([across - 1, down - 1, across + 1, down + 1], ink)
    return sheet


def kept(run: Path, id: str, samples: int) -> list[Image]:
    """Return the first kept samples of a condition; raise `BenchbenchError` where a run keeps fewer."""
    paths = sorted((run / "samples" / id).glob("*.png"))[:samples]
    if len(paths) < samples:
        raise BenchbenchError(f"{run} keeps {len(paths)} samples of condition {id}, {samples} are to be shown")
    return [image_of(path) for path in paths]
