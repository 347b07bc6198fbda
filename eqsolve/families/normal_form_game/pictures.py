"""Pictures of normal-form games: where improvements lead, and who would gain how much.

Profiles lie on a grid: strategies of players 0, 2, 4, ... choose the row, those of players 1, 3,
5, ... the column, so that every deviation of every player runs along a row or a column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import UnsupportedError
from eqsolve.core.result import Result
from eqsolve.drawing.arrows import Arrow, draw_graph, standing_handles
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    ORANGE,
    PALETTE,
    PINK,
    TEXT,
    axes,
    begin,
    columns_axis,
    drawing,
    end_of_scale,
    legend_below,
    rows_axis,
    short,
    whole_numbers,
)
from eqsolve.families.normal_form_game.instance import NormalFormGame, strategies_of
from eqsolve.families.normal_form_game.questions.graph import Arcs, arcs, sink_components
from eqsolve.families.normal_form_game.solution import NormalFormSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "improvement", "regret"]

_CELLS = 36
"""Profiles up to which the improvement graph is drawn."""

_ARROWS = 60
"""Arrows beyond which only best replies are drawn."""

_COUNTED = 50
"""Profiles of one bar beyond which bars of few could not be seen on an even scale."""


def improvement(game: NormalFormGame, result: Result[NormalFormSolution], figure: Figure) -> None:
    """Draw the improvement graph with its sink components, in games of at most 36 profiles.

    Raises
    ------
    UnsupportedError : a larger game; `regret` shows any.
    """
    if game.n_profiles > _CELLS:
        reason = f"{game.n_profiles} profiles, at most {_CELLS} can be told apart"
        raise UnsupportedError("improvement", reason, ["regret"], what="picture")
    shape = _grid(game)
    begin(
        figure, game, result, min(14, max(6.5, 2 + 1.0 * shape[1])),
        min(14, max(4.5, 2.4 + 0.9 * shape[0])),
    )  # fmt: skip
    found, words = arcs(game), "every gain"
    if len(found.source) > _ARROWS:
        found, words = arcs(game, "best"), "best replies that gain"
    made = drawing(figure, f"Improvement graph: an arrow for {words}")
    profiles = list(np.ndindex(*game.n_strategies))
    places = {profile: _place(game, profile) for profile in profiles}
    standings = _standings(game)
    texts = {profile: _text(game, profile) for profile in profiles}
    draw_graph(made, places, standings, texts, _arrows(profiles, places, found), 0.3)
    _headings(made, game, shape)
    movers = sorted(set(found.player.tolist()))
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=PALETTE[i % 8], label=f"{_player(game, i)} gains") for i in movers
    ]
    legend_below(made, 3, [*handles, *standing_handles(standings.values())])


def regret(game: NormalFormGame, result: Result[NormalFormSolution], figure: Figure) -> None:
    """Draw the largest gain of any player at each profile; at equilibria it is 0."""
    gains = _regrets(game)
    title = "Regret: the most that any player gains by another strategy"
    unit = "regret (units of payoff)"
    solution = result.solution
    if game.n_players > 2:
        begin(figure, game, result, 8, 5)
        title += f"; equilibria: {(gains == 0).sum()} of {gains.size} profiles"
        made = axes(figure, title, unit, "profiles")
        counts, _, _ = made.hist(gains.ravel(), bins=min(40, max(5, gains.size // 4)), color=BLUE)
        if np.max(counts) > _COUNTED:
            made.set_yscale("symlog", linthresh=1)
            made.yaxis.set_major_formatter("{x:.0f}")
        else:
            whole_numbers(made.yaxis)
        return
    table = gains.reshape(game.n_strategies[0], -1)
    rows, columns = table.shape
    begin(
        figure, game, result, min(12, max(6.0, 2.5 + 0.35 * columns)),
        min(12, max(4.0, 2.2 + 0.3 * rows)),
    )  # fmt: skip
    made = axes(figure, title, "", _player(game, 0), grid=False)
    shown = made.imshow(
        table, cmap="Blues", aspect="auto", interpolation="nearest", vmin=0,
        vmax=end_of_scale(table),
    )  # fmt: skip
    figure.colorbar(shown, ax=made, label=unit)
    if solution is not None and len(solution):
        chosen = np.column_stack([solution.profiles, np.zeros(len(solution), int)])[:, :2]
        size = float(np.clip(1200 / max(rows, columns) ** 1.1, 12, 140))
        for kind, fill in ((True, ORANGE), (False, "white")):
            here = chosen[solution.strict == kind]
            if len(here):
                made.scatter(
                    here[:, 1], here[:, 0], s=size, color=fill, edgecolors="black",
                    label="strict equilibrium" if kind else "equilibrium, not strict",
                )  # fmt: skip
    if solution is None:
        row, column = np.unravel_index(int(table.argmin()), table.shape)
        words = f"least regret, {written(table[row, column], 4)}: no equilibrium"
        made.scatter(column, row, s=60, marker="D", color=PINK, edgecolors="black", label=words)
    if game.n_players == 2:
        made.set_xlabel(_player(game, 1))
        columns_axis(made, [_strategy(game, 1, s) for s in range(columns)])
    else:
        made.set_xticks([])
    rows_axis(made, [_strategy(game, 0, s) for s in range(rows)])
    legend_below(made)


def _grid(game: NormalFormGame) -> tuple[int, int]:
    """Return the numbers of rows and columns."""
    sizes = game.n_strategies
    return int(np.prod(sizes[::2], dtype=int)), int(np.prod(sizes[1::2], dtype=int))


def _place(game: NormalFormGame, profile: tuple[int, ...]) -> tuple[float, float]:
    """Return where a profile lies: column, and row counted downwards."""
    row = column = 0
    for player, (strategy, size) in enumerate(zip(profile, game.n_strategies, strict=True)):
        if player % 2:
            column = column * size + strategy
        else:
            row = row * size + strategy
    return 1.35 * column, -1.0 * row


def _standings(game: NormalFormGame) -> dict[tuple[int, ...], str]:
    """Return the standing of each profile, see `eqsolve.drawing.arrows.STANDINGS`."""
    standings = dict.fromkeys(np.ndindex(*game.n_strategies), "other")
    equal = arcs(game, "equal")
    tied = {
        tuple(map(int, np.unravel_index(node, game.n_strategies))) for node in set(equal.source)
    }
    for component in sink_components(game):
        for profile in component:
            stable = "weak" if profile in tied else "strict"
            standings[profile] = stable if len(component) == 1 else "cycle"
    return standings


def _arrows(
    profiles: list[tuple[int, ...]],
    places: dict[tuple[int, ...], tuple[float, float]],
    found: Arcs,
) -> list[Arrow]:
    """Return arrows; those that pass other profiles are bent around them."""
    arrows = []
    for s, t, player in zip(*(part.tolist() for part in found), strict=True):
        here, there = profiles[s], profiles[t]
        (x, y), (u, v) = places[here], places[there]
        steps = max(abs(x - u) / 1.35, abs(y - v))
        bend = 0.0 if steps < 1.5 else 0.32 if steps < 2.5 else 0.26
        arrows.append(Arrow(here, there, PALETTE[player % 8], bend))
    return arrows


def _text(game: NormalFormGame, profile: tuple[int, ...]) -> str:
    """Return the payoffs at a profile, or nothing for many players."""
    if game.n_players > 4:
        return ""
    values = [float(game.payoff(profile, i)) for i in range(game.n_players)]
    return ", ".join(f"{written(value, 3)}" for value in values)


def _headings(made: Any, game: NormalFormGame, shape: tuple[int, int]) -> None:
    """Write the strategies that rows and columns stand for, and whose they are."""
    sizes = game.n_strategies
    for side, count in ((0, shape[0]), (1, shape[1])):
        players = range(side, game.n_players, 2)
        if not players:
            continue
        longest = 22 if side == 0 else max(4, 60 // max(shape[1], 1) + 4)
        for index in range(count):
            parts = np.unravel_index(index, [sizes[i] for i in players])
            names = [_strategy(game, i, int(s)) for i, s in zip(players, parts, strict=True)]
            text = short(", ".join(names), longest)
            if side == 0:
                made.text(-0.55, -index, text, ha="right", va="center", fontsize=9)
            else:
                made.text(1.35 * index, 0.5, text, ha="center", va="bottom", fontsize=9)
        who = ", ".join(_player(game, i) for i in players)
        if side == 0:
            made.text(
                -0.55, 0.5, f"{short(who)} ↓", ha="right", va="bottom", color=TEXT, fontsize=9
            )
        else:
            middle = 1.35 * (count - 1) / 2
            made.text(middle, 0.85, f"{who} →", ha="center", va="bottom", color=TEXT, fontsize=9)
    made.update_datalim([(0, 1.25)])
    made.autoscale_view()


def _regrets(game: NormalFormGame) -> FloatArray:
    """Return the largest gain of any player at each profile, shape (a_0, ..., a_{N-1})."""
    gains = np.zeros(game.n_strategies)
    for player in range(game.n_players):
        own = game.payoffs[..., player]
        np.maximum(gains, own.max(axis=player, keepdims=True) - own, out=gains)
    return gains / game.denominator


def _player(game: NormalFormGame, player: int) -> str:
    """Return the name of a player."""
    return short(game.label("players", player))


def _strategy(game: NormalFormGame, player: int, strategy: int) -> str:
    """Return the name of a strategy, or its number."""
    names = game.labels.get(strategies_of(player))
    return names[strategy] if names else str(strategy)


PICTURES = {"improvement": improvement, "regret": regret}
