"""Hypothesis strategies for trading networks: small, with all that solvers stumble over."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = ["trading_networks"]


def _short(number: float) -> float:
    """Return a decimal of eight digits: no amount that would vanish beside others."""
    return round(number, 8)


@st.composite
def trading_networks(
    draw: st.DrawFn,
    *,
    max_buyers: int = 4,
    max_sellers: int = 4,
    whole: bool | None = None,
    homogeneous: bool = False,
    known: bool | None = None,
    commission: bool = False,
) -> TradingNetwork:
    """Draw trading networks.

    Parameters
    ----------
    max_buyers, max_sellers : largest sides; both may be empty.
    whole : only whole numbers (True), only fractions (False), or either (None).
    homogeneous : each buyer values all items alike, and every pair can trade.
    known : no pair is known (False), or anything (None or True).
    commission : whether commissions below 1 are drawn.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(trading_networks(), lambda network: network.n_buyers > 0).n_buyers
    1
    """
    n, m = draw(st.integers(0, max_buyers)), draw(st.integers(0, max_sellers))
    kinds: list[st.SearchStrategy[Any]] = []
    if whole is not False:
        kinds += [st.integers(0, 3), st.integers(0, 12), st.just(4)]
    if whole is not True:
        kinds += [st.floats(0, 10).map(_short), st.sampled_from([0.0, 0.1, 0.2, 0.3])]
    entry = draw(st.sampled_from(kinds))
    if homogeneous:
        values = np.repeat(np.array(draw(st.lists(entry, min_size=n, max_size=n))), m)
        table = values.reshape(n, m)
        gaps = np.zeros((n, m), dtype=bool)
    else:
        cells = st.lists(entry, min_size=n * m, max_size=n * m)
        table = np.array(draw(cells), dtype=np.float64).reshape(n, m)
        gaps = _mask(draw, n, m, [0.0, 0.0, 0.3])
    matrix = np.where(gaps, np.nan, table.astype(np.float64))
    shares = [0.0] if known is False else [0.0, 0.3, 0.5, 0.5, 1.0]
    acquainted = _mask(draw, n, m, shares) & ~gaps
    candidates = None
    if draw(st.integers(0, 3)) == 0:
        candidates = np.argwhere(_mask(draw, n, m, [0.5]) & ~gaps & ~acquainted)
    share = draw(st.sampled_from([1, 0.5, 0.15])) if commission else 1
    return TradingNetwork(matrix, np.argwhere(acquainted), candidates, share)


def _mask(draw: st.DrawFn, n: int, m: int, shares: list[float]) -> Any:
    """Draw a mask with about the given share of True entries."""
    share = draw(st.sampled_from(shares))
    if share in (0.0, 1.0):
        return np.full((n, m), bool(share))
    draws = draw(st.lists(st.integers(0, 9), min_size=n * m, max_size=n * m))
    return (np.array(draws, dtype=np.int64) < 10 * share).reshape(n, m)
