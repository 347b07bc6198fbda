"""Tables of games: a matrix with both payoffs in each cell, or a list with a row a profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError
from eqsolve.families.normal_form_game.instance import NormalFormGame, strategies_of
from eqsolve.formats.dialect import plain_digits
from eqsolve.formats.sheet import Sheet

__all__ = ["read", "write"]

_PAIR = re.compile(
    r"\(?\s*([^\s()/|;]+)\s*[/|;]\s*([^\s()/|;]+)\s*\)?|\(?\s*(\S+)\s*,\s+(\S+?)\s*\)?"
)


def read(
    sheet: Sheet, options: Mapping[str, str], given: Mapping[str, Any]
) -> tuple[NormalFormGame, str]:
    """Return the game of a table, and how it was read.

    Parameters
    ----------
    sheet : a matrix with cells such as ``-1, -3`` or ``-1/-3``; or a list with a column of
        strategies for each player and, in the same order, one of payoffs for each.
    options : ``layout`` is ``matrix`` or ``list``.
    given : ``name``.

    Raises
    ------
    FormatError : with every fault.
    OptionError : an unknown option.
    """
    left = dict(options)
    wanted = left.pop("layout", None)
    if left:
        raise OptionError(f"a table of a game has no option {next(iter(left))!r}")
    pairs = all(_PAIR.fullmatch(cell) for row in sheet.rows for cell in row[1:])
    try:
        if wanted == "matrix" or (wanted is None and pairs):
            return _matrix(sheet, given)
        return _list(sheet, given)
    except InstanceError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(sheet.source, error.faults) from None


def write(game: NormalFormGame) -> list[list[Any]]:
    """Return header and rows of the list of profiles that `read` reads as the game."""
    payoffs = game.payoffs if game.denominator == 1 else game.payoffs / game.denominator
    players = [game.label("players", player) for player in range(payoffs.shape[-1])]
    rows: list[list[Any]] = [[*players, *(f"payoff of {name}" for name in players)]]
    for profile in np.ndindex(*payoffs.shape[:-1]):
        names = [game.label(strategies_of(k), strategy) for k, strategy in enumerate(profile)]
        rows.append([*names, *payoffs[profile].tolist()])
    return rows


def _matrix(sheet: Sheet, given: Mapping[str, Any]) -> tuple[NormalFormGame, str]:
    """Return the game of two players whose payoffs share a cell."""
    payoffs = np.empty((len(sheet.rows), len(sheet.header) - 1, 2), dtype=object)
    for i, row in enumerate(sheet.rows):
        for j, cell in enumerate(row[1:]):
            match = _PAIR.fullmatch(cell)
            if match is None:
                sheet.fault(i, j + 1, "must be two payoffs, such as 3, 2 or 3/2", cell)
                continue
            for k, text in enumerate(part for part in match.groups() if part is not None):
                try:
                    payoffs[i, j, k] = read_number(plain_digits(text, sheet.dialect.decimal))
                except NumberError as error:
                    sheet.fault(i, j + 1, str(error), cell)
    sheet.settle()
    labels = {strategies_of(0): sheet.texts(0), strategies_of(1): sheet.header[1:]}
    game = NormalFormGame(payoffs.tolist(), player_axis="last", labels=labels, **given)
    return game, f"a matrix of {payoffs.shape[0]} x {payoffs.shape[1]} pairs of payoffs"


def _list(sheet: Sheet, given: Mapping[str, Any]) -> tuple[NormalFormGame, str]:
    """Return the game of a list of profiles."""
    n, odd = divmod(len(sheet.header), 2)
    if odd or not n:
        rule = (
            "a game is a matrix of pairs such as 3/2, or a list with a column of strategies and "
            f"one of payoffs for each player; found {len(sheet.header)} columns"
        )
        raise FormatError(sheet.source, Fault("header", rule))
    names = [list(dict.fromkeys(sheet.texts(player))) for player in range(n)]
    spots = [{name: place for place, name in enumerate(own)} for own in names]
    payoffs = np.full((*map(len, names), n), None, dtype=object)
    lines: dict[tuple[int, ...], int] = {}
    for row, cells in enumerate(sheet.rows):
        profile = tuple(spots[player][cells[player]] for player in range(n))
        if profile in lines:
            sheet.fault(row, 0, f"the profile stands in line {sheet.lines[lines[profile]]} already")
        lines[profile] = row
        for player in range(n):
            payoffs[(*profile, player)] = sheet.number(row, n + player)
    for profile in np.ndindex(*map(len, names)):
        if profile not in lines:
            words = ", ".join(names[player][s] for player, s in enumerate(profile))
            sheet.faults.append(Fault("", f"the profile ({words}) is missing"))
    sheet.settle()
    labels = {"players": sheet.header[:n]}
    labels |= {strategies_of(player): own for player, own in enumerate(names)}
    game = NormalFormGame(payoffs.tolist(), player_axis="last", labels=labels, **given)
    return game, f"a list of {len(sheet.rows)} profiles of {n} players"
