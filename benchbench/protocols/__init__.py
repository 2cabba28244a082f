"""Published protocols as values, a file each, and how they draw their pairs of samples."""

from benchbench.stats.pairs import pairs

__all__ = ["pairs"]
