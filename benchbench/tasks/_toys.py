"""The parts shared by the tasks whose law is known exactly."""

import numpy as np

_NUMBER = {"train": 4000, "validation": 400, "test": 300}
"""Examples of each split."""
REFERENCES = 20
"""Draws of the law beside each test condition; training and validation have one."""

ELSEWHERE = 12.75
"""Grey levels (0.1 in [-1, 1]): a sample is not clean if its mean error outside the area of its mode reaches this."""


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Return `uint8` of images in [-1, 1], rounded and clipped."""
    return np.clip(np.rint((images + 1) * 127.5), 0, 255).astype(np.uint8)


def num_examples(key: str) -> int:
    """Return how many examples the split of this key (`Task.split_key`) has."""
    return _NUMBER[_split(key)]


def num_references(key: str) -> int:
    """Return how many references an example of the split of this key has."""
    return REFERENCES if _split(key) == "test" else 1


def _split(key: str) -> str:
    """Return the split of a key: `test 17` is of the test."""
    return key.partition(" ")[0]
