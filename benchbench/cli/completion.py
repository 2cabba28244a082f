"""`benchbench completion`: the shell completes verbs, options and names."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    bash: eval "$(benchbench completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc; fish: benchbench completion fish
    > ~/.config/fish/completions/benchbench.fish.
    """
    from click.shell_completion import get_completion_class

    from benchbench.cli.main import main

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(main, {}, "benchbench", "_BENCHBENCH_COMPLETE").source())
