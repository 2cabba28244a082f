"""Published protocols as values, a file each, and how they draw their pairs of samples."""

from benchbench.protocols._pairs import pairs

__all__ = ["pairs"]
