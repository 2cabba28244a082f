"""Text for outputs that have no arrows, dashes or accents: a plain form in place of an error after all the work.

`PYTHONIOENCODING=latin-1`, a Windows console in cp1252, a container in the C locale.
"""

from __future__ import annotations

import codecs
import functools
import io
from typing import Any

HANDLER = "benchbench-plain"
"""The name of the error handler that writes the plain form of a character."""
ASCII = "benchbench-ascii"
"""ASCII under a name of our own: click writes UTF-8 where an output is called ASCII."""
FORMS = {
    "↑": "^",
    "↓": "v",
    "→": "->",
    "±": "+-",
    "–": "-",
    "—": "-",
    "−": "-",
    "‑": "-",
    "…": "...",
    "×": "x",
    "†": "*",
    "‡": "**",
    "¶": "#",
    "✓": "+",
    "✗": "x",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "·": ".",
    "•": "*",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "²": "^2",
    "µ": "u",
    "°": " deg",
    "é": "e",
}
"""The plain form of what the suite itself writes; anything else is escaped, as `\\u4e2d`."""


def plain_form(error: UnicodeError) -> tuple[str, int]:
    """Return what is written in place of characters that the encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(FORMS.get(each) or each.encode("ascii", "backslashreplace").decode() for each in lacking), error.end


def written_plainly(*streams: Any) -> None:
    """Let text streams write the plain form of what their encoding lacks; leave others as they are."""
    _register()
    for stream in streams:
        if not isinstance(stream, io.TextIOWrapper) or stream.errors not in ("strict", "backslashreplace"):
            continue  # replaced by a notebook or a test, or told by the user what to do
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        stream.reconfigure(encoding=ASCII if is_ascii else None, errors=HANDLER)


@functools.cache
def _register() -> None:
    codecs.register_error(HANDLER, plain_form)
    codecs.register(_ascii)


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != ASCII:
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(
        found.encode,
        found.decode,
        found.streamreader,
        found.streamwriter,
        found.incrementalencoder,
        found.incrementaldecoder,
        name=ASCII,
    )
