"""Is a claimed result of an assignment market right? Every condition, and who breaks it.

Works from the instance and the claimed matching and prices alone; shares no code with the
kernels. Checks the definition of equilibrium at the asked, least and greatest prices, that
these two are the ends of the lattice (BIP-2..4), and the duality of BIP-5. O(edges) time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.numerics import EXACT, Tolerances
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.markets.assignment.instance import AssignmentMarket
from eqsolve.markets.assignment.solution import AssignmentSolution

__all__ = ["verify"]

_BLOCK = 1 << 16
"""Numbers per block of rows: small enough to stay in the cache."""


def verify(
    market: AssignmentMarket,
    result: Result[AssignmentSolution] | AssignmentSolution,
    *,
    tolerance: float = 1e-6,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to be an equilibrium.
    tolerance : relative; not used when market and claim are whole (or half) numbers, which are
        compared exactly.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> str(verify(market, solve(market)))
    'valid: 14 conditions hold exactly'
    """
    claim = claim_of(result)
    exact = market.is_integral and claim.solution is not None and _is_exact(claim.solution)
    builder = ReportBuilder(EXACT if exact else Tolerances(tolerance), market.scale)
    if claim.solution is None:
        claims = [claim.status.value] if claim.status is Status.NO_EQUILIBRIUM else []
        builder.require(
            "assignment.existence",
            "every assignment market has an equilibrium",
            [f"status {word!r}, but an equilibrium always exists" for word in claims],
            theorem="BIP-1",
        )
        return builder.finish()
    solution = claim.solution
    if _check_matching(builder, market, solution.matching):
        tight = _check_prices(builder, market, solution)
        _check_ends(builder, market, solution, tight)
        _check_duality(builder, market, claim)
    return builder.finish()


def _is_exact(solution: AssignmentSolution) -> bool:
    """Return whether every claimed number is a multiple of one half, so that sums are exact."""
    vectors = (solution.prices, solution.price_min, solution.price_max, solution.utilities)
    return all(
        is_integral(vector) or bool(((vector * 2 == np.rint(vector * 2)) & (vector < 2**50)).all())
        for vector in vectors
    )


def _check_matching(builder: ReportBuilder, market: AssignmentMarket, matching: IntArray) -> bool:
    """Check that the claimed matching is one: lengths, ranges, edges, nobody twice."""
    problems = []
    matched = np.flatnonzero(matching >= 0)
    sellers = matching[matched]
    outside = matched[sellers >= market.n_sellers]
    if len(outside):
        buyer = int(outside[0])
        problems.append(
            f"{market.label('buyers', buyer)} is matched to seller {matching[buyer]}, "
            f"but there are {market.n_sellers} sellers"
        )
    else:
        order = np.argsort(sellers, kind="stable")
        twice = np.flatnonzero(np.diff(sellers[order]) == 0)
        problems += [
            f"{market.label('sellers', int(sellers[order[k]]))} is matched to both "
            f"{market.label('buyers', int(matched[order[k]]))} and "
            f"{market.label('buyers', int(matched[order[k + 1]]))}"
            for k in twice
        ]
        absent = np.flatnonzero(market.values.at(matched, sellers) < 0)
        problems += [
            f"{market.label('buyers', int(matched[k]))} is matched to "
            f"{market.label('sellers', int(sellers[k]))}, but there is no edge between them"
            for k in absent
        ]
    return builder.require(
        "assignment.matching", "each agent trades at most once, along edges", problems
    )


def _own_values(market: AssignmentMarket, matching: IntArray) -> NumberArray:
    """Return each buyer's value for its own item, 0 if unmatched."""
    own = np.zeros(
        len(matching), dtype=market.values.at(np.array([], int), np.array([], int)).dtype
    )
    matched = np.flatnonzero(matching >= 0)
    own[matched] = market.values.at(matched, matching[matched])
    return own


def _blocks(market: AssignmentMarket) -> Iterator[tuple[slice, NumberArray]]:
    """Yield blocks of rows of a dense market."""
    matrix = market.values.dense()
    rows = max(1, _BLOCK // max(1, market.n_sellers))
    for start in range(0, market.n_buyers, rows):
        block = slice(start, min(start + rows, market.n_buyers))
        yield block, matrix[block]


def _best_utilities(market: AssignmentMarket, prices: NumberArray) -> NumberArray:
    """Return for each buyer ``max(0, max_k v[i,k] - p[k])`` over its neighbors."""
    kind = np.result_type(market.values.at(np.array([], int), np.array([], int)), prices)
    best = np.zeros(market.n_buyers, dtype=kind)
    if not market.n_sellers:
        return best
    if market.values.is_sparse:
        indptr, indices, data = market.values.csr()
        surplus = np.append(data - prices[indices], 0)  # the 0 keeps reduceat inside the array
        filled = np.flatnonzero(np.diff(indptr) > 0)
        if len(filled):
            # Empty rows would repeat their neighbor's segment, so only filled rows are reduced.
            best[filled] = np.maximum(np.maximum.reduceat(surplus[:-1], indptr[filled]), 0)
        return best
    if (prices >= 0).all():
        # A missing edge holds -1, so that its surplus is negative and loses against 0.
        for block, values in _blocks(market):
            (values - prices).max(axis=1, out=best[block])
        return np.maximum(best, 0, out=best)
    for block, values in _blocks(market):
        np.where(values < 0, 0, values - prices).max(axis=1, out=best[block])
    return np.maximum(best, 0, out=best)


def _check_prices(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> dict[str, NumberArray]:
    """Check the definition at the three claimed price vectors; return utilities by vector."""
    own = _own_values(market, solution.matching)
    matched = solution.matching >= 0
    sold = np.zeros(market.n_sellers, dtype=bool)
    sold[solution.matching[matched]] = True
    utilities: dict[str, tuple[NumberArray, NumberArray]] = {}
    for name, prices in (
        ("price-min", solution.price_min),
        ("price-max", solution.price_max),
        ("prices", solution.prices),
    ):
        known = [key for key in utilities if np.array_equal(_vector(solution, key), prices)]
        paid = np.zeros(market.n_buyers, dtype=prices.dtype)
        paid[matched] = prices[solution.matching[matched]]
        utility = own - paid
        best = utilities[known[0]][1] if known else _best_utilities(market, prices)
        utilities[name] = (utility, best)
        _check_sellers(builder, market, name, prices, sold)
        builder.compare(
            f"assignment.{name}.buyer-demand",
            f"at {name} every buyer gets a most preferred item, or nothing if none gains",
            best - utility,
            np.maximum(np.abs(own), np.maximum(np.abs(paid), best)),
            lambda i, prices=prices, utility=utility: _envy(market, prices, utility, i),
            theorem="BIP-1",
        )
    builder.compare(
        "assignment.utilities",
        "claimed utilities are value minus price",
        np.abs(solution.utilities - utilities["prices"][0]),
        np.abs(own),
        lambda i: (
            f"{market.label('buyers', i)} has utility {utilities['prices'][0][i]}, "
            f"not {solution.utilities[i]}"
        ),
    )
    return {name: best for name, (_, best) in utilities.items()}


def _vector(solution: AssignmentSolution, name: str) -> NumberArray:
    """Return the price vector of a name used in check ids."""
    vectors = {"price-min": solution.price_min, "price-max": solution.price_max}
    return vectors.get(name, solution.prices)


def _check_sellers(
    builder: ReportBuilder,
    market: AssignmentMarket,
    name: str,
    prices: NumberArray,
    sold: BoolArray,
) -> None:
    """Check that prices reach the reserves, and equal them where unsold."""
    reserves = market.reserves
    gap = np.where(sold, reserves - prices, np.abs(prices - reserves))
    builder.compare(
        f"assignment.{name}.reserve",
        f"{name} is at least the reserve, and equals it where unsold",
        gap,
        np.maximum(np.abs(prices), reserves),
        lambda j: (
            f"{'sold' if sold[j] else 'unsold'} {market.label('sellers', j)} has price "
            f"{prices[j]} and reserve {reserves[j]}"
        ),
        theorem="BIP-1",
    )


def _envy(market: AssignmentMarket, prices: NumberArray, utility: NumberArray, buyer: int) -> str:
    """Say what the buyer would rather have, and how much better."""
    columns, values = market.values.row(buyer)
    surplus = values - prices[columns]
    who = market.label("buyers", buyer)
    if not len(surplus) or surplus.max() <= 0:
        return f"{who} has utility {utility[buyer]}, and would rather buy nothing"
    k = int(surplus.argmax())
    return (
        f"{who} has utility {utility[buyer]}, but {market.label('sellers', int(columns[k]))} at "
        f"price {prices[columns[k]]} would give {surplus[k]}: better by "
        f"{surplus[k] - utility[buyer]}"
    )


def _check_ends(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    best: dict[str, NumberArray],
) -> None:
    """Check that price_min and price_max are the two ends, and that prices lie between them.

    A price can fall only together with the prices of all items tied for its buyer, and so on;
    it is least when this chain of ties reaches a seller at its reserve or a buyer with the
    choice of an unmatched one. Rising prices follow the ties the other way, down to a buyer
    with utility 0.
    """
    low, high = solution.price_min, solution.price_max
    outside = np.maximum(low - solution.prices, solution.prices - high)
    builder.compare(
        "assignment.between",
        "prices lie between price_min and price_max",
        outside,
        np.abs(solution.prices),
        lambda j: (
            f"{market.label('sellers', j)}: price {solution.prices[j]} is not between "
            f"{low[j]} and {high[j]}"
        ),
        theorem="BIP-2",
    )
    for name, prices, free in (
        ("least", low, _can_fall(builder, market, solution, best["price-min"])),
        ("greatest", high, _can_rise(builder, market, solution, best["price-max"])),
    ):
        word = "fall" if name == "least" else "rise"
        builder.require(
            f"assignment.price-{'min' if name == 'least' else 'max'}.end",
            f"no equilibrium has {'lower' if name == 'least' else 'higher'} prices",
            [
                f"the price {prices[j]} of {market.label('sellers', int(j))} could {word} "
                f"together with {len(free) - 1} others"
                for j in free[:1]
            ],
            theorem="BIP-4" if name == "least" else "BIP-3",
        )


def _slack_allowed(builder: ReportBuilder, market: AssignmentMarket) -> float:
    """Return the slack below which an inequality counts as tight."""
    return builder.tolerances.relative * market.scale


def _tight_edges(
    market: AssignmentMarket, prices: NumberArray, best: NumberArray, allowed: float
) -> tuple[IntArray, IntArray]:
    """Return the edges (buyer, seller) on which the buyer's best utility is reached."""
    if market.values.is_sparse:
        indptr, indices, data = market.values.csr()
        rows = np.repeat(np.arange(market.n_buyers), np.diff(indptr))
        tight = data - prices[indices] >= best[rows] - allowed
        return rows[tight], indices[tight]
    rows_found, columns_found = [], []
    for block, values in _blocks(market):
        tight = (values - prices >= (best[block] - allowed)[:, None]) & (values >= 0)
        row, column = np.nonzero(tight)
        rows_found.append(row + block.start)
        columns_found.append(column)
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *rows_found]), np.concatenate([empty, *columns_found])


def _reach(starts: BoolArray, sources: IntArray, targets: IntArray) -> BoolArray:
    """Return the nodes reachable from `starts` along arcs source -> target, breadth first."""
    order = np.argsort(sources, kind="stable")
    arcs = targets[order]
    first = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(sources, minlength=len(starts)), out=first[1:])
    reached = starts.copy()
    front = np.flatnonzero(starts)
    while len(front):
        counts = first[front + 1] - first[front]
        total = int(counts.sum())
        begins = np.repeat(first[front] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        found = np.unique(arcs[np.arange(total) + begins])
        front = found[~reached[found]]
        reached[front] = True
    return reached


def _can_fall(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    best: NumberArray,
) -> IntArray:
    """Return the sellers whose claimed least prices could all fall together."""
    prices, matching = solution.price_min, solution.matching
    allowed = _slack_allowed(builder, market)
    buyers, sellers = _tight_edges(market, prices, best, allowed)
    # Held: at the reserve, or wanted by an unmatched buyer at utility 0. If j is held and the
    # buyer of k is tied between j and k, then k is held: lowering k alone ... raises i's demand.
    held = prices <= market.reserves + allowed
    held[sellers[matching[buyers] < 0]] = True
    owners = matching[buyers]
    inside = (owners >= 0) & (owners != sellers)
    # Seller `sellers` can fall only if its other admirer's own item `owners` falls as well.
    reached = _reach(held, owners[inside], sellers[inside])
    return np.flatnonzero(~reached)


def _can_rise(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    best: NumberArray,
) -> IntArray:
    """Return the sellers whose claimed greatest prices could all rise together."""
    prices, matching = solution.price_max, solution.matching
    allowed = _slack_allowed(builder, market)
    buyers, sellers = _tight_edges(market, prices, best, allowed)
    matched = np.flatnonzero(matching >= 0)
    held = np.ones(market.n_sellers, dtype=bool)  # unsold sellers stay at their reserves
    held[matching[matched]] = best[matched] <= allowed
    owners = matching[buyers]
    inside = (owners >= 0) & (owners != sellers)
    # A buyer's item can rise only if the other items it is tied with rise as well.
    reached = _reach(held, sellers[inside], owners[inside])
    return np.flatnonzero(~reached)


def _check_duality(
    builder: ReportBuilder, market: AssignmentMarket, claim: Result[AssignmentSolution]
) -> None:
    """Check welfare, objective and BIP-5: utilities and price margins sum to the welfare."""
    solution = claim.solution
    assert solution is not None  # the caller checked
    matched = np.flatnonzero(solution.matching >= 0)
    sellers = solution.matching[matched]
    gains = market.values.at(matched, sellers) - market.reserves[sellers]
    welfare = _total(gains)
    magnitude = max(abs(welfare), market.scale)
    builder.compare(
        "assignment.welfare",
        "claimed welfare is the sum of value minus reserve over the trades",
        abs(welfare - solution.welfare),
        magnitude,
        lambda: f"trades are worth {welfare}, not {solution.welfare}",
    )
    if claim.objective is not None:
        objective = claim.objective
        builder.compare(
            "assignment.objective",
            "the objective is the welfare",
            abs(welfare - objective),
            magnitude,
            lambda: f"trades are worth {welfare}, not {objective}",
        )
    certificate = claim.certificate
    if isinstance(certificate, DualCertificate):
        rows, columns = certificate.row_duals, certificate.column_duals
    else:
        rows, columns = _best_utilities(market, solution.prices), solution.prices - market.reserves
    if rows.shape != (market.n_buyers,) or columns.shape != (market.n_sellers,):
        builder.require(
            "assignment.certificate", "duals have one entry per agent", ["wrong number of duals"]
        )
        return
    total = _total(rows) + _total(columns)
    builder.compare(
        "assignment.duality",
        "utilities and price margins sum to the welfare",
        abs(total - welfare),
        magnitude,
        lambda: f"duals sum to {total}, trades are worth {welfare}",
        theorem="BIP-5",
    )
    needed = _best_utilities(market, columns + market.reserves)
    low = np.concatenate([needed - rows, -columns])
    builder.compare(
        "assignment.dual-feasible",
        "duals are >= 0 and cover every edge",
        low,
        market.scale,
        lambda k: (
            f"{market.label('buyers', k)} has dual {rows[k]}, below {needed[k]}"
            if k < market.n_buyers
            else f"{market.label('sellers', k - market.n_buyers)} has a negative dual"
        ),
        theorem="BIP-5",
    )


def _total(numbers: NumberArray) -> int | float:
    """Return an exact sum for whole numbers, an accurate one otherwise."""
    if is_integral(numbers):
        high = int(np.abs(numbers).max(initial=0))
        return int(numbers.sum()) if high * max(len(numbers), 1) < 2**62 else sum(numbers.tolist())
    import math

    return math.fsum(numbers.tolist())
