"""The parts shared by the tasks whose law is known exactly."""

import numpy as np

NUMBER = {"train": 4000, "validation": 400, "test": 300}
"""Examples of each split."""
REFERENCES = 20
"""Draws of the law beside each test condition; training and validation have one."""

ELSEWHERE = 12.75
"""Grey levels (0.1 in [-1, 1]): a sample is not clean if its mean error outside the area of its mode reaches this."""


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Return `uint8` of images in [-1, 1], rounded and clipped."""
    return np.clip(np.rint((images + 1) * 127.5), 0, 255).astype(np.uint8)


def num_references(split: str) -> int:
    """Return how many references an example of this split has."""
    return REFERENCES if split == "test" else 1
