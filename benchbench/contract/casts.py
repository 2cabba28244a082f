"""Casts to bytes that lose values: NaN, and values outside 0..255, which wrap around silently."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchbench.contract.findings import innermost


class CastWatch(TorchDispatchMode):  # type: ignore[no-untyped-call, unused-ignore]
    """Notes the first cast of floats to `uint8` in this block that does not fit, and its line in the plugin's files."""

    def __init__(self, files: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self.files, self.found, self.where = files, "", ""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Look at the source of a cast, and let it happen."""
        kwargs = kwargs or {}
        source = None
        if func is torch.ops.aten._to_copy.default and kwargs.get("dtype") is torch.uint8:
            source = args[0]
        elif func is torch.ops.aten.copy_.default and args[0].dtype is torch.uint8:
            source = args[1]
        if source is not None and source.is_floating_point() and not self.found:
            self._look(source)
        return func(*args, **kwargs)

    def _look(self, source: Any) -> None:
        if bool(torch.isnan(source).any()):
            self.found = "NaN were cast to bytes"
        elif source.numel() and (float(source.min()) <= -1 or float(source.max()) >= 256):
            self.found = f"values of {float(source.min()):.4g} to {float(source.max()):.4g} were cast to bytes"
        if self.found:
            self.where = innermost(traceback.extract_stack(), self.files)
