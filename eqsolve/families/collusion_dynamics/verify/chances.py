"""Are claimed probabilities of collusion right? Recomputed with the verifier's own means.

Exact laws: all states with fractions of the moves (`law`). First passage and long horizons: an own
chain (`chain`). Both that and simulated answers: an own simulation, to four standard deviations
(`drawing`). Diffusions: an own quadrature (`diffusion`). What would take too long is left as not
proved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.solution import Chance, CollusionSolution
from eqsolve.families.collusion_dynamics.verify.batches import Market, Poll
from eqsolve.families.collusion_dynamics.verify.chain import own_chain
from eqsolve.families.collusion_dynamics.verify.diffusion import by_quadrature
from eqsolve.families.collusion_dynamics.verify.drawing import by_drawing
from eqsolve.families.collusion_dynamics.verify.law import by_states

__all__ = ["check_chances"]

_WILSON = 1.959963984540054


def check_chances(
    builder: ReportBuilder,
    dynamics: CollusionDynamics,
    claim: Result[CollusionSolution],
    solution: CollusionSolution,
) -> None:
    """Check thresholds, form and values of the probabilities, and what the status makes of them."""
    chances = solution.collusion_probability
    _status(builder, dynamics, claim, chances)
    if chances is None or dynamics.batch is None:
        return
    _thresholds(builder, dynamics, solution)
    if not _form(builder, dynamics, claim, chances):
        return
    market = Market(dynamics)
    moving = []
    problems = []
    for place, theta in enumerate(dynamics.start.tolist()):
        sure = _certain(market, theta)
        told = chances[place]
        if sure is None:
            moving.append(place)
        elif (told.low, told.high) != (sure, sure):
            problems.append(f"start {theta:g}: collusion has probability {sure:g}")
    builder.require(
        "collusion.settled", "starts that never move are told apart", problems, theorem="COL-9"
    )
    for way, check in _CHECKS.items():
        places = [place for place in moving if chances[place].method == way]
        if not places:
            continue
        problems = []
        with builder.search(f"that the probabilities by {way} are right") as poll:
            for problem in check(builder, market, chances, places, poll):
                problems.append(problem)
        builder.require(
            f"collusion.{way}", "an own computation gives the same probabilities", problems,
            theorem="COL-9",
        )  # fmt: skip


def _certain(market: Market, theta: float) -> float | None:
    """Return the probability of collusion of a start that never moves, None of others."""
    there = market.passage and (theta <= market.low or theta >= market.high)
    if theta in (0, 1) or there or not market.moves():
        return 1.0 if theta >= market.high else 0.0
    return None


def _status(
    builder: ReportBuilder,
    dynamics: CollusionDynamics,
    claim: Result[CollusionSolution],
    chances: tuple[Chance, ...] | None,
) -> None:
    """Check that only exact probabilities are called solved."""
    problems = []
    if dynamics.batch is None and chances is not None:
        problems.append("there is no batch, so that there are no probabilities")
    if claim.status is Status.SOLVED and dynamics.batch is not None:
        if chances is None:
            problems.append("what finite batches do is asked and not answered")
        elif any(chance.method != "enumerate" for chance in chances):
            problems.append("probabilities with an estimated error are no proof")
    builder.require("collusion.status", "what is solved is exact", problems)


def _thresholds(
    builder: ReportBuilder, dynamics: CollusionDynamics, solution: CollusionSolution
) -> None:
    """Check that the thresholds are those given, or come from the rest points."""
    points = solution.rest_points
    middle = next((point.theta for point in points if point.stability == "unstable"), math.nan)
    settles = points[-1].theta if solution.regime == "bistable" else math.nan
    passage = dynamics.horizon is None
    default = (middle / 10, settles) if passage else (middle, middle)
    problems = []
    for k, name in enumerate(("competition", "collusion")):
        given = dynamics.given_thresholds[k]
        expected = default[k] if given is None else given
        told = None if solution.thresholds is None else solution.thresholds[k]
        if told is None or not abs(told - expected) <= 1e-12:
            problems.append(f"{name} is {expected:.12g}, not {told}")
    builder.require(
        "collusion.thresholds", "thresholds are given, or come from rest points", problems,
        theorem="COL-9",
    )  # fmt: skip


def _form(
    builder: ReportBuilder,
    dynamics: CollusionDynamics,
    claim: Result[CollusionSolution],
    chances: tuple[Chance, ...],
) -> bool:
    """Check that every entry is what its method gives."""
    problems = []
    for theta, chance in zip(dynamics.start.tolist(), chances, strict=True):
        where = f"start {theta:g}"
        if chance.method not in _CHECKS:
            problems.append(f"{where}: there is no method {chance.method!r}")
        if not 0 <= chance.low <= chance.high <= 1:
            problems.append(f"{where}: {chance.low} to {chance.high} is no interval in [0, 1]")
        if chance.method in ("enumerate", "diffusion") and chance.low != chance.high:
            problems.append(f"{where}: {chance.method} gives one number")
        if (chance.paths is not None) != (chance.method == "simulate"):
            problems.append(f"{where}: {chance.paths} paths by {chance.method}")
        if chance.method in ("grid", "simulate") and chance.updates is None:
            problems.append(f"{where}: the number of updates is missing")
        if chance.method == "diffusion" and chance.updates is not None:
            problems.append(f"{where}: a diffusion says nothing about updates")
        if chance.updates_error is not None:
            estimated = dynamics.horizon is None and chance.method in ("grid", "simulate")
            if not estimated or not chance.updates_error >= 0:
                problems.append(f"{where}: {chance.updates_error} is no error of updates")
        if dynamics.horizon is not None and chance.updates != dynamics.horizon:
            problems.append(f"{where}: there are {dynamics.horizon} updates, not {chance.updates}")
        if chance.method == "simulate" and not _is_wilson(chance):
            problems.append(f"{where}: no Wilson interval of {chance.paths} paths")
    return builder.require("collusion.chances", "each entry fits its method", problems)


def _is_wilson(chance: Chance) -> bool:
    """Return whether the interval is that of some number of successes."""
    assert chance.paths is not None
    square = _WILSON**2 / chance.paths
    share = (chance.low + chance.high) / 2 * (1 + square) - square / 2
    share = round(share * chance.paths) / chance.paths
    if not 0 <= share <= 1:
        return False
    half = math.sqrt(square * (share - share * share + square / 4))
    ends = [(share + square / 2 + side * half) / (1 + square) for side in (-1, 1)]
    return abs(ends[0] - chance.low) < 1e-9 and abs(ends[1] - chance.high) < 1e-9


def _by_grid(
    builder: ReportBuilder, market: Market, chances: tuple[Chance, ...], places: list[int],
    poll: Poll,
) -> Iterator[str]:  # fmt: skip
    """Compare with an own chain, then with an own simulation."""
    own = own_chain(market, places, poll)
    if own is None:
        builder.leave("the probabilities of collusion: a chain of our own would take too long")
    else:
        for k, place in enumerate(places):
            yield from _compare(market, chances[place], place, *(part[k] for part in own))
    for place in places[:: max(1, len(places) // 3)]:
        poll()
        yield from by_drawing(market, chances[place], place, poll)


def _compare(
    market: Market, told: Chance, place: int, value: float, error: float, mean: float, off: float
) -> Iterator[str]:
    """Yield what is wrong with a claim, given our own value and mean number of updates."""
    theta = market.dynamics.start[place]
    low, high = told.low, told.high
    slack = 3 * error + (2e-4 if market.passage else 1e-3)
    if told.paths is not None:
        share = (low + high) / 2
        # Four standard deviations of a share of so many paths, and a path or two.
        slack += 4 * math.sqrt(max(value * (1 - value), 0.0) / told.paths) + 8 / told.paths
        low = high = share
    if not low - slack <= value <= high + slack:
        yield f"start {theta:g}: the probability is about {value:.6g}, not {low:.6g} to {high:.6g}"
    if market.passage and told.updates is not None:
        # Six standard deviations of a mean, or three times what a halving changed.
        slack = 3 * off + 1e-3 * mean
        if told.updates_error is not None:
            slack += 3 * told.updates_error
        else:
            slack += 3e-2 * mean + (0 if told.paths is None else 15 * mean / math.sqrt(told.paths))
        if not abs(told.updates - mean) <= slack:
            yield f"start {theta:g}: about {mean:.6g} updates on average, not {told.updates:.6g}"


_CHECKS = {
    "enumerate": by_states,
    "grid": _by_grid,
    "simulate": _by_grid,
    "diffusion": by_quadrature,
}
"""Method of an entry -> what recomputes it."""
