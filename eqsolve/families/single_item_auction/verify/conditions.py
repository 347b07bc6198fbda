"""Checks of claimed strategies: form, epsilon with its kind, what they lead to, and lists.

Nothing of the solvers is used. Dominance is a matter of the format; finite games are recomputed in
fractions (`finite`), independent continuous values within proved bounds (`interval`), affiliated
and common ones on another grid (`grid`); expectations by midpoint sums (`expected`). A claimed
epsilon below the truth is refuted with a bidder, a value and a better bid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from eqsolve.core.bid_table import exact
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy
from eqsolve.families.single_item_auction.verify.expected import expected
from eqsolve.families.single_item_auction.verify.finite import FiniteAuction, types_of
from eqsolve.families.single_item_auction.verify.grid import grid_finding
from eqsolve.families.single_item_auction.verify.interval import Curve, Finding, finding
from eqsolve.families.single_item_auction.verify.listing import (
    MOST_PROFILES,
    Profile,
    all_profiles,
    is_equilibrium,
    profiles,
)

__all__ = ["verify"]

_SHARE = 1e-3
"""Default of the option `epsilon`, as a share of the value range."""
_ZERO = 1e-9
"""Exact regrets up to here, as a share of the scale (1 at least), count as zero."""
_FIRST_CELLS, _MOST_CELLS = 1 << 15, 1 << 21
_FORMULAS = {
    "first_price": ("AUC-2", "AUC-6", "AUC-8"),
    "second_price": ("AUC-1", "AUC-8"),
    "all_pay": ("AUC-2", "AUC-3"),
    "kth_price": ("AUC-4",),
}
"""Format -> theorems with a formula for it."""


def verify(
    auction: SingleItemAuction,
    result: Result[SingleItemAuctionSolution] | SingleItemAuctionSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `auction`.

    Parameters
    ----------
    auction : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : share of the greatest value by which expectations may be off.
    deadline : for proofs and searches; the definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.single_item_auction.solve import solve
    >>> auction = SingleItemAuction(
    ...     "first_price", 2, {"model": "private", "prior": {"uniform": [0, 1]}}
    ... )
    >>> verify(auction, solve(auction)).valid
    True
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), max(auction.scale, 1e-300), deadline)
    solution = claim.solution
    if solution is None:
        if claim.status is Status.NO_EQUILIBRIUM:
            _none_exists(builder, auction, claim)
        return builder.finish()
    problems = _form_problems(auction, solution)
    if builder.require("auction.form", "strategies are such of the auction", problems):
        _epsilon(builder, auction, solution)
        _expectations(builder, auction, solution)
        _list(builder, auction, claim, solution)
        _status(builder, auction, claim, solution)
    if claim is result:
        amount = abs((claim.objective if claim.objective is not None else math.inf)
                     - solution.revenue)  # fmt: skip
        builder.compare(
            "auction.objective", "the objective is the revenue", amount, abs(solution.revenue),
            lambda: f"objective {claim.objective}, revenue {solution.revenue}",
        )  # fmt: skip
        if claim.bound is not None:
            builder.require("auction.bound", "no bound is claimed", [f"bound {claim.bound}"])
    return builder.finish()


# -------------------------------------------------------------------------------- form


def _form_problems(auction: SingleItemAuction, solution: SingleItemAuctionSolution) -> list[str]:
    """Return what keeps the strategies from being read as such of the auction."""
    problems = []
    classes = solution.classes
    if set(classes) != set(range(len(solution.strategies))):
        problems.append(f"classes {list(classes)} do not use {len(solution.strategies)} strategies")
        return problems
    for i in range(auction.n_bidders):
        first = classes.index(classes[i])
        if (auction.values.own(i), auction.risk[i]) != (
            auction.values.own(first), auction.risk[first],
        ):  # fmt: skip
            problems.append(f"bidders {first} and {i} differ and cannot be of one class")
    names = [f"strategy {c}" for c in range(len(solution.strategies))]
    sets = [(names, solution.strategies)]
    for k, listed in enumerate(solution.equilibria or ()):
        if len(listed) != len(solution.strategies):
            problems.append(f"equilibrium {k} has {len(listed)} strategies")
        else:
            sets.append(([f"equilibrium {k}, {name}" for name in names], listed))
    for labels, strategies in sets:
        for c, (label, strategy) in enumerate(zip(labels, strategies, strict=True)):
            problems += _strategy_problems(auction, classes.index(c), strategy, label)
    formula = solution.closed_form
    if formula is not None:
        valid = _FORMULAS[auction.sealed_format]
        if formula not in valid:
            problems.append(f"{formula} has no formula for {auction.format}")
        elif (formula == "AUC-8") != (auction.values.model == "common") and formula != "AUC-1":
            problems.append(f"{formula} has no formula for {auction.values.model} values")
        elif formula == "AUC-6" and len(solution.strategies) != 2:
            problems.append("AUC-6 is for two bidders who differ")
        elif formula == "AUC-1" and solution.epsilon_kind != "dominance":
            problems.append("AUC-1 says that strategies are dominant")
        elif formula == "AUC-2" and (
            (auction.format == "all_pay" and auction.n_bidders > 1) or len(solution.strategies) > 1
        ):
            problems.append("AUC-2 is for equal bidders at first prices")
        elif formula == "AUC-3" and auction.n_bidders == 1:
            problems.append("AUC-3 is for two bidders and more")
    return problems


def _strategy_problems(
    auction: SingleItemAuction, bidder: int, strategy: Strategy, name: str
) -> list[str]:
    """Return what is wrong with one strategy."""
    problems = []
    if auction.values.is_finite:
        expected_types = [float(value) for value in types_of(auction, bidder)]
        if strategy.values.tolist() != expected_types:
            problems.append(f"{name} does not list the {len(expected_types)} types of its bidders")
            return problems
        for place in range(len(strategy.values)):
            offers = strategy.offers(place)
            value = strategy.values[place]
            if any(p < 0 for _, p in offers) or abs(sum(p for _, p in offers) - 1) > 1e-9:
                problems.append(f"{name}: probabilities of value {value:g} do not sum to 1")
            if len({bid for bid, _ in offers}) < len(offers):
                problems.append(f"{name}: value {value:g} lists a bid twice")
            for bid, _ in offers:
                if bid is not None and not _allowed(auction, bid):
                    problems.append(f"{name}: value {value:g} bids {bid:g}, which is no bid")
        return problems
    values, bids = strategy.values, strategy.bids
    assert bids is not None
    if (np.diff(values) < 0).any() or (np.diff(bids) < 0).any():
        problems.append(f"{name} falls somewhere; values and bids must not")
    elif len(values) > 2 and ((values[2:] == values[:-2]) & (bids[2:] != bids[:-2])).any():
        problems.append(f"{name} has a value three times")
    grid = auction.bids
    if grid is not None:
        for bid in np.unique(bids).tolist():
            reaches = values[np.searchsorted(bids, bid)] <= auction.values.support(bidder)[1]
            if reaches and not grid.holds(bid):
                problems.append(f"{name} bids {bid:g}, which is not on the grid")
        if not problems and ((np.diff(bids) > 0) & (np.diff(values) > 0)).any():
            problems.append(f"{name} rises between bids of the grid")
    elif bids[0] < 0:
        problems.append(f"{name} bids {bids[0]:g}: bids must be >= 0")
    return problems


def _allowed(auction: SingleItemAuction, bid: float) -> bool:
    """Return whether a bid may be made."""
    return bid >= 0 if auction.bids is None else auction.bids.holds(bid)


# ----------------------------------------------------------------------------- epsilon


def _epsilon(
    builder: ReportBuilder, auction: SingleItemAuction, solution: SingleItemAuctionSolution
) -> None:
    """Check epsilon as its kind says."""
    kind, claimed = solution.epsilon_kind, solution.epsilon
    if auction.format == "english" and auction.values.model == "common" and auction.n_bidders > 2:
        builder.leave("that no type gains more than epsilon: bids may depend on who has left")
        return
    if kind == "dominance":
        _dominance(builder, auction, solution)
        return
    scale = max(1.0, auction.scale) if kind == "exact" else auction.scale
    if auction.values.is_finite:
        _exact(builder, auction, solution, _ZERO * scale)
        if kind != "exact":
            builder.require("auction.kind", "finite games are looked at exactly", [f"kind {kind}"])
        return
    private = auction.values.state is None
    wanted = "grid" if not private else "exact" if auction.bids is not None else "interval"
    if kind not in (wanted, "grid"):
        words = [f"kind {kind}, where {wanted} can be had"]
        builder.require("auction.kind", "the kind of epsilon is one that can be had", words)
        return
    curves = _curves(auction, solution)
    if kind == "grid":
        _on_a_grid(builder, auction, solution, curves)
        return
    _proved(builder, auction, solution, curves, claimed)


def _dominance(
    builder: ReportBuilder, auction: SingleItemAuction, solution: SingleItemAuctionSolution
) -> None:
    """Check that values are bid where that is weakly dominant."""
    problems = []
    if auction.price_rank != 2 or auction.values.model == "common":
        problems.append(
            f"no bid is dominant in {auction.format} with {auction.values.model} values"
        )
    if solution.epsilon != 0:
        problems.append(f"epsilon is {solution.epsilon:g}, and 0 for dominant strategies")
    for c, strategy in enumerate(solution.strategies):
        if problems:
            break
        bidder = solution.classes.index(c)
        low, high = auction.values.support(bidder)
        if not auction.values.is_finite:
            if auction.bids is not None:
                problems.append("the grid of bids does not hold all values")
                break
            assert strategy.bids is not None
            problems += [
                f"strategy {c}: value {v:g} bids {b:g}"
                for v, b in zip(strategy.values.tolist(), strategy.bids.tolist(), strict=True)
                if v != b
            ]
            if auction.reserve <= high and (
                strategy.values[0] > max(low, auction.reserve) or strategy.values[-1] < high
            ):
                problems.append(f"strategy {c}: some types that reach the reserve do not bid")
            continue
        for place, value in enumerate(strategy.values.tolist()):
            for bid, _ in strategy.offers(place):
                problem = _not_dominant(auction, value, bid)
                if problem:
                    problems.append(f"strategy {c}: {problem}")
    builder.require(
        "auction.dominance", "bidding the value is weakly dominant, and done", problems[:5],
        theorem="AUC-1",
    )  # fmt: skip


def _not_dominant(auction: SingleItemAuction, value: float, bid: float | None) -> str:
    """Return why a bid is not weakly dominant at a second price, empty if it is."""
    grid, reserve = auction.bids, auction.reserve
    refused = bid is None or bid < reserve
    if value < reserve:
        return "" if refused else f"value {value:g} bids {bid:g} above its worth"
    if grid is None or grid.holds(value):
        return "" if bid == value else f"value {value:g} bids {bid}"
    if value > grid.max:
        top = grid.max if grid.max >= reserve else None
        good = bid == top or (top is None and refused)
        return "" if good else f"value {value:g} bids {bid}, and the cap is {grid.max:g}"
    if value < grid.min <= reserve and refused:
        return ""
    return f"value {value:g} lies between bids of the grid, so that none is dominant"


def _exact(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    slack: float,
) -> None:
    """Check epsilon of a finite game against all types and bids."""
    with builder.search("that no type gains more than epsilon") as poll:
        game = FiniteAuction.of(auction, solution.strategies, solution.classes, poll)
        truth, words = 0.0, ""
        for c in range(len(solution.strategies)):
            bidder = solution.classes.index(c)
            best = game.best(bidder)
            if best.regret > truth:
                truth = float(best.regret)
                bid = None if best.bid is None else float(best.bid)
                words = _witness(auction, bidder, float(best.value), bid, truth, above=best.above)
        _judge(builder, solution, truth, truth, slack, words)


def _witness(
    auction: SingleItemAuction,
    bidder: int,
    value: float,
    bid: float | None,
    gain: float,
    *,
    above: bool = False,
) -> str:
    """Return in words who gains by what."""
    who = auction.label("bidders", bidder)
    what = "staying out" if bid is None else f"bidding {'just above ' * above}{bid:.6g}"
    return f"{who} with value {value:.6g} gains {gain:.6g} by {what}"


def _judge(
    builder: ReportBuilder,
    solution: SingleItemAuctionSolution,
    gain: float,
    most: float,
    slack: float,
    words: str,
) -> None:
    """Check that epsilon is not below a gain that there is, and equal to it where it is exact."""
    claimed = solution.epsilon
    short = gain > claimed + slack or math.isnan(claimed)
    problems = [f"{words}, more than epsilon = {claimed:.6g}"] if short else []
    builder.require(
        "auction.epsilon", "no type of any bidder gains more than epsilon", problems,
        theorem="AUC-10" if solution.epsilon_kind == "exact" else "",
    )  # fmt: skip
    if solution.epsilon_kind == "exact" and claimed > most + slack:
        problems = [f"epsilon = {claimed:.6g}, and no type gains more than {most:.6g}"]
        builder.require("auction.tight", "an exact epsilon is the greatest gain", problems)


def _curves(auction: SingleItemAuction, solution: SingleItemAuctionSolution) -> list[Curve]:
    """Return the strategies of all bidders with their priors; equal bidders share one object."""
    made: dict[int, Curve] = {}
    for i, c in enumerate(solution.classes):
        made.setdefault(c, Curve(solution.strategies[c], auction.values.own(i)))
    return [made[c] for c in solution.classes]


def _proved(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    curves: list[Curve],
    claimed: float,
) -> None:
    """Check a bound that is claimed as proved with cells of our own, finer where need be."""
    slack = 1e-11 * auction.scale
    cells = _FIRST_CELLS
    with builder.search("that no type gains more than epsilon") as poll:
        while True:
            bound, worst, who = 0.0, None, 0
            for c in range(len(solution.strategies)):
                poll()
                bidder = solution.classes.index(c)
                found = finding(auction, bidder, curves, cells)
                if found is None:
                    builder.leave("that no type gains more than epsilon: no bounds are known here")
                    return
                bound = max(bound, found.bound)
                if worst is None or found.gain > worst.gain:
                    worst, who = found, bidder
            assert worst is not None
            words = _witness(auction, who, worst.value, worst.bid, worst.gain)
            refuted = worst.gain > claimed + 1e-9 * auction.scale
            if refuted or bound <= claimed + slack or cells >= _MOST_CELLS:
                break
            # What a bound exceeds the truth by falls as cells grow in number.
            spare = max(claimed - worst.gain, 1e-12 * auction.scale)
            wanted = 1.3 * cells * (bound - worst.gain) / spare
            cells = int(min(_MOST_CELLS, max(2 * cells, wanted)))
        _judge(builder, solution, worst.gain, bound, 1e-9 * auction.scale, words)
        if not refuted and bound > claimed + slack:
            builder.leave(
                f"that no type gains more than {claimed:.6g}: {cells} cells show {bound:.6g}"
            )


def _on_a_grid(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    curves: list[Curve],
) -> None:
    """Look for a gain above epsilon on a grid of our own."""
    slack = 1e-4 * auction.scale + 0.1 * solution.epsilon
    worst: Finding | None = None
    who = 0
    for c in range(len(solution.strategies)):
        bidder = solution.classes.index(c)
        if auction.values.state is None:
            found = finding(auction, bidder, curves, 1 << 12)
        else:
            found = grid_finding(auction, bidder, curves)
        if found is None:
            builder.leave("that no type gains more than epsilon: the rule has no grid here")
            return
        if worst is None or found.gain > worst.gain:
            worst, who = found, bidder
    assert worst is not None
    words = _witness(auction, who, worst.value, worst.bid, worst.gain)
    _judge(builder, solution, worst.gain, np.inf, slack, words)


# ------------------------------------------------------------------------ expectations


def _sums(
    auction: SingleItemAuction, solution: SingleItemAuctionSolution, poll: Callable[[], None]
) -> tuple[float, float, list[float], float] | None:
    """Return revenue, efficiency, utilities, and how far they may be off; None without sums."""
    scale = auction.scale
    if auction.values.is_finite:
        game = FiniteAuction.of(auction, solution.strategies, solution.classes, poll)
        revenue, efficiency, utility = game.expectations()
        return float(revenue), float(efficiency), utility, 0.0
    curves = _curves(auction, solution)
    sizes = ((6000, 1), (12000, 1)) if auction.values.state is None else ((300, 60), (600, 120))
    if any(auction.risk) and auction.price_rank == 2:  # a sum of prices for each type
        sizes = ((sizes[0][0] // 10, sizes[0][1]), (sizes[1][0] // 10, sizes[1][1]))
    coarse, fine = (expected(auction, curves, *size) for size in sizes)
    if coarse is None or fine is None:
        return None
    near = max(
        abs(fine.revenue - coarse.revenue) / max(scale, 1e-300),
        abs(fine.efficiency - coarse.efficiency),
        *(
            abs(one - other) / max(scale, 1e-300)
            for one, other in zip(fine.utility, coarse.utility, strict=True)
        ),
    )
    return fine.revenue, fine.efficiency, list(fine.utility), near


def _expectations(
    builder: ReportBuilder, auction: SingleItemAuction, solution: SingleItemAuctionSolution
) -> None:
    """Check revenue, efficiency and utilities."""
    with builder.search("that revenue, efficiency and utilities are so") as poll:
        sums = _sums(auction, solution, poll)
        if sums is None:
            builder.leave("revenue, efficiency and utilities: the rule has no sums here")
        else:
            _compared(builder, auction, solution, *sums)


def _compared(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    revenue: float,
    efficiency: float,
    utility: Sequence[float],
    near: float,
) -> None:
    """Check what is claimed against sums made anew."""
    scale = auction.scale
    # Utilities whose slope is infinite at 0 converge slowly where types win with no gain.
    slow = any(auction.risk) and (auction.price_rank == 2 or auction.n_bidders == 1)
    allowed = 8 * near + 2e-5 if slow else 3 * near
    claims = [("revenue", solution.revenue, revenue, scale)]
    claims.append(("efficiency", solution.efficiency, efficiency, 1.0))
    claims += [
        (f"utility of {auction.label('bidders', i)}", claimed, true, scale)
        for i, (claimed, true) in enumerate(zip(solution.bidder_utility, utility, strict=True))
    ]
    off = np.array([abs(claimed - true) - allowed * size for _, claimed, true, size in claims])
    sizes_of = np.array([size for *_, size in claims])

    def words(k: int) -> str:
        name, claimed, true, _ = claims[k]
        return f"{name} is {true:.9g}, not {claimed:.9g}"

    builder.compare(
        "auction.expectations", "revenue, efficiency and utilities are what strategies lead to",
        off, sizes_of, words,
    )  # fmt: skip


# -------------------------------------------------------------------- lists and status


def _profile(strategies: Sequence[Strategy], auction: SingleItemAuction) -> Profile | None:
    """Return pure strategies as a profile with bids that are not accepted as None."""
    rows = []
    reserve = exact(auction.reserve)
    for strategy in strategies:
        if strategy.bids is None:
            return None
        rows.append(
            tuple(
                None if math.isnan(bid) or exact(bid) < reserve else exact(bid)
                for bid in strategy.bids.tolist()
            )
        )
    return tuple(rows)


def _list(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    claim: Result[SingleItemAuctionSolution],
    solution: SingleItemAuctionSolution,
) -> None:
    """Check that what is listed are equilibria, and all of them where that is claimed."""
    listed = solution.equilibria
    if listed is None:
        if solution.exhaustive is not None:
            builder.require("auction.list", "only a list is exhaustive", ["there is no list"])
        return
    if not auction.is_finite:
        builder.require("auction.list", "finite auctions have lists", ["it is not finite"])
        return
    found = [_profile(entry, auction) for entry in listed]
    problems = []
    for k, profile in enumerate(found):
        if profile is None:
            problems.append(f"equilibrium {k} is not pure")
        elif not is_equilibrium(auction, solution.classes, profile):
            problems.append(f"equilibrium {k} is none: a type gains by another bid")
    if len(set(found)) < len(found):
        problems.append("an equilibrium is listed twice")
    builder.require(
        "auction.list", "what is listed are equilibria, each once", problems, theorem="AUC-10"
    )
    mine = _profile(solution.strategies, auction)
    if found and mine is not None and mine not in found and claim.status is Status.SOLVED:
        problems = ["the strategies are not among the equilibria listed"]
        builder.require("auction.listed", "the strategies are one of the list", problems)
    if solution.exhaustive is None:
        problems = ["nothing says whether the list is complete"]
        builder.require("auction.exhaustive", "a list says whether it is complete", problems)
    if not solution.exhaustive:
        if not found:
            problems = ["an empty list that is not complete says nothing"]
            builder.require("auction.exhaustive", "a list says something", problems)
        if claim.status is Status.SOLVED and claim.stats.options.get("find") == "all":
            problems = ["the list is not claimed to be complete"]
            builder.require("auction.exhaustive", "all equilibria were asked for", problems)
        return
    _complete(builder, auction, solution.classes, {it for it in found if it is not None})


def _complete(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    classes: Sequence[int],
    found: set[Profile],
) -> None:
    """Check that there are no other equilibria than those found."""
    words = "that there is no other pure equilibrium"
    if profiles(auction, classes) > MOST_PROFILES:
        builder.leave(f"{words}: more than {MOST_PROFILES} profiles, left to the certificate")
        return
    with builder.search(words) as poll:
        others = all_profiles(auction, classes, poll)
        missing = sorted(others - found, key=repr)
        problems = [f"{_said(profile)} is one too" for profile in missing[:3]]
        builder.require(
            "auction.exhaustive", "there is no other pure equilibrium", problems, theorem="AUC-10"
        )


def _said(profile: Profile) -> str:
    """Return a profile in words."""
    rows = [
        ", ".join("out" if bid is None else f"{float(bid):g}" for bid in row) for row in profile
    ]
    return f"bidding {' | '.join(rows)}"


def _none_exists(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    claim: Result[SingleItemAuctionSolution],
) -> None:
    """Check that there is no pure equilibrium at all."""
    if not auction.is_finite:
        problems = ["a pure equilibrium is denied for an auction that is not finite"]
        builder.require("auction.existence", "only lists can prove that nothing exists", problems)
        return
    if not isinstance(claim.certificate, ExhaustionCertificate):
        builder.leave("that there is no pure equilibrium: no certificate of a search")
    symmetric = bool(claim.stats.options.get("symmetric", True))
    classes = auction.classes if symmetric else tuple(range(auction.n_bidders))
    _complete(builder, auction, classes, set())


def _status(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    claim: Result[SingleItemAuctionSolution],
    solution: SingleItemAuctionSolution,
) -> None:
    """Check that what is called solved has a proof and is near enough."""
    if claim.status is not Status.SOLVED:
        return
    low, high = auction.support
    asked = claim.stats.options.get("epsilon")
    wanted = _SHARE * (high - low) if not isinstance(asked, int | float) else float(asked)
    small = {
        "dominance": 0.0,
        "exact": _ZERO * max(1.0, auction.scale),
        "interval": wanted,
        "grid": -1.0,
    }[solution.epsilon_kind]
    problems = []
    if solution.epsilon_kind == "grid":
        problems.append("a grid of types and bids proves nothing")
    elif solution.epsilon > small:
        problems.append(f"epsilon = {solution.epsilon:.6g} is above {small:.6g}")
    builder.require("auction.solved", "what is solved is proved and near enough", problems)
