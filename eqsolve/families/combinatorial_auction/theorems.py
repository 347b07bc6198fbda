"""The theorems of combinatorial auctions as claims that run on any small auction.

What a claim needs to know of W(C) comes from looking at every feasible set of bids, in fractions,
which shares nothing with the solvers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

from eqsolve.core.bid_table import exact
from eqsolve.core.theorem import Theorem
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution
from eqsolve.families.combinatorial_auction.solve import solve_auction

__all__ = ["THEOREMS"]

_ZERO = Fraction(0)
_CLOSE = Fraction(1, 10**6)
"""Share of the largest price by which core payments and prices may miss."""

MAX_BIDS = 10
MAX_BIDDERS = 5


def _small(auction: CombinatorialAuction) -> bool:
    """Return whether every set of bids can be looked at."""
    return auction.n_bids <= MAX_BIDS and auction.n_bidders <= MAX_BIDDERS


def _small_xor(auction: CombinatorialAuction) -> bool:
    """Return whether it is small, with XOR bids."""
    return _small(auction) and auction.language == "xor"


def _feasible(auction: CombinatorialAuction) -> Iterator[tuple[int, ...]]:
    """Yield every set of bids that can win together."""
    for size in range(auction.n_bids + 1):
        for chosen in combinations(range(auction.n_bids), size):
            units = [0] * auction.n_items
            bidders = [int(auction.bids.bidder[b]) for b in chosen]
            for b in chosen:
                for item in auction.bids.bundle(b).tolist():
                    units[item] += 1
            if auction.language == "xor" and len(set(bidders)) < len(bidders):
                continue
            if all(u <= c for u, c in zip(units, auction.supplies.tolist(), strict=True)):
                yield chosen


def _welfare(auction: CombinatorialAuction, chosen: Iterable[int]) -> Fraction:
    """Return prices of bids and worth of what they leave."""
    left = auction.supplies.tolist()
    worth = _ZERO
    prices = auction.bids.exact_prices()
    for b in chosen:
        worth += prices[b]
        for item in auction.bids.bundle(b).tolist():
            left[item] -= 1
    pairs = zip(left, auction.exact_reserves(), strict=True)
    return worth + sum((units * reserve for units, reserve in pairs), _ZERO)


def _best(auction: CombinatorialAuction, coalition: Iterable[int] | None = None) -> Fraction:
    """Return W(C), of all bidders by default."""
    members = set(range(auction.n_bidders) if coalition is None else coalition)
    return max(
        _welfare(auction, chosen)
        for chosen in _feasible(auction)
        if all(int(auction.bids.bidder[b]) in members for b in chosen)
    )


def _coalitions(auction: CombinatorialAuction) -> Iterator[tuple[int, ...]]:
    """Yield every set of bidders."""
    for size in range(auction.n_bidders + 1):
        yield from combinations(range(auction.n_bidders), size)


def _solved(auction: CombinatorialAuction, **options: Any) -> AuctionSolution:
    """Return a proved solution."""
    return solve_auction(auction, **options).require()


def _slack(auction: CombinatorialAuction) -> Fraction:
    """Return by how much numbers found in floats may miss."""
    return _CLOSE * max(Fraction(1), Fraction(auction.scale))


def _exact_list(amounts: Any) -> list[Fraction]:
    """Return amounts as fractions."""
    return [exact(amount) for amount in amounts.tolist()]


def _program(auction: CombinatorialAuction) -> str | None:
    """CA-1: every method finds the welfare that looking at all sets finds."""
    best = _best(auction)
    for method in ("auto", "milp"):
        found = _solved(auction, method=method, payments="first_price")
        if abs(exact(found.welfare) - best) > _slack(auction) / 10**6:
            return f"all sets: {best}, {method}: {found.welfare}"
    return None


def _vcg(auction: CombinatorialAuction) -> str | None:
    """CA-2: payments are v - (W - W_i), between 0 and v; losers pay 0."""
    found = _solved(auction)
    assert found.vcg_payments is not None
    total = _best(auction)
    prices = auction.bids.exact_prices()
    for i, payment in enumerate(_exact_list(found.vcg_payments)):
        value = sum((prices[b] for b in found.accepted if int(auction.bids.bidder[b]) == i), _ZERO)
        others = [k for k in range(auction.n_bidders) if k != i]
        expected = value - (total - _best(auction, others))
        if abs(payment - expected) > _slack(auction) / 10**6:
            return f"bidder {i} pays {payment}, by definition {expected}"
        if not -_slack(auction) <= payment <= value + _slack(auction):
            return f"bidder {i} pays {payment} for {value}"
        if value == 0 and payment != 0:
            return f"bidder {i} wins nothing and pays {payment}"
    return None


def _truthful(auction: CombinatorialAuction) -> str | None:
    """CA-2: shading a winning bid by half gains nothing."""
    found = _solved(auction)
    for b in found.accepted:
        bidder = int(auction.bids.bidder[b])
        bids = [
            (i, items, exact(price) / 2 if k == b else exact(price))
            for k, (i, items, price) in enumerate(auction.bids)
        ]
        shaded = CombinatorialAuction(
            auction.n_items,
            [(i, items, float(price)) for i, items, price in bids],
            auction.n_bidders,
            auction.language,
            auction.supplies,
            auction.reserves,
        )
        other = _solved(shaded)
        true = auction.bids.exact_prices()
        worth = sum((true[k] for k in other.accepted if auction.bids.bidder[k] == bidder), _ZERO)
        gain = worth - exact(other.payments[bidder].item()) - exact(found.utilities[bidder].item())
        if gain > _slack(auction):
            return f"bidder {bidder} gains {gain} by halving bid {b}"
    return None


def _blocked(auction: CombinatorialAuction, utilities: list[Fraction]) -> Fraction:
    """Return the greatest gain of a coalition, W(C) - u(C) - (W - u(all))."""
    left = _best(auction) - sum(utilities, _ZERO)
    return max(
        _best(auction, members) - sum((utilities[i] for i in members), _ZERO) - left
        for members in _coalitions(auction)
    )


def _core(auction: CombinatorialAuction) -> str | None:
    """CA-3: paying the bid is in the core."""
    found = _solved(auction, payments="first_price")
    gain = _blocked(auction, _exact_list(found.utilities))
    return f"a coalition gains {gain} where everybody pays the bid" if gain > 0 else None


def _separation(auction: CombinatorialAuction) -> str | None:
    """CA-4: the gap found by one winner determination is the greatest gain of a coalition."""
    found = _solved(auction)
    gain = _blocked(auction, _exact_list(found.utilities))
    if found.core_gap is None or abs(exact(found.core_gap) - gain) > _slack(auction):
        return f"all coalitions: {gain}, by separation {found.core_gap}"
    return None


def _least_core(auction: CombinatorialAuction) -> str | None:
    """CA-5: core payments are in the core, above VCG, and no core point asks for less."""
    found = _solved(auction, payments="core")
    assert found.vcg_payments is not None
    gain = _blocked(auction, _exact_list(found.utilities))
    if gain > _slack(auction):
        return f"a coalition gains {gain} at the core payments"
    for i, (paid, vcg) in enumerate(
        zip(_exact_list(found.payments), _exact_list(found.vcg_payments), strict=True)
    ):
        if paid < vcg - _slack(auction):
            return f"bidder {i} pays {paid}, below VCG {vcg}"
    least = _least_revenue(auction, found)
    if exact(found.revenue) > least + 10 * _slack(auction):
        return f"revenue {found.revenue}, but core points earn {float(least)}"
    return None


def _least_revenue(auction: CombinatorialAuction, found: AuctionSolution) -> Fraction:
    """Return the least revenue of the program over all coalitions."""
    import numpy as np
    from scipy.optimize import linprog

    values = [
        exact(p) + exact(u)
        for p, u in zip(found.payments.tolist(), found.utilities.tolist(), strict=True)
    ]
    n = auction.n_bidders
    if not n:
        return _ZERO
    total = _best(auction)
    rows, right = [], []
    for members in _coalitions(auction):
        # sum over outside of p >= W(C) - W + sum over outside of v
        outside = [i for i in range(n) if i not in members]
        rows.append([-float(i in outside) for i in range(n)])
        ask = _best(auction, members) - total + sum((values[i] for i in outside), _ZERO)
        right.append(-float(ask))
    bounds = [(0.0, float(value)) for value in values]
    answer = linprog(np.ones(n), A_ub=np.array(rows), b_ub=np.array(right), bounds=bounds)
    return Fraction(float(answer.fun))


def _llg(auction: CombinatorialAuction) -> str | None:
    """CA-6: a witness has core payments that differ from VCG, split to be nearest to it."""
    found = _solved(auction, payments="core")
    assert found.vcg_payments is not None
    paid, vcg = _exact_list(found.payments), _exact_list(found.vcg_payments)
    rises = [p - v for p, v in zip(paid, vcg, strict=True) if p > v]
    if len(rises) == 2 and rises[0] == rises[1]:
        return f"two winners pay {rises[0]} more than VCG each"
    return None


def _membership(auction: CombinatorialAuction) -> str | None:
    """CA-7: VCG is in the core iff W - W(C) >= the sum of marginals outside, for every C."""
    total = _best(auction)
    everybody = range(auction.n_bidders)
    marginal = [total - _best(auction, [k for k in everybody if k != i]) for i in everybody]
    inside = all(
        total - _best(auction, members)
        >= sum((marginal[i] for i in everybody if i not in members), _ZERO)
        for members in _coalitions(auction)
    )
    found = _solved(auction)
    if found.vcg_in_core is not inside:
        return f"by the marginals {inside}, by separation {found.vcg_in_core}"
    return None


def _falls(auction: CombinatorialAuction) -> str | None:
    """CA-8: a witness earns less by VCG than without one of its bidders."""
    revenue = _solved(auction).revenue
    for i in range(auction.n_bidders):
        bids = [bid for bid in auction.bids if bid[0] != i]
        fewer = CombinatorialAuction(
            auction.n_items, bids, auction.n_bidders, auction.language, auction.supplies,
            auction.reserves,
        )  # fmt: skip
        without = _solved(fewer).revenue
        if exact(without) > exact(revenue):
            return f"without bidder {i} VCG earns {without}, with it {revenue}"
    return None


def _prices(auction: CombinatorialAuction) -> str | None:
    """CA-9: item prices clear iff the linear program has the welfare; the verifier checks both."""
    result = solve_auction(auction, method="milp", payments="first_price", prices=True)
    found = result.require()
    if found.lp_bound is None or found.lp_bound < found.welfare - float(_slack(auction)):
        return f"the linear program has {found.lp_bound}, the best set {found.welfare}"
    tight = found.lp_bound - found.welfare <= 1e-9 * max(1.0, auction.scale)
    if tight is (found.item_prices is None):
        return f"bound {found.lp_bound}, welfare {found.welfare}, prices {found.item_prices}"
    if result.check is None or not result.check.valid:
        return f"the verifier says {result.check}"
    return None


def _intervals(auction: CombinatorialAuction) -> bool:
    """Return whether all bundles are intervals of single units, with one bid each or OR."""
    if auction.language == "xor" and len(set(auction.bids.bidder.tolist())) < auction.n_bids:
        return False
    bundles = [auction.bids.bundle(b).tolist() for b in range(auction.n_bids)]
    return all(bundle == list(range(bundle[0], bundle[-1] + 1)) for bundle in bundles)


def _unimodular(auction: CombinatorialAuction) -> str | None:
    """CA-10: intervals make the linear program tight."""
    found = _solved(auction, method="milp", payments="first_price")
    if found.lp_bound is None or found.lp_bound > found.welfare + 1e-6 * max(1.0, auction.scale):
        return f"the linear program has {found.lp_bound}, the best set {found.welfare}"
    return None


def _theorem(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[CombinatorialAuction], str | None],
    source: str,
    **more: Any,
) -> Theorem:
    """Return a theorem on small auctions."""
    return Theorem(
        id=id,
        title=title,
        statement=statement,
        source=source,
        kind="combinatorial_auction",
        claim=claim,
        strategy=more.pop("strategy", "combinatorial_auctions"),
        applies=more.pop("applies", _small),
        hypotheses=more.pop("hypotheses", f"at most {MAX_BIDS} bids and {MAX_BIDDERS} bidders"),
        **more,
    )


THEOREMS = (
    _theorem(
        "CA-1",
        "program",
        "The packing program finds the best feasible set of bids.",
        _program,
        "Rothkopf, Pekec and Harstad (1998)",
    ),
    _theorem(
        "CA-2",
        "VCG payments",
        "p_i = v_i - (W - W_i) lies between 0 and v_i, and losers pay 0.",
        _vcg,
        "Ausubel and Milgrom (2006)",
    ),
    _theorem(
        "CA-2t",
        "truthfulness",
        "Under VCG payments a bidder gains nothing by halving a bid that wins.",
        _truthful,
        "Ausubel and Milgrom (2006)",
        applies=_small_xor,
        hypotheses="XOR bids, small",
    ),
    _theorem(
        "CA-3",
        "core",
        "Where everybody pays what it bid, no coalition gains: the core is not empty.",
        _core,
        "Ausubel and Milgrom (2002)",
    ),
    _theorem(
        "CA-4",
        "separation",
        "One winner determination with utilities taken off finds the most violated coalition.",
        _separation,
        "Day and Raghavan (2007)",
    ),
    _theorem(
        "CA-5",
        "minimum-revenue core",
        "Constraint generation ends at core payments of least revenue, none below VCG.",
        _least_core,
        "Day and Raghavan (2007)",
    ),
    _theorem(
        "CA-6",
        "nearest to VCG",
        "Of the core payments of least revenue the nearest to VCG may raise two winners alike.",
        _llg,
        "Day and Cramton (2012)",
        can_happen=True,
        strategy="local_global_auctions",
    ),
    _theorem(
        "CA-7",
        "VCG in the core",
        "VCG is in the core iff W - W(C) is at least the sum of marginals outside C, for all C.",
        _membership,
        "Ausubel and Milgrom (2002)",
    ),
    _theorem(
        "CA-8",
        "revenue is not monotone",
        "An additional bidder may lower the VCG revenue.",
        _falls,
        "Ausubel and Milgrom (2006)",
        can_happen=True,
        strategy="local_global_auctions",
    ),
    _theorem(
        "CA-9",
        "clearing prices",
        "Item prices clear the market iff the linear program is tight; its duals are such prices.",
        _prices,
        "Bikhchandani and Mamer (1997)",
    ),
    _theorem(
        "CA-10",
        "intervals",
        "If all bundles are intervals and every bidder has one bid (or OR), the program is tight.",
        _unimodular,
        "Rothkopf, Pekec and Harstad (1998)",
        applies=lambda auction: _small(auction) and _intervals(auction),
        hypotheses="bundles are intervals of single units, one bid each or OR",
    ),
)
