"""Hypothesis strategies for normal-form games: small, full of ties, exact and not.

Few distinct payoffs make ties everywhere, all different ones none; twins among the strategies,
players with one strategy, constant payoffs, fractions, numbers beyond 2**53 and floats that are no
decimals are all drawn, and games in which two players chase each other for ever.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.normal_form_game.instance import NormalFormGame

__all__ = ["normal_form_games"]


def _payoffs(exact: bool | None) -> st.SearchStrategy[st.SearchStrategy[Any]]:
    """Draw what the payoffs look like."""
    kinds: list[st.SearchStrategy[Any]] = []
    if exact is not False:
        kinds += [
            st.integers(-1, 1),
            st.integers(-6, 6),
            st.just(0),
            st.sampled_from([-(2**62), 2**53, 2**53 + 1, 2**62, 2**62 + 1]),
        ]
    if exact is None:
        kinds += [st.sampled_from([-0.5, 0.1, 0.2, 0.25, 0.3])]
    if exact is not True:
        kinds += [
            st.floats(-10, 10, allow_subnormal=False),
            st.sampled_from([-1 / 3, 0.1 + 0.2, 1 / 3, 1e-17, 1e200]),
        ]
    return st.sampled_from(kinds)


@st.composite
def normal_form_games(
    draw: st.DrawFn,
    *,
    max_players: int = 4,
    max_strategies: int = 3,
    exact: bool | None = None,
    labels: bool = True,
) -> NormalFormGame:
    """Draw normal-form games.

    Parameters
    ----------
    max_players, max_strategies : largest sizes; at least 1 of each is drawn.
    exact : only payoffs that are whole numbers over a denominator (True), mostly floats that are
        not (False), or either and decimals too (None).
    labels : whether games may have labels.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(normal_form_games(), lambda game: game.n_players == 2).payoffs.tolist()
    [[[0, 0]]]
    """
    n = draw(st.integers(1, max_players))
    sizes = draw(st.lists(st.integers(1, max_strategies), min_size=n, max_size=n))
    size = int(np.prod(sizes)) * n
    # Zeros first, so that counterexamples shrink to simple games.
    entry = st.just(0) | draw(_payoffs(exact)) if draw(st.booleans()) else draw(_payoffs(exact))
    if exact is not False and draw(st.booleans()):
        flat = draw(st.permutations(range(size)))  # no ties: often no equilibrium
    else:
        flat = draw(st.lists(entry, min_size=size, max_size=size))
    table = np.array(flat, dtype=np.int64 if all(isinstance(x, int) for x in flat) else float)
    table = table.reshape(*sizes, n)
    if n > 1 and min(sizes[:2]) > 1 and draw(st.booleans()):
        _chase(table)
    twin = draw(st.integers(0, n - 1)) if draw(st.booleans()) else None
    if twin is not None and sizes[twin] > 1:
        np.moveaxis(table, twin, 0)[-1] = np.moveaxis(table, twin, 0)[0]
    denominator = 1
    if table.dtype.kind == "i":
        denominator = draw(st.sampled_from([1, 1, 2, 3, 10, 2**40 + 1]))
    names = {}
    if labels and draw(st.booleans()):
        text = st.text(st.sampled_from('aB "\\{}1,\n'), max_size=4)
        names["players"] = draw(st.lists(text, min_size=n, max_size=n))
        names["strategies of player 0"] = draw(st.lists(text, min_size=sizes[0], max_size=sizes[0]))
    return NormalFormGame(table, denominator, labels=names)


def _chase(table: Any) -> None:
    """Let player 0 want the strategy that player 1 avoids, whatever the others do."""
    first, second = np.indices(table.shape[:2]).reshape(
        2, *table.shape[:2], *(1,) * (table.ndim - 3)
    )
    same = (first - second) % 2 == 0
    table[..., 0] = np.where(same, 1, 0)
    table[..., 1] = np.where(same, 0, 1)
