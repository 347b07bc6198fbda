"""What must be true of played auctions, as claims that can be run.

Each claim plays an experiment and recomputes one side of a statement from its definition.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.theorem import Theorem
from eqsolve.families.auction_experiment.instance import AuctionExperiment, Truthful
from eqsolve.families.auction_experiment.instance.bidders import is_by_rule
from eqsolve.families.auction_experiment.methods.play import Play
from eqsolve.families.auction_experiment.solution import Round

__all__ = ["THEOREMS"]

_KIND = "auction_experiment"
_PAPER = "Shah et al. (2025); theory page, section 2"


def _rounds(plan: AuctionExperiment) -> tuple[Round, ...]:
    """Return the rounds of an experiment whose bidders are all by rule."""
    outcome = Play(benchmark="none").run(plan, Deadline(), np.random.default_rng(0))
    return outcome.solution.rounds if outcome.solution is not None else ()


def _is_by_rule(plan: AuctionExperiment) -> bool:
    return all(is_by_rule(bidder) for bidder in plan.bidders)


def _state(plan: AuctionExperiment) -> str | None:
    """AUC-12: price and leader are those of the maxima, which only rise."""
    assert plan.auction.bids is not None
    step, start = plan.auction.bids.increment, plan.start
    for entry in _rounds(plan):
        asked: list[list[float]] = [[] for _ in plan.bidders]
        for move in entry.periods or ():
            if move.bid is not None:
                if asked[move.bidder] and move.bid <= asked[move.bidder][-1]:
                    return f"the maximum of bidder {move.bidder} falls to {move.bid}"
                asked[move.bidder].append(move.bid)
            tops = [max(bids, default=0) for bids in asked]
            order = sorted(range(len(tops)), key=lambda seat: (-tops[seat], seat))
            leader = order[0] if tops[order[0]] > 0 else None
            price = start
            if len(order) > 1 and tops[order[1]] > 0:
                price = max(start, min(tops[order[0]], tops[order[1]] + step))
            if (move.price, move.leader) != (price, leader):
                return f"price {move.price} and leader {move.leader} at maxima {tops}"
    return None


def _closing(plan: AuctionExperiment) -> str | None:
    """AUC-12: who closes when, by how often maxima rose in the last periods."""
    rules = plan.proxy
    assert rules is not None
    for entry in _rounds(plan):
        moves = entry.periods or ()
        last = max(move.period for move in moves)
        rose = {move.period for move in moves if move.bid is not None}
        extra = 0
        while (
            rules.closing == "soft"
            and rules.periods - 1 + extra in rose
            and (rules.max_extensions is None or extra < rules.max_extensions)
        ):
            extra += 1
        if last != rules.periods - 1 + extra:
            return f"ends after period {last}, {extra} more than {rules.periods} are due"
        sold = entry.winner is not None
        if sold and entry.price is not None and entry.price < rules.hidden_reserve:
            return f"sold at {entry.price}, below the hidden reserve {rules.hidden_reserve}"
    return None


def _one_shot(plan: AuctionExperiment) -> str | None:
    """AUC-12: with one period the prize goes to a top bidder at the second bid, or a step more."""
    assert plan.auction.bids is not None
    step = plan.auction.bids.increment
    for entry in _rounds(plan):
        if entry.winner is None:
            continue
        bids = sorted((bid for bid in entry.bids if bid is not None), reverse=True)
        if entry.bids[entry.winner] != bids[0]:
            return f"bidder {entry.winner} wins with {entry.bids[entry.winner]} of {bids}"
        second = max(bids[1] if len(bids) > 1 else 0, plan.start)
        assert entry.price is not None
        if not second <= entry.price <= second + step:
            return f"the price is {entry.price} at bids {bids}"
    return None


def _second_price(plan: AuctionExperiment) -> str | None:
    """AUC-1: a rising clock on which all leave at their bids is a second price auction."""
    for entry in _rounds(plan):
        if any(value is None or value < plan.start for value in entry.values):
            continue  # bids of those who never come in are not seen
        tops = sorted((value for value in entry.values if value is not None), reverse=True)
        assert plan.auction.bids is not None
        if entry.winner is None or entry.values[entry.winner] != tops[0]:
            return f"bidder {entry.winner} wins with values {entry.values}"
        want = min(tops[1] if len(tops) > 1 else plan.start, plan.auction.bids.max)
        if entry.price != want:
            return f"the price is {entry.price} with values {entry.values}"
    return None


def _is_truthful_clock(plan: AuctionExperiment) -> bool:
    """Whether all are truthful on a rising clock whose grid holds all values."""
    grid = plan.auction.bids
    if grid is None or not plan.auction.format.startswith("english"):
        return False
    low, high = plan.auction.support
    holds = grid.increment == 1 and grid.min == 0 and high <= grid.max and low >= 0
    whole = plan.auction.values.own(0).finite
    return holds and whole and all(isinstance(bidder, Truthful) for bidder in plan.bidders)


def _claim(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[AuctionExperiment], str | None],
    strategy: str,
    applies: Callable[[AuctionExperiment], bool],
    hypotheses: str,
) -> Theorem:
    """Return a theorem of this kind."""
    return Theorem(
        id=id, title=title, statement=statement, source=_PAPER, kind=_KIND, claim=claim,
        strategy=strategy, applies=applies, hypotheses=hypotheses,
    )  # fmt: skip


THEOREMS: tuple[Theorem, ...] = (
    _claim(
        "AUC-12", "proxy bidding",
        "The price is min(top, second + increment) once two maxima are positive, the start before; "
        "maxima only rise, and the first of the top ones leads.",
        _state, "proxy_experiments",
        lambda plan: plan.proxy is not None and _is_by_rule(plan), "proxy bidding by rule",
    ),
    _claim(
        "AUC-12-close", "closing",
        "A hard close ends after its periods; a soft one adds a period whenever a maximum rose in "
        "the last, up to its limit; nothing is sold below the hidden reserve.",
        _closing, "proxy_experiments",
        lambda plan: plan.proxy is not None and _is_by_rule(plan), "proxy bidding by rule",
    ),
    _claim(
        "AUC-12-once", "one period",
        "With one period proxy bidding is a second price auction, but for one increment.",
        _one_shot, "proxy_experiments",
        lambda plan: plan.proxy is not None and plan.proxy.periods == 1 and _is_by_rule(plan)
        and plan.proxy.closing == "hard",
        "proxy bidding by rule, one period, hard close",
    ),
    _claim(
        "AUC-1-clock", "clocks",
        "A rising clock on which everybody stays below the own value is a second price auction: "
        "a highest value wins at the second-highest.",
        _second_price, "truthful_clocks", _is_truthful_clock,
        "truthful bidders, values on a grid from 0 on",
    ),
)  # fmt: skip
