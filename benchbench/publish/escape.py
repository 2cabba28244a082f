"""Names and reasons of strangers, so written that each format shows them as text; pure."""

from __future__ import annotations

import html as _html
import re
import unicodedata

_MARKDOWN = re.compile(
    r"[\\`*|$~]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore inside a word is text already
    r"|\](?=[(\[])|^\["  # brackets alone are text; these make links
    r"|&(?=#?\w+;)|^>"
)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets compute, in both widths."""
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    '"': "{''}",  # its own sign is not in every encoding of fonts
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "¶": r"\textparagraph{}",
    "–": "–",  # made below
    "—": "—",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "…": r"\ldots{}",
}


def plain(text: str) -> str:
    """Return the text on one line, without characters that move the cursor or turn the direction of writing."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def csv(text: str) -> str:
    """Return the text for a cell of CSV that spreadsheets open: on one line, and never a formula."""
    shown = plain(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def markdown(text: str) -> str:
    """Return the text for a line or a cell of GitHub's Markdown."""
    return _TAG.sub("&lt;", _MARKDOWN.sub(r"\\\g<0>", plain(text)))


def html(text: str) -> str:
    """Return the text for an element's content or a quoted attribute of HTML."""
    return _html.escape(plain(text))


def latex(text: str) -> str:
    """Return the text for LaTeX with any engine; a letter that pdflatex lacks is shown by its number."""
    escaped = "".join(_LATEX.get(each) or _letter(each) for each in plain(text))
    for twice in ("--", ",,"):  # these make one sign of two; ours are made below
        escaped = escaped.replace(twice, "{}".join(twice))
    escaped = escaped.replace("–", "--").replace("—", "---")
    return f"{{}}{escaped}" if escaped.startswith(("[", "*")) else escaped  # else an argument of the line break before


def _letter(character: str) -> str:
    if character.isascii() or ("À" <= character <= "ÿ" and character not in "ÐðÞþ×÷"):
        return character
    simple = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return "".join(_LATEX.get(each, each) for each in simple) or f"U+{ord(character):04X}"
