"""Hypothesis strategies for token auctions: ties, zeros, point masses, equal rows, uneven bids.

Probabilities are quarters, so that total variations tie; bids are small whole numbers and some that
are 1e9 apart or tiny.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.token_auction.instance import TokenAuction

__all__ = [
    "common_token_auctions",
    "token_auctions",
    "token_chains",
    "token_triples",
    "unlike_token_chains",
]

_BIDS = st.sampled_from([0, 0, 1, 1, 2, 3, 0.5, 1e9, 1e-9, 1e-300])
_CUTS = st.integers(0, 4)


@st.composite
def _row(draw: st.DrawFn, size: int) -> list[float]:
    """Draw quarters with the sum 1."""
    cuts = sorted(draw(st.lists(_CUTS, min_size=size - 1, max_size=size - 1)))
    return [(b - a) / 4 for a, b in zip([0, *cuts], [*cuts, 4], strict=True)]


@st.composite
def _full_row(draw: st.DrawFn, size: int) -> list[float]:
    """Draw a row without zeros."""
    parts = draw(st.lists(st.integers(1, 4), min_size=size, max_size=size))
    return [part / sum(parts) for part in parts]


@st.composite
def _rows(draw: st.DrawFn, count: int, size: int, *, full: bool) -> list[list[float]]:
    """Draw rows, some equal to the one before."""
    rows: list[list[float]] = []
    for _ in range(count):
        if rows and draw(st.integers(0, 5)) == 0:
            rows.append(rows[-1])
        else:
            rows.append(draw(_full_row(size) if full else _row(size)))
    return rows


def _bids(draw: st.DrawFn, count: int) -> list[float]:
    """Draw bids, not all of them 0."""
    return draw(st.lists(_BIDS, min_size=count, max_size=count).filter(any))


@st.composite
def token_auctions(draw: st.DrawFn, max_agents: int = 4, max_tokens: int = 4) -> TokenAuction:
    """Draw one step under linear aggregation."""
    n, size = draw(st.integers(1, max_agents)), draw(st.integers(1, max_tokens))
    rows = draw(_rows(n + 1, size, full=False))
    reserve = {"bid": draw(_BIDS), "distribution": rows[-1]} if draw(st.booleans()) else None
    payment = draw(st.sampled_from(["second_price", "vcg"]))
    return TokenAuction(_bids(draw, n), rows[:n], reserve=reserve, payment=payment)


@st.composite
def common_token_auctions(
    draw: st.DrawFn, max_agents: int = 3, max_tokens: int = 4
) -> TokenAuction:
    """Draw one step under log-linear aggregation; token 0 is allowed by all."""
    n, size = draw(st.integers(1, max_agents)), draw(st.integers(1, max_tokens))
    rows = draw(_rows(n, size, full=draw(st.booleans())))
    rows = [_allowing(row) for row in rows]
    return TokenAuction(_bids(draw, n), rows, aggregation="log_linear", payment="vcg")


def _allowing(row: list[float]) -> list[float]:
    """Return a row that allows token 0."""
    if row[0] > 0:
        return row
    full = row.index(max(row))
    changed = list(row)
    changed[0], changed[full] = row[full] / 2, row[full] / 2
    return changed


@st.composite
def token_chains(draw: st.DrawFn, max_tokens: int = 3, max_length: int = 3) -> TokenAuction:
    """Draw an auction over short texts from Markov chains, linear aggregation."""
    n, size = draw(st.integers(1, 3)), draw(st.integers(1, max_tokens))
    models: list[Any] = []
    for _ in range(n):
        rows = draw(_rows(size + 1, size, full=False))
        models.append({"markov": {"start": rows[0], "next": rows[1:]}})
    words = [f"w{k}" for k in range(size)]
    return TokenAuction(
        _bids(draw, n),
        models=models,
        vocabulary=words,
        length=draw(st.integers(1, max_length)),
        stop=draw(st.sampled_from([None, words[-1]])),
        weights=draw(st.sampled_from(["fixed", "posterior"])),
        payment=draw(st.sampled_from(["second_price", "vcg"])),
    )


@st.composite
def token_triples(draw: st.DrawFn) -> TokenAuction:
    """Draw one step of three agents and three tokens with halves: no sampler may serve all."""
    halves = st.sampled_from(
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    )
    return TokenAuction([1, 1, 1], draw(st.lists(halves, min_size=3, max_size=3)))


@st.composite
def unlike_token_chains(draw: st.DrawFn) -> TokenAuction:
    """Draw two agents whose point masses differ after some tokens and agree after others."""
    points = st.sampled_from([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    rows = [draw(st.lists(points, min_size=4, max_size=4)) for _ in range(2)]
    models: list[Any] = [{"markov": {"start": row[0], "next": row[1:]}} for row in rows]
    return TokenAuction([1, 1], models=models, vocabulary=["a", "b", "c"], length=2)
