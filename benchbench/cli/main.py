"""The command line: one file per verb, found by its file name; nothing heavy is imported before a verb runs."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

import benchbench.cli as verbs
from benchbench import __version__
from benchbench.core import BenchbenchError, WrongUsage
from benchbench.system.paths import user_path
from benchbench.system.plain import written_plainly
from benchbench.system.signals import ending_in_order

_F = TypeVar("_F", bound=Callable[..., Any])
gc.set_threshold(50_000, 20, 50)  # what imports make stays: looking through it again and again is a fifth of their time
atexit.register(gc.freeze)  # and at the end once more, for half a second where torch is loaded


class Verbs(click.Group):
    """Each module of `benchbench.cli` but this one and the private ones holds one `command`."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line, on outputs of any encoding."""
        written_plainly(sys.stdout, sys.stderr)
        return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs, sorted."""
        found = (module.name for module in pkgutil.iter_modules(verbs.__path__))
        return sorted(name.rstrip("_") for name in found if name != "main" and not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb's command, or `None`."""
        if cmd_name not in self.list_commands(ctx):
            return None
        for name in (cmd_name, cmd_name + "_"):
            if importlib.util.find_spec(f"benchbench.cli.{name}"):
                command: click.Command = importlib.import_module(f"benchbench.cli.{name}").command
                return command
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Name the nearest verb when there is none of this name."""
        from benchbench.plugins import unknown_name

        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            ctx.fail(unknown_name("command", args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Print the suite's own errors and the system's as one sentence; exit 2 for wrong usage, 1 for the rest."""
        try:
            with ending_in_order():
                return super().invoke(ctx)
        except BenchbenchError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"error: {error}", err=True)
            ctx.exit(2 if isinstance(error, WrongUsage) else 1)
        except KeyboardInterrupt as ended:
            click.echo("interrupted", err=True)
            ctx.exit(getattr(ended, "code", 130))
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"error: {error}", err=True)
            ctx.exit(1)


def _environment(variable: str) -> Any:
    def remember(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None:
            parts = map(user_path, filter(None, value.split(os.pathsep)))
            os.environ[variable] = os.pathsep.join(map(str, parts))
        return value

    return remember


def _folder_option(flag: str, variable: str, help: str) -> Callable[[_F], _F]:
    return click.option(
        flag,
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_environment(variable),
        envvar=variable,
        help=help,
    )


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "BENCHBENCH"})
@click.version_option(__version__, prog_name="benchbench")
@_folder_option("--plugins-dir", "BENCHBENCH_PLUGINS_DIR", "Folder of one-off plugin files.")
@_folder_option("--data", "BENCHBENCH_DATA", "Folder of data sets.")
@_folder_option("--weights", "BENCHBENCH_WEIGHTS", "Folder of network weights.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def main(debug: bool) -> None:
    """How realistic and how diverse is a conditional image generator, and how sure are we?"""


if __name__ == "__main__":
    main()
