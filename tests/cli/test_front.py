"""One front door: names, standard streams, foreign files and limits mean the same everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import eqsolve
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import OptionError
from eqsolve.solve import Request

MARKET = {"eqsolve": 1, "kind": "assignment_market", "values": [[5, 8, 2], [7, 9, 6], [2, 3, 0]]}
GAME = 'NFG 1 R "g" { "x" "y" } { 2 2 }\n\n1 1 0 0 0 0 1 1\n'
FOREIGN = "2\n1 2\n3 4\n"
"""An assignment problem of the OR-Library, which one converter recognizes."""


def run(*arguments: object, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(part) for part in arguments], input=text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "market.json").write_text(json.dumps(MARKET))
    (tmp_path / "game.nfg").write_text(GAME)
    (tmp_path / "foreign.txt").write_text(FOREIGN)
    for name in ("market.json", "game.nfg", "foreign.txt"):
        solution = tmp_path / f"{name}.solution"
        assert run("solve", tmp_path / name, "-o", solution, "-q").exit_code == 0
    return tmp_path


QUESTION = {"market.json": "demand", "game.nfg": "potential", "foreign.txt": "demand"}


@pytest.mark.parametrize("name", QUESTION)
def test_every_verb_reads_every_form_from_files_and_from_standard_input(
    folder: Path, name: str
) -> None:
    solution, text = folder / f"{name}.solution", (folder / name).read_text()
    for source, given in ((folder / name, None), ("-", text)):
        for arguments in (
            ["solve", source, "-q"],
            ["verify", source, solution],
            ["ask", QUESTION[name], source, "-q"],
            ["plot", source, solution, "-o", folder / "picture.png", "-q"],
            ["convert", source, folder / "out.json"],
        ):
            shown = run(*arguments, text=given)
            assert shown.exit_code == 0, (arguments, shown.output)
    assert run("verify", folder / name, "-", text=solution.read_text()).exit_code == 0
    assert eqsolve.load(folder / "out.json") == eqsolve.load(folder / name)


def test_standard_input_is_one_file_only(folder: Path) -> None:
    for verb in (["verify"], ["ask", "demand"], ["plot", "-o", "x.png"]):
        shown = run(*verb[:1], *verb[1:], "-", "-", text=json.dumps(MARKET))
        assert (shown.exit_code, shown.stdout) == (2, "")
        assert "one file only" in shown.stderr


def test_results_go_to_standard_output_as_they_are(folder: Path) -> None:
    market = folder / "market.json"
    assert json.loads(run("solve", market, "-o", "-").stdout)["status"] == "solved"
    assert json.loads(run("ask", "demand", market, "-o", "-").stdout)["question"] == "demand"
    picture = run("plot", market, "-o", "-")
    assert picture.stdout.startswith("<?xml")
    lines = run("generate", "assignment_market", "--count", 2, "-o", "-").stdout
    assert len(lines.splitlines()) == 2
    again = run("convert", "-", "-", text=lines)
    assert again.stdout == lines


def test_a_batch_reads_lines_and_its_results_can_be_piped(folder: Path) -> None:
    store = folder / "run.sqlite"
    lines = run("generate", "assignment_market", "--count", 2, "-o", "-").stdout
    for known in (0, 2):
        shown = run("batch", "-", "--store", store, "--jobs", 1, text=lines)
        assert (shown.exit_code, shown.stderr) == (0, "")
        assert f"2 instances: {known} were known" in shown.stdout
    table = run("results", store, "--csv", "-").stdout.splitlines()
    assert len(table) == 3
    assert table[0].startswith("source,")
    assert run("results", store, "--html", "-").stdout.startswith("<!doctype html>")
    assert run("results", store, "--csv", "-", "--json").exit_code == 2
    shown = run("batch", "-", "--store", store, text=FOREIGN)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("standard input: holds no instance")


def test_faults_of_standard_input_are_called_so(folder: Path) -> None:
    shown = run("solve", "-", text="2\n1 x\n")
    assert shown.exit_code == 2
    assert shown.stderr.startswith("standard input: ")
    several = run("solve", "-", text="".join(f"{json.dumps(MARKET)}\n" for _ in range(2)))
    assert several.exit_code == 2
    assert several.stderr.startswith("standard input: ")


def test_a_foreign_file_is_solved_as_it_is_and_an_unknown_one_is_a_line(tmp_path: Path) -> None:
    board = tmp_path / "many.jsonl"
    board.write_text('{"Model": "m", "Sorting Average (2 datasets)": 50.0}\n')
    assert run("solve", board, "-q").exit_code == 0
    unknown = tmp_path / "unknown.txt"
    unknown.write_text("what is this\n")
    shown = run("solve", unknown)
    assert shown.exit_code == 2
    assert len(shown.stderr.splitlines()) == 1


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf"])
def test_limits_and_seeds_are_refused_alike_everywhere(folder: Path, limit: str) -> None:
    market, store = folder / "market.json", folder / "run.sqlite"
    faces = [
        run("solve", market, "--time-limit", limit),
        run("ask", "demand", market, "--time-limit", limit),
        run("batch", market, "--store", store, "--time-limit", limit),
    ]
    assert [shown.exit_code for shown in faces] == [2, 2, 2]
    assert len({shown.stderr for shown in faces}) == 1
    with pytest.raises(OptionError) as refused:
        eqsolve.solve(eqsolve.load(market), time_limit=float(limit))
    assert faces[0].stderr == f"eqsolve: {refused.value}\n"
    assert not store.exists()
    with pytest.raises(OptionError, match="seed"):
        Request(seed=-1)
    assert run("batch", market, "--store", store, "--seed", -1).exit_code == 2


def test_an_option_is_a_text_or_a_value_and_means_the_same(folder: Path) -> None:
    market = eqsolve.load(folder / "market.json")
    text = Request(texts={"prices": "min"}).solve(market).require()
    value = eqsolve.solve(market, prices="min").require()
    assert text.prices.tolist() == value.prices.tolist() == text.price_min.tolist()
