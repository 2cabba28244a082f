"""Write docs/reference.md from the docstrings of the public names and the help of every verb.

python scripts/reference.py            writes the file
python scripts/reference.py --check    fails where something else stands
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

import click

import benchbench
from benchbench.cli.main import main as command_line

TARGET = Path(__file__).parent.parent / "docs" / "reference.md"
HEAD = """# Reference

Made from the code by `python scripts/reference.py`. The hooks have [a page of their own](hooks.md).

"""


def python_reference() -> str:
    """Return a section for each public name: signature, docstring, fields, methods."""
    parts = ["## Python\n"]
    for name in benchbench.__all__:
        item = getattr(benchbench, name)
        if inspect.isclass(item):
            parts.append(_class(name, item))
        elif callable(item):
            parts.append(f"### `{name}{_signature(item)}`\n\n{inspect.getdoc(item)}\n")
        else:
            parts.append(
                f"### `{name}`\n\nThe version of the package.\n" if name == "__version__" else f"### `{name}`\n"
            )
    return "\n".join(parts)


def _class(name: str, item: type) -> str:
    lines = [f"### `{name}`", "", inspect.getdoc(item) or "", ""]
    for field, annotation, text in _fields(item):
        lines.append(f"- `{field}: {annotation}`" + (f" – {text}" if text else ""))
    for attribute, member in vars(item).items():
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if attribute.startswith("_") or not inspect.isfunction(function):
            continue
        text = " ".join((inspect.getdoc(function) or "").split())
        lines.append(f"- `{attribute}{_signature(function)}` – {text}")
    return "\n".join(lines) + "\n"


def _signature(function: object) -> str:
    return str(inspect.signature(function)).replace("'", "")  # type: ignore[arg-type]


def _fields(item: type) -> list[tuple[str, str, str]]:
    """Return (name, type, docstring) of the annotated attributes in a class's body."""
    (node,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(item))).body
    assert isinstance(node, ast.ClassDef)
    found = []
    for this, following in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(this, ast.AnnAssign) or not isinstance(this.target, ast.Name):
            continue
        text = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            text = " ".join(str(following.value.value).split())
        annotation = ast.unparse(this.annotation) + (f" = {ast.unparse(this.value)}" if this.value else "")
        found.append((this.target.id, annotation, text))
    return found


def command_reference() -> str:
    """Return the help of the program and of every verb."""
    parts = ["## Command line\n", _help(command_line, "benchbench")]
    for verb in command_line.list_commands(click.Context(command_line)):
        command = command_line.get_command(click.Context(command_line), verb)
        assert command is not None
        parts.append(_help(command, f"benchbench {verb}"))
        for inner, each in sorted(getattr(command, "commands", {}).items()):
            parts.append(_help(each, f"benchbench {verb} {inner}"))
    return "\n".join(parts)


def _help(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"### `{path}`\n\n```text\n{text}\n```\n"


def main() -> int:
    """Write or check the file; return the exit code."""
    text = HEAD + command_reference() + "\n" + python_reference()
    if "--check" not in sys.argv:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        print(f"{TARGET.name} is out of date: run python scripts/reference.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
