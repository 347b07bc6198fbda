"""What must be true of each agent's exact denoiser, as claims that can be run: DEN-1 to DEN-3.

They compare with differences, and with points of balls that are run until they rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.dec_pomdp.claims import ROUNDS, SIGMAS, denoisers, probes, theorem
from eqsolve.families.dec_pomdp.denoising.balls import ball_around, banach_radius, bounds_at
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser
from eqsolve.families.dec_pomdp.denoising.rest import rest_points, stable
from eqsolve.families.dec_pomdp.instance import DecPOMDP

__all__ = ["DENOISING"]

_NARROW = (0.55, 0.58, 0.59, 0.6, 0.62)
"""Noises among which three equally likely one-hot states have a fourth fixed point."""


def _alone(model: DecPOMDP, sigmas: tuple[float, ...] = SIGMAS) -> Iterator[Denoiser]:
    """Yield every agent's denoiser."""
    for agents, _ in denoisers(model, sigmas):
        yield from agents


def _covariance(model: DecPOMDP) -> str | None:
    """DEN-1: the Jacobian is that of differences, symmetric, positive semidefinite, of low rank."""
    for denoiser in _alone(model):
        h = 1e-5 * denoiser.sigma**2
        for x in probes(model):
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
    for _ in range(ROUNDS):
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


DENOISING: tuple[Theorem, ...] = (
    theorem(
        "DEN-1",
        "Jacobian",
        "The Jacobian of the exact denoiser is the covariance of the points of states given the "
        "noisy point, by sigma squared; its rank is at most that of their number less one.",
        _covariance,
    ),
    theorem(
        "DEN-2",
        "certified balls",
        "With dev <= rho and slope < 1 the ball of radius rho around a possible state has exactly "
        "one fixed point, stable and reached from everywhere in it.",
        _certified,
    ),
    theorem(
        "DEN-2-lost",
        "lost states",
        "A possible state may have no stable fixed point near it: much noise, or a rare state.",
        _none_left,
        can_happen=True,
    ),
    theorem(
        "DEN-2-more",
        "more fixed points than states",
        "There may be more stable fixed points than possible states: three equally likely one-hot "
        "states have a fourth between them.",
        _more_than_states,
        can_happen=True,
    ),
    theorem(
        "DEN-3",
        "learned denoisers",
        "A map with slope l < 1 on the ball that moves its center by r <= rho (1 - l) rests within "
        "r / (1 - l) of it.",
        _perturbed,
    ),
)
