"""Are claims about denoisers right? Fixed points, balls and flows, by the verifier's own denoiser.

The denoiser of a posterior is written out from its definition, a sum over possible states. Points
are put into it, whoever found them: residual, Jacobian, deviation and bound are worked out anew, a
flow is checked step by step. Points that a network gave (`learned`) need not be at rest, and
nothing about them is solved; their flow is only checked for what its path shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.core.status import Status
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution, FixedPoint, Flow

__all__ = ["Own", "check_denoised", "flow_faults", "point_faults"]

_AT_REST = 1e-6
_RANK = 1e-6
_SAME = 1e-6


class Own:
    """The verifier's own denoiser of one posterior.

    Parameters
    ----------
    posterior : probabilities of states, shape (S,).
    points : where states lie, shape (S, d).
    sigma : the noise.
    """

    def __init__(self, posterior: FloatArray, points: FloatArray, sigma: float) -> None:
        self.all = points
        self.sigma = sigma
        self.possible = [int(state) for state in np.flatnonzero(posterior > 0)]
        self.points = points[self.possible]
        self.logs = [math.log(posterior[state]) for state in self.possible]
        self.size = max(1e-300, *(float(np.abs(points - e).max()) for e in points))
        # States may lie in one place; coordinates are rounded all the same.
        self.loss = 1e-12 * max(self.size, float(np.abs(points).max()))

    def shares(self, x: FloatArray) -> FloatArray:
        """Return the chances of the possible states given a noisy point."""
        exponents = np.array(
            [
                log - float(((x - e) ** 2).sum()) / (2 * self.sigma**2)
                for log, e in zip(self.logs, self.points, strict=True)
            ]
        )
        weights = np.exp(exponents - exponents.max())
        found: FloatArray = weights / weights.sum()
        return found

    def moved(self, x: FloatArray) -> FloatArray:
        """Return D(x)."""
        found: FloatArray = (self.shares(x)[:, None] * self.points).sum(axis=0)
        return found

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Return the covariance of points given x, by sigma squared."""
        shares = self.shares(x)
        middle = (shares[:, None] * self.points).sum(axis=0)
        total = np.zeros((len(x), len(x)))
        for share, e in zip(shares, self.points, strict=True):
            total += share * np.outer(e - middle, e - middle)
        return total / self.sigma**2

    def conditions(self, state: int, radius: float) -> tuple[float, float]:
        """Return the two sums of DEN-2 for a radius around a possible state."""
        own = self.possible.index(state)
        moved = slope = 0.0
        for log, e in zip(self.logs, self.points, strict=True):
            d = math.dist(e, self.points[own])
            exponent = log - self.logs[own] - (d * d - 2 * radius * d) / (2 * self.sigma**2)
            share = math.exp(min(exponent, 700.0))
            moved += share * d
            slope += share * d * d / self.sigma**2
        return moved, slope

    def least(self, state: int) -> float | None:
        """Return the least good radius around a state, by repetition; None if none is found."""
        if state not in self.possible:
            return None
        radius = 0.0
        for _ in range(20_000):
            moved, slope = self.conditions(state, radius)
            if slope >= 1:
                return None
            if moved <= radius * (1 + 1e-12):
                return radius
            radius = moved
        return None


def check_denoised(
    builder: ReportBuilder, model: DecPOMDP, solution: DecPOMDPSolution, status: Status
) -> None:
    """Check all that is claimed about the denoisers of a solution."""
    problems = list(_form(model, solution))
    if not builder.require("denoiser.form", "every history has points for each agent", problems):
        return
    assert solution.sigma is not None
    sure = status is Status.SOLVED
    wrong: dict[str, list[str]] = {"points": [], "flow": [], "shared": []}
    for k, (entry, told) in enumerate(zip(solution.denoised, solution.posteriors, strict=True)):
        name = f"history {k}"
        if entry.shared != told.shared:
            wrong["shared"].append(f"{name}: {list(told.shared)} are shared")
        owns = [
            None if row is None else Own(row, model.points, solution.sigma) for row in told.local
        ]
        for agent, (own, rests) in enumerate(zip(owns, entry.fixed_points, strict=True)):
            where = f"{name}, agent {agent}"
            if own is None:
                wrong["points"] += [f"{where}: the history cannot happen"] * len(rests)
                continue
            faults = point_faults(own, rests, learned=solution.learned, sure=sure)
            wrong["points"] += [f"{where}, {fault}" for fault in faults]
        able = [own for own in owns if own is not None]
        if (entry.flow is None) != (len(able) < len(owns)):
            wrong["flow"].append(f"{name}: a flow is told exactly where the history can happen")
        elif entry.flow is not None:
            faults = flow_faults(able, entry.flow, told.shared, learned=solution.learned)
            wrong["flow"] += [f"{name}, {fault}" for fault in faults]
    words = {
        "points": "points rest as told, and all certified states have one",
        "flow": "the flow goes and ends as told",
        "shared": "shared states are those of the posteriors",
    }
    for key, theorem in (("points", "DEN-2"), ("flow", "DEN-5"), ("shared", "DEN-4")):
        builder.require(f"denoiser.{key}", words[key], wrong[key], theorem=theorem)
    told_solved = ["a network's points are no proof"] if sure and solution.learned else []
    builder.require("denoiser.status", "solved is what balls certify", told_solved)


def _form(model: DecPOMDP, solution: DecPOMDPSolution) -> Iterator[str]:
    """Yield what does not have the model's shape."""
    sigma, (size, d) = solution.sigma, model.points.shape
    if sigma is None or not math.isfinite(sigma) or sigma <= 0:
        yield f"sigma is {sigma}"
    if len(solution.denoised) != len(solution.posteriors):
        yield "there are fewer or more than histories"
        return
    for k, (entry, told) in enumerate(zip(solution.denoised, solution.posteriors, strict=True)):
        if entry.history != told.history or len(entry.fixed_points) != model.n_agents:
            yield f"history {k}: other histories or agents"
        for rest in (rest for own in entry.fixed_points for rest in own):
            if rest.point.shape != (d,) or not 0 <= rest.state < size:
                yield f"history {k}: {rest.point.tolist()} is no point, or {rest.state} no state"
        flow = entry.flow
        if flow is not None:
            rounds, rest_of = divmod(len(flow.path) - 1, model.n_agents)
            if flow.path.ndim != 2 or flow.path.shape[1] != d or rest_of or rounds < 1:
                yield f"history {k}: the path has no point after each agent of each round"


def _nearest(x: FloatArray, points: FloatArray) -> int:
    """Return the state whose point is nearest to x, the first of equals."""
    squares = [float(((x - e) ** 2).sum()) for e in points]
    least = min(squares)
    return next(k for k, square in enumerate(squares) if square <= least * (1 + 1e-9) + 1e-300)


def _off(told: float, right: float) -> bool:
    """Whether a number told is another than the right one."""
    return not abs(told - right) <= _SAME * max(1.0, abs(right))


def point_faults(
    own: Own, rests: Sequence[FixedPoint], *, learned: bool, sure: bool
) -> Iterator[str]:
    """Yield what is wrong with the fixed points told of one denoiser.

    Parameters
    ----------
    learned : whether a network gave the points.
    sure : whether the answer is said to be solved.
    """
    for rest in rests:
        name = f"state {rest.state}"
        if not np.isfinite(rest.point).all():
            yield f"{name}: {rest.point.tolist()} is no point"
            continue
        if rest.state != _nearest(rest.point, own.all):
            yield f"{name}: another state is nearer"
            continue
        left = float(np.linalg.norm(own.moved(rest.point) - rest.point))
        if _off(rest.residual, left):
            yield f"{name}: the point moves by {left:g}, not {rest.residual:g}"
        if not learned and not left <= _AT_REST * max(1.0, own.size):
            yield f"{name}: the point moves by {left:g}, it is no fixed point"
        values = np.linalg.eigvalsh(own.jacobian(rest.point))
        if _off(rest.spectral_radius, float(values.max())):
            yield f"{name}: the spectral radius is {values.max():g}, not {rest.spectral_radius:g}"
        ranks = [int((values > _RANK * near).sum()) for near in (1.001, 0.999)]
        if not ranks[0] <= rest.rank <= ranks[1]:
            yield f"{name}: the rank is {ranks[0]}, not {rest.rank}"
        away = math.dist(rest.point, own.all[rest.state])
        if _off(rest.deviation, away):
            yield f"{name}: the deviation is {away:g}, not {rest.deviation:g}"
        yield from _bound_faults(own, rest, name, away, learned=learned, sure=sure)
    if not learned:
        yield from _missing(own, rests)


def _bound_faults(
    own: Own, rest: FixedPoint, name: str, away: float, *, learned: bool, sure: bool
) -> Iterator[str]:
    """Yield what is wrong with a bound, or with there being none."""
    if rest.bound is None:
        if sure and rest.spectral_radius < 1:
            yield f"{name}: solved, but no ball certifies this stable fixed point"
        return
    if learned:
        yield f"{name}: balls are those of exact denoisers"
        return
    if rest.state not in own.possible:
        yield f"{name}: it is impossible, so that no ball is certified"
        return
    moved, slope = own.conditions(rest.state, rest.bound * (1 + 1e-9))
    if not (moved <= rest.bound * (1 + 1e-6) and slope < 1):
        yield f"{name}: a ball of radius {rest.bound:g} has dev {moved:g} and slope {slope:g}"
    if not away <= rest.bound * (1 + 1e-6) + own.loss:
        yield f"{name}: the point is {away:g} away, beyond {rest.bound:g}"
    smaller = rest.bound * (1 - 1e-5) - 1e-9 * own.size
    if smaller > 0 and own.conditions(rest.state, smaller)[0] <= smaller:
        yield f"{name}: {rest.bound:g} is not the least radius"


def _missing(own: Own, rests: Sequence[FixedPoint]) -> Iterator[str]:
    """Yield states with a certified ball of which no fixed point is told."""
    for state in own.possible:
        radius = own.least(state)
        if radius is None:
            continue
        near = [math.dist(rest.point, own.all[state]) for rest in rests]
        if not min(near, default=math.inf) <= radius * (1 + 1e-6) + 1e-6 * own.size + own.loss:
            yield f"state {state}: it has a fixed point within {radius:g} that is not told"


def flow_faults(
    owns: Sequence[Own], flow: Flow, shared: Sequence[int], *, learned: bool = False
) -> Iterator[str]:
    """Yield what is wrong with a composite flow."""
    n, path, points = len(owns), flow.path, owns[0].all
    size = owns[0].size
    if not np.isfinite(path).all():
        yield "the path has no points"
        return
    if not learned:
        for k, (before, after) in enumerate(pairwise(path)):
            off = float(np.abs(owns[k % n].moved(before) - after).max())
            if not off <= _SAME * max(1.0, size):
                yield f"step {k} of the path is {off:g} beside the denoiser of agent {k % n}"
    if flow.state != (end := _nearest(path[-1], points)):
        yield f"the end is nearest to state {end}, not {flow.state}"
    if flow.in_shared != (flow.state in shared):
        yield f"state {flow.state} is {'no' if flow.in_shared else 'a'} shared state"
    yield from _ending_faults(flow, n, points, size)


def _ending_faults(flow: Flow, n: int, points: FloatArray, size: float) -> Iterator[str]:
    """Yield what is wrong with how a flow is said to end."""
    path = flow.path
    if flow.converged and flow.cycle != (flow.state,):
        yield "where a flow converges its cycle is the state where it ends"
    if not flow.cycle:
        for length in range(n, min(12 * n, (len(path) - 1) // 2) + 1, n):
            off = np.abs(path[-length:] - path[-2 * length : -length]).max()
            wide = np.ptp(path[-length:][n - 1 :: n], axis=0).max() > 0.01 * size
            if off <= 1e-10 * size and (length == n or wide):
                yield f"the last {length} steps repeat those before"
                return
        return
    length = n if flow.converged else len(flow.cycle)
    if length % n or len(path) <= 2 * length:
        yield f"a cycle of {length} steps is no whole rounds, or longer than the path shows"
        return
    off = float(np.abs(path[-length:] - path[-2 * length : -length]).max())
    if not off <= 1e-8 * size:
        yield f"what is said to repeat is {off:g} off the next time"
    visited = [_nearest(point, points) for point in path[-length:]]
    alone = length == n and len(set(visited)) == 1
    if flow.converged != alone:
        yield f"the last round leaves the point at states {visited}"
    elif not flow.converged and tuple(visited) != flow.cycle:
        yield f"the cycle is {visited}, not {list(flow.cycle)}"
