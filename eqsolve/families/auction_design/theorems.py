"""What must be true of auction designs, as claims that can be run on small instances.

Claims compare with the program over all bundles, with other classes and methods, with random flows
and with buyers who choose to the seller's disadvantage.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.result import Result
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
from eqsolve.families.auction_design.instance.valuations import BidValuations
from eqsolve.families.auction_design.methods.reference import full_program
from eqsolve.families.auction_design.playing.demand import entry_values
from eqsolve.families.auction_design.playing.evaluate import enumerated, estimated
from eqsolve.families.auction_design.playing.runs import play_profiles, play_types
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    DirectMechanism,
    Menu,
    SequentialMechanism,
    State,
)
from eqsolve.families.auction_design.theorems_bundleflow import BUNDLEFLOW
from eqsolve.families.auction_design.theorems_sequential import SEQUENTIAL
from eqsolve.families.auction_design.verify.bounds import flow_bound

__all__ = ["THEOREMS"]


def _law(instance: AuctionDesign) -> FiniteLaw:
    """Return the law of the one bidder."""
    law = instance.laws[0]
    assert isinstance(law, FiniteLaw)
    return law


def _values(law: FiniteLaw) -> tuple[FloatArray, FloatArray]:
    """Return values of all bundles and probabilities, of types of positive probability."""
    alive = np.flatnonzero(law.probabilities > 0)
    return law.valuations.take(alive).of(all_bundles(law.n_items)), law.probabilities[alive]


def _truthful(instance: AuctionDesign) -> str | None:
    """MEC-1: nobody prefers what another type takes, and nobody loses."""
    result = solved(instance, method="lp", strict=0.0)
    assert result.solution is not None
    law = _law(instance)
    mechanism = result.solution.mechanism
    assert isinstance(mechanism, SequentialMechanism)
    rng = np.random.default_rng(0)
    played = play_types(mechanism, (law.valuations,), rng)
    utility = played.utilities[:, 0]
    menu = mechanism.menus[0]
    assert isinstance(menu, Menu)
    offers = entry_values(law.valuations, menu) - menu.prices
    best = np.maximum(offers.max(axis=1, initial=0.0), 0.0)
    off = best - utility
    if (off > 1e-8 * max(1.0, instance.scale)).any():
        t = int(off.argmax())
        return f"type {t} gets {utility[t]}, the best entry would bring {best[t]}"
    return None


def _one_menu(instance: AuctionDesign) -> str | None:
    """MEC-2: with one bidder a sequence is a menu."""
    one = revenue(instance, method="lp", mechanism="menu")
    other = revenue(instance, method="lp", mechanism="sequential")
    return None if near(one, other, instance.scale) else f"as a menu {one}, as a sequence {other}"


def _chain(instance: AuctionDesign) -> str | None:
    """MEC-3: one lot <= bundles <= lotteries = the program over all bundles <= welfare."""
    lottery = revenue(instance, method="lp")
    values, weights = _values(_law(instance))
    full = full_program(values, weights)
    if not near(lottery, full, instance.scale):
        return f"the reduced program has {lottery}, that over all bundles {full}"
    fixed = solved(instance, method="lp", lotteries=False).objective
    lot = solved(instance, method="grand_bundle").objective
    assert fixed is not None
    assert lot is not None
    welfare = float(weights @ values.max(axis=1))
    slack = CLOSE * max(instance.scale, 1e-9)
    if not lot <= fixed + slack <= lottery + 2 * slack <= welfare + 3 * slack:
        return f"one lot {lot}, bundles {fixed}, lotteries {lottery}, welfare {welfare}"
    return None


def _lotteries_help(instance: AuctionDesign) -> str | None:
    """MEC-3a: a witness earns more by lotteries than by any bundles."""
    lottery = revenue(instance, method="lp")
    fixed = revenue(instance, method="lp", lotteries=False)
    if lottery > fixed + 1e-3 * instance.scale:
        return f"lotteries earn {lottery}, bundles {fixed}"
    return None


def _own_bids(instance: AuctionDesign) -> str | None:
    """MEC-4: bids alone earn what all bundles do."""
    law = _law(instance)
    values, weights = _values(law)
    mine, full = revenue(instance, method="lp"), full_program(values, weights)
    return None if near(mine, full, instance.scale) else f"bids {mine}, all bundles {full}"


def _bids_only(instance: AuctionDesign) -> bool:
    """Whether all types bid."""
    return isinstance(_law(instance).valuations, BidValuations)


def _duality(instance: AuctionDesign) -> str | None:
    """MEC-5: the duals prove the optimum, and random flows never prove less."""
    n = instance.n_bidders
    ic = "menu" if n == 1 else "bic"
    result = solved(instance, method="lp", mechanism=ic)
    best = result.objective
    assert best is not None
    assert result.certificate is not None
    flows: Any = result.certificate.to_dict()["data"]["flows"]
    proved = flow_bound(flows, instance, ic, lambda: None)
    if proved is None or not near(proved, best, instance.scale):
        return f"the flows prove {proved}, the mechanism earns {best}"
    rng = np.random.default_rng(0)
    for _ in range(5):
        random = [_random_flows(law, rng) for law in instance.laws if isinstance(law, FiniteLaw)]
        other = flow_bound(random, instance, ic, lambda: None)
        if other is None or other < best - CLOSE * max(instance.scale, 1e-9):
            return f"flows {[flow.tolist() for flow in random]} prove {other} < {best}"
    return None


def _random_flows(law: FiniteLaw, rng: np.random.Generator) -> FloatArray:
    """Return flows that no type gives more of than it has."""
    shares = law.probabilities
    flows = rng.exponential(0.3, (len(shares), len(shares))) * rng.integers(
        0, 2, (len(shares),) * 2
    )
    flows *= (shares > 0)[:, None] & (shares > 0)
    np.fill_diagonal(flows, 0.0)
    for _ in range(100):
        has, gives = shares + flows.sum(axis=0), flows.sum(axis=1)
        flows *= np.where(gives > has, has / np.maximum(gives, 1e-300) * 0.999, 1.0)[:, None]
    return flows


def _classes(instance: AuctionDesign) -> str | None:
    """MEC-6: sequences <= dominant <= Bayesian, and payments can be shared out over profiles."""
    chain = [solved(instance, method="grand_bundle").objective]
    result = solved(instance, method="lp", mechanism="bic")
    chain += [revenue(instance, method="lp", mechanism="dsic"), result.objective]
    numbers = [number for number in chain if number is not None]
    slack = CLOSE * max(instance.scale, 1e-9)
    if any(later < earlier - slack for earlier, later in pairwise(numbers)):
        return f"one lot, dominant, Bayesian: {numbers}"
    return _ex_post(instance, result)


def _ex_post(instance: AuctionDesign, result: Result[DesignSolution]) -> str | None:
    """Return where a Bayesian mechanism costs a type more than it gets in some profile."""
    assert result.solution is not None
    mechanism = result.solution.mechanism
    assert isinstance(mechanism, DirectMechanism)
    types = tuple(law.valuations for law in instance.laws if isinstance(law, FiniteLaw))
    played = play_profiles(mechanism, mechanism.profiles, types)
    lost = -played.utilities
    if lost.size and lost.max() > CLOSE * max(instance.scale, 1e-9):
        p, i = np.unravel_index(int(lost.argmax()), lost.shape)
        return f"profile {mechanism.profiles[p].tolist()}: bidder {i} loses {lost[p, i]}"
    return None


def _strict_classes(instance: AuctionDesign) -> str | None:
    """MEC-6a: a witness earns more where truth is best on average only."""
    dominant = revenue(instance, method="lp", mechanism="dsic")
    average = revenue(instance, method="lp", mechanism="bic")
    if average > dominant + 1e-3 * instance.scale:
        return f"dominant {dominant}, on average {average}"
    return None


def _one_item(instance: AuctionDesign) -> str | None:
    """MEC-7: ironed virtual values earn what both programs do."""
    mine = revenue(instance, method="myerson")
    for ic in ("bic", "dsic"):
        other = revenue(instance, method="lp", mechanism=ic)
        if not near(mine, other, instance.scale):
            return f"virtual values earn {mine}, the {ic} program {other}"
    return None


def _strictly(instance: AuctionDesign) -> str | None:
    """MEC-8: with strict prices even buyers who break ties against the seller leave him his own."""
    strict = 1e-4
    best = revenue(instance, method="lp", strict=0.0)
    result = solved(instance, method="lp", strict=strict)
    assert result.solution is not None
    earned = _spiteful(_law(instance), result.solution)
    least = (1 - strict) * best - 1e-7 * max(instance.scale, 1e-9)
    return None if earned >= least else f"spiteful buyers leave {earned} of {best}"


def _spiteful(law: FiniteLaw, solution: DesignSolution) -> float:
    """Return what buyers pay who choose the cheapest of their best entries."""
    mechanism = solution.mechanism
    assert isinstance(mechanism, SequentialMechanism)
    menu = mechanism.menus[0]
    assert isinstance(menu, Menu)
    values = np.column_stack([entry_values(law.valuations, menu), np.zeros(law.n_types)])
    prices = np.append(menu.prices, 0.0)
    utility = values - prices
    best = utility.max(axis=1, keepdims=True)
    paid = np.where(utility >= best - 1e-12, prices, np.inf).min(axis=1)
    return float(law.probabilities @ paid)


def _simple(instance: AuctionDesign) -> str | None:
    """MEC-9: item prices or one lot earn a sixth of the optimum of independent additive items."""
    best = revenue(instance, method="lp")
    simple = [solved(instance, method=name).objective for name in ("item_prices", "grand_bundle")]
    most = max(number for number in simple if number is not None)
    if most * 6 < best - CLOSE * max(instance.scale, 1e-9):
        return f"item prices and one lot {simple}, the optimum {best}"
    return None


def _independent(instance: AuctionDesign) -> bool:
    """Whether the types of one additive bidder are a product of item values."""
    law = instance.laws[0]
    if instance.n_bidders > 1 or not isinstance(law, FiniteLaw):
        return False
    single = np.eye(instance.n_items, dtype=np.bool_)
    values, shares = law.valuations.of(single), law.probabilities
    adds_up = np.allclose(law.valuations.of(all_bundles(instance.n_items)),
                          values @ all_bundles(instance.n_items).T)  # fmt: skip
    joint: dict[tuple[float, ...], float] = {}
    for row, share in zip(values.tolist(), shares.tolist(), strict=True):
        joint[tuple(row)] = joint.get(tuple(row), 0.0) + share
    sides = []
    for j in range(instance.n_items):
        side: dict[float, float] = {}
        for row, share in joint.items():
            side[row[j]] = side.get(row[j], 0.0) + share
        sides.append(side)
    expected = math.prod(len(side) for side in sides)
    return adds_up and len(joint) == expected and all(
        abs(share - math.prod(side[v] for side, v in zip(sides, row, strict=True))) < 1e-9
        for row, share in joint.items()
    )  # fmt: skip


def known_revenue(instance: AuctionDesign) -> float:
    """Return the best revenue of a known design."""
    law = instance.laws[0]
    assert isinstance(law, AdditiveLaw)
    n = instance.n_bidders
    if instance.n_items == 1:
        return (n - 1) / (n + 1) + 2.0**-n / (n + 1)
    if law.demand == 1:
        return 2 / (3 * math.sqrt(3))
    # Prices 2/3 for one item and c = (4 - sqrt 2) / 3 for both: area of those who buy, times price.
    single, both = 2 / 3, (4 - math.sqrt(2)) / 3
    corner = both - single
    alone = 2 * single * (1 - single) * corner
    together = both * ((1 - corner) ** 2 - (single - corner) ** 2 / 2)
    return alone + together


def known_mechanism(instance: AuctionDesign) -> SequentialMechanism | None:
    """Return the best mechanism of a known design with two items, None for one item."""
    law = instance.laws[0]
    assert isinstance(law, AdditiveLaw)
    if instance.n_items == 1:
        return None
    price = 1 / math.sqrt(3) if law.demand == 1 else 2 / 3
    both = price if law.demand == 1 else (4 - math.sqrt(2)) / 3
    menu = Menu.deterministic(State(), all_bundles(2)[1:], [price, price, both])
    return SequentialMechanism(2, (0,), (menu,))


def _known(instance: AuctionDesign) -> str | None:
    """MEC-10: known mechanisms earn what is known, and the methods come near."""
    known = known_revenue(instance)
    mechanism = known_mechanism(instance)
    if mechanism is None:
        found = solved(instance, method="myerson").objective
        assert found is not None
        return None if abs(found - known) < 1e-6 else f"{found} instead of {known}"
    told = estimated([mechanism], instance, 40_000, 1)[0]
    assert told.runs is not None
    error = float(told.runs.std()) / math.sqrt(len(told.runs))
    if abs(told.revenue - known) > 5 * error:
        return f"the known prices earn {told.revenue} ± {error}, not {known}"
    return None


def _estimates(instance: AuctionDesign) -> str | None:
    """MEC-11: an estimate on fresh draws is within Hoeffding's bound of the truth."""
    result = solved(instance, method="grand_bundle")
    assert result.solution is not None
    mechanism = result.solution.mechanism
    exact = enumerated(mechanism, instance).revenue
    draws = 4000
    told = estimated([mechanism], instance, draws, 7)[0]
    # In [0, greatest value]: off by more with probability 1e-9.
    room = instance.scale * math.sqrt(math.log(2e9) / (2 * draws))
    if abs(told.revenue - exact) > room:
        return f"estimated {told.revenue}, exactly {exact}, at most {room} apart"
    return None


def _overrated(instance: AuctionDesign) -> str | None:
    """MEC-11a: a witness earns on its own sample more than on the law that it was drawn from."""
    law = _law(instance)
    drawn = law.indices(np.random.default_rng(3), 4)
    types = law.valuations.take(drawn)
    sample = AuctionDesign(instance.n_items, [FiniteLaw(np.ones(len(drawn), np.int64), types)])
    result = solved(sample, method="lp")
    assert result.solution is not None
    assert result.objective is not None
    true = enumerated(result.solution.mechanism, instance).revenue
    if result.objective > true + 1e-2 * instance.scale:
        return f"{result.objective} on the sample, {true} on the law"
    return None


def softmax_revenue(utility: FloatArray, prices: FloatArray, rate: float) -> FloatArray:
    """Return what types pay who choose by softmax, the null entry beside the others.

    Parameters
    ----------
    utility : shape (N, K).
    prices : shape (K,).
    rate : lambda; the greater, the harder they choose.
    """
    both = np.column_stack([utility, np.zeros(len(utility))]) * rate
    share = np.exp(both - both.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    found: FloatArray = share[:, :-1] @ prices
    return found


def _softmax_case(instance: AuctionDesign) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return utilities, prices, weights and hard revenue of some menu without ties."""
    law = _law(instance)
    bundles = all_bundles(instance.n_items)[1:]
    values, weights = law.valuations.of(bundles), law.probabilities
    prices = (0.37 + 0.21 * np.arange(len(bundles))) * max(instance.scale, 1.0) / (len(bundles) + 1)
    utility = values - prices
    both = np.column_stack([utility, np.zeros(len(utility))])
    paid = np.append(prices, 0.0)[both.argmax(axis=1)]
    return utility, prices, weights, float(weights @ paid)


def _softmax(instance: AuctionDesign) -> str | None:
    """MEC-12: softmax comes to hard choice where there are no ties."""
    utility, prices, weights, hard = _softmax_case(instance)
    both = np.sort(np.column_stack([utility, np.zeros(len(utility))]), axis=1)
    gap = float((both[:, -1] - both[:, -2]).min())
    if gap <= 1e-6 * max(instance.scale, 1.0):
        return None
    rate = 40 / gap
    soft = float(weights @ softmax_revenue(utility, prices, rate))
    most = float(prices.max()) * len(prices) * math.exp(-40)
    return None if abs(soft - hard) <= most + 1e-9 else f"softmax {soft}, hard {hard}"


def _optimist(instance: AuctionDesign) -> str | None:
    """MEC-12a: a witness earns more by softmax than by hard choice."""
    utility, prices, weights, hard = _softmax_case(instance)
    soft = float(weights @ softmax_revenue(utility, prices, 2 / max(instance.scale, 1.0)))
    return f"softmax {soft}, hard {hard}" if soft > hard + 1e-3 * instance.scale else None


def _pessimist(instance: AuctionDesign) -> str | None:
    """MEC-12b: a witness earns less by softmax than by hard choice."""
    utility, prices, weights, hard = _softmax_case(instance)
    soft = float(weights @ softmax_revenue(utility, prices, 2 / max(instance.scale, 1.0)))
    return f"softmax {soft}, hard {hard}" if soft < hard - 1e-3 * instance.scale else None


_DESIGN = "Conitzer and Sandholm (2004)"
_SEVERAL = "auction_designs"

THEOREMS = (
    theorem(
        "MEC-1",
        "menus",
        "Choice from a fixed menu with the null entry is truthful, and nobody loses.",
        _truthful,
        "Rochet (1987)",
    ),
    theorem(
        "MEC-2", "one bidder", "With one bidder a sequence of menus is a menu.", _one_menu, _DESIGN
    ),
    theorem(
        "MEC-3",
        "program",
        "One lot <= bundles <= lotteries <= welfare, and the reduced program finds the optimum.",
        _chain,
        _DESIGN,
    ),
    theorem(
        "MEC-3a",
        "lotteries",
        "Lotteries can earn more than bundles.",
        _lotteries_help,
        "Hart and Nisan (2019)",
        can_happen=True,
    ),
    theorem(
        "MEC-4",
        "bids",
        "Types that bid need to be given their own bids only.",
        _own_bids,
        "theory page",
        applies=lambda instance: some_value(instance) and _bids_only(instance),
        hypotheses="all types bid",
        strategy="bid_designs",
    ),
    theorem(
        "MEC-5",
        "flows",
        "Flows that balance prove a bound; the duals prove the optimum.",
        _duality,
        "Cai, Devanur and Weinberg (2016)",
        strategy=_SEVERAL,
    ),
    theorem(
        "MEC-6",
        "several bidders",
        "Sequences earn at most what dominant truth does, and that what truth on average does; "
        "payments can be shared out so that nobody loses in any profile.",
        _classes,
        _DESIGN,
        strategy=_SEVERAL,
    ),
    theorem(
        "MEC-6a",
        "truth on average",
        "Truth that is best on average only can earn more.",
        _strict_classes,
        _DESIGN,
        strategy=_SEVERAL,
        can_happen=True,
    ),
    theorem(
        "MEC-7",
        "one item",
        "The optimum is the expected greatest positive ironed virtual value.",
        _one_item,
        "Myerson (1981)",
        strategy="one_item_designs",
    ),
    theorem(
        "MEC-8",
        "strict menus",
        "Prices lowered by a share leave the seller the rest of the optimum, however ties are "
        "broken.",
        _strictly,
        "theory page",
    ),
    theorem(
        "MEC-9",
        "simple menus",
        "Item prices or one lot earn a sixth of the optimum of independent additive items.",
        _simple,
        "Babaioff, Immorlica, Lucier and Weinberg (2014)",
        strategy="independent_designs",
        applies=lambda instance: some_value(instance) and _independent(instance),
        hypotheses="one additive bidder with independent item values",
    ),
    theorem(
        "MEC-10",
        "known answers",
        "Uniform values: one item and n bidders, two items additive or of unit demand.",
        _known,
        "Myerson (1981); Manelli and Vincent (2007)",
        strategy="known_designs",
        hypotheses="values U[0, 1]",
    ),
    theorem(
        "MEC-11",
        "estimates",
        "An estimate on independent draws is as near the truth as Hoeffding says.",
        _estimates,
        "Hoeffding (1963)",
    ),
    theorem(
        "MEC-11a",
        "samples",
        "The optimum of a sample can be over-rated on it.",
        _overrated,
        "theory page",
        can_happen=True,
    ),
    theorem(
        "MEC-12",
        "softmax",
        "Revenue by softmax comes to that by hard choice where there are no ties.",
        _softmax,
        "Duetting et al. (2024)",
    ),
    theorem(
        "MEC-12a",
        "softmax above",
        "Revenue by softmax can be above that by hard choice.",
        _optimist,
        "theory page",
        can_happen=True,
    ),
    theorem(
        "MEC-12b",
        "softmax below",
        "Revenue by softmax can be below that by hard choice.",
        _pessimist,
        "theory page",
        can_happen=True,
    ),
    *BUNDLEFLOW,
    *SEQUENTIAL,
)
