"""Makes an example folder: `python -m benchbench_template.example TASK DIR`; replace it by your own program."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def make(task, folder, num_conditions, num_samples):
    """Write K images for each of the first test conditions: the condition, darker at first and ever lighter."""
    height, width = task.space.shape[1:]
    examples = task.examples("test")
    for i in range(num_conditions):
        image = examples[i].condition["image"].permute(1, 2, 0).numpy()
        large = np.asarray(Image.fromarray(image).resize((width, height)), dtype=np.int64)
        place = Path(folder) / examples[i].id
        place.mkdir(parents=True, exist_ok=True)
        for k in range(num_samples):
            shade = 4 * k - 2 * num_samples
            Image.fromarray(np.clip(large + shade, 0, 255).astype(np.uint8)).save(place / f"{k:03d}.png")


def main():
    """Write as many images as the task's protocol needs."""
    from benchbench.plugins import registry

    task = registry().get("tasks", sys.argv[1])()
    number = task.protocol.num_conditions or len(task.examples("test"))
    make(task, sys.argv[2], number, task.protocol.samples_per_condition)


if __name__ == "__main__":
    main()
