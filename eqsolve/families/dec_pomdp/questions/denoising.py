"""The verbs about exact denoisers: fixed points of each agent's, and the flow through all."""

from __future__ import annotations

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.errors import OptionError
from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of, require_sigma
from eqsolve.families.dec_pomdp.denoising.flow import composite, start_point
from eqsolve.families.dec_pomdp.denoising.rest import rest_points
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.questions.knowing import posterior
from eqsolve.families.dec_pomdp.solution import FixedPoint, Flow

__all__ = ["composite_flow", "fixed_points"]


def fixed_points(
    model: DecPOMDP, history: object, sigma: float = 0.25
) -> tuple[tuple[FixedPoint, ...], ...]:
    """Return the fixed points of each agent's exact denoiser after a joint history.

    Parameters
    ----------
    model : the model.
    history : ``[[action per agent], [observation per agent]]`` for each step.
    sigma : noise in each dimension of the points that stand for states.

    Returns
    -------
    points : for each agent those reached from his possible states and from their mean, see
        `FixedPoint`; none where his part of the history cannot happen. `bound` is the radius of a
        certified ball: the fixed point is the only one within it, and stable (DEN-2).

    Raises
    ------
    InstanceError : no model, or a history that does not fit it.
    OptionError : an impossible sigma.

    Notes
    -----
    Cost: hundreds of rounds of O(m**2 d) for m possible states in d dimensions. Source: DEN-1,
    DEN-2; Wang, Dong, Jiang, Parkes and Tambe (2025).

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.generate import xor_model
    >>> first, _ = fixed_points(xor_model(), [[[0, 0], [1, 0]]], 0.25)
    >>> [(rest.state, rest.rank, rest.bound is not None) for rest in first]
    [(0, 1, True), (1, 1, True), (0, 1, False)]
    >>> [round(rest.spectral_radius, 6) for rest in first]  # the last is unstable
    [4e-06, 4e-06, 8.0]
    """
    require_instance(model, DecPOMDP, "model")
    points = model.points
    require_sigma(sigma, points)
    return tuple(
        () if row is None else rest_points(denoiser_of(row, points, sigma), points)
        for row in posterior(model, history).local
    )


def composite_flow(
    model: DecPOMDP,
    history: object,
    sigma: float = 0.25,
    start: object = 0,
    *,
    rounds: int = 1000,
) -> Flow:
    """Return where the exact denoisers of all agents in turn lead, again and again.

    Parameters
    ----------
    model, history, sigma : see `fixed_points`.
    start : a state, or a point.
    rounds : of all agents, at most.

    Returns
    -------
    flow : its path, whether it converged or which states it goes round, and whether it ends near
        a shared state; see `Flow`. Nothing guarantees that (DEN-5): look at `in_shared`.

    Raises
    ------
    InstanceError : no model, or a history that does not fit it.
    OptionError : an impossible option, or a history that cannot happen for some agent.

    Notes
    -----
    Cost: O(m d) for each agent and round. Source: DEN-5, DEN-6; Wang, Dong, Jiang, Parkes and
    Tambe (2025).

    Examples
    --------
    >>> import eqsolve
    >>> ring = eqsolve.load("catalog:three-agent-cycle")
    >>> flow = composite_flow(ring, ring.histories[0], 0.1, 0)
    >>> flow.converged, sorted(set(flow.cycle)), flow.in_shared
    (False, [0, 1, 2], False)
    """
    require_instance(model, DecPOMDP, "model")
    require_count(rounds, "rounds", 1)
    points = model.points
    require_sigma(sigma, points)
    begun = start_point(points, start)
    entry = posterior(model, history)
    agents = [denoiser_of(row, points, sigma) for row in entry.local if row is not None]
    if len(agents) < model.n_agents:
        raise OptionError("history: it cannot happen, so that there is no denoiser of it")
    return composite(agents, begun, points, entry.shared, rounds)
