"""What a converter leaves out is said by every verb: on standard error, or in the tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from eqsolve.cli.__main__ import main

SAYS = "model 'best': no score for writing"


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "board.csv"
    path.write_text("model,coding,writing\nbest,99,\nmid,60,60\nlow,50,50\n")
    return str(path)


@pytest.mark.parametrize(
    "words",
    [["convert", "BOARD", "-"], ["convert", "BOARD", "TARGET", "-q"], ["solve", "BOARD", "--json"]],
)
def test_it_stands_on_standard_error(board: str, tmp_path: Path, words: list[str]) -> None:
    places = {"BOARD": board, "TARGET": str(tmp_path / "made.json")}
    ran = CliRunner().invoke(main, [places.get(word, word) for word in words])
    assert ran.exit_code == 0
    assert f"board: left out: {SAYS}" in ran.stderr.splitlines()


def test_it_stands_in_the_view_of_the_file_made_from_it(board: str, tmp_path: Path) -> None:
    made = str(tmp_path / "made.json")
    assert CliRunner().invoke(main, ["convert", board, made]).exit_code == 0
    for name in (board, made):
        ran = CliRunner().invoke(main, ["solve", name])
        assert f"left out by the converter: {SAYS}" in ran.stdout
