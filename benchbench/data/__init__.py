"""Data sets that are not embedded: found or fetched, unpacked safely, decoded once, checked again at will."""

from benchbench.data.files import BadFile, Reader, planes
from benchbench.data.source import Download, Source, either
from benchbench.data.task import Item, PreparedTask, Row, by_hash

__all__ = ["BadFile", "Download", "Item", "PreparedTask", "Reader", "Row", "Source", "by_hash", "either", "planes"]
