"""What must be true of all agents' exact denoisers together, as claims that run: DEN-4 to DEN-6.

Their fixed points are compared with the states that agents share, and whole flows are run.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.theorem import Theorem
from eqsolve.families.dec_pomdp.claims import (
    PAPER,
    ROUNDS,
    SIGMAS,
    denoisers,
    probes,
    small_noise,
    theorem,
)
from eqsolve.families.dec_pomdp.denoising.flow import composite
from eqsolve.families.dec_pomdp.denoising.rest import rest_points, stable
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.solution.denoised import Flow

__all__ = ["FLOWS"]


def _near_all(model: DecPOMDP) -> str | None:
    """DEN-4: with little noise, states near which all have a stable fixed point are shared ones."""
    for agents, shared in denoisers(model, small_noise(model)):
        kept = [
            {rest.state for rest in rest_points(denoiser, model.points) if stable(rest)}
            for denoiser in agents
        ]
        if set.intersection(*kept) != set(shared):
            return f"fixed points near {kept}, shared are {shared}"
    return None


def _shared_stay(model: DecPOMDP) -> str | None:
    """DEN-5: with little noise the flow stays at every shared state."""
    for agents, shared in denoisers(model, small_noise(model)):
        for state in shared:
            flow = composite(agents, model.points[state], model.points, shared)
            if not flow.converged or flow.state != state:
                return f"from shared state {state} the flow goes to {flow.cycle}"
    return None


def _flows(model: DecPOMDP) -> Iterator[tuple[int, tuple[int, ...], Flow]]:
    """Yield the flow with little noise from every state, where any is shared, and those shared."""
    for agents, shared in denoisers(model, small_noise(model)):
        for start in range(model.n_states if shared else 0):
            flow = composite(agents, model.points[start], model.points, shared, ROUNDS)
            yield start, shared, flow


def _ends(model: DecPOMDP) -> str | None:
    """DEN-5-two: with two agents, one-hot points and little noise, flows end at shared states."""
    for start, shared, flow in _flows(model):
        if not flow.in_shared:
            return f"from state {start} the flow goes to {flow.cycle}, shared are {shared}"
    return None


def _astray(model: DecPOMDP) -> str | None:
    """DEN-5-line, DEN-5-three: a flow goes round without a shared state although there is one."""
    for start, shared, flow in _flows(model):
        if flow.cycle and not flow.converged and not set(flow.cycle) & set(shared):
            return f"from state {start} the flow visits {flow.cycle}, shared are {shared}"
    return None


def _climbs(model: DecPOMDP) -> str | None:
    """DEN-6: one or two agents climb a potential, so that their flow goes round no longer cycle."""
    for agents, shared in denoisers(model, SIGMAS):
        one, other = agents[0], agents[-1]
        for probe in probes(model):
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


FLOWS: tuple[Theorem, ...] = (
    theorem(
        "DEN-4",
        "shared fixed points",
        "With little noise the states near which all agents' denoisers have a stable fixed point "
        "are the shared states.",
        _near_all,
        PAPER,
        applies=_distinct,
        hypotheses="states have different points",
    ),
    theorem(
        "DEN-5",
        "composite flow stays",
        "With little noise shared states are stable fixed points of the composite flow.",
        _shared_stay,
        PAPER,
        applies=_distinct,
        hypotheses="states have different points",
    ),
    theorem(
        "DEN-5-two",
        "two agents arrive",
        "With one-hot points, two agents and little noise the composite flow ends nearest to a "
        "shared state, from every state.",
        _ends,
        PAPER,
        applies=lambda model: _one_hot(model) and model.n_agents <= 2,
        hypotheses="one-hot points, one or two agents",
    ),
    theorem(
        "DEN-5-line",
        "not on a line",
        "With other points than one-hot two agents may pass the point to and fro and never come "
        "to the only shared state.",
        _astray,
        strategy="line_dec_pomdps",
        can_happen=True,
    ),
    theorem(
        "DEN-5-three",
        "not with three agents",
        "With three agents the flow may go round for ever even with one-hot points.",
        _astray,
        strategy="ring_dec_pomdps",
        applies=lambda model: _one_hot(model) and model.n_agents == 3,
        hypotheses="one-hot points, three agents",
        can_happen=True,
    ),
    theorem(
        "DEN-6",
        "two agents settle",
        "The rounds of one or two agents climb a potential, with any points and noise: no cycle is "
        "longer than a round.",
        _climbs,
        applies=lambda model: model.n_agents <= 2,
        hypotheses="one or two agents",
    ),
)
