"""Chances of winning and expected payments of a bid, against independent rivals (AUC-10).

With t the place of the own lot among equal bids, uniform in [0, 1], rival j does not beat the bid
b with chance ``z_j(t) = below_j(b) + t * (at_most_j(b) - below_j(b))``, independently of others, so
``P(win | b)`` is the integral of their product over t: ``((L+E)^n - L^n) / (n E)`` for equal ones.

Payments follow from ``E[price; win] = b P(sale) - int_r^b P(sale, price <= x) dx``. The price of
rank k is at most x < b if at most k - 2 rivals bid more than x.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import Atoms, BidLaw, JustAbove
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = [
    "Rivals", "crra", "few_above", "interim", "just_above", "lots", "utilities", "win_chance",
]  # fmt: skip

Rivals = Sequence[tuple[BidLaw, int]]
"""Laws of the rivals' bids, and how many rivals have each."""

_MOST_LOTS = 24
_BETWEEN = 8
"""Cells between two corners where a law is continuous, at least."""
_FEWEST_CELLS = 4096
_INNER, _PANELS = 8, 12
"""Gauss nodes in a panel, and panels, of integrals over utilities."""


def lots(degree: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on [0, 1] that integrate polynomials of a degree (up to 47)."""
    x, w = np.polynomial.legendre.leggauss(min(_MOST_LOTS, degree // 2 + 1))
    return (x + 1) / 2, w / 2


def just_above(rivals: Rivals) -> Rivals:
    """Return the rivals as bids just above those given meet them."""
    return [(JustAbove(law), count) for law, count in rivals]


def win_chance(rivals: Rivals, bids: FloatArray) -> FloatArray:
    """Return the chance that each bid, if accepted, is drawn the highest."""
    reach = [(law.below(bids), law.at_most(bids), number) for law, number in rivals]
    if not any((high > low).any() for low, high, _ in reach):  # no ties, no lots
        chance = np.ones(len(bids))
        for low, _, number in reach:
            chance *= low**number
        return chance
    nodes, weights = lots(sum(number for _, number in rivals))
    product = np.ones((len(nodes), len(bids)))
    for low, high, number in reach:
        product *= (low + nodes[:, None] * (high - low)) ** number
    return np.asarray(weights @ product)


def interim(
    auction: SingleItemAuction, rivals: Rivals, bids: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the chance of getting the prize and the expected payment of each accepted bid.

    Parameters
    ----------
    rivals : laws of all other bidders.
    bids : rising, all >= reserve, shape (m,).

    Returns
    -------
    win, pay : shape (m,); a risk-neutral bidder to whom the prize is worth w has utility
        ``w * win - pay``.

    Notes
    -----
    O(m * rivals) for own bids and second prices, O(m * nodes * k * rivals) for k-th prices.
    """
    if auction.format == "all_pay":
        return win_chance(rivals, bids), bids.copy()
    if auction.price_rank == 1:
        win = win_chance(rivals, bids)
        return win, bids * win
    if auction.price_rank == 2:
        win = win_chance(rivals, bids)
        return win, bids * win - _second(rivals, bids, auction.reserve)
    return _ranked(rivals, bids, auction.reserve, auction.price_rank)


def utilities(
    auction: SingleItemAuction,
    rivals: Rivals,
    bids: FloatArray,
    worths: FloatArray,
    rho: float,
) -> FloatArray:
    """Return the expected CRRA utility of accepted bids at first or second prices.

    Parameters
    ----------
    bids, worths : shape (m,): bid, and what the prize is worth to who makes it.

    Notes
    -----
    By parts ``E[u(w - price); win] = u(w - b) P(win) + int_r^b C(x) d(-u(w - x))``, where C(x) is
    the chance that no rival bids more than x. O(m * cells) for second prices.
    """
    support, place = np.unique(bids, return_inverse=True)
    found = crra(worths - bids, rho) * win_chance(rivals, support)[place]
    if auction.price_rank == 1:
        return found
    if not all(isinstance(law, Atoms) for law, _ in rivals):
        return found + _smooth(rivals, bids, worths, auction.reserve, rho)
    ends = _cells(rivals, support, auction.reserve)
    chance = _no_more(rivals, ends)
    for j, (worth, bid) in enumerate(zip(worths.tolist(), bids.tolist(), strict=True)):
        count = int(np.searchsorted(ends, bid))
        fall = -np.diff(crra(worth - ends[: count + 1], rho))
        found[j] += chance[:count] @ fall
    return found


def _smooth(
    rivals: Rivals, bids: FloatArray, worths: FloatArray, reserve: float, rho: float
) -> FloatArray:
    """Return the integrals of C over utilities ``s = u(w - x)`` from s(b) to s(r).

    In s they are smooth, although the slope of u is infinite at 0.
    """
    x, w = np.polynomial.legendre.leggauss(_INNER)
    ends = np.linspace(0.0, 1.0, _PANELS + 1)
    shares = (ends[:-1, None] + np.diff(ends)[:, None] * (x + 1) / 2).ravel()
    weights = np.tile(w / (2 * _PANELS), _PANELS)
    low, high = crra(worths - bids, rho)[:, None], crra(worths - reserve, rho)[:, None]
    level = low + (high - low) * shares
    prices = worths[:, None] - np.where(level > 0, np.maximum(level, 0.0) ** (1 / (1 - rho)), level)
    chance = np.ones(prices.shape)
    for law, number in rivals:
        chance *= law.at_most(prices) ** number
    return np.asarray((chance @ weights) * (high - low)[:, 0])


def crra(amount: FloatArray, rho: float) -> FloatArray:
    """Return ``x ** (1 - rho)`` for gains and x for losses."""
    return np.where(amount > 0, np.maximum(amount, 0.0) ** (1 - rho), amount)


def _cells(rivals: Rivals, bids: FloatArray, reserve: float) -> FloatArray:
    """Return where integrals over prices begin and end: corners, bids, and points between."""
    corners = np.concatenate([law.corners for law, _ in rivals] + [bids, np.array([reserve])])
    ends = np.unique(corners[(corners >= reserve) & (corners <= bids[-1])])
    if all(isinstance(law, Atoms) for law, _ in rivals) or len(ends) < 2:
        return ends
    pieces = max(_BETWEEN, _FEWEST_CELLS // len(ends))
    inner = ends[:-1, None] + np.arange(pieces) / pieces * np.diff(ends)[:, None]
    return np.append(inner.ravel(), ends[-1])


def _inside(ends: FloatArray) -> FloatArray:
    """Return two Gauss nodes inside each cell, shape (2, cells)."""
    half = np.diff(ends) / 2
    return np.asarray(ends[:-1] + half * (1 + np.array([[-1.0], [1.0]]) / np.sqrt(3)))


def _no_more(rivals: Rivals, ends: FloatArray) -> FloatArray:
    """Return the mean chance in each cell that no rival bids more; atoms lie on ends."""
    nodes = _inside(ends)
    chance = np.ones(nodes.shape)
    for law, number in rivals:
        chance *= law.at_most(nodes) ** number
    return np.asarray(chance.mean(axis=0))


def _second(rivals: Rivals, bids: FloatArray, reserve: float) -> FloatArray:
    """Return the integral of P(no rival bids more than x) over prices x from reserve to bid."""
    ends = _cells(rivals, bids, reserve)
    sums = np.concatenate([[0.0], np.cumsum(_no_more(rivals, ends) * np.diff(ends))])
    return np.asarray(sums[np.searchsorted(ends, bids)])


def _ranked(
    rivals: Rivals, bids: FloatArray, reserve: float, rank: int
) -> tuple[FloatArray, FloatArray]:
    """Return chances and payments where the price is the k-th highest accepted bid, k >= 3."""
    ends = _cells(rivals, bids, reserve)
    middle = (ends[1:] + ends[:-1]) / 2
    nodes, weights = lots(sum(number for _, number in rivals))
    at = np.full(1, reserve)
    out = [law.below(at) for law, _ in rivals]
    fixed = [law.at_most(middle) for law, _ in rivals]
    win, pay = np.zeros(len(bids)), np.zeros(len(bids))
    for t, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        beaten = []
        for law, _ in rivals:
            below = law.below(bids)
            beaten.append(below + t * (law.at_most(bids) - below))
        numbers = [number for _, number in rivals]
        everyone = np.ones(len(bids))
        for chance, number in zip(beaten, numbers, strict=True):
            everyone *= chance**number
        unsold = few_above([np.minimum(o, z) for o, z in zip(out, beaten, strict=True)],
                            beaten, numbers, rank - 2)  # fmt: skip
        sale = everyone - unsold
        win += weight * sale
        for j, bid in enumerate(bids.tolist()):
            here = ends[1:] <= bid
            if not here.any():
                pay[j] += weight * bid * sale[j]
                continue
            own = [np.full(int(here.sum()), z[j]) for z in beaten]
            kept = [np.minimum(f[here], z) for f, z in zip(fixed, own, strict=True)]
            cheap = few_above(kept, own, numbers, rank - 2) - unsold[j]
            pay[j] += weight * (bid * sale[j] - cheap @ np.diff(ends)[here])
    return win, pay


def few_above(
    lower: list[FloatArray], upper: list[FloatArray], numbers: list[int], most: int
) -> FloatArray:
    """Return P(all rivals up to `upper`, at most `most` of them above `lower`)."""
    coefficients = [np.ones_like(lower[0])] + [np.zeros_like(lower[0]) for _ in range(most)]
    for low, high, number in zip(lower, upper, numbers, strict=True):
        for _ in range(number):
            for degree in range(most, 0, -1):
                coefficients[degree] = coefficients[degree] * low + coefficients[degree - 1] * (
                    high - low
                )
            coefficients[0] = coefficients[0] * low
    return np.asarray(sum(coefficients))
