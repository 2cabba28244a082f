"""What the documentation's build adds to a page: formulas as MathML, and bars in the code of tables as bars.

Named by `hooks` in mkdocs.yml. Formulas are converted here, so that a page asks for no script and no font of its own.
"""

from __future__ import annotations

import html
import re
from typing import Any

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
CODE = re.compile(r"<code>[^<]*</code>")
CELL = re.compile(r"<t[dh][ >].*?</t[dh]>", re.DOTALL)


def on_page_content(content: str, **_: Any) -> str:
    """Return the HTML of a page as it is shown."""
    return FORMULA.sub(_mathml, CELL.sub(_cell, content))


def _mathml(found: re.Match[str]) -> str:
    """Return a formula as MathML: one of its own line for a `div`, one within a line for a `span`."""
    from latex2mathml.converter import convert

    display = "block" if found[1] == "div" else "inline"
    return str(convert(html.unescape(found[2]).strip(), display=display))


def _cell(found: re.Match[str]) -> str:
    r"""Return a cell whose code shows `|` where Markdown needs `\|`."""
    return CODE.sub(lambda code: code[0].replace(r"\|", "|"), found[0])
