"""Published protocols as values, one file each, and how they draw their pairs of samples."""

from benchbench.stats.pairs import pairs

__all__ = ["pairs"]
