"""Write docs/reference.md from the docstrings of the public names and the help of every verb.

python scripts/reference.py            writes the file
python scripts/reference.py --check    fails where something else stands
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from pathlib import Path

import click

import benchbench
from benchbench.cli.main import main as command_line

MODULES = {
    "benchbench": "What every plugin and every script imports.",
    "benchbench.training": "",
    "benchbench.stats": "",
    "benchbench.data": "",
    "benchbench.core.noise": "",
    "benchbench.system.weights": "",
    "benchbench.testing": "",
    "benchbench.pytest_plugin": "",
}
"""The modules that are public, and what is said of each where its own docstring is for its readers alone."""
TARGET = Path(__file__).parent.parent / "docs" / "reference.md"
HEAD = """# Reference

Made from the code by `python scripts/reference.py`. The hooks have [a page of their own](hooks.md). What does not stand
here is private: it may change in any version.

"""


def python_reference() -> str:
    """Return a part for each public module, and in it a section for each public name that no part before it has."""
    told: set[int] = set()
    return "\n".join(_module(name, told) for name in MODULES)


def _module(module: str, told: set[int]) -> str:
    """Return the part of a module; `told` holds the ids of what stands in the reference already."""
    found = importlib.import_module(module)
    parts = [f"## Python: `{module}`\n\n{MODULES[module] or inspect.getdoc(found)}\n"]
    names = {name: getattr(found, name) for name in found.__all__}
    again = [name for name, item in names.items() if id(item) in told]
    if again:
        parts.append(f"Also {', '.join(f'`{name}`' for name in again)}: see above.\n")
    parts += [_name(name, item) for name, item in names.items() if name not in again]
    told |= {id(item) for item in names.values()}
    return "\n".join(parts)


def _name(name: str, item: object) -> str:
    """Return the section of a name: signature, docstring, fields, methods."""
    if inspect.isclass(item):
        return _class(name, item)
    if name == "__version__":
        return f"### `{name}`\n\nThe version of the package.\n"
    function = inspect.unwrap(item)  # type: ignore[arg-type]
    if hasattr(item, "_fixture_function_marker") or hasattr(item, "_pytestfixturefunction"):
        return f"### `{name}` (a fixture)\n\n{inspect.getdoc(function)}\n"
    return f"### `{name}{_signature(function)}`\n\n{inspect.getdoc(function)}\n"


def _class(name: str, item: type) -> str:
    public = [base.__name__ for base in item.__bases__ if base.__name__ in benchbench.__all__]
    title = f"{name}({', '.join(public)})" if public else name
    lines = [f"### `{title}`", "", inspect.getdoc(item) or "", ""]
    for field, annotation, text in _fields(item):
        lines.append(f"- `{field}: {annotation}`" + (f" – {text}" if text else ""))
    for attribute, member in vars(item).items():
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if isinstance(member, property) and not attribute.startswith("_"):
            lines.append(f"- `{attribute}` – {' '.join((inspect.getdoc(member) or '').split())}")
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
