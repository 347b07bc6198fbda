"""The commands of the page that need Gymnasium run, and show what the page says."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from eqsolve import contract_equilibrium
from eqsolve.cli.__main__ import main
from eqsolve.io.converting import convert

PAGE = (Path(__file__).resolve().parents[3] / "docs/families/contracts.md").read_text()
LONG, SHORT = "episodes=3000000", "episodes=2000"
"""What is learned takes a while, so that the test learns less."""


def sessions() -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of console blocks, and the lines shown below each."""
    for block in PAGE.split("```console\n")[1:]:
        for part in block.split("\n```")[0].split("$ ")[1:]:
            command, *lines = part.strip().split("\n")
            yield command, [line.strip() for line in lines]


def words(line: str) -> list[str]:
    """Return a line without regard to its spaces."""
    return line.split()


@pytest.mark.slow
def test_console_blocks_show_what_the_commands_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gymnasium")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "COLUMNS", "200")
    ran = []
    for command, lines in sessions():
        program, *arguments = shlex.split(command.replace(LONG, SHORT))
        assert program == "eqsolve"
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, (command, done.output)
        shown = [words(line) for line in done.output.split("\n")]
        missing = [line for line in lines if words(line) not in shown]
        assert not missing, (command, missing, done.output)
        ran += lines
    assert len(ran) >= 12


def test_rows_of_real_tables_are_what_their_problems_answer() -> None:
    """Cost and periods, values to the digits shown."""
    pytest.importorskip("gymnasium")
    rows = [line for line in PAGE.split("\n") if line.startswith("| ") and "-v" in line]
    assert len(rows) == 5
    for row in rows:
        name, setting, *told = [cell.strip() for cell in row.strip("| ").split("|")]
        cost, horizon = setting.split(", ")
        (mdp,) = convert(f"gymnasium:{name}", {"cost": cost, "horizon": horizon})
        solution = contract_equilibrium(mdp).require()
        found = (
            solution.principal_value, solution.agent_value, solution.first_best,
            solution.no_contract["principal"],
        )  # fmt: skip
        for value, cell in zip(found, told, strict=False):
            digits = len(cell.partition(".")[2])
            assert round(value, digits) == float(cell), (name, cell, value)
