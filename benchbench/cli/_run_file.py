"""A file with what `benchbench run` would be given: the same names as the options, without dashes in front."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from benchbench.cli._common import UserPath

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def _read(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    """Make the content of the file the defaults of the command: what the command line says counts more."""
    if path is None:
        return
    from benchbench.plugins import unknown_name

    content = read_toml(path)
    known = {_key(each): each for each in ctx.command.params if each is not parameter}
    defaults: dict[str, Any] = {}
    for key, value in content.items():
        if key not in known:
            raise click.UsageError(f"{path}: {unknown_name('setting', key, known)}")
        option = known[key]
        many = option.multiple or option.name == "seeds"
        if isinstance(value, dict) or (isinstance(value, list) and not many):
            raise click.UsageError(f"{path}: {key} takes one value, not {value!r}")
        assert option.name is not None
        defaults[option.name] = [value] if many and not isinstance(value, list) else value
    ctx.default_map = {**(ctx.default_map or {}), **defaults}


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; raise `UsageError` where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read as TOML: {error}") from None


def _key(option: click.Parameter) -> str:
    """Return an option's name in the file: `tasks`, `methods`, `batch-size`, `json`."""
    return option.opts[-1].removeprefix("--") if option.name == "as_json" else (option.name or "").replace("_", "-")


file_option = click.option(
    "--file",
    type=UserPath(exists=True, dir_okay=False),
    callback=_read,
    is_eager=True,
    expose_value=False,
    metavar="TOML",
    help='Read options from a file: tasks = ["toy-shapes"], methods = ["copy"], seeds = [0, 1], limit = 50, …',
)
