"""A sample sheet: a few conditions down, methods across, K samples of each, with the condition and a reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Task
from benchbench.records import Record

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

GAP = 4
TITLE = 22
BACKGROUND, INK = (255, 255, 255), (30, 30, 30)


def make_sheet(
    task: Task, runs: Sequence[tuple[Path, Record]], conditions: int = 6, samples: int = 5, scale: int = 1
) -> Image:
    """Return the picture of the first conditions' kept samples, one block of columns a run directory."""
    from PIL import Image, ImageDraw, ImageFont

    examples = [task.examples("test")[i] for i in range(conditions)]
    height, width = (side * scale for side in task.space.shape[1:])
    blocks = [("condition", 1), ("truth", 1)] + [(str(record.method["label"]), samples) for _, record in runs]
    font = ImageFont.load_default()
    lefts, left = [], GAP
    for title, columns in blocks:
        lefts.append(left)
        left += max(columns * (width + 1), round(font.getlength(title))) + 3 * GAP
    sheet = Image.new("RGB", (left, TITLE + conditions * (height + GAP)), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for (title, _), x in zip(blocks, lefts, strict=True):
        draw.text((x, 5), title, fill=INK, font=font)
    for row, example in enumerate(examples):
        y = TITLE + row * (height + GAP)
        first = [_image(example.condition["image"]), _image(example.references[0])]
        rows = [[image] for image in first] + [_kept(path, example.id, samples) for path, _ in runs]
        for x, images in zip(lefts, rows, strict=True):
            for k, image in enumerate(images):
                sheet.paste(image.resize((width, height), Image.Resampling.NEAREST), (x + k * (width + 1), y))
    return sheet


def _image(pixels: Tensor) -> Image:
    from PIL import Image

    return Image.fromarray(pixels.permute(1, 2, 0).numpy().squeeze()).convert("RGB")


def _kept(run: Path, id: str, samples: int) -> list[Image]:
    from PIL import Image

    paths = sorted((run / "samples" / id).glob("*.png"))[:samples]
    if len(paths) < samples:
        raise BenchbenchError(f"{run} keeps {len(paths)} samples of condition {id}, {samples} are to be shown")
    return [Image.open(path).convert("RGB") for path in paths]
