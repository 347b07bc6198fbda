"""What must be true of knowledge and posteriors, as claims that can be run: DEC-1 to DEC-5.

Each claim adds up paths of states, actions and observations one by one, as the definition says,
and compares with what the package finds by filtering and searching.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.dec_pomdp.claims import PAPER
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.observing import observe
from eqsolve.families.dec_pomdp.theorems_denoising import DENOISING
from eqsolve.families.dec_pomdp.theorems_flow import FLOWS

__all__ = ["THEOREMS"]

_CLOSE = 1e-9
_DEEP = 2


def _steps(model: DecPOMDP) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield all actions and observations of one step, those that policies take."""
    actions = [np.flatnonzero(policy).tolist() for policy in model.policies]
    seen = [range(size) for size in model.n_observations]
    yield from itertools.product(itertools.product(*actions), itertools.product(*seen))


def _histories(model: DecPOMDP, length: int) -> Iterator[History]:
    """Yield all joint histories of a length."""
    yield from itertools.product(list(_steps(model)), repeat=length)


def _weights(model: DecPOMDP, history: History, agent: int | None = None) -> FloatArray:
    """Return for each last state the weight of all paths, given a joint history or an agent's own.

    Given his own, the paths of the others' actions and observations are added up too.
    """
    moves, sights = model.transitions, model.observation_probs
    found = np.zeros(model.n_states)
    fitting = [[told] if agent is None else _others(model, told, agent) for told in history]
    for states in itertools.product(range(model.n_states), repeat=len(history) + 1):
        if not model.initial[states[0]]:
            continue
        for steps in itertools.product(*fitting):
            weight = float(model.initial[states[0]])
            for t, (actions, seen) in enumerate(steps):
                a, o = model.joint_action(actions), model.joint_observation(seen)
                weight *= moves[a, states[t], states[t + 1]] * sights[a, states[t + 1], o]
                if agent is not None:
                    for i, k in enumerate(actions):
                        weight *= 1.0 if i == agent else float(model.policies[i][k])
            found[states[-1]] += weight
    return found


def _others(
    model: DecPOMDP, told: tuple[tuple[int, ...], tuple[int, ...]], agent: int
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return all joint steps that have an agent's own part in common with one."""
    choices = [
        [[part[agent]] if i == agent else list(range(size)) for i, size in enumerate(sizes)]
        for part, sizes in zip(told, (model.n_actions, model.n_observations), strict=True)
    ]
    return list(itertools.product(itertools.product(*choices[0]), itertools.product(*choices[1])))


def _filters(model: DecPOMDP) -> str | None:
    """DEC-1: filters equal sums over all paths."""
    for entry in posteriors_of(model, model.histories) or []:
        views = [None, *range(model.n_agents)]
        for view, row in zip(views, (entry.joint, *entry.local), strict=True):
            right = _weights(model, entry.history, view)
            total = float(right.sum())
            if view is None and abs(entry.probability - total) > _CLOSE:
                return f"{model.words(entry.history)} has probability {total}"
            if (row is None) != (total == 0):
                return f"{model.words(entry.history)}: agent {view}: possible or not"
            if row is not None and abs(row - right / total).max() > _CLOSE:
                return f"{model.words(entry.history)}: agent {view}: {right / total}, not {row}"
    return None


def _observable(model: DecPOMDP) -> str | None:
    """DEC-2: the subset construction decides, with a shortest history for a witness."""
    found = observe(model)
    witness = found.ambiguous_history
    if witness is not None and (_weights(model, witness) > 0).sum() < 2:
        return f"{model.words(witness)} leaves no two states"
    deep = _DEEP if witness is None else min(_DEEP, len(witness) - 1)
    for length in range(1, deep + 1):
        for history in _histories(model, length):
            if (_weights(model, history) > 0).sum() > 1:
                return f"{model.words(history)} leaves two states already"
    return None


def _inclusion(model: DecPOMDP) -> str | None:
    """DEC-3: what all together hold possible, each alone holds possible too."""
    for length in range(1, _DEEP + 1):
        for history in _histories(model, length):
            (entry,) = posteriors_of(model, [history]) or []
            possible = set(np.flatnonzero(_weights(model, history)).tolist())
            if not possible <= set(entry.shared):
                return f"{model.words(history)}: {possible} is not inside {entry.shared}"
        if model.n_joint_actions * model.n_joint_observations > 16:
            break
    return None


def _separated(model: DecPOMDP) -> str | None:
    """DEC-3: where all together see the state agent by agent, exactly one state is shared."""
    for entry in posteriors_of(model, model.histories) or []:
        if entry.joint is None or not entry.history:
            continue
        possible = tuple(np.flatnonzero(entry.joint).tolist())
        if entry.shared != possible or len(possible) != 1:
            return f"{model.words(entry.history)}: {possible} is left, {entry.shared} are shared"
    return None


def _shows_state(model: DecPOMDP) -> bool:
    """Return whether each agent sees a function of the state, and all together the state."""
    table = model.observation_probs
    if not ((table == 0) | (table == 1)).all() or (table != table[:1]).any():
        return False
    return len(set(table[0].argmax(axis=1).tolist())) == model.n_states


def _not_unique(model: DecPOMDP) -> str | None:
    """DEC-4: all together can tell the state, and yet several states are shared."""
    found = observe(model)
    if not found.collectively_observable or found.unshared_history is None:
        return None
    history = found.unshared_history
    own = [set(np.flatnonzero(_weights(model, history, i)).tolist()) for i in range(model.n_agents)]
    shared = set.intersection(*own)
    left = np.flatnonzero(_weights(model, history)).tolist()
    if len(left) != 1 or len(shared) < 2:
        return None
    return f"{model.words(history)} leaves {left} to all together, {sorted(shared)} to all alone"


def _identifiable(model: DecPOMDP) -> str | None:
    """DEC-4: the search over tuples decides whether one state is always shared."""
    found = observe(model)
    if found.shared_identifiable and not found.collectively_observable:
        return "one state is always shared, and yet all together cannot tell it"
    if not found.shared_identifiable:
        return None
    for history in _histories(model, 1):
        if not _weights(model, history).any():
            continue
        own = [_weights(model, history, i) > 0 for i in range(model.n_agents)]
        if np.logical_and.reduce(own).sum() != 1:
            return f"after {model.words(history)} several states are shared"
    return None


def _weighted(model: DecPOMDP) -> str | None:
    """DEC-5: local posteriors multiply to the joint one, divided by the prior n - 1 times."""
    prior = model.initial @ model.transitions.mean(axis=0)
    for entry in posteriors_of(model, model.histories) or []:
        if entry.joint is None:
            continue
        product = np.ones(model.n_states)
        for row in entry.local:
            assert row is not None  # what happens to all together happens to each
            product = product * row
        weights = product / np.where(prior > 0, prior, 1.0) ** (model.n_agents - 1)
        if abs(weights / weights.sum() - entry.joint).max() > _CLOSE:
            return (
                f"{model.words(entry.history)}: {weights / weights.sum()} from local posteriors, "
                f"{entry.joint} jointly"
            )
    return None


def _one_step_without_actions(model: DecPOMDP) -> bool:
    """Return whether nothing can be done and histories have one step."""
    return model.n_joint_actions == 1 and all(len(history) == 1 for history in model.histories)


THEOREMS: tuple[Theorem, ...] = (
    Theorem(
        id="DEC-1",
        title="filters",
        statement="Joint and local posteriors by filtering are the sums over all paths of states, "
        "of the others' actions under their policies and of the others' observations.",
        source=PAPER,
        kind=DecPOMDP.kind,
        claim=_filters,
        strategy="dec_pomdps",
    ),
    Theorem(
        id="DEC-2",
        title="collective observability",
        statement="Every possible joint history of a step or more tells the state exactly if the "
        "subset construction meets only single states; otherwise it finds a shortest history that "
        "leaves two.",
        source=PAPER,
        kind=DecPOMDP.kind,
        claim=_observable,
        strategy="dec_pomdps",
    ),
    Theorem(
        id="DEC-3",
        title="shared states",
        statement="States possible to all together are possible to each alone.",
        source=PAPER,
        kind=DecPOMDP.kind,
        claim=_inclusion,
        strategy="dec_pomdps",
    ),
    Theorem(
        id="DEC-3-unique",
        title="separating observations",
        statement="If the last joint observation is a function of the state, agent by agent, and "
        "tells states apart, exactly the true state is shared.",
        source=PAPER,
        kind=DecPOMDP.kind,
        claim=_separated,
        strategy="separating_dec_pomdps",
        applies=_shows_state,
        hypotheses="observations are functions of the state and tell states apart",
    ),
    Theorem(
        id="DEC-4",
        title="collective observability is not enough",
        statement="All together may always tell the state while several states are shared, as with "
        "the exclusive or of two coins.",
        source="eqsolve, theory of state reconstruction",
        kind=DecPOMDP.kind,
        claim=_not_unique,
        strategy="told_apart_dec_pomdps",
        can_happen=True,
    ),
    Theorem(
        id="DEC-4-search",
        title="shared identifiability",
        statement="One state is always shared exactly if the search over tuples of knowledge sets "
        "meets no tuple with two; then all together can tell the state.",
        source="eqsolve, theory of state reconstruction",
        kind=DecPOMDP.kind,
        claim=_identifiable,
        strategy="dec_pomdps",
    ),
    Theorem(
        id="DEC-5",
        title="weights",
        statement="If observations are independent between agents given the state and nobody's "
        "actions matter, the joint posterior after one step is the product of the local ones over "
        "the prior to the power n - 1, normalized.",
        source="eqsolve, theory of state reconstruction",
        kind=DecPOMDP.kind,
        claim=_weighted,
        strategy="independent_dec_pomdps",
        applies=_one_step_without_actions,
        hypotheses="independent observations, no choice of actions, histories of one step",
    ),
    *DENOISING,
    *FLOWS,
)
