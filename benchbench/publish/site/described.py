"""What a plugin's own class says of itself: its words, its options with theirs, links to its papers."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from markupsafe import Markup, escape

from benchbench.core import Method

_CODE, _STRESS = re.compile(r"`+([^`]+)`+"), re.compile(r"(?<![\w*])\*(\w[^*<]*\w)\*(?![\w*])")
_ARXIV = re.compile(r"arXiv[: ](\d{4}\.\d{4,5})")


@dataclass(frozen=True)
class Option:
    """One field of a method."""

    name: str
    default: str
    type: str
    says: str
    """The sentence beneath the field in its source; empty where there is none."""


def words_of(kind: type) -> list[str]:
    """Return the paragraphs of a class's docstring, each on one line."""
    return _paragraphs(inspect.cleandoc(kind.__doc__ or ""))


def module_words_of(kind: type) -> list[str]:
    """Return the paragraphs of the docstring of the module that defines the class."""
    module = sys.modules.get(kind.__module__)
    return _paragraphs(inspect.cleandoc((module.__doc__ if module else "") or ""))


def options_of(kind: type[Method]) -> list[Option]:
    """Return the options of a method with their defaults and what its source says of each."""
    said = _said(kind)
    return [
        Option(field.name, _default(field), str(field.type), said.get(field.name, ""))
        for field in dataclasses.fields(kind)
        if field.init
    ]


def linked(words: str) -> Markup:
    """Return a citation or a paragraph of a docstring, with its arXiv numbers as links, its code and its stress."""
    shown = _STRESS.sub(r"<em>\1</em>", _CODE.sub(r"<code>\1</code>", str(escape(words))))
    return Markup(_ARXIV.sub(r'<a href="https://arxiv.org/abs/\1" rel="external">arXiv \1</a>', shown))


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _default(field: dataclasses.Field[object]) -> str:
    if field.default is not dataclasses.MISSING:
        return repr(field.default)
    return "" if field.default_factory is dataclasses.MISSING else repr(field.default_factory())


def _said(kind: type) -> dict[str, str]:
    """Return the string beneath each field, of the class and of those that it extends."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if dataclasses.is_dataclass(each):
            found |= _beneath(each)
    return found


@functools.cache  # most methods of a plugin extend the same few classes
def _beneath(kind: type) -> dict[str, str]:
    """Return the string beneath each field in the source of one class."""
    module = sys.modules.get(kind.__module__)
    found = _classes_of(module).get(kind.__qualname__) if module else None
    return dict(_strings(found.body)) if found else {}


def _strings(statements: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, after in zip(statements, statements[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            yield field.target.id, " ".join(str(after.value.value).split())


@functools.lru_cache(maxsize=256)
def _classes_of(module: ModuleType) -> dict[str, ast.ClassDef]:
    """Return the module's classes by qualified name, as its source has them; nothing where no file holds it."""
    try:
        whole = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, ast.ClassDef] = {}

    def look(node: ast.AST, above: str) -> None:
        for each in ast.iter_child_nodes(node):
            inside = above
            if isinstance(each, ast.ClassDef):
                found.setdefault(above + each.name, each)
                inside = f"{above}{each.name}."
            elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inside = f"{above}{each.name}.<locals>."
            if isinstance(each, ast.stmt):
                look(each, inside)

    look(whole, "")
    return found
