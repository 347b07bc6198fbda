"""Hypothesis strategies for contracts: small numbers, ties, absent actions, ends, odd sizes.

Probabilities are quarters, rewards small whole numbers and some fractions: ties everywhere, twins
among the actions (at equal and at different cost), outcomes that never happen, terminal states.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = [
    "contract_mdps",
    "lasting_contract_mdps",
    "one_shot_contracts",
    "revealing_contract_mdps",
]


_ENTRIES: dict[str, st.SearchStrategy[Any]] = {
    "cut": st.integers(0, 4),
    "own": st.sampled_from([0, 0, -1, -2, -1.5, 0.5, 1]),
    "gain": st.integers(0, 4),
    "kind": st.sampled_from(["usual", "usual", "usual", "twin", "absent"]),
}
_SIZES = [st.integers(0, most) for most in range(8)]
_GONE = st.integers(0, 7)
_DISCOUNTS = st.sampled_from([1.0, 1.0, 0.5])
_LASTING = st.sampled_from([0.5, 0.75, 0.9])


@cache
def _list(entry: str, size: int) -> st.SearchStrategy[list[Any]]:
    """Return the strategy of lists of one length; making strategies anew takes long."""
    return st.lists(_ENTRIES[entry], min_size=size, max_size=size)


@cache
def _moves(states: int, size: int) -> st.SearchStrategy[list[int | None]]:
    """Return the strategy of next states."""
    return st.lists(st.sampled_from([*range(states), None]), min_size=size, max_size=size)


def _chances(draw: st.DrawFn, size: int) -> list[float]:
    """Draw quarters that sum to 1."""
    cuts = sorted(draw(_list("cut", size - 1))) if size > 1 else []
    return [(b - a) / 4 for a, b in zip([0, *cuts], [*cuts, 4], strict=True)]


def _game(draw: st.DrawFn, states: int, most: int, *, reveal: bool = False) -> dict[str, Any]:
    """Draw the arrays of a game."""
    n_actions = 1 + draw(_SIZES[most - 1])
    probs: list[Any] = []
    mine: list[Any] = []
    hers, moves = [], []
    for s in range(states):
        least = n_actions if reveal else 1
        size = least + draw(_SIZES[most - least])
        gone = s > 0 and draw(_GONE) == 7  # a terminal state
        rows: list[Any] = []
        for a, kind in enumerate(draw(_list("kind", n_actions))):
            if gone or (kind == "absent" and a > 0):
                rows.append(None)
            elif reveal:
                rows.append([1.0 if o == a else 0.0 for o in range(size)])
            elif kind == "twin" and rows and rows[-1] is not None:
                rows.append(rows[-1])
            else:
                rows.append(_chances(draw, size))
        own = draw(_list("own", n_actions))
        probs.append(rows)
        mine.append([None if row is None else x for row, x in zip(rows, own, strict=True)])
        count = 0 if gone else size
        hers.append(draw(_list("gain", count)))
        moves.append(draw(_moves(states, count)))
    return {
        "outcome_probs": probs,
        "agent_rewards": mine,
        "principal_rewards": hers,
        "transitions": moves,
        "initial": draw(_SIZES[states - 1]),
    }


@st.composite
def contract_mdps(
    draw: st.DrawFn, *, max_states: int = 3, max_size: int = 3, max_horizon: int = 3
) -> ContractMDP:
    """Draw games with a horizon.

    Parameters
    ----------
    max_states : most states.
    max_size : most actions, and outcomes.
    max_horizon : most periods.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(contract_mdps(), lambda mdp: mdp.horizon == 2).n_states
    1
    """
    fields = _game(draw, 1 + draw(_SIZES[max_states - 1]), max_size)
    periods, discount = 1 + draw(_SIZES[max_horizon - 1]), draw(_DISCOUNTS)
    return ContractMDP(**fields, horizon=periods, discount=discount)


@st.composite
def lasting_contract_mdps(
    draw: st.DrawFn, *, max_states: int = 2, max_size: int = 2
) -> ContractMDP:
    """Draw games without a horizon.

    Parameters
    ----------
    max_states : most states.
    max_size : most actions, and outcomes.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(lasting_contract_mdps(), lambda mdp: True).horizon is None
    True
    """
    fields = _game(draw, 1 + draw(_SIZES[max_states - 1]), max_size)
    return ContractMDP(**fields, horizon=None, discount=draw(_LASTING))


@st.composite
def one_shot_contracts(draw: st.DrawFn, *, max_actions: int = 4) -> ContractMDP:
    """Draw one-shot problems with costs >= 0 and a free action.

    Parameters
    ----------
    max_actions : most actions, and outcomes.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(one_shot_contracts(), lambda problem: True).is_one_shot
    True
    """
    actions, outcomes = (1 + draw(_SIZES[max_actions - 1]) for _ in range(2))
    probs = [_chances(draw, outcomes) for _ in range(actions)]
    if actions > 1 and draw(_GONE) > 5:
        probs[-1] = probs[0]  # a twin
    costs = draw(_list("cut", actions))
    costs[draw(_SIZES[actions - 1])] = 0
    rewards = draw(_list("gain", outcomes))
    return ContractMDP.one_shot(probs, costs, np.array(rewards))


@st.composite
def revealing_contract_mdps(draw: st.DrawFn) -> ContractMDP:
    """Draw games with a horizon in which the outcome tells the action.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(revealing_contract_mdps(), lambda mdp: mdp.n_actions == 2).n_states
    1
    """
    fields = _game(draw, 1 + draw(_SIZES[2]), 3, reveal=True)
    return ContractMDP(**fields, horizon=1 + draw(_SIZES[2]))
