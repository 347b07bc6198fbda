"""What must be true of single-item auctions, as claims that can be run: AUC-1 to AUC-11.

Each claim recomputes one side of a statement from the rules (bids of all rivals listed, in
fractions, or sums over types) and compares it with what the package says.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.bid_table import exact
from eqsolve.core.limits import Deadline
from eqsolve.core.method import resolved
from eqsolve.core.theorem import Theorem
from eqsolve.families.single_item_auction.beliefs import law_of, states_of
from eqsolve.families.single_item_auction.evaluate import rivals_of
from eqsolve.families.single_item_auction.finite_types import types_of
from eqsolve.families.single_item_auction.formulas import (
    common_second_bids,
    power_of,
    ranked_bids,
    two_uniform_bids,
)
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import interim
from eqsolve.families.single_item_auction.listing import choices_of
from eqsolve.families.single_item_auction.methods.auto import Auto
from eqsolve.families.single_item_auction.quadrature import affiliated_bids
from eqsolve.families.single_item_auction.questions.comparing import in_format
from eqsolve.families.single_item_auction.questions.obvious import obviously_dominant, unasked
from eqsolve.families.single_item_auction.regret import regret_of, truthful_dominates
from eqsolve.families.single_item_auction.rules import award, top_bidders
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["THEOREMS"]

_MOST = 20_000
"""Profiles of bids that a claim lists."""


def _solution(auction: SingleItemAuction) -> SingleItemAuctionSolution:
    """Return the package's strategies, with few cells for the certificate."""
    asked = replace(Auto(cells=64), points=201)
    method, _ = resolved(asked, auction)
    found = method.run(auction, Deadline(), np.random.default_rng(0)).solution
    assert found is not None
    return found


# -------------------------------------------------------------------- finite, by listing


def _payoff(
    auction: SingleItemAuction, bids: list[Fraction | None], worth: Fraction
) -> tuple[Fraction, Fraction]:
    """Return chance to get the prize and expected payment of bidder 0, all lots looked at."""
    reserve = exact(auction.reserve)
    top = top_bidders(bids, reserve)
    lots = max(1, len(top))
    win, pay = Fraction(0), Fraction(0)
    for k in range(lots):
        found = award(auction, bids, (k + 0.5) / lots)
        paid: Any = found.payments[0]
        win += Fraction(found.winner == 0, lots)
        pay += (exact(paid) if isinstance(paid, float) else Fraction(paid)) / lots
    return win, pay


def _bids(auction: SingleItemAuction) -> list[Fraction | None]:
    """Return all bids of the grid, and staying out."""
    assert auction.bids is not None
    return [None, *auction.bids.exact_bids]


def _dominant(auction: SingleItemAuction) -> str | None:
    """AUC-1: no bid ever does better than the value, whatever the others bid."""
    options = _bids(auction)
    assert auction.bids is not None
    for value in (exact(v) for v in types_of(auction, 0).tolist()):
        own: Fraction | None = min(value, exact(auction.bids.max))
        if value < exact(auction.reserve) or value < exact(auction.bids.min):
            own = None
        for rivals in itertools.product(options, repeat=auction.n_bidders - 1):
            win, pay = _payoff(auction, [own, *rivals], value)
            for other in options:
                won, paid = _payoff(auction, [other, *rivals], value)
                if value * won - paid > value * win - pay:
                    return f"value {value}: bidding {other} beats it against {rivals}"
    return None


def _mixture(auction: SingleItemAuction) -> Strategy:
    """Return a strategy that mixes two bids, drawn from the instance's digest."""
    rng = np.random.default_rng(int(auction.digest[:8], 16))
    types, choices = types_of(auction, 0), choices_of(auction)
    rows = []
    for _ in types:
        picks = rng.choice(len(choices), min(2, len(choices)), replace=False)
        share = 1.0 if len(picks) == 1 else 0.25
        shares = [share, 1 - share][: len(picks)]
        rows.append(tuple(zip(choices[picks].tolist(), shares, strict=True)))
    return Strategy(types, None, tuple(rows), finite=True)


def _formula(auction: SingleItemAuction) -> str | None:
    """AUC-10: chances and payments by the formula are those of listing all rivals' bids."""
    strategy = _mixture(auction)
    n, choices = auction.n_bidders, choices_of(auction)
    prior = auction.values.own(0)
    assert isinstance(prior, FinitePrior)
    for known, state in zip(auction.values.states(), states_of(auction), strict=True):
        law: dict[Fraction | None, Fraction] = {}
        place_of = {value: k for k, value in enumerate(strategy.values.tolist())}
        for point, weight in zip(prior.exact_points, prior.exact_weights, strict=True):
            for bid, share in strategy.offers(place_of[float(point + known.shift)]):
                key = None if bid is None else exact(bid)
                law[key] = law.get(key, Fraction(0)) + weight * exact(share)
        rivals = rivals_of([law_of(auction, strategy, 0, state)], (0,) * n, 0)
        bids = choices[~np.isnan(choices) & (np.nan_to_num(choices) >= auction.reserve)]
        if not len(bids):
            continue
        win, pay = interim(auction, rivals, bids)
        for j, bid in enumerate(bids.tolist()):
            chance, cost = Fraction(0), Fraction(0)
            for profile in itertools.product(law.items(), repeat=n - 1):
                mass = Fraction(1)
                for _, portion in profile:
                    mass *= portion
                won, paid = _payoff(auction, [exact(bid), *(b for b, _ in profile)], Fraction(0))
                chance += mass * won
                cost += mass * paid
            if abs(float(chance) - win[j]) > 1e-9 or abs(float(cost) - pay[j]) > 1e-9:
                return (
                    f"bid {bid:g}: wins with {float(chance):.9g} and pays {float(cost):.9g}, the "
                    f"formula says {win[j]:.9g} and {pay[j]:.9g}"
                )
    return None


def _capped(auction: SingleItemAuction) -> str | None:
    """AUC-9: bids of the game without a cap, cut at the cap, are no equilibrium."""
    assert auction.bids is not None
    assert auction.k is not None
    types = types_of(auction, 0)
    n, k = auction.n_bidders, auction.k
    cut = np.minimum(types * (n - 1) / (n - k + 1), auction.bids.max)
    bids = np.array([auction.bids.nearest(bid) for bid in cut.tolist()])
    strategy = Strategy(types, bids, finite=True)
    epsilon = regret_of(auction, [strategy], (0,) * n).epsilon
    if epsilon > 1e-6 and (cut == auction.bids.max).any():
        return f"the bids cut at {auction.bids.max:g} have regret {epsilon:.6g}"
    return None


# ------------------------------------------------------------------ continuous, by sums


def _chance(auction: SingleItemAuction, types: FloatArray) -> FloatArray:
    """Return the chance that all rivals have lesser types."""
    return np.asarray(auction.values.own(0).cdf(types) ** (auction.n_bidders - 1))


def _first(auction: SingleItemAuction) -> str | None:
    """AUC-2: the bids are v less the integral, and no type gains by another type's bid."""
    low, high = auction.values.support(0)
    start = max(low, auction.reserve)
    rho = auction.risk[0]
    alpha = (auction.n_bidders - 1) / (1 - rho)
    grid = np.linspace(start, high, 4001)
    base = auction.values.own(0).cdf(grid)
    strategy = _solution(auction).strategies[0]
    for value in np.linspace(start, high, 9)[1:].tolist():
        inside = grid[grid <= value]
        ratio = (base[grid <= value] / auction.values.own(0).cdf(value)) ** alpha
        area = float(np.sum((ratio[1:] + ratio[:-1]) / 2 * np.diff(inside)))
        bid = strategy.bid(value)
        if bid is None or abs(bid - (value - area)) > 2e-3 * (high - low):
            return f"value {value:.6g} bids {bid}, the integral says {value - area:.6g}"
    bids = strategy.bids_at(grid)
    chance = _chance(auction, grid) ** (1 / (1 - rho))
    gain = ((grid[:, None] - bids[None, :]) * chance[None, :]).max(axis=1) - (grid - bids) * chance
    if gain.max() > 2e-3 * (high - low):
        j = int(gain.argmax())
        return f"value {grid[j]:.6g} gains {gain[j]:.6g} by the bid of another type"
    return None


def _all_pay(auction: SingleItemAuction) -> str | None:
    """AUC-3: the bids are v G less the integral of G, and no type gains by another type's bid."""
    low, high = auction.values.support(0)
    grid = np.linspace(low, high, 4001)
    chance = _chance(auction, grid)
    steps = (chance[1:] + chance[:-1]) / 2 * np.diff(grid)
    expected = grid * chance - np.concatenate([[0.0], np.cumsum(steps)])
    bids = _solution(auction).strategies[0].bids_at(grid)
    off = np.abs(bids - expected)
    if not off.max() <= 2e-3 * high:
        j = int(np.nan_to_num(off, nan=np.inf).argmax())
        return f"value {grid[j]:.6g} bids {bids[j]:.6g}, the integral says {expected[j]:.6g}"
    gain = (grid[:, None] * chance - bids).max(axis=1) - (grid * chance - bids)
    return None if gain.max() <= 2e-3 * high else f"a type gains {gain.max():.6g}"


def _ranked(auction: SingleItemAuction) -> str | None:
    """AUC-4: who ties with the highest rival expects to pay its value.

    Then the price is the (k-2)-th highest of n - 2 lesser types, a Beta quantile.
    """
    from scipy.special import betaincinv

    prior, n = auction.values.own(0), auction.n_bidders
    low, high = prior.support
    u = (np.arange(4000) + 0.5) / 4000
    for k in range(3, n + 1):
        values = np.linspace(low, high, 6)[1:]
        for value in values.tolist():
            places = betaincinv(n - k + 1, k - 2, u) * float(prior.cdf(value))
            bids = ranked_bids(prior.quantile(places), prior, n, k)
            if bids is None:
                break
            if abs(float(bids.mean()) - value) > 5e-3 * (high - low):
                return f"k = {k}, value {value:.6g}: the price is {bids.mean():.6g} in the mean"
    return None


def _equivalent(auction: SingleItemAuction) -> str | None:
    """AUC-5: first and second prices earn the same; all-pay too without a reserve."""
    names = ["first_price", "second_price"]
    if auction.reserve <= 0:
        names.append("all_pay")
    earned = {name: _solution(in_format(auction, name)).revenue for name in names}
    high = auction.support[1]
    if max(earned.values()) - min(earned.values()) > 2e-3 * high:
        return ", ".join(f"{name} earns {amount:.6g}" for name, amount in earned.items())
    return None


def _averse(auction: SingleItemAuction) -> str | None:
    """AUC-5: with risk aversion first prices earn more than second prices."""
    first, second = (
        _solution(in_format(auction, name)).revenue for name in ("first_price", "second_price")
    )
    if first < second - 1e-4 * auction.support[1]:
        return f"first prices earn {first:.6g}, second prices {second:.6g}"
    return None


def _two(auction: SingleItemAuction) -> str | None:
    """AUC-6: two uniform bidders reply best to each other, and have one top bid."""
    high = auction.support[1]
    widths = high, high + auction.reserve
    tops = []
    for own, other in (widths, widths[::-1]):
        types = np.linspace(0, other, 20001)
        rival = two_uniform_bids(types, other, own)
        bids = np.linspace(0, rival[-1], 4001)
        chance = np.interp(bids, rival, types) / other
        for value in np.linspace(0, own, 7)[1:].tolist():
            bid = float(two_uniform_bids(np.array([value]), own, other)[0])
            best = float(((value - bids) * chance).max())
            held = (value - bid) * float(np.interp(bid, bids, chance))
            if best - held > 1e-5 * own:
                return f"U[0, {own:g}]: value {value:.6g} gains {best - held:.6g}"
        tops.append(float(two_uniform_bids(np.array([own]), own, other)[0]))
    common = widths[0] * widths[1] / sum(widths)
    if max(abs(top - common) for top in tops) > 1e-9 * common:
        return f"top bids {tops}, w1 w2 / (w1 + w2) = {common:.9g}"
    return None


def _affiliated(auction: SingleItemAuction) -> str | None:
    """AUC-7: with a common and a private part, both uniform, no type gains by another bid."""
    wide = auction.support[1]
    n = auction.n_bidders
    made = SingleItemAuction(
        "first_price",
        n,
        {"model": "affiliated", "common": {"uniform": [0, wide]}, "private": {"uniform": [0, 1]}},
    )
    types, bids = affiliated_bids(made, 201)
    for value in np.linspace(0, wide + 1, 8)[1:-1].tolist():
        common = np.linspace(max(0.0, value - 1), min(wide, value), 402)
        common = (common[1:] + common[:-1]) / 2
        rival = np.clip(types[None, :] - common[:, None], 0.0, 1.0) ** (n - 1)
        chance = rival.mean(axis=0)  # of winning with the bid of each type
        own = float(np.interp(value, types, bids))
        held = (value - own) * float(np.interp(value, types, chance))
        gain = float(((value - bids) * chance).max()) - held
        if gain > 2e-3 * (wide + 1):
            return f"value {value:.6g} gains {gain:.6g}"
    return None


def _common(auction: SingleItemAuction) -> str | None:
    """AUC-8: with a common value, bid what it is worth to one who ties with the best rival."""
    n, wide = auction.n_bidders, auction.support[1] + 1
    noise = 0.25 + auction.reserve / 4
    for signal in np.linspace(-noise, wide + noise, 9)[1:-1].tolist():
        worth = np.linspace(max(0.0, signal - noise), min(wide, signal + noise), 4001)
        worth = (worth[1:] + worth[:-1]) / 2
        weight = ((signal - worth + noise) / (2 * noise)) ** (n - 2)
        expected = float(weight @ worth / weight.sum())
        found = float(common_second_bids(np.array([signal]), 0.0, wide, noise, n)[0])
        if abs(found - expected) > 1e-4 * wide:
            return f"signal {signal:.6g}: the formula says {found:.6g}, the sum {expected:.6g}"
    return None


# ------------------------------------------------------------------- clocks, by listing


def _exits(
    auction: SingleItemAuction, tick: str, seat: int, exits: tuple[int, ...], ticks: list[Fraction]
) -> Iterator[tuple[str, Any]]:
    """Yield where a bidder is asked, and at the end its possible gains per unit of (value, 1).

    Parameters
    ----------
    exits : for each bidder the tick at which it leaves when asked, ``len(ticks)`` for never.
    """
    there = list(range(auction.n_bidders))
    if len(there) == 1:
        yield "end", (True, {ticks[0]})
        return
    for place, price in enumerate(ticks):
        if tick == "in_turn":
            for i in list(there):
                if len(there) == 1:
                    break
                if i == seat:
                    yield "asked", (place, frozenset(there))
                if exits[i] <= place:
                    there.remove(i)
            if len(there) == 1:
                yield "end", (True, {price}) if there == [seat] else (False, set())
                return
            if seat not in there:
                yield "end", (False, set())
                return
            continue
        yield "asked", (place, frozenset(there))
        leave = [i for i in there if exits[i] <= place]
        if len(leave) == len(there):
            yield "end", (False, {price} if seat in there else set())
            return
        there = [i for i in there if i not in leave]
        if there == [seat]:
            yield "end", (True, {price})
            return
        if seat not in there:
            yield "end", (False, set())
            return
    yield "end", (False, {ticks[-1]})


def _obvious(auction: SingleItemAuction) -> str | None:
    """AUC-11: what looking at all exits of all rivals says is what the package says."""
    assert auction.bids is not None
    ticks = [bid for bid in auction.bids.exact_bids if bid >= exact(auction.reserve)]
    n, count = auction.n_bidders, len(ticks)
    if not ticks:
        return None
    for tick in ("in_turn", "at_once"):
        kept = total = 0
        for value in (exact(v) for v in types_of(auction, 0).tolist()):
            leave = sum(price < value for price in ticks)
            for seat in range(n if tick == "in_turn" else 1):
                total += 1
                kept += _is_obvious(auction, tick, seat, value, leave, ticks, count)
        found = obviously_dominant(auction, tick)
        if (found.cases, found.kept) != (total, kept):
            return f"{tick}: {kept} of {total} cases by listing exits, {found.kept} found"
    return None


def _is_obvious(
    auction: SingleItemAuction,
    tick: str,
    seat: int,
    value: Fraction,
    leave: int,
    ticks: list[Fraction],
    count: int,
) -> bool:
    """Return whether leaving at tick `leave` is obviously dominant, by listing exits."""
    worst: dict[Any, Fraction] = {}
    best: dict[Any, Fraction] = {}
    for rivals in itertools.product(range(count + 1), repeat=auction.n_bidders - 1):
        for own in range(count + 1):
            exits = (*rivals[:seat], own, *rivals[seat:])
            sets = []
            gains: list[Fraction] = [Fraction(0)]
            for word, what in _exits(auction, tick, seat, exits, ticks):
                if word == "asked":
                    sets.append(what if auction.format == "english" else what[0])
                else:
                    sure, prices = what
                    won = [value - price for price in prices]
                    gains = won if sure else [Fraction(0), *won]
            for place_set in sets:
                place = place_set[0] if isinstance(place_set, tuple) else place_set
                if own == leave or (own > place) == (leave > place):
                    if own == leave:
                        worst[place_set] = min(worst.get(place_set, min(gains)), min(gains))
                else:
                    best[place_set] = max(best.get(place_set, max(gains)), max(gains))
    return all(best[key] <= worst[key] for key in best if key in worst)


# ---------------------------------------------------------------------------- the tuple


def _small(auction: SingleItemAuction) -> bool:
    """Return whether all profiles of bids can be listed."""
    return (
        auction.is_finite
        and auction.bids is not None
        and (len(auction.bids) + 1) ** auction.n_bidders <= _MOST
    )


def _clock(auction: SingleItemAuction) -> bool:
    """Return whether an auction is a small rising clock with known values."""
    return (
        auction.format in ("english", "english_blind")
        and auction.values.model == "private"
        and auction.bids is not None
        and unasked(auction) is None
        and (len(auction.bids) + 1) ** auction.n_bidders <= 3000
    )


def _plain(auction: SingleItemAuction) -> bool:
    """Return whether there are two bidders at least, none averse to risk."""
    return auction.n_bidders > 1 and not any(auction.risk)


_FINITE, _CONTINUOUS = "finite_single_item_auctions", "continuous_single_item_auctions"


def _claim(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[Any], str | None],
    strategy: str,
    source: str,
    applies: Callable[[Any], bool] = lambda auction: True,
    hypotheses: str = "none",
    *,
    can_happen: bool = False,
) -> Theorem:
    """Return a theorem of this kind."""
    return Theorem(
        id=id, title=title, statement=statement, claim=claim, strategy=strategy, source=source,
        applies=applies, hypotheses=hypotheses, kind=SingleItemAuction.kind, can_happen=can_happen,
    )  # fmt: skip


THEOREMS: tuple[Theorem, ...] = (
    _claim(
        "AUC-1", "dominance",
        "At second prices and rising clocks with known values, bidding the value is weakly "
        "dominant: no bid does better against any bids of the others, with any reserve.",
        _dominant, _FINITE, "Vickrey (1961)",
        lambda a: _small(a) and truthful_dominates(a) and a.values.model == "private",
        "second price or rising clock, private values on the grid of bids",
    ),
    _claim(
        "AUC-2", "first price",
        "Equal bidders with independent values bid v less the integral of F**alpha from the "
        "reserve to v, divided by F(v)**alpha, alpha = (n - 1) / (1 - rho).",
        _first, _CONTINUOUS, "Vickrey (1961); Cox, Smith and Walker (1988)",
        lambda a: a.price_rank == 1 and a.format != "all_pay" and a.n_bidders > 1
        and a.reserve < a.support[1],
        "first price or Dutch, two bidders at least, a reserve below the greatest value",
    ),
    _claim(
        "AUC-3", "all-pay",
        "Without a reserve equal bidders bid v G(v) less the integral of G.",
        _all_pay, _CONTINUOUS, "Krishna (2009), section 3.2",
        lambda a: a.format == "all_pay" and a.n_bidders > 1 and a.reserve == 0,
        "all-pay, no reserve, two bidders at least",
    ),
    _claim(
        "AUC-4", "k-th price",
        "At k-th prices, k >= 3, who ties with the highest rival expects to pay its value.",
        _ranked, _CONTINUOUS, "Kagel and Levin (1993); Wolfstetter (1996)",
        lambda a: a.n_bidders >= 3 and power_of(a.values.own(0)) is not None,
        "three bidders at least, a uniform or power prior",
    ),
    _claim(
        "AUC-5", "revenue equivalence",
        "Without risk aversion first and second prices earn the same at the same reserve, and "
        "all-pay auctions too where there is no reserve.",
        _equivalent, _CONTINUOUS, "Vickrey (1961); Myerson (1981)",
        lambda a: _plain(a) and a.format != "kth_price", "no risk aversion, two bidders at least",
    ),
    _claim(
        "AUC-5-risk", "risk aversion",
        "With risk-averse bidders first prices earn no less than second prices.",
        _averse, _CONTINUOUS, "Cox, Smith and Walker (1988)",
        lambda a: a.risk[0] > 0 and a.n_bidders > 1, "risk aversion, two bidders at least",
    ),
    _claim(
        "AUC-6", "two uniform bidders",
        "Of U[0, w1] and U[0, w2] each replies best with (1 - sqrt(1 - k x**2)) / (k x), k = 1 / "
        "w_own**2 - 1 / w_other**2; both bid at most w1 w2 / (w1 + w2).",
        _two, _CONTINUOUS, "Krishna (2009), section 4.3",
    ),
    _claim(
        "AUC-7", "affiliated values",
        "With a common and a private part no type gains by another bid if bids solve b' = (x - b) "
        "g(x|x) / G(x|x).",
        _affiliated, _CONTINUOUS, "Milgrom and Weber (1982)",
        lambda a: a.n_bidders > 1, "two bidders at least",
    ),
    _claim(
        "AUC-8", "common value",
        "At second prices, with a uniform common value and uniform noise, each signal bids what "
        "the prize is worth given that the best rival has the same signal, by one formula for all "
        "signals.",
        _common, _CONTINUOUS, "Milgrom and Weber (1982); Kagel and Levin (1986)",
        lambda a: a.n_bidders > 1, "two bidders at least",
    ),
    _claim(
        "AUC-9", "a cap",
        "Bids of a k-th price auction without a cap, cut at the cap, may be no equilibrium.",
        _capped, _FINITE, "eqsolve, theory of bidders",
        lambda a: a.format == "kth_price" and a.values.model == "private" and a.reserve == 0,
        "k-th price on a grid, no reserve", can_happen=True,
    ),
    _claim(
        "AUC-10", "finite auctions",
        "Chances to win and payments by the formula are those of listing all bids of all rivals "
        "and all lots.",
        _formula, _FINITE, "eqsolve, theory of bidders",
        lambda a: _small(a) and a.is_symmetric, "few bids and bidders",
    ),
    _claim(
        "AUC-11", "obvious dominance",
        "Whether leaving a rising clock at the value is obviously dominant, asked in turn or at "
        "once, is what listing all exits of all rivals says.",
        _obvious, _FINITE, "Li (2017)", _clock, "a small rising clock with private values",
    ),
)  # fmt: skip
