"""The method template; importing this imports no torch, so that `benchbench list` stays quick."""

from dataclasses import dataclass

import benchbench
import numpy as np


def generate(condition, seed):
    """Return one image `uint8[H, W, 3]` for a condition `uint8[h, w, 3]`: import your own program's function here.

    Everything random in it follows from `seed`: it seeds each generator that it uses (numpy's, torch's, Python's).
    """
    tint = 30 * np.random.default_rng(seed).standard_normal(3)
    return np.clip(np.rint(condition + tint), 0, 255).astype(np.uint8)


@dataclass
class Template(benchbench.Method):
    """A Python function that makes one image from a condition and a seed."""

    name = "template"
    version = 1  # raise it when the same seed gives another image
    summary = "a function of a condition and a seed"

    def prepare(self, task, device, checkpoint):
        """Call the function once, to check that its image has the task's size and type."""
        image = task.examples("test")[0].condition.get("image")
        if image is None or len(image) != 3 or task.space.kind != "images":
            raise benchbench.Unsupported("needs an RGB image as condition, and images as samples")
        made = generate(image.permute(1, 2, 0).numpy(), 0)
        _, height, width = task.space.shape
        if made.shape != (height, width, 3):
            raise benchbench.Unsupported(f"generate() gives {made.shape}; {task.name} needs {(height, width, 3)}")

    def sample(self, conditions, num_samples, noise):
        """Return `uint8[B, K, 3, H, W]`: one call of the function for each sample, with a seed from its own stream."""
        import torch

        images = conditions["image"].permute(0, 2, 3, 1).cpu().numpy()  # [B, h, w, 3]
        seeds = noise.integers(2**31).tolist()  # [B, K]
        rows = [np.stack([generate(x, seed) for seed in row]) for x, row in zip(images, seeds, strict=True)]
        return torch.from_numpy(np.stack(rows)).permute(0, 1, 4, 2, 3).contiguous()


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
