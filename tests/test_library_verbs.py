"""The library and the command line are one: same options, same answers."""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve import OptionError
from eqsolve.cli import ask, batch, convert, generate, plot, solve
from eqsolve.cli.__main__ import main

SCREEN = {"output", "as_json", "quiet", "listing"}
"""What only a screen needs."""


def library_options(function: Callable[..., Any]) -> set[str]:
    parameters = inspect.signature(function).parameters.values()
    return {
        "options" if parameter.kind is parameter.VAR_KEYWORD else parameter.name
        for parameter in parameters
    }


@pytest.mark.parametrize(
    ("verb", "function", "only_shell", "only_library"),
    [
        (generate.command, eqsolve.generate, set(), {"recipe", "output"}),  # --option recipe=NAME
        (plot.command, eqsolve.plot, {"solution", "kind", "table"}, {"result", "output"}),
        (ask.command, eqsolve.ask, {"solution", "kind", "table"}, {"result", "deadline"}),
        (solve.command, eqsolve.solve, {"kind", "table"}, {"deadline"}),
        (
            convert.command,
            eqsolve.convert,
            {"kind", "table"},  # further options
            {"converter", "reading", "to", "arrays"},  # --option from=, as=, to=, arrays=
        ),
    ],
)
def test_options_are_the_same(
    verb: Any, function: Callable[..., Any], only_shell: set[str], only_library: set[str]
) -> None:
    shell = {parameter.name for parameter in verb.params} - SCREEN
    assert shell - only_shell == library_options(function) - only_library


def test_the_options_of_a_batch_are_the_same() -> None:
    from eqsolve.batch.verb import batch as function

    shell = {parameter.name for parameter in batch.command.params} - SCREEN
    assert shell == library_options(function) - {"on_progress", "stopped"}


def test_generate_is_the_verb(tmp_path: Path) -> None:
    made = eqsolve.generate("fisher_market", recipe="uniform", count=3, seed=5, buyers=4)
    words = ["generate", "fisher_market", "--count", "3", "--seed", "5", "--option", "buyers=4"]
    shell = CliRunner().invoke(main, [*words, "-o", str(tmp_path / "m.jsonl")])
    assert shell.exit_code == 0, shell.output
    assert [eqsolve.load(f"{tmp_path}/m.jsonl#{k}") for k in range(3)] == made
    assert eqsolve.generate("fisher_market", count=2, seed=5, buyers=4) == made[:2]
    with pytest.raises(OptionError, match="unknown recipe 'unifrom'; did you mean 'uniform'"):
        eqsolve.generate("fisher_market", recipe="unifrom")
    with pytest.raises(OptionError, match="no option 'n_buyers'"):
        eqsolve.generate("fisher_market", n_buyers=3)
    with pytest.raises(OptionError, match="count = 0"):
        eqsolve.generate("fisher_market", count=0)


def test_convert_is_the_verb(tmp_path: Path) -> None:
    board = tmp_path / "board.csv"
    board.write_text("model,coding,writing\nalpha,71,50\nbeta,60,66\n")
    (market,) = eqsolve.convert(board, tmp_path / "b.json", converter="leaderboard", n_platforms=3)
    assert eqsolve.load(tmp_path / "b.json") == market
    assert eqsolve.convert(board, n_platforms=3) == [market]
    (table,) = eqsolve.convert(board, kind="assignment_market", reserves=2)
    assert table.reserves.tolist() == [2, 2]
    with pytest.raises(OptionError, match="unknown converter"):
        eqsolve.convert(board, converter="leaderbord")


def test_batch_is_the_verb(tmp_path: Path) -> None:
    names = ["catalog:one-good", "catalog:shapley-shubik-1971"]
    counts: list[int] = []
    report = eqsolve.batch(
        names, tmp_path / "a.sqlite", jobs=1, on_progress=lambda it: counts.append(it.finished)
    )
    assert (report.progress.done, report.document["items"]) == (2, 2)
    assert counts[-1] == 2
    assert "eqsolve batch catalog:one-good" in report.progress.command
    shell = CliRunner().invoke(
        main, ["batch", *names, "--store", str(tmp_path / "a.sqlite"), "--json"]
    )
    assert shell.exit_code == 0, shell.output
    assert json.loads(shell.stdout)["items"] == 2
    again = eqsolve.batch(names, tmp_path / "a.sqlite", jobs=1)
    assert (again.progress.skipped, again.progress.done) == (2, 0)
    assert str(again)
    for wrong, rule in (
        ({"method": "hungarain"}, "unknown method"),
        ({"retry": "some"}, "retry = 'some'"),
        ({"executor": "dask"}, "needs --scheduler"),
        ({"executor": "cloud"}, "must be process or dask"),
    ):
        with pytest.raises(OptionError, match=rule):
            eqsolve.batch(names, tmp_path / "b.sqlite", **wrong)
    assert not (tmp_path / "b.sqlite").exists()


def test_the_package_of_batches_stays_a_package() -> None:
    code = (
        "import eqsolve; first = eqsolve.batch; import eqsolve.batch.store as store;"
        "print(eqsolve.batch is first, callable(first), store.__name__,"
        "callable(eqsolve.catalog), eqsolve.catalog.__name__)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["True", "True", "eqsolve.batch.store", "True", "catalog"]


def test_plot_returns_a_figure_and_writes_what_the_verb_writes(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    market = eqsolve.AssignmentMarket([[5, 8], [7, 9]])
    figure = eqsolve.plot(market, output=tmp_path / "a.svg")
    assert figure._repr_png_().startswith(b"\x89PNG")  # what notebooks show
    assert figure.axes
    eqsolve.save(market, tmp_path / "m.json")
    shell = CliRunner().invoke(
        main, ["plot", str(tmp_path / "m.json"), "-o", str(tmp_path / "b.svg"), "-q"]
    )
    assert shell.exit_code == 0, shell.output
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(OptionError, match=r"must be a \.png"):
        eqsolve.plot(market, output="a.gif")
    with pytest.raises(OptionError, match="unknown picture"):
        eqsolve.plot(market, picture="nothing")


def test_catalog_lists_what_load_finds() -> None:
    names = eqsolve.catalog("normal_form_game")
    assert names == sorted(names)
    assert eqsolve.load(f"catalog:{names[0]}").kind == "normal_form_game"
    assert set(names) < set(eqsolve.catalog())
    with pytest.raises(OptionError, match="normal_form_game"):
        eqsolve.catalog("normal_form")


def test_the_log_says_what_is_going_on(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    market = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
    with caplog.at_level(logging.INFO, logger="eqsolve"):
        eqsolve.solve(market)
        eqsolve.ask(market, "lattice")
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "<AssignmentMarket: 2 buyers, 2 sellers>: method hungarian (only 4 pairs)"
    assert "solved: the question is answered with proof" in lines[1]
    assert any("question lattice" in line for line in lines)
    assert {record.levelno for record in caplog.records} == {logging.INFO}
    assert not logging.getLogger("eqsolve").handlers
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_nobody_imports_logging_for_us() -> None:
    code = "import sys, eqsolve; print('logging' in sys.modules)"
    bare = "import sys; import numpy; print('logging' in sys.modules)"
    ours, numpys = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
        for text in (code, bare)
    )
    assert ours.stdout == numpys.stdout


def test_what_is_generated_is_written_as_the_command_line_writes_it(tmp_path: Path) -> None:
    asked = ["generate", "assignment_market", "--count", "2", "--seed", "7"]
    for name in ("markets", "markets.jsonl"):
        shell, library = tmp_path / "shell" / name, tmp_path / "library" / name
        shell.parent.mkdir(exist_ok=True)
        library.parent.mkdir(exist_ok=True)
        assert CliRunner().invoke(main, [*asked, "-o", str(shell)]).exit_code == 0
        eqsolve.generate("assignment_market", count=2, seed=7, output=library)
        if shell.is_file():
            assert library.read_bytes() == shell.read_bytes()
            continue
        files = sorted(path.name for path in shell.iterdir())
        assert files == sorted(path.name for path in library.iterdir())
        assert all((shell / one).read_bytes() == (library / one).read_bytes() for one in files)
