"""Are claimed probabilities of collusion right? Recomputed with the verifier's own means.

Exact laws: all states with fractions of the moves. First passage and long horizons: an own chain
on other nodes. Both that and simulated answers: an own simulation, which draws latent preferences
and prices one by one (fixed seed, four standard deviations). Diffusions: an own quadrature. What
would take too long is left as not proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.bid_table import exact
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.solution import Chance, CollusionSolution
from eqsolve.families.collusion_dynamics.verify.rounds import views

__all__ = ["check_chances"]

Poll = Callable[[], None]

_STATES = 100_000
_FEW = 300_000
"""Moves of all states up to which these are followed exactly rather than by a chain between nodes:
jumps of few states are large, and a chain may miss them."""
_WORK = 60_000_000
_DRAWS = 20_000_000
_PATHS = 400
_TAIL = 3.2e-5
"""What a normal variable exceeds by four standard deviations."""
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
    market = _Market(dynamics)
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


class _Market:
    """Batches of an instance, listed by the verifier."""

    def __init__(self, dynamics: CollusionDynamics) -> None:
        assert dynamics.batch is not None
        assert dynamics.rate is not None
        assert dynamics.thresholds is not None
        self.dynamics, self.batch, self.rate = dynamics, dynamics.batch, dynamics.rate
        self.low, self.high = dynamics.thresholds
        self.passage = dynamics.horizon is None
        self.views = views(dynamics)
        self.means = self.batch.estimator == "means"
        self.seen = self.batch.size * (dynamics.n_sellers if self.batch.feedback == "all" else 1)
        self.n_outcomes = math.comb(self.batch.size + len(self.views) - 1, len(self.views) - 1)

    def outcomes(self, size: int) -> Iterator[tuple[list[int], Fraction, Fraction, int, int]]:
        """Yield counts of each view, what high and low prices earned, and how many there were."""
        kinds = list(self.views)

        def rest(k: int, left: int, counts: list[int]) -> Iterator[list[int]]:
            if k == len(kinds) - 1:
                yield [*counts, left]
                return
            for taken in range(left + 1):
                yield from rest(k + 1, left - taken, [*counts, taken])

        for counts in rest(0, size, []):
            highs = sum(c * view[0] for c, view in zip(counts, kinds, strict=True))
            lows = sum(c * view[2] for c, view in zip(counts, kinds, strict=True))
            up = sum((c * view[1] for c, view in zip(counts, kinds, strict=True)), Fraction(0))
            down = sum((c * view[3] for c, view in zip(counts, kinds, strict=True)), Fraction(0))
            yield counts, up, down, highs, lows

    def moves(self) -> bool:
        """Return whether batches move anything; two rounds show it."""
        if not self.means:
            return any(view[1] or view[3] for view in self.views)
        return any(
            highs and lows and up / highs != down / lows
            for _, up, down, highs, lows in self.outcomes(min(self.batch.size, 2))
        )

    def groups(self) -> _Groups:
        """Return the outcomes of a batch, those with the same estimate together."""
        return _Groups(self)

    def rates(self) -> list[Fraction]:
        """Return the exact rate of each update, or of all in a first passage."""
        first, offset, power = exact(self.rate.initial), exact(self.rate.offset), self.rate.power
        found = []
        for t in range(self.dynamics.horizon or 1):
            if power == 0:
                found.append(first)
            elif float(power).is_integer():
                found.append(first / (t + offset) ** int(power))
            else:
                found.append(first / Fraction(float(t + offset) ** power))
        return found


class _Groups:
    """Outcomes by estimate: shape (M, K) counts, and which of the G estimates each gives."""

    def __init__(self, market: _Market) -> None:
        size = market.batch.size
        by_key: dict[tuple[Fraction, Fraction], int] = {}
        counts, ways, owner = [], [], []
        for count, up, down, highs, lows in market.outcomes(size):
            key = (up, down)
            if market.means:
                key = (up / highs - down / lows if highs and lows else Fraction(0), Fraction(0))
            owner.append(by_key.setdefault(key, len(by_key)))
            counts.append(count)
            ways.append(_multinomial(count))
        self.keys = list(by_key)
        self.counts = np.array(counts)
        self.ways = np.array(ways)
        self.owner = np.array(owner)
        pairs = np.array(list(market.views.values()))
        self.if_low, self.if_high = pairs[:, 0], pairs[:, 1]
        self.market = market

    def chances(self, theta: FloatArray) -> FloatArray:
        """Return the probability of each estimate at each of S propensities, shape (G, S)."""
        single = np.outer(self.if_low, 1 - theta) + np.outer(self.if_high, theta)
        powers = [single**0]
        for _ in range(self.market.batch.size):
            powers.append(powers[-1] * single)
        table = np.array(powers)  # (b + 1, K, S)
        found = np.zeros((len(self.keys), len(theta)))
        for m, count in enumerate(self.counts):
            product = self.ways[m] * np.ones(len(theta))
            for k, c in enumerate(count):
                if c:
                    product = product * table[c, k]
            found[self.owner[m]] += product
        return found

    def estimates(self, theta: FloatArray) -> FloatArray:
        """Return each estimate at each of S propensities, shape (G, S)."""
        numbers = np.array([[float(part) for part in key] for key in self.keys])
        if self.market.means:
            return np.repeat(numbers[:, :1], len(theta), axis=1)
        rho = self.market.dynamics.fidelity
        share = theta * rho + (1 - theta) * (1 - rho)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.outer(numbers[:, 0], 1 / share) - np.outer(numbers[:, 1], 1 / (1 - share))
        return np.asarray(np.nan_to_num(found) / self.market.seen)


def _multinomial(counts: list[int]) -> float:
    """Return in how many orders the views can come."""
    total, ways = 0, 1
    for count in counts:
        total += count
        ways *= math.comb(total, count)
    return float(ways)


def _logit(theta: float) -> float:
    return math.log(theta) - math.log1p(-theta)


def _theta(odds: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-odds)))


def _certain(market: _Market, theta: float) -> float | None:
    """Return the probability of collusion of a start that never moves, None of others."""
    there = market.passage and (theta <= market.low or theta >= market.high)
    if theta in (0, 1) or there or not market.moves():
        return 1.0 if theta >= market.high else 0.0
    return None


def _by_states(
    builder: ReportBuilder, market: _Market, chances: tuple[Chance, ...], places: list[int],
    poll: Poll,
) -> Iterator[str]:  # fmt: skip
    """Follow all states, keys being fractions of the moves; yield what is wrong."""
    if market.passage:
        yield "a first passage has no law that can be listed"
        return
    groups = market.groups()
    starts = [market.dynamics.start[place].item() for place in places]
    odds = np.array([_logit(theta) for theta in starts])
    if market.means:
        reached: list[float] | list[None] | list[float | None]
        reached = _merged(market, groups, odds, poll)
    else:
        reached = [_unmerged(market, groups, own, poll) for own in odds.tolist()]
    for place, found in zip(places, reached, strict=True):
        told = chances[place].low
        if found is None:
            builder.leave(f"the law after all updates: there are more than {_STATES} states")
        elif not abs(found - told) <= 1e-9:
            where = f"start {market.dynamics.start[place]:g}"
            yield f"{where}: the probability is {found:.12g}, not {told}"


def _merged(
    market: _Market, groups: _Groups, odds: FloatArray, poll: Poll, most: int | None = None
) -> list[float] | list[None]:
    """Return the probabilities of all starts; states are exact sums of moves."""
    states: dict[Fraction, FloatArray] = {Fraction(0): np.ones(len(odds))}
    moves = [key[0] for key in groups.keys]
    for rate in market.rates():
        poll()
        if most is not None and len(states) * len(moves) > most:
            return [None] * len(odds)
        sums = list(states)
        places = np.array([[float(total)] for total in sums]) + odds
        chances = groups.chances(_theta(places.ravel())).reshape(len(moves), *places.shape)
        after: dict[Fraction, FloatArray] = {}
        steps = [rate * move for move in moves]
        for s, total in enumerate(sums):
            for g, step in enumerate(steps):
                weight = states[total] * chances[g, s]
                key = total + step
                after[key] = after[key] + weight if key in after else weight
        states = after
        if len(states) > _STATES:
            return [None] * len(odds)
    level = _logit(market.high)
    total_chance = np.zeros(len(odds))
    for total, weight in states.items():
        total_chance += np.where(odds + float(total) >= level, weight, 0.0)
    return list(total_chance.tolist())


def _unmerged(market: _Market, groups: _Groups, odds: float, poll: Poll) -> float | None:
    """Return the probability of one start; estimates depend on the state."""
    states = {odds: 1.0}
    for rate in market.rates():
        poll()
        where = np.array(list(states))
        theta = _theta(where)
        weights = groups.chances(theta) * np.array(list(states.values()))
        landed = where + float(rate) * groups.estimates(theta)
        after: dict[float, float] = {}
        for place, weight in zip(landed.ravel().tolist(), weights.ravel().tolist(), strict=True):
            after[place] = after.get(place, 0.0) + weight
        states = after
        if len(states) > _STATES:
            return None
    level = _logit(market.high)
    return sum(weight for place, weight in states.items() if place >= level)


def _by_grid(
    builder: ReportBuilder, market: _Market, chances: tuple[Chance, ...], places: list[int],
    poll: Poll,
) -> Iterator[str]:  # fmt: skip
    """Compare with an own chain, then with an own simulation."""
    own = _own_chain(market, places, poll)
    if own is None:
        builder.leave("the probabilities of collusion: a chain of our own would take too long")
    else:
        for k, place in enumerate(places):
            yield from _compare(market, chances[place], place, *(part[k] for part in own))
    for place in places[:: max(1, len(places) // 3)]:
        poll()
        yield from _by_drawing(market, chances[place], place, poll)


def _compare(
    market: _Market, told: Chance, place: int, value: float, error: float, mean: float, off: float
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


def _own_chain(
    market: _Market, places: list[int], poll: Poll
) -> tuple[list[float], list[float], list[float], list[float]] | None:
    """Return values, errors, mean updates and their errors of starts; None if it takes too long."""
    if market.n_outcomes > 20_000:
        return None
    groups = market.groups()
    odds = np.array([_logit(market.dynamics.start[place].item()) for place in places])
    rates = [float(rate) for rate in market.rates()]
    if not market.passage and market.means:
        exact_law = _merged(market, groups, odds, poll, most=_FEW)
        known = [value for value in exact_law if value is not None]
        if known:
            nothing = [0.0] * len(known)
            return known, nothing, [float(len(rates))] * len(known), nothing
    probe = np.concatenate([odds, [0.0]])
    widest = float(np.abs(groups.estimates(_theta(probe))).max())
    if market.passage:
        low, high = _logit(market.low), _logit(market.high)
    else:
        reach = sum(rates) * widest * (1 if market.means else 2)
        low, high = float(odds.min()) - reach, float(odds.max()) + reach
        low, high = max(low, -700.0), min(high, 700.0)
    width = min(0.03, rates[0] * widest / 4)
    nodes = max(331, math.ceil((high - low) / width))
    turns = 1 if market.passage else len(rates)
    if nodes * len(groups.keys) * turns > _WORK or nodes > 20_000:
        return None
    found = []
    for size in (nodes, 4 * nodes // 3, 5 * nodes // 3):
        poll()
        solve = _passage if market.passage else _backward
        found.append(solve(groups, low, high, size, rates, odds, poll))
    values, updates = (np.array(part) for part in zip(*found, strict=True))
    return (
        values[-1].tolist(),
        np.ptp(values, axis=0).tolist(),
        updates[-1].tolist(),
        np.ptp(updates, axis=0).tolist(),
    )


def _passage(
    groups: _Groups, low: float, high: float, size: int, rates: list[float], odds: FloatArray,
    poll: Poll,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return chance of the upper end and mean number of updates, by one row per node."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    nodes = np.linspace(low, high, size)
    every = np.concatenate([nodes, odds])
    theta = _theta(every)
    chances, moves = groups.chances(theta), rates[0] * groups.estimates(theta)
    rows, columns, weights = [], [], []
    above = np.zeros(len(every))
    index = np.arange(len(every))
    step = nodes[1] - nodes[0]
    for g in range(len(groups.keys)):
        if g % 64 == 0:
            poll()
        place = (every + moves[g] - low) / step
        up, down = (place >= size - 1) & (moves[g] > 0), (place <= 0) & (moves[g] < 0)
        above += np.where(up, chances[g], 0.0)
        stays = ~(up | down)
        left = np.clip(np.floor(place[stays]), 0, size - 2)
        near = np.clip(place[stays] - left, 0.0, 1.0)
        for column, share in ((left, 1 - near), (left + 1, near)):
            rows.append(index[stays])
            columns.append(column.astype(np.int64))
            weights.append(chances[g][stays] * share)
    shape = (len(every), size)
    pair = (np.concatenate(rows), np.concatenate(columns))
    inside = coo_array((np.concatenate(weights), pair), shape=shape).tocsr()
    identity = coo_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size))
    system = (identity - inside[:size]).tocsc()
    value = spsolve(system, above[:size])
    updates = spsolve(system, np.ones(size))
    return above[size:] + inside[size:] @ value, 1 + inside[size:] @ updates


def _backward(
    groups: _Groups, low: float, high: float, size: int, rates: list[float], odds: FloatArray,
    poll: Poll,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return the chance of ending at the level or above, from the last update to the first."""
    level = _logit(groups.market.high)
    nodes = np.linspace(low, high, size)
    theta = _theta(nodes)
    chances, estimates = groups.chances(theta), groups.estimates(theta)
    begin = _theta(odds)
    first, own = groups.chances(begin), groups.estimates(begin)

    def after(where: FloatArray, at: FloatArray, values: FloatArray | None) -> FloatArray:
        """Return values after an update: of the level itself at the end, else between nodes."""
        if values is None:
            found = np.where(where >= level, at, 0.0)
        else:
            found = at * np.interp(where, nodes, values)
        return np.asarray(found.sum(axis=0))

    values = None
    for rate in rates[:0:-1]:
        poll()
        values = after(nodes + rate * estimates, chances, values)
    result = after(odds + rates[0] * own, first, values)
    return result, np.full(len(odds), float(len(rates)))


def _by_drawing(market: _Market, told: Chance, place: int, poll: Poll) -> Iterator[str]:
    """Simulate, latent preferences and prices one by one; yield if the claim is unlikely."""
    dynamics = market.dynamics
    rng = np.random.default_rng(20260101 + place)
    n, b = dynamics.n_sellers, market.batch.size
    high, low = dynamics.high, dynamics.low
    paths = _PATHS
    rates = [float(rate) for rate in market.rates()]
    ends = _logit(market.low), _logit(market.high)
    odds = np.full(paths, _logit(dynamics.start[place].item()))
    alive = np.ones(paths, dtype=bool)
    budget, t = _DRAWS, 0
    while alive.any() and (market.passage or t < len(rates)):
        poll()
        theta = _theta(odds[alive])
        budget -= len(theta) * b * (n + 1)
        if budget < 0:
            break
        latent = rng.random((len(theta), b)) < theta[:, None]
        follows = rng.random((len(theta), b, n)) < dynamics.fidelity
        prices = latent[..., None] == follows
        others = prices.sum(axis=2)[..., None] - prices
        pay = np.where(prices, high[np.minimum(others, n - 1)], low[np.minimum(others, n - 1)])
        if market.batch.feedback == "one":
            prices, pay = prices[..., :1], pay[..., :1]
        above, below = prices.sum(axis=(1, 2)), (~prices).sum(axis=(1, 2))
        up = np.where(prices, pay, 0.0).sum(axis=(1, 2))
        down = np.where(prices, 0.0, pay).sum(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            if market.means:
                move = np.where((above > 0) & (below > 0), up / above - down / below, 0.0)
            else:
                share = theta * dynamics.fidelity + (1 - theta) * (1 - dynamics.fidelity)
                move = np.nan_to_num(up / share) - np.nan_to_num(down / (1 - share))
                move = move / market.seen
        odds[alive] += rates[0 if market.passage else t] * move
        t += 1
        if market.passage:
            alive &= (odds > ends[0]) & (odds < ends[1])
    reached = int((odds >= ends[1]).sum())
    open_ = int(alive.sum()) if market.passage else (0 if t == len(rates) else paths)
    if _tail(paths, told.high, reached) < _TAIL:
        yield f"{reached} of {paths} paths reach collusion, too many for {told.high:.6g}"
    if not market.passage and open_:
        return
    if _tail(paths, 1 - told.low, paths - reached - open_) < _TAIL:
        yield f"{reached + open_} of {paths} paths reach collusion, too few for {told.low:.6g}"


def _tail(trials: int, chance: float, least: int) -> float:
    """Return the probability of at least so many successes."""
    if least <= 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return 0.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(chance) + (trials - k) * math.log1p(-chance)
        for k in range(least, trials + 1)
    ]  # fmt: skip
    return float(np.exp(logs).sum())


def _by_quadrature(
    builder: ReportBuilder, market: _Market, chances: tuple[Chance, ...], places: list[int],
    poll: Poll,
) -> Iterator[str]:  # fmt: skip
    """Integrate the scale function by Simpson's rule on other nodes; yield what is wrong."""
    from scipy.integrate import cumulative_simpson

    if not market.passage:
        yield "a diffusion is for first passage"
        return
    odds = np.array([_logit(market.dynamics.start[place].item()) for place in places])
    grid = np.linspace(_logit(market.low), _logit(market.high), 20_001)
    pull, noise = _moments(market, _theta(grid))
    rate = float(market.rates()[0])
    exponent = -cumulative_simpson(2 * market.batch.size * pull / (rate * noise), x=grid, initial=0)
    scale = cumulative_simpson(np.exp(exponent - exponent.max()), x=grid, initial=0)
    for place, own in zip(places, np.interp(odds, grid, scale / scale[-1]), strict=True):
        told = chances[place].low
        if not abs(own - told) <= 1e-4:
            where = f"start {market.dynamics.start[place]:g}"
            yield f"{where}: the diffusion gives {own:.6g}, not {told}"


def _moments(market: _Market, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return advantage and limit of b Var(estimate), by the law of one round."""
    kinds = [[float(part) for part in view] for view in market.views]
    pairs = np.array(list(market.views.values()))
    chance = np.outer(pairs[:, 0], 1 - theta) + np.outer(pairs[:, 1], theta)  # (K, S)
    above, up, below, down = (np.array(column)[:, None] for column in zip(*kinds, strict=True))
    seen_high, seen_low = (chance * above).sum(axis=0), (chance * below).sum(axis=0)
    mean_high, mean_low = (
        (chance * up).sum(axis=0) / seen_high,
        (chance * down).sum(axis=0) / seen_low,
    )
    if market.means:
        effect = (up - mean_high * above) / seen_high - (down - mean_low * below) / seen_low
    else:
        effect = up / seen_high - down / seen_low
    first = (chance * effect).sum(axis=0)
    return mean_high - mean_low, (chance * effect**2).sum(axis=0) - first**2


_CHECKS = {
    "enumerate": _by_states,
    "grid": _by_grid,
    "simulate": _by_grid,
    "diffusion": _by_quadrature,
}
"""Method of an entry -> what recomputes it."""
