"""Data sets that are not embedded: found or fetched, unpacked safely, decoded once, checked again at will."""

from benchbench.data.files import BadFile, Reader, planes
from benchbench.data.source import Download, Source, either
from benchbench.data.task import Item, PreparedTask, Row, by_hash
from benchbench.system.images import read_image
from benchbench.system.modes import BadImage

__all__ = [
    "BadFile",
    "BadImage",
    "Download",
    "Item",
    "PreparedTask",
    "Reader",
    "Row",
    "Source",
    "by_hash",
    "either",
    "planes",
    "read_image",
]
