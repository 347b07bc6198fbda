"""Runs the commands of the gallery page; what they draw is what the page shows."""

import shlex
from pathlib import Path

PAGE = Path(__file__).parent / "gallery.md"
FOLDER = Path(__file__).parent / "reference" / "generated" / "gallery"


def commands() -> list[list[str]]:
    """Return the arguments of every ``$ eqsolve ...`` line of the page, in order."""
    lines = PAGE.read_text().splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ eqsolve ")]


def draw_gallery(folder: Path = FOLDER) -> None:
    """Run the commands in a folder.

    Raises
    ------
    RuntimeError : a command fails; with what it printed.
    """
    from contextlib import chdir

    from click.testing import CliRunner

    from eqsolve.cli.__main__ import main

    folder.mkdir(parents=True, exist_ok=True)
    with chdir(folder):
        for arguments in commands():
            shown = CliRunner().invoke(main, arguments)
            if shown.exit_code != 0:
                raise RuntimeError(f"eqsolve {shlex.join(arguments)}: {shown.output}")
