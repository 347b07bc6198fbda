"""What must be true of sequences of menus, as claims that can be run on small instances.

Claims compare with lies of every type, with programs over whole histories, with other classes, with
all orders, with plain formulas and with play on draws.
"""

from __future__ import annotations

from itertools import pairwise, permutations, product
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.claims import (
    CLOSE,
    near,
    revenue,
    solved,
    some_value,
    theorem,
)
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.laws import AdditiveLaw
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.methods.fitting import fit_types
from eqsolve.families.auction_design.methods.one_price import has_one_price, one_price_backwards
from eqsolve.families.auction_design.methods.pricing import best_price
from eqsolve.families.auction_design.methods.reference import full_program, history_program
from eqsolve.families.auction_design.methods.simple import best_of_sizes
from eqsolve.families.auction_design.playing.demand import best_entries, take_from_tariff
from eqsolve.families.auction_design.playing.evaluate import enumerated, estimated
from eqsolve.families.auction_design.playing.runs import play_types
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    SequentialMechanism,
    State,
    Tariff,
)
from eqsolve.families.auction_design.verify.one_price import one_price_revenue

__all__ = ["SEQUENTIAL"]

_SEVERAL = "auction_designs"
_PAPER = "Ravindranath et al. (2024)"


def _laws(instance: AuctionDesign) -> list[FiniteLaw]:
    """Return the laws of an instance with finitely many types."""
    return [law for law in instance.laws if isinstance(law, FiniteLaw)]


def _alive(law: FiniteLaw) -> tuple[FloatArray, FloatArray]:
    """Return values of all bundles and probabilities, of types of positive probability."""
    some = np.flatnonzero(law.probabilities > 0)
    return law.valuations.take(some).of(all_bundles(law.n_items)), law.probabilities[some]


def _random_menus(instance: AuctionDesign) -> SequentialMechanism:
    """Return menus at random prices: of every bundle by state, or tariffs by number left."""
    m, n = instance.n_items, instance.n_bidders
    rng = np.random.default_rng(int(instance.digest[:8], 16))
    every, top = all_bundles(m), max(instance.scale, 1e-9)
    menus: list[Menu | Tariff] = []
    for bidder in range(n):
        if rng.random() < 0.5:
            for left in range(1, 1 << m):
                inside = np.array([b for b in range(1, left + 1) if b & ~left == 0])
                state = State(bidder, tuple(np.flatnonzero(every[left]).tolist()))
                prices = np.round(rng.random(len(inside)) * 4) / 4 * top
                menus.append(Menu.deterministic(state, every[inside], prices))
        else:
            for k in range(1, m + 1):
                prices = np.round(rng.random(m) * 4) / 4 * top
                fee = float(rng.integers(0, 2)) * top / 4
                menus.append(Tariff(State(bidder, None, k), fee, prices))
    return SequentialMechanism(m, tuple(rng.permutation(n).tolist()), tuple(menus))


def _truthful(instance: AuctionDesign) -> str | None:
    """SEQ-1: whatever the menus, no lie helps, nobody loses, nothing is sold twice."""
    mechanism = _random_menus(instance)
    laws = _laws(instance)
    profiles = np.array(list(product(*(range(law.n_types) for law in laws))))
    rng = np.random.default_rng(0)

    def played(reports: Any) -> Any:
        """Return what happens when these types are reported."""
        types = tuple(law.valuations.take(reports[:, i]) for i, law in enumerate(laws))
        return play_types(mechanism, types, rng)

    truth = played(profiles)
    if (truth.bundles.sum(axis=1) > 1).any():
        return f"an item is sold twice in run {int(truth.bundles.sum(axis=1).max(axis=1).argmax())}"
    slack = 4e-9 * max(1.0, instance.scale)
    if (truth.utilities < -slack).any():
        return f"somebody loses {-float(truth.utilities.min())}"
    for i, law in enumerate(laws):
        own = law.valuations.take(profiles[:, i])
        for lie in range(law.n_types):
            reports = profiles.copy()
            reports[:, i] = lie
            other = played(reports)
            gain = own.each(other.bundles[:, i]) - other.payments[:, i] - truth.utilities[:, i]
            if (gain > slack).any():
                run = int(gain.argmax())
                profile = profiles[run].tolist()
                return f"bidder {i} of profile {profile} gains {gain[run]} as type {lie}"
    return None


def _no_history(instance: AuctionDesign) -> str | None:
    """SEQ-2: menus that know the first bidder's type earn no more than others."""
    first, second = (_alive(_laws(instance)[i]) for i in instance.order)
    states = revenue(instance, method="dp_lp")
    history = history_program(first, second)
    if near(states, history, instance.scale):
        return None
    return f"by what is left {states}, by the whole history {history}"


def _hierarchy(instance: AuctionDesign) -> str | None:
    """SEQ-3: recursion by full programs, and bundles <= lotteries <= dominant <= Bayesian."""
    lottery = revenue(instance, method="dp_lp", mechanism="sequential")
    full = _recursion(instance)
    if not near(lottery, full, instance.scale):
        return f"dp_lp has {lottery}, the recursion by programs over all bundles {full}"
    fixed = solved(instance, method="dp_lp", mechanism="sequential", lotteries=False).objective
    assert fixed is not None
    chain = [fixed, lottery]
    chain += [revenue(instance, method="lp", mechanism=ic) for ic in ("dsic", "bic")]
    slack = 2 * CLOSE * max(instance.scale, 1e-9)
    if any(later < earlier - slack for earlier, later in pairwise(chain)):
        return f"bundles, lotteries, dominant, Bayesian: {chain}"
    return None


def _recursion(instance: AuctionDesign) -> float:
    """Return the best revenue of sequences, by the program over all bundles in every state."""
    m = instance.n_items
    later = np.zeros(1 << m)
    for bidder in reversed(instance.order):
        values, weights = _alive(_laws(instance)[bidder])
        found = np.zeros(1 << m)
        for left in range(1 << m):
            inside = np.array([b for b in range(left + 1) if b & ~left == 0])
            found[left] = full_program(values[:, inside], weights, later[left & ~inside])
        later = found
    return float(later[-1])


def _posted(instance: AuctionDesign) -> str | None:
    """SEQ-4: for one item a posted price for each bidder is as good as any lotteries."""
    value = 0.0
    for bidder in reversed(instance.order):
        values, weights = _alive(_laws(instance)[bidder])
        value = best_price(values[:, 1], weights, otherwise=value)[1]
    lottery = revenue(instance, method="dp_lp", mechanism="sequential")
    return None if near(lottery, value, instance.scale) else f"posted {value}, lotteries {lottery}"


def _in_order(instance: AuctionDesign, order: tuple[int, ...]) -> float:
    """Return the best revenue with the bidders in an order."""
    other = AuctionDesign(instance.n_items, list(instance.laws), order=order)
    return revenue(other, method="dp_lp", mechanism="sequential")


def _best_order(instance: AuctionDesign) -> str | None:
    """SEQ-5: the order found is the best of all."""
    every = permutations(range(instance.n_bidders))
    best = max(_in_order(instance, order) for order in every)
    found = revenue(instance, method="dp_lp", mechanism="sequential", order="best")
    return None if near(found, best, instance.scale) else f"found {found}, the best is {best}"


def _order_matters(instance: AuctionDesign) -> str | None:
    """SEQ-5a: the other order earns more or less."""
    order = instance.order
    one, other = _in_order(instance, order), _in_order(instance, order[::-1])
    if near(one, other, instance.scale):
        return None
    return f"in the order {list(order)} {one}, in the other {other}"


def _alike(instance: AuctionDesign) -> str | None:
    """SEQ-6: with items alike, states are worth what their number of items is worth."""
    values, weights = _alive(_laws(instance)[0])
    m = instance.n_items
    later = np.zeros(1 << m)
    sizes = all_bundles(m).sum(axis=1)
    for _ in range(instance.n_bidders):
        found = np.zeros(1 << m)
        for left in range(1 << m):
            inside = np.array([b for b in range(left + 1) if b & ~left == 0])
            found[left] = full_program(values[:, inside], weights, later[left & ~inside])
        later = found
        for size in range(m + 1):
            same = later[sizes == size]
            if np.ptp(same) > CLOSE * max(instance.scale, 1e-9):
                return f"with {size} items left the rest is worth {same.min()} to {same.max()}"
    types = _laws(instance)[0].valuations
    best = best_of_sizes(types)
    for size in range(m + 1):
        top = types.of(all_bundles(m)[sizes == size]).max(axis=1)
        if not np.allclose(top, best[:, size], atol=1e-12):
            return f"the best {size} items are worth {best[:, size]}, by looking at all {top}"
    return None


def _one_price(instance: AuctionDesign) -> str | None:
    """SEQ-7: the recursion says what its prices earn, and no price nearby earns more."""
    prices, values = one_price_backwards(instance)
    m, value = instance.n_items, float(values[0][instance.n_items])
    best = one_price_revenue(_single(instance, prices), instance)
    if best is None or abs(best - value) > 1e-9 * max(1.0, value):
        return f"the recursion says {value}, its prices earn {best}"
    rng = np.random.default_rng(int(instance.digest[:8], 16))
    for _ in range(20):
        other = [own.copy() for own in prices]
        other[rng.integers(len(other))][rng.integers(1, m + 1)] *= rng.uniform(0.7, 1.3)
        found = one_price_revenue(_single(instance, other), instance)
        if found is None or found > value + 1e-9 * max(1.0, value):
            return f"the recursion says {value}, other prices earn {found}"
    played = estimated([_single(instance, prices)], instance, 4096, 1)[0]
    assert played.runs is not None
    error = float(played.runs.std(ddof=1)) / 64
    if abs(played.revenue - value) > 6 * error + 1e-9:
        return f"the recursion says {value}, play {played.revenue} ± {error}"
    return None


def _single(instance: AuctionDesign, prices: list[FloatArray]) -> SequentialMechanism:
    """Return the mechanism of one price in every state."""
    m = instance.n_items
    menus = [
        Tariff(State(bidder, None, k), 0.0, None, np.append(own[k], np.full(m - 1, np.inf)))
        for bidder, own in zip(instance.order, prices, strict=True)
        for k in range(1, m + 1)
    ]
    return SequentialMechanism(m, instance.order, tuple(menus))


def _fees(instance: AuctionDesign) -> str | None:
    """SEQ-8: a tariff is the menu of all bundles, and an additive buyer sorts nothing."""
    m = instance.n_items
    rng = np.random.default_rng(int(instance.digest[:8], 16))
    bundles = all_bundles(m)
    for law in _laws(instance):
        types = law.valuations
        items = np.round(rng.random(m) * 8) / 8 * max(law.scale, 1e-9)
        fee = float(rng.integers(0, 4)) / 8 * law.scale
        taken = take_from_tariff(
            types, Tariff(State(), fee, items), np.ones((len(types), m), dtype=np.bool_)
        )
        cost = fee + bundles[1:] @ items
        slack = 1e-9 * np.maximum(1.0, types.greatest())
        values = types.of(bundles[1:])
        chosen = best_entries(values, cost, None, slack)
        rows = np.arange(len(types))
        listed = np.where(chosen >= 0, cost[chosen], 0.0)
        gains = np.where(chosen >= 0, values[rows, chosen] - listed, 0.0)
        if (np.abs(gains - (taken.values - taken.payments)) > 4 * slack).any():
            return f"from the list types gain {gains}, from the tariff otherwise"
        if isinstance(types, AdditiveValuations) and types.counted == m:
            surplus = np.maximum(types.values - items, 0.0).sum(axis=1)
            if (np.abs(np.maximum(surplus - fee, 0.0) - gains) > 4 * slack).any():
                return f"items above their prices bring {surplus}, the list {gains}"
    return None


def _cost_of_order(instance: AuctionDesign) -> str | None:
    """SEQ-9: auctions of all items at once earn more than a sequence, on the same draws."""
    result = solved_with_others(instance)
    apart = result["simultaneous_myerson"].difference_interval
    assert apart is not None
    return None if apart[1] < 0 else f"the sequence earns {apart[0]} to {apart[1]} more"


def _sequence_wins(instance: AuctionDesign) -> str | None:
    """SEQ-9a: with one bidder and several items a menu earns more than auctions of single items."""
    law = instance.laws[0]
    assert isinstance(law, AdditiveLaw)
    one = AuctionDesign(instance.n_items, [law])
    fits = fit_types(one, 4000, 0)
    lot = best_price(fits[0].types.of_all_items(), fits[0].weights)[1]
    single = instance.n_items * law.items[0].top / 4
    return f"one lot {lot}, single items {single}" if lot > 1.02 * single else None


def solved_with_others(instance: AuctionDesign) -> Any:
    """Return the simple mechanisms beside prices by size."""
    from eqsolve.families.auction_design.solve import design

    found = design(instance, method="dp_symmetric", draws=2000, value_draws=4000, fit_seed=0)
    assert found.solution is not None
    return found.solution.baselines


def _exact(instance: AuctionDesign) -> str | None:
    """SEQ-3b: what flows of states bound is what the menus earn, enumerated."""
    result = solved(instance, method="dp_lp", mechanism="sequential")
    assert result.solution is not None
    earned = enumerated(result.solution.mechanism, instance).revenue
    if result.bounds is None or result.bounds.upper < earned - CLOSE * instance.scale:
        return f"the bound {result.bounds} is below what is earned, {earned}"
    return None if near(earned, result.bounds.upper, instance.scale) else (
        f"the bound is {result.bounds.upper}, earned is {earned}"
    )  # fmt: skip


def _two(instance: AuctionDesign) -> bool:
    """Whether two bidders compete for something."""
    return instance.n_bidders == 2 and instance.n_items <= 2 and some_value(instance)


_TWO = "two bidders, two items at most, finitely many types"

SEQUENTIAL = (
    theorem(
        "SEQ-1",
        "truth in sequences",
        "Whatever menus are shown, truth is dominant, nobody loses and no item is sold twice.",
        _truthful,
        "Cai and Zhao (2017)",
        strategy=_SEVERAL,
    ),
    theorem(
        "SEQ-2",
        "no history",
        "With independent types some best menus depend on the bidder and what is left alone.",
        _no_history,
        _PAPER,
        strategy=_SEVERAL,
        applies=_two,
        hypotheses=_TWO,
    ),
    theorem(
        "SEQ-3",
        "programs of states",
        "A program in every state finds the best sequence; bundles <= lotteries <= dominant truth "
        "<= truth on average.",
        _hierarchy,
        _PAPER,
        strategy=_SEVERAL,
    ),
    theorem(
        "SEQ-3a",
        "flows of states",
        "Flows of every state bound the sequence, and the duals attain what is earned.",
        _exact,
        "theory page",
        strategy=_SEVERAL,
    ),
    theorem(
        "SEQ-4",
        "one item in turn",
        "For one item a posted price for each bidder earns what the best lotteries do.",
        _posted,
        "Myerson (1981)",
        strategy="one_item_designs",
    ),
    theorem(
        "SEQ-5",
        "best order",
        "Going through all orders finds the best one.",
        _best_order,
        _PAPER,
        strategy=_SEVERAL,
    ),
    theorem(
        "SEQ-5a",
        "order matters",
        "The order of the bidders can matter.",
        _order_matters,
        _PAPER,
        strategy=_SEVERAL,
        applies=lambda instance: instance.n_bidders == 2 and some_value(instance),
        can_happen=True,
    ),
    theorem(
        "SEQ-6",
        "items alike",
        "With identical bidders and items that are alike, only the number of items left counts.",
        _alike,
        _PAPER,
        strategy="exchangeable_designs",
        hypotheses="identical bidders, types closed under permutations of the items",
    ),
    theorem(
        "SEQ-7",
        "one wanted item",
        "Where one of several items alike is wanted, the recursion finds the best price in every "
        "state and what they earn.",
        _one_price,
        "theory page",
        strategy="one_price_designs",
        applies=lambda instance: has_one_price(instance),
        hypotheses="unit demand, item values of one law",
    ),
    theorem(
        "SEQ-8",
        "fees",
        "A fee with item prices is the menu of all bundles; additive buyers take what is worth "
        "more than its price if that covers the fee.",
        _fees,
        "Cai and Zhao (2017)",
        strategy=_SEVERAL,
    ),
    theorem(
        "SEQ-9",
        "what order costs",
        "As many additive bidders as items, values U[0, a]: auctions of all items at once earn "
        "more than a sequence.",
        _cost_of_order,
        "Myerson (1981)",
        strategy="square_designs",
        hypotheses="n = m >= 2 additive bidders, item values U[0, a]",
    ),
    theorem(
        "SEQ-9a",
        "what bundles bring",
        "With one bidder and several items a menu can earn more than auctions of single items.",
        _sequence_wins,
        "Manelli and Vincent (2007)",
        strategy="square_designs",
        hypotheses="one additive bidder, item values U[0, a]",
        can_happen=True,
    ),
)
