"""Data sets that are not embedded: found or fetched, unpacked safely, decoded once, checked again at will."""

from benchbench.data.files import BadFile, Reader
from benchbench.data.source import Download, Source
from benchbench.data.task import Item, PreparedTask, Row

__all__ = ["BadFile", "Download", "Item", "PreparedTask", "Reader", "Row", "Source"]
