"""Gambit files: what the format allows, every fault with its place, agreement with Gambit."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import eqsolve
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import FormatError
from eqsolve.io.nfg import read_nfg, write_nfg

HEADER = 'NFG 1 R "t" { "A" "B" }'


def test_the_first_player_changes_fastest() -> None:
    game = read_nfg(f"{HEADER} {{ 3 2 }} " + " ".join(map(str, range(12))))
    assert game.payoffs[..., 0].tolist() == [[0, 6], [2, 8], [4, 10]]
    assert game.payoffs[..., 1].tolist() == [[1, 7], [3, 9], [5, 11]]


def test_outcomes_and_the_null_outcome() -> None:
    text = f'{HEADER} {{ 2 2 }} "" {{ {{ "win" 1, -1 }} {{ "" 1/2 2.50 }} }} 2 0 1 1'
    game = read_nfg(text)
    assert game.payoff((0, 0), 1) == Fraction(5, 2)
    assert game.payoff((1, 0), 0) == 0
    assert game.payoff((1, 1), 1) == -1
    assert game.denominator == 2


def test_names_comment_and_escapes() -> None:
    text = 'NFG 1 D "a \\"b\\" \\\\" {"x" "" } { { "u" "d" } {"l"} } "two\nlines" 1,2 3 4'
    game = read_nfg(text)
    assert game.name == 'a "b" \\'
    assert game.labels == {
        "players": ("x", ""),
        "strategies of player 0": ("u", "d"),
        "strategies of player 1": ("l",),
    }
    assert game.metadata == {"comment": "two\nlines"}
    again = read_nfg(write_nfg(game))
    assert (again, again.labels, again.metadata) == (game, game.labels, game.metadata)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("5/2", Fraction(5, 2)),
        ("-7/3", Fraction(-7, 3)),
        ("+4", 4),
        ("0.1", Fraction(1, 10)),
        (".25", Fraction(1, 4)),
        ("2.", 2),
        ("1e-3", Fraction(1, 1000)),
        ("-1.5E2", -150),
        ("0.000000", 0),
        (str(2**62 + 1), 2**62 + 1),
    ],
)
def test_numbers_are_exact(number: str, value: Fraction) -> None:
    game = read_nfg(f'NFG 1 R "" {{ "" }} {{ 1 }} {number}')
    assert game.is_integral
    assert game.payoff((0,), 0) == value


def test_decimals_beyond_64_bits_are_floats_that_give_back_the_file() -> None:
    game = read_nfg('NFG 1 R "" { "" } { 4 } 1e30 0.1234567890123456 -2 1e-30')
    assert game.payoffs.ravel().tolist() == [1e30, 0.1234567890123456, -2, 1e-30]
    assert read_nfg(write_nfg(game)) == game


def test_seventeen_digits_are_held_exactly() -> None:
    game = read_nfg('NFG 1 R "" { "" } { 2 } 0.12345678901234561 0.12345678901234562')
    assert game.payoff((1,), 0) - game.payoff((0,), 0) == Fraction(1, 10**17)
    assert read_nfg(write_nfg(game)) == game


@pytest.mark.parametrize(
    ("payoffs", "columns"),
    [
        ("9223372036854775808 9223372036854775809", [45]),
        ("0.33333333333333333333 1/3", [25, 48]),
        (f"{10**30 + 1} 1/3", [25, 57]),
        ("1e-400 1e300", [25]),
        ("1/3 1/9223372036854775783", [25, 29]),
    ],
)
def test_what_neither_fractions_nor_floats_hold_is_refused(
    payoffs: str, columns: list[int]
) -> None:
    with pytest.raises(FormatError) as caught:
        read_nfg(f'NFG 1 R "" {{ "" }} {{ 2 }} {payoffs}', "x.nfg")
    places = [fault.field for fault in caught.value.faults]
    assert places == [f"line 1, column {column}" for column in columns]


FAULTS = {
    "empty file": ("", "line 1, column 1: the file must begin with NFG, found the end of the file"),
    "other version": ('NFG 2 R "" {""} {1} 1', "line 1, column 5: only version 1"),
    "other numbers": ('NFG 1 Q "" {""} {1} 1', "line 1, column 7: .* R or D"),
    "title without marks": ("NFG 1 R title", "line 1, column 9: expected the title in quotation"),
    "mark not closed": ('NFG 1 R "title\n{ 2 2 }', "line 1, column 9: .* never closed"),
    "no players": ('NFG 1 R "" { } { } ', "line 1, column 16: .* at least one player"),
    "too many players": (
        'NFG 1 R "" {' + ' "x"' * 32 + "}",
        "at most 31 players fit, 32 are named",
    ),
    "names not in braces": ('NFG 1 R "" "A"', "line 1, column 12: expected the names"),
    "too few strategy counts": (f"{HEADER} {{ 2 }} 1 2", "given for 1 players, but 2 are named"),
    "no strategies": (f"{HEADER} {{ 2 0 }} 1", "at least one strategy"),
    "counts and names": (f'{HEADER} {{ 2 {{"a"}} }} 1', "either numbers .* or names"),
    "fractional count": (f"{HEADER} {{ 2.5 2 }} 1", "expected a number of strategies, found '2.5'"),
    "absurd count": (f"{HEADER} {{ 99999999 99999999 }} 1", "profiles are not read"),
    "too few payoffs": (
        f"{HEADER} {{ 2 2 }}\n1 2 3 4\n5 6 7",
        "line 3, column 6: expected 8 payoffs, found 7 before the end of the file",
    ),
    "too many payoffs": (f"{HEADER}\n{{ 1 1 }}\n1 2 3", "line 3, column 5: expected the end"),
    "no number": (f"{HEADER} {{ 1 1 }} 1 x", "column 35: 'x' is no number"),
    "not a number": (f"{HEADER} {{ 1 1 }} 1 nan", "'nan' is no number"),
    "two fraction bars": (f"{HEADER} {{ 1 1 }} 1 1/2/3", "'1/2/3' is no number"),
    "division by zero": (f"{HEADER} {{ 1 1 }} 1 3/0", "divides by zero"),
    "huge exponent": (f"{HEADER} {{ 1 1 }} 1 1e999", "too large"),
    "absurd exponent": (f"{HEADER} {{ 1 1 }} 1 1e999999999", "is no number"),
    "payoffs of an outcome": (
        f'{HEADER} {{ 1 1 }}\n{{ {{ "" 1 }} }} 1',
        "line 2, column 3: an outcome needs 2 payoffs, this one has 1",
    ),
    "outcome without name": (f"{HEADER} {{ 1 1 }} {{ {{ 1 2 }} }} 1", "name of the outcome"),
    "unknown outcome": (f'{HEADER} {{ 1 1 }} {{ {{ "" 1 2 }} }} 2', "outcome 2 does not exist"),
    "negative outcome": (f'{HEADER} {{ 1 1 }} {{ {{ "" 1 2 }} }} -1', "number of an outcome"),
    "too few outcomes": (
        f'{HEADER} {{ 1 2 }} {{ {{ "" 1 2 }} }} 1',
        "expected an outcome for each of 2 profiles, found 1",
    ),
    "brace not closed": (f'{HEADER} {{ 1 1 }} {{ {{ "" 1 2 }} ', "another outcome or a closing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_name_their_place(fault: str) -> None:
    text, words = FAULTS[fault]
    with pytest.raises(FormatError, match=words) as caught:
        read_nfg(text, "game.nfg")
    assert str(caught.value).startswith("game.nfg: line ")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "latin.nfg"
    path.write_bytes(b'NFG 1 R\n"caf\xe9"')
    with pytest.raises(FormatError, match="line 2: is no UTF-8 text"):
        eqsolve.load(path)


def test_only_games_are_written(tmp_path: Path) -> None:
    with pytest.raises(eqsolve.OptionError, match="only normal-form games"):
        eqsolve.save(eqsolve.AssignmentMarket([[1]]), tmp_path / "market.nfg")


def test_gambit_sets_the_equilibria(real_data: Path, tmp_path: Path) -> None:
    """All real games: same payoffs and pure equilibria as pygambit, which reads our files too."""
    gambit = pytest.importorskip("pygambit", reason="pygambit is not installed")
    paths = sorted((real_data / "gambit_nfg").glob("*.nfg"))
    if not paths:
        pytest.skip(f"no games in {real_data / 'gambit_nfg'}")
    without = 0
    for path in paths:
        game = eqsolve.load(path)
        result = eqsolve.solve(game)
        without += result.status is eqsolve.Status.NO_EQUILIBRIUM
        ours = set(result.solution) if result.solution is not None else set()
        for outcomes in (False, True):
            copy = tmp_path / "copy.nfg"
            copy.write_text(write_nfg(game, outcomes=outcomes))
            assert eqsolve.load(copy) == game, path.name
            for source in (path, copy):
                theirs = gambit.read_nfg(str(source))
                assert _equilibria(gambit, theirs) == ours, path.name
                for profile in np.ndindex(*game.n_strategies):
                    for i, player in enumerate(theirs.players):
                        paid = Fraction(str(theirs[profile][player]))
                        assert paid == game.payoff(profile, i), path.name
    if len(paths) == 48:
        assert without == 21  # as the description of the data says


def _equilibria(gambit: object, game: object) -> set[tuple[int, ...]]:
    found = gambit.nash.enumpure_solve(game).equilibria
    return {
        tuple(
            next(s for s, strategy in enumerate(player.strategies) if mixed[strategy] == 1)
            for player in game.players
        )
        for mixed in found
    }


def test_the_command_line_converts_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'NFG 1 R "odd" { "A" "B" } { { "u" "d" } { "l" } }\n"why"\n1/3 2 0.1 -4\n'
    start, middle, end = (tmp_path / name for name in ("a.nfg", "b.json", "c.nfg"))
    start.write_text(text)
    for source, target in ((start, middle), (middle, end)):
        assert main(["convert", str(source), str(target)], standalone_mode=False) in (None, 0)
    first, last = eqsolve.load(start), eqsolve.load(end)
    assert first == last == eqsolve.load(middle)
    assert (first.name, first.labels, first.metadata) == (last.name, last.labels, last.metadata)
    capsys.readouterr()
    assert main(["solve", str(start), "--json"], standalone_mode=False) in (None, 0)
    document = json.loads(capsys.readouterr().out)
    assert document["equilibria"] == [{"profile": [0, 0], "payoffs": [1 / 3, 2], "strict": True}]
    assert document["check"]["valid"] is True


def test_standard_input_may_be_a_game(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO(b'\nNFG 1 R "" { "" } { 2 } 1 2')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    assert eqsolve.load("-").payoffs.ravel().tolist() == [1, 2]
