"""Is a claimed result of a trading network right? Every condition, and who breaks it.

Works from the network and the claim alone: introductions are candidates, matching and prices are an
equilibrium of known + introduced pairs, no equilibrium has higher (or lower) prices, no exchange of
tied trades would earn the platform more, and revenue, welfare, bounds and guarantees are as claimed
(`check_figures`). O(n m) beside the welfare figures.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.solution import TradingSolution
from eqsolve.families.trading_network.verify.figures import check_figures

__all__ = ["verify"]

_ROUNDING = 2.0**-44
"""Share of the scale by which computed slacks of tied edges may differ from zero."""


def verify(
    network: TradingNetwork,
    result: Result[TradingSolution] | TradingSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `network`.

    Parameters
    ----------
    network : the instance.
    result : what is claimed; a bare solution is claimed without proof of its guarantee.
    tolerance : relative; not used when values and prices are whole and the commission is 1.
    deadline : when to end the searches; None: never. The definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.trading_network.evaluate import evaluate_introductions
    >>> network = TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    >>> verify(network, evaluate_introductions(network, [(0, 1)])).valid
    True
    """
    claim = claim_of(result)
    solution = claim.solution
    exact = (
        solution is not None
        and network.is_integral
        and is_integral(solution.prices)
        and network.commission == 1
    )
    builder = ReportBuilder(EXACT if exact else Tolerances(tolerance), network.scale, deadline)
    if solution is None:
        claims = [claim.status.value] if claim.status is Status.NO_EQUILIBRIUM else []
        builder.require(
            "trading.existence",
            "introducing nobody is always possible",
            [f"status {word!r}, but introducing nobody leads to an equilibrium" for word in claims],
        )
        return builder.finish()
    if _check_introduced(builder, network, solution):
        graph = _graph(network, solution)
        if _check_matching(builder, network, solution, graph):
            _check_equilibrium(builder, network, solution, graph)
            check_figures(builder, network, claim, solution, graph)
    return builder.finish()


def _check_introduced(
    builder: ReportBuilder, network: TradingNetwork, solution: TradingSolution
) -> bool:
    """Check that the introduced pairs are candidates, each once, and not too many."""
    pairs = solution.introduced
    problems = []
    for i, j in pairs.tolist():
        if not (0 <= i < network.n_buyers and 0 <= j < network.n_sellers):
            problems.append(f"the pair [{i}, {j}] is outside the network")
    if not problems:
        allowed = network.candidate_mask()
        names = [
            f"{network.label('buyers', i)} and {network.label('sellers', j)}"
            for i, j in pairs[~allowed[pairs[:, 0], pairs[:, 1]]].tolist()
        ]
        problems += [f"{who} are introduced, but are no candidate pair" for who in names]
        keys = pairs[:, 0] * network.n_sellers + pairs[:, 1]
        if len(np.unique(keys)) < len(keys):
            problems.append("a pair is introduced twice")
    passed = builder.require(
        "trading.introduced", "every introduced pair is a candidate, listed once", problems
    )
    limit = solution.max_introductions
    over = limit is not None and len(pairs) > limit
    builder.require(
        "trading.max-introductions",
        "no more introductions than allowed",
        [f"{len(pairs)} pairs are introduced, {limit} are allowed"] if over else [],
    )
    return passed


def _graph(network: TradingNetwork, solution: TradingSolution) -> NumberArray:
    """Return the values of known and introduced pairs, -1 elsewhere."""
    values = network.values.dense()
    graph = np.full(values.shape, -1, dtype=values.dtype)
    for pairs in (network.known, solution.introduced):
        graph[pairs[:, 0], pairs[:, 1]] = values[pairs[:, 0], pairs[:, 1]]
    return graph


def _check_matching(
    builder: ReportBuilder, network: TradingNetwork, solution: TradingSolution, graph: NumberArray
) -> bool:
    """Check that trades run along known or introduced pairs, nobody twice."""
    matching = solution.matching
    problems = []
    if matching.shape != (network.n_buyers,) or solution.prices.shape != (network.n_sellers,):
        problems.append("matching or prices do not have one entry per agent")
    elif matching.max(initial=-1) >= network.n_sellers:
        problems.append(f"{network.label('buyers', int(matching.argmax()))} trades with nobody")
    else:
        buyers = np.flatnonzero(matching >= 0)
        sellers = matching[buyers]
        problems += [
            f"{network.label('buyers', int(i))} trades with "
            f"{network.label('sellers', int(matching[i]))}, whom it does not know"
            for i in buyers[graph[buyers, sellers] < 0]
        ]
        taken, counts = np.unique(sellers, return_counts=True)
        problems += [
            f"{network.label('sellers', int(j))} trades with {count} buyers"
            for j, count in zip(taken[counts > 1], counts[counts > 1], strict=True)
        ]
    return builder.require(
        "trading.matching", "each agent trades at most once, with agents it knows", problems
    )


def _check_equilibrium(
    builder: ReportBuilder, network: TradingNetwork, solution: TradingSolution, graph: NumberArray
) -> None:
    """Check the definition of equilibrium, the end of the lattice, and ties."""
    matching, prices = solution.matching, solution.prices
    buyers = np.flatnonzero(matching >= 0)
    sold = np.zeros(network.n_sellers, dtype=bool)
    sold[matching[buyers]] = True
    builder.compare(
        "trading.prices",
        "prices are >= 0, and 0 where unsold",
        np.where(sold, -prices, np.abs(prices)),
        np.abs(prices),
        lambda j: (
            f"{'sold' if sold[j] else 'unsold'} {network.label('sellers', j)} has price {prices[j]}"
        ),
        theorem="BIP-1",
    )
    utility = np.zeros(network.n_buyers, dtype=np.result_type(graph, prices))
    own = np.zeros_like(utility)
    own[buyers] = graph[buyers, matching[buyers]]
    utility[buyers] = own[buyers] - prices[matching[buyers]]
    surplus = np.where(graph >= 0, graph - prices, 0)
    best = np.maximum(surplus.max(axis=1, initial=0), 0)

    def envy(i: int) -> str:
        who = network.label("buyers", i)
        if best[i] == 0:
            return f"{who} has utility {utility[i]} and would rather not trade"
        j = int(surplus[i].argmax())
        return (
            f"{who} has utility {utility[i]}, but {network.label('sellers', j)} at price "
            f"{prices[j]} would give {surplus[i, j]}"
        )

    builder.compare(
        "trading.buyer-demand",
        "every buyer gets a most preferred item among the sellers it knows, or nothing",
        best - utility,
        np.maximum(np.maximum(np.abs(own), np.abs(own - utility)), best),
        envy,
        theorem="BIP-1",
    )
    slack = best[:, None] - surplus
    _check_end(builder, network, solution, (graph >= 0) & (slack <= _allowed(builder)), best)
    fine = 0 if builder.tolerances.is_exact else _ROUNDING * builder.scale
    _check_ties(builder, network, solution, (graph >= 0) & (slack <= fine), best <= fine)


def _allowed(builder: ReportBuilder) -> float:
    """Return the slack up to which an inequality counts as tight."""
    return 0 if builder.tolerances.is_exact else builder.tolerances.relative * builder.scale


def _check_end(
    builder: ReportBuilder,
    network: TradingNetwork,
    solution: TradingSolution,
    tight: NumberArray,
    best: NumberArray,
) -> None:
    """Check that no equilibrium has higher prices (with the least rule: lower prices).

    A price can rise only together with the prices of the other items its owner is tied with, until
    the chain meets an unsold item or an owner with utility 0. Falling prices follow ties the other
    way: a price falls only with the items of its other admirers, none of whom may be unmatched.
    """
    matching, prices = solution.matching, solution.prices
    rows, columns = np.nonzero(tight)
    owned = matching[rows]
    held = np.zeros(network.n_sellers, dtype=bool)
    inside = (owned >= 0) & (owned != columns)
    if solution.price_rule == "greatest":
        buyers = np.flatnonzero(matching >= 0)
        held[:] = True
        held[matching[buyers]] = best[buyers] <= _allowed(builder)
        held = _reach(held, columns[inside], owned[inside])
        word, theorem = "rise", "BIP-3"
    else:
        held[:] = prices <= _allowed(builder)
        held[columns[owned < 0]] = True
        held = _reach(held, owned[inside], columns[inside])
        word, theorem = "fall", "BIP-4"
    free = np.flatnonzero(~held)
    builder.require(
        "trading.price-end",
        f"prices are the {solution.price_rule} equilibrium prices",
        [
            f"the price {prices[j]} of {network.label('sellers', int(j))} could {word} together "
            f"with {len(free) - 1} others"
            for j in free[:1]
        ],
        theorem=theorem,
    )


def _reach(starts: NumberArray, sources: IntArray, targets: IntArray) -> NumberArray:
    """Return the nodes reachable from `starts` along arcs source -> target."""
    reached = starts.copy()
    while len(sources):
        live = reached[sources]
        if not live.any():
            break
        reached[targets[live]] = True
        sources, targets = sources[~live], targets[~live]
    return reached


def _check_ties(
    builder: ReportBuilder,
    network: TradingNetwork,
    solution: TradingSolution,
    tied: NumberArray,
    indifferent: NumberArray,
) -> None:
    """Check that no exchange along tied pairs earns the platform more.

    The maximum-weight matchings differ from each other by chains of ties: a buyer leaves its item
    for another it is tied with, and so on. Arcs run from item to item, with what the platform
    gains; the last node stands for "no item". A better matching is a cycle with positive gain.
    """
    matching, prices = solution.matching, solution.prices
    m = network.n_sellers
    earns = np.zeros(tied.shape, dtype=prices.dtype)
    pairs = solution.introduced
    earns[pairs[:, 0], pairs[:, 1]] = prices[pairs[:, 1]]
    present = np.append(earns, np.zeros((len(earns), 1), dtype=earns.dtype), axis=1)
    now = present[np.arange(len(matching)), matching]  # -1 is the column "no item"
    rows, columns = np.nonzero(tied)
    moves = matching[rows] != columns
    rows, columns = rows[moves], columns[moves]
    leave = np.flatnonzero(indifferent & (matching >= 0))
    unsold = np.setdiff1d(np.arange(m), matching)
    worthless = np.setdiff1d(np.flatnonzero(prices == 0), unsold)
    none = np.full(max(len(unsold), len(worthless)), m)
    sources = np.concatenate(
        [
            np.where(matching[rows] >= 0, matching[rows], m),
            matching[leave],
            unsold,
            none[: len(worthless)],
        ]
    )
    targets = np.concatenate([columns, np.full(len(leave), m), none[: len(unsold)], worthless])
    gains = np.concatenate(
        [
            earns[rows, columns] - now[rows],
            -now[leave],
            np.zeros(len(unsold) + len(worthless), dtype=prices.dtype),
        ]
    )
    cycle = _gaining_cycle(m + 1, sources, targets, gains, _allowed(builder))
    gained = sum(gains[cycle].tolist())
    places = [network.label("sellers", int(j)) for j in targets[cycle] if j < m]
    builder.require(
        "trading.ties",
        "among maximum-weight matchings ties go to the platform",
        [f"exchanging tied trades at {', '.join(places[:5])} would earn the platform {gained} more"]
        if cycle
        else [],
    )


def _gaining_cycle(
    n_nodes: int, sources: IntArray, targets: IntArray, gains: NumberArray, limit: float
) -> list[int]:
    """Return the arcs of a cycle that gains more than `limit`, or nothing (Bellman and Ford)."""
    if not len(gains) or gains.max() <= limit:
        return []
    best = np.zeros(n_nodes, dtype=gains.dtype)
    arc_to = np.full(n_nodes, -1)
    for _ in range(n_nodes + 1):
        offers = best[sources] + gains
        offered = best.copy()
        np.maximum.at(offered, targets, offers)
        better = offered > best + (limit / (n_nodes + 1) if limit else 0)
        if not better.any():
            return []
        used = np.flatnonzero(better[targets] & (offers == offered[targets]))
        arc_to[targets[used]] = used
        best = np.where(better, offered, best)
    node = int(better.argmax())
    for _ in range(n_nodes):  # after so many steps back the walk is inside a cycle
        node = int(sources[arc_to[node]])
    cycle = [int(arc_to[node])]
    while int(sources[cycle[-1]]) != node:
        cycle.append(int(arc_to[sources[cycle[-1]]]))
    return cycle
