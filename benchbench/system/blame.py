"""What went wrong in somebody else's code, in one line."""

from __future__ import annotations

import traceback
from pathlib import Path


def describe(error: BaseException) -> str:
    """Return `Type: message (file:line in function)` for an exception of somebody else's code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages/torch" not in f.filename]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    text = " ".join(str(error).split())[:500]
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"
