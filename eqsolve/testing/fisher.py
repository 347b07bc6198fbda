"""Hypothesis strategies for Fisher markets: small, with all that solvers stumble over.

Few distinct coefficients make ties everywhere; zeros, buyers who want nothing, goods that nobody
wants, empty sides, equal and very unequal budgets and supplies are all drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.markets.fisher.instance import FisherMarket

__all__ = ["fisher_markets"]

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
) -> FisherMarket:
    """Draw Fisher markets.

    Parameters
    ----------
    max_buyers, max_goods : largest sides; both may be empty.
    utility : the kind of utility, as for the class; None: any.
    whole : only whole numbers (True), only fractions (False), or either (None).
    equal_budgets : whether budgets are equal; None: either.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(fisher_markets(utility="linear"), lambda market: market.n_buyers == 1).n_buyers
    1
    """
    n, m = draw(st.integers(0, max_buyers)), draw(st.integers(0, max_goods))
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
    same = draw(st.booleans()) if equal_budgets is None else equal_budgets
    money = st.sampled_from([1, 2, 3, 7] if whole else [1, 2, 7, 0.3, 1e-3, 1e3])
    first = draw(money)
    budgets = [first if same else draw(money) for _ in range(n)]
    supplies = (
        [draw(st.sampled_from([1, 1, 2, 5])) for _ in range(m)] if draw(st.booleans()) else None
    )
    return FisherMarket(np.array(table).reshape(n, m), budgets, supplies, utility=kind)
