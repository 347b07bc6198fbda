"""Collective observability and shared identifiability of a model, with what shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.search import search_sets, search_tuples
from eqsolve.families.dec_pomdp.sets import Sets, members

__all__ = ["MOST", "Observability", "observe"]

MOST = 1_000_000
"""Knowledge sets, or tuples of them, met at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observability:
    """Who can know the state.

    Parameters
    ----------
    collectively_observable : whether every possible joint history of a step or more tells the
        state; None where the search was cut.
    shared_identifiable : whether after each of them one state is left that no agent alone can rule
        out; None likewise.
    ambiguous_history : a shortest joint history that leaves two states, or None.
    states_left : the states it leaves.
    unshared_history : a joint history after which two states are shared, or None.
    knowledge_sets : all sets of possible states after a step or more, where each is one state.
    explored, tuples : how many knowledge sets, and tuples of one for all and one for each agent,
        were met, the first ones included.
    limit : what cut the search, or None.
    """

    collectively_observable: bool | None
    shared_identifiable: bool | None
    ambiguous_history: History | None = None
    states_left: tuple[int, ...] = ()
    unshared_history: History | None = None
    knowledge_sets: tuple[tuple[int, ...], ...] | None = None
    explored: int = 0
    tuples: int = 0
    limit: Limit | None = None


def observe(
    model: DecPOMDP,
    deadline: Deadline | None = None,
    *,
    most: int = MOST,
    sets: Sets | None = None,
) -> Observability:
    """Decide whether all together, and whether each alone, can tell the state (DEC-2, DEC-4).

    Parameters
    ----------
    most : knowledge sets, and tuples of them, met at most.
    sets : the model's knowledge sets, where they are at hand.

    Notes
    -----
    A history that leaves two states is also one after which two are shared, so tuples are only
    looked at where all together can tell the state. Cost: see `search`.
    """
    sets = Sets(model) if sets is None else sets
    clock = Deadline() if deadline is None else deadline
    joint = search_sets(sets, clock, most)
    found: dict[str, Any] = {"explored": len(joint.parents), "limit": joint.limit}
    if joint.witness is not None:
        history = joint.history(sets)
        return Observability(
            collectively_observable=False,
            shared_identifiable=False,
            ambiguous_history=history,
            states_left=tuple(members(sets.joint(history))),
            unshared_history=history,
            **found,
        )
    if joint.limit is not None:
        return Observability(collectively_observable=None, shared_identifiable=None, **found)
    found["knowledge_sets"] = tuple(sorted(tuple(members(known)) for known in joint.reached))
    tuples = search_tuples(sets, clock, most)
    found |= {"tuples": len(tuples.parents), "limit": tuples.limit}
    if tuples.witness is not None:
        found["unshared_history"] = tuples.history(sets)
    return Observability(
        collectively_observable=True,
        shared_identifiable=None if tuples.limit is not None else tuples.witness is None,
        **found,
    )
