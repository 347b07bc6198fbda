"""Hypothesis strategies for Fisher markets: small, with all that solvers stumble over.

Few distinct coefficients make ties everywhere; zeros, buyers who want nothing, goods that nobody
wants, empty sides, equal and very unequal budgets and supplies are all drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.fisher_market.instance import FisherMarket

__all__ = [
    "cobb_douglas_markets",
    "equal_budget_markets",
    "fisher_markets",
    "linear_fisher_markets",
    "quasi_linear_markets",
]

_KINDS: tuple[Any, ...] = (
    "linear",
    "quasi_linear",
    "leontief",
    "cobb_douglas",
    {"ces": 0.5},
    {"ces": -1},
    {"ces": 0.9},
    {"ces": -5},
)


@st.composite
def fisher_markets(
    draw: st.DrawFn,
    *,
    max_buyers: int = 4,
    max_goods: int = 4,
    utility: Any = None,
    whole: bool | None = None,
    equal_budgets: bool | None = None,
    wanted: bool | None = None,
) -> FisherMarket:
    """Draw Fisher markets.

    Parameters
    ----------
    max_buyers, max_goods : largest sides; both may be empty.
    utility : the kind of utility, as for the class; None: any.
    whole : only whole numbers (True), only fractions (False), or either (None).
    equal_budgets : whether budgets are equal; None: either.
    wanted : True: there are buyers and goods, and all want something and are wanted by somebody.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(fisher_markets(utility="linear"), lambda market: market.n_buyers == 1).n_buyers
    1
    """
    least = 1 if wanted else 0
    n, m = draw(st.integers(least, max_buyers)), draw(st.integers(least, max_goods))
    kind = draw(st.sampled_from(_KINDS)) if utility is None else utility
    numbers = draw(
        st.sampled_from(
            [
                st.integers(0, 3),
                st.integers(0, 12),
                st.just(2),
                *(
                    []
                    if whole
                    else [
                        st.floats(0.01, 10, allow_subnormal=False),
                        st.sampled_from([0.0, 0.1, 0.3, 0.7]),
                        st.sampled_from([0.0, 1e-4, 1.0, 1e4]),
                    ]
                ),
            ]
        )
    )
    table = [[draw(numbers) for _ in range(m)] for _ in range(n)]
    if wanted:
        _fill(table)
    same = draw(st.booleans()) if equal_budgets is None else equal_budgets
    money = st.sampled_from([1, 2, 3, 7] if whole else [1, 2, 7, 0.3, 1e-3, 1e3])
    first = draw(money)
    budgets = [first if same else draw(money) for _ in range(n)]
    supplies = (
        [draw(st.sampled_from([1, 1, 2, 5])) for _ in range(m)] if draw(st.booleans()) else None
    )
    return FisherMarket(np.array(table).reshape(n, m), budgets, supplies, utility=kind)


def _fill(table: list[list[Any]]) -> None:
    """Put a 1 into each row and column of zeros."""
    for i, row in enumerate(table):
        if not any(row):
            row[i % len(row)] = 1
    for j in range(len(table[0])):
        if not any(row[j] for row in table):
            table[j % len(table)][j] = 1


def linear_fisher_markets() -> st.SearchStrategy[FisherMarket]:
    """Draw linear markets in which everything is wanted."""
    return fisher_markets(utility="linear", wanted=True)


def quasi_linear_markets() -> st.SearchStrategy[FisherMarket]:
    """Draw quasi-linear markets with buyers and goods."""
    return fisher_markets(utility="quasi_linear", wanted=True)


def cobb_douglas_markets() -> st.SearchStrategy[FisherMarket]:
    """Draw Cobb-Douglas markets in which everything is wanted."""
    return fisher_markets(utility="cobb_douglas", wanted=True)


def equal_budget_markets() -> st.SearchStrategy[FisherMarket]:
    """Draw markets with equal budgets in which everything is wanted; not quasi-linear."""
    kinds = [kind for kind in _KINDS if kind != "quasi_linear"]
    return st.sampled_from(kinds).flatmap(
        lambda kind: fisher_markets(utility=kind, equal_budgets=True, wanted=True)
    )
