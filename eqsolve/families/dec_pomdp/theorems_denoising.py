"""What must be true of exact denoisers, as claims that can be run: DEN-1 to DEN-6.

Claims look at the posteriors that agents have after the model's histories, with several noises.
They compare with differences, with points of balls that are run, and with whole flows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.dec_pomdp.denoising.balls import ball_around, banach_radius, bounds_at
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser, denoiser_of
from eqsolve.families.dec_pomdp.denoising.flow import composite
from eqsolve.families.dec_pomdp.denoising.rest import rest_points, stable
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP

__all__ = ["DENOISING"]

_SIGMAS = (0.1, 0.3, 0.6, 1.5)
_NARROW = (0.55, 0.58, 0.59, 0.6, 0.62)
"""Noises among which three equally likely one-hot states have a fourth fixed point."""
_ROUNDS = 2000


def _denoisers(
    model: DecPOMDP, sigmas: tuple[float, ...]
) -> Iterator[tuple[list[Denoiser], tuple[int, ...]]]:
    """Yield the denoisers of all agents and the shared states, for each history and noise."""
    for entry in posteriors_of(model, model.histories) or []:
        rows = [row for row in entry.local if row is not None]
        for sigma in sigmas if len(rows) == model.n_agents else ():
            yield [denoiser_of(row, model.points, sigma) for row in rows], entry.shared


def _alone(model: DecPOMDP, sigmas: tuple[float, ...] = _SIGMAS) -> Iterator[Denoiser]:
    """Yield every agent's denoiser."""
    for agents, _ in _denoisers(model, sigmas):
        yield from agents


def _small(model: DecPOMDP) -> tuple[float, ...]:
    """Return a noise that is small beside all distances of states."""
    points = model.points
    gaps = [np.linalg.norm(a - b) for k, a in enumerate(points) for b in points[:k]]
    return (0.02 * float(min(gaps, default=1.0)),)


def _probes(model: DecPOMDP) -> FloatArray:
    """Return points near states and between them, drawn by the model's digest."""
    rng = np.random.default_rng(int(model.digest[:8], 16))
    points = model.points
    shares = rng.dirichlet(np.ones(len(points)), 3)
    return shares @ points + 0.3 * rng.standard_normal((3, points.shape[1]))


def _covariance(model: DecPOMDP) -> str | None:
    """DEN-1: the Jacobian is that of differences, symmetric, positive semidefinite, of low rank."""
    for denoiser in _alone(model):
        h = 1e-5 * denoiser.sigma**2
        for x in _probes(model):
            told = denoiser.jacobian(x)
            slopes = [denoiser(x + h * u) - denoiser(x - h * u) for u in np.eye(len(x))]
            scale = max(1.0, float(np.abs(told).max()))
            if np.abs(np.transpose(slopes) / (2 * h) - told).max() > 1e-4 * scale:
                return f"at {x} differences give {np.transpose(slopes) / (2 * h)}, not {told}"
            values = np.linalg.eigvalsh(told)
            most = min(len(x), len(denoiser.states) - 1)
            if values[0] < -1e-9 * scale or (values > 1e-9 * scale).sum() > most:
                return f"at {x} eigenvalues are {values}"
    return None


def _around(center: FloatArray, radius: float) -> FloatArray:
    """Return points of a ball on both sides of its center, along all axes."""
    units = np.eye(len(center))
    return np.concatenate([center + radius * units, center - radius * units])


def _run(step: Callable[[FloatArray], FloatArray], x: FloatArray) -> FloatArray:
    """Return where a map leads."""
    for _ in range(_ROUNDS):
        after = step(x)
        if np.abs(after - x).max() < 1e-13:
            return after
        x = after
    return x


def _certified(model: DecPOMDP) -> str | None:
    """DEN-2: a certified ball has one fixed point, reached from all of it, near as told."""
    for denoiser in _alone(model):
        for state in denoiser.states.tolist():
            ball = ball_around(denoiser, state)
            if ball is None or ball.slope > 0.99:  # slow
                continue
            center = model.points[state]
            edge = _around(center, min(ball.reach, 5.0))
            ends = _run(denoiser, edge) if ball.reach == float("inf") else denoiser(edge)
            if np.linalg.norm(ends - center, axis=1).max() > min(ball.reach, 5.0) + 1e-9:
                return f"sigma {denoiser.sigma}, state {state}: the ball is left"
            ends = _run(denoiser, _around(center, ball.radius))
            off = float(np.linalg.norm(ends - center, axis=1).max())
            if off > ball.radius + 1e-9 or np.ptp(ends, axis=0).max() > 1e-8:
                return f"sigma {denoiser.sigma}, state {state}: {ends} within {ball.radius}"
            slope = float(np.linalg.norm(denoiser.jacobian(ends[0]), 2))
            if slope > ball.slope + 1e-9:
                return f"sigma {denoiser.sigma}, state {state}: slope {slope} above {ball.slope}"
    return None


def _more_than_states(model: DecPOMDP) -> str | None:
    """DEN-2-more: there are more stable fixed points than possible states."""
    for denoiser in _alone(model, _NARROW):
        found = [rest for rest in rest_points(denoiser, model.points) if stable(rest)]
        if len(found) > len(denoiser.states):
            return (
                f"sigma {denoiser.sigma}, chances {denoiser.chances}: {len(found)} stable fixed "
                f"points for {len(denoiser.states)} possible states"
            )
    return None


def _none_left(model: DecPOMDP) -> str | None:
    """DEN-2-lost: a possible state has no stable fixed point near it."""
    for denoiser in _alone(model):
        kept = {rest.state for rest in rest_points(denoiser, model.points) if stable(rest)}
        lost = set(denoiser.states.tolist()) - kept
        if lost:
            return f"sigma {denoiser.sigma}: states {sorted(lost)} have no stable fixed point"
    return None


def _perturbed(model: DecPOMDP) -> str | None:
    """DEN-3: a map near a denoiser rests where Banach's bound says."""
    rng = np.random.default_rng(int(model.digest[:8], 16))
    for denoiser in _alone(model):
        for state in denoiser.states.tolist():
            ball = ball_around(denoiser, state)
            if ball is None:
                continue
            center, d = model.points[state], model.points.shape[1]
            rho = min((ball.radius + ball.reach) / 2, 1.0)
            turn = 0.1 * np.linalg.qr(rng.standard_normal((d, d)))[0]
            slope = bounds_at(denoiser, state, rho)[1] + 0.1
            away: FloatArray = rng.standard_normal((d,))
            shift: FloatArray = away * (0.5 * rho * max(0.0, 1 - slope) / np.linalg.norm(away))

            def step(
                x: FloatArray, turn: FloatArray = turn, shift: FloatArray = shift,
                center: FloatArray = center, denoiser: Denoiser = denoiser,
            ) -> FloatArray:  # fmt: skip
                found: FloatArray = denoiser(x) + (x - center) @ turn + shift
                return found

            left = float(np.linalg.norm(step(center) - center))
            if slope > 0.99 or left > rho * (1 - slope):
                continue
            off = float(np.linalg.norm(_run(step, center) - center))
            if off > banach_radius(slope, left) + 1e-8:
                return f"state {state}: {off} beyond {banach_radius(slope, left)}"
    return None


def _near_all(model: DecPOMDP) -> str | None:
    """DEN-4: with little noise, states near which all have a stable fixed point are shared ones."""
    for agents, shared in _denoisers(model, _small(model)):
        kept = [
            {rest.state for rest in rest_points(denoiser, model.points) if stable(rest)}
            for denoiser in agents
        ]
        if set.intersection(*kept) != set(shared):
            return f"fixed points near {kept}, shared are {shared}"
    return None


def _shared_stay(model: DecPOMDP) -> str | None:
    """DEN-5: with little noise the flow stays at every shared state."""
    for agents, shared in _denoisers(model, _small(model)):
        for state in shared:
            flow = composite(agents, model.points[state], model.points, shared)
            if not flow.converged or flow.state != state:
                return f"from shared state {state} the flow goes to {flow.cycle}"
    return None


def _ends(model: DecPOMDP) -> str | None:
    """DEN-5-two: with two agents, one-hot points and little noise, flows end at shared states."""
    for agents, shared in _denoisers(model, _small(model)):
        for start in range(model.n_states if shared else 0):
            flow = composite(agents, model.points[start], model.points, shared, _ROUNDS)
            if not flow.in_shared:
                return f"from state {start} the flow goes to {flow.cycle}, shared are {shared}"
    return None


def _astray(model: DecPOMDP) -> str | None:
    """DEN-5-line, DEN-5-three: a flow goes round without a shared state although there is one."""
    for agents, shared in _denoisers(model, _small(model)):
        for start in range(model.n_states if shared else 0):
            flow = composite(agents, model.points[start], model.points, shared, _ROUNDS)
            if flow.cycle and not flow.converged and not set(flow.cycle) & set(shared):
                return f"from state {start} the flow visits {flow.cycle}, shared are {shared}"
    return None


def _climbs(model: DecPOMDP) -> str | None:
    """DEN-6: one or two agents climb a potential, so that their flow goes round no longer cycle."""
    for agents, shared in _denoisers(model, _SIGMAS):
        one, other = agents[0], agents[-1]
        for probe in _probes(model):
            y, held = one(probe), -np.inf
            for _ in range(20):
                x = other(y)
                value = float(one.potential(x) - (x @ y - other.potential(y)))
                if value < held - 1e-9:
                    return f"the potential falls from {held} to {value}"
                held, y = value, one(x)
        for start in model.points:
            flow = composite(agents, start, model.points, shared)
            if len(flow.cycle) > len(agents):
                return f"rounds repeat only after {len(flow.cycle)} steps: {flow.cycle}"
    return None


def _one_hot(model: DecPOMDP) -> bool:
    return model.embedding is None


def _distinct(model: DecPOMDP) -> bool:
    return len(np.unique(model.points, axis=0)) == model.n_states


_LOOKS = "looking_dec_pomdps"
_PAPER = "Wang, Dong, Jiang, Parkes and Tambe (2025), arXiv 2410.13953"
_OURS = "eqsolve, theory of state reconstruction"


def _claim(
    id: str, title: str, statement: str, claim: Callable[[Any], str | None], source: str = _OURS,
    **more: Any,
) -> Theorem:  # fmt: skip
    """Return a theorem about denoisers."""
    return Theorem(
        id=id, title=title, statement=statement, claim=claim, source=source,
        kind=DecPOMDP.kind, strategy=more.pop("strategy", _LOOKS), **more,
    )  # fmt: skip


DENOISING: tuple[Theorem, ...] = (
    _claim(
        "DEN-1",
        "Jacobian",
        "The Jacobian of the exact denoiser is the covariance of the points of states given the "
        "noisy point, by sigma squared; its rank is at most that of their number less one.",
        _covariance,
    ),
    _claim(
        "DEN-2",
        "certified balls",
        "With dev <= rho and slope < 1 the ball of radius rho around a possible state has exactly "
        "one fixed point, stable and reached from everywhere in it.",
        _certified,
    ),
    _claim(
        "DEN-2-lost",
        "lost states",
        "A possible state may have no stable fixed point near it: much noise, or a rare state.",
        _none_left,
        can_happen=True,
    ),
    _claim(
        "DEN-2-more",
        "more fixed points than states",
        "There may be more stable fixed points than possible states: three equally likely one-hot "
        "states have a fourth between them.",
        _more_than_states,
        can_happen=True,
    ),
    _claim(
        "DEN-3",
        "learned denoisers",
        "A map with slope l < 1 on the ball that moves its center by r <= rho (1 - l) rests within "
        "r / (1 - l) of it.",
        _perturbed,
    ),
    _claim(
        "DEN-4",
        "shared fixed points",
        "With little noise the states near which all agents' denoisers have a stable fixed point "
        "are the shared states.",
        _near_all,
        _PAPER,
        applies=_distinct,
        hypotheses="states have different points",
    ),
    _claim(
        "DEN-5",
        "composite flow stays",
        "With little noise shared states are stable fixed points of the composite flow.",
        _shared_stay,
        _PAPER,
        applies=_distinct,
        hypotheses="states have different points",
    ),
    _claim(
        "DEN-5-two",
        "two agents arrive",
        "With one-hot points, two agents and little noise the composite flow ends nearest to a "
        "shared state, from every state.",
        _ends,
        _PAPER,
        applies=lambda model: _one_hot(model) and model.n_agents <= 2,
        hypotheses="one-hot points, one or two agents",
    ),
    _claim(
        "DEN-5-line",
        "not on a line",
        "With other points than one-hot two agents may pass the point to and fro and never come "
        "to the only shared state.",
        _astray,
        strategy="line_dec_pomdps",
        can_happen=True,
    ),
    _claim(
        "DEN-5-three",
        "not with three agents",
        "With three agents the flow may go round for ever even with one-hot points.",
        _astray,
        strategy="ring_dec_pomdps",
        applies=lambda model: _one_hot(model) and model.n_agents == 3,
        hypotheses="one-hot points, three agents",
        can_happen=True,
    ),
    _claim(
        "DEN-6",
        "two agents settle",
        "The rounds of one or two agents climb a potential, with any points and noise: no cycle is "
        "longer than a round.",
        _climbs,
        applies=lambda model: model.n_agents <= 2,
        hypotheses="one or two agents",
    ),
)
