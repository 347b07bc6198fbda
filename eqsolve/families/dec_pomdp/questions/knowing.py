"""The verbs: who can know the state, and what a joint history says of it."""

from __future__ import annotations

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.errors import NoSolutionError
from eqsolve.core.limits import Deadline
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.observing import MOST, Observability, observe
from eqsolve.families.dec_pomdp.sets import Sets, members
from eqsolve.families.dec_pomdp.solution import Posterior

__all__ = ["Observability", "observability", "posterior", "shared_states"]


def observability(
    model: DecPOMDP, *, most_sets: int = MOST, deadline: Deadline | None = None
) -> Observability:
    """Return whether all together can always tell the state, and whether one state is shared.

    Parameters
    ----------
    model : the model.
    most_sets : knowledge sets, and tuples of them, met at most.
    deadline : a running clock.

    Raises
    ------
    InstanceError, OptionError : no model, or no number of sets.

    Notes
    -----
    Cost O(S x joint actions x joint observations) sets while all together can tell the state; with
    tuples of sets perhaps exponential. Source: DEC-2, DEC-4; Wang, Dong, Jiang, Parkes and Tambe
    (2025).

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.generate import xor_model
    >>> found = observability(xor_model())
    >>> found.collectively_observable, found.shared_identifiable, found.knowledge_sets
    (True, False, ((0,), (1,)))
    >>> found.unshared_history
    (((0, 0), (0, 0)),)
    """
    require_instance(model, DecPOMDP, "model")
    require_count(most_sets, "most_sets", 1)
    return observe(model, deadline, most=most_sets)


def posterior(model: DecPOMDP, history: object) -> Posterior:
    """Return what a joint history says of the state, all together and each agent alone.

    Parameters
    ----------
    model : the model.
    history : ``[[action per agent], [observation per agent]]`` for each step.

    Raises
    ------
    InstanceError : no model, or a history that does not fit it.

    Notes
    -----
    Cost O(steps x nonzeros of a transition matrix x agents). Source: DEC-1.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.generate import xor_model
    >>> found = posterior(xor_model(), [[[0, 0], [1, 0]]])
    >>> found.probability, found.joint.tolist(), found.local[0].tolist(), found.shared
    (0.25, [0.0, 1.0], [0.5, 0.5], (0, 1))
    """
    require_instance(model, DecPOMDP, "model")
    found = posteriors_of(model, [model.history(history)])
    if found is None:
        raise NoSolutionError("nothing was found before the run was stopped")
    return found[0]


def shared_states(model: DecPOMDP, history: object) -> tuple[int, ...]:
    """Return the states that no agent alone can rule out after a joint history.

    Parameters
    ----------
    model, history : see `posterior`.

    Raises
    ------
    InstanceError : no model, or a history that does not fit it.

    Notes
    -----
    Cost O(steps x joint actions x joint observations) operations with sets. Source: DEC-3.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.generate import xor_model
    >>> shared_states(xor_model(), [[[0, 0], [1, 0]]])
    (0, 1)
    """
    require_instance(model, DecPOMDP, "model")
    return tuple(members(Sets(model).shared(model.history(history))))
