"""``eqsolve completion``: the script that teaches a shell the verbs, methods and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


@click.command("completion", epilog='Example: eval "$(eqsolve completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL; evaluate it in the shell's start-up file."""
    from eqsolve.cli.__main__ import main

    script = get_completion_class(shell)
    assert script is not None  # click knows the three shells above
    click.echo(script(main, {}, "eqsolve", "_EQSOLVE_COMPLETE").source())
