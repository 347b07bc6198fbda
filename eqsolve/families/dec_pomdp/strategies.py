"""Hypothesis strategies for Dec-POMDPs: few states, zeros, ties, one state, one agent, three."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.dec_pomdp.instance import DecPOMDP

__all__ = [
    "dec_pomdps",
    "independent_dec_pomdps",
    "line_dec_pomdps",
    "looking_dec_pomdps",
    "ring_dec_pomdps",
    "separating_dec_pomdps",
    "told_apart_dec_pomdps",
]

_AGENTS = st.sampled_from([2, 2, 1, 3])
_FEW = st.integers(1, 2)
_STATES = st.integers(1, 3)
_LOOKS = [0.0, 0.0, 1.0, 1.0, 0.5, 0.05]
_SHARES = ((1.0,), (1.0,), (0.5, 0.5), (0.25, 0.75), (0.1, 0.9), (0.25, 0.25, 0.5))


@cache
def _picks(count: int) -> st.SearchStrategy[list[int]]:
    """Return the strategy of lists of numbers from which rows are made."""
    return st.lists(st.integers(0, 999), min_size=count, max_size=count)


def _rows(draw: st.DrawFn, count: int, width: int) -> Any:
    """Draw rows that sum to 1, shape (count, width), most of them with few entries."""
    table = np.zeros((count, width))
    for row, pick in zip(table, draw(_picks(count)), strict=True):
        shares = _SHARES[pick % len(_SHARES)]
        first = pick // len(_SHARES)
        for k, share in enumerate(shares):
            row[(first + k) % width] += share
    return table


def _sizes(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    """Draw numbers of actions and observations of each agent, and of states."""
    agents = draw(_AGENTS)
    return (
        [draw(_FEW) for _ in range(agents)],
        [draw(_FEW) for _ in range(agents)],
        draw(_STATES),
    )


def _histories(draw: st.DrawFn, actions: list[int], seen: list[int], lengths: Any) -> Any:
    """Draw joint histories of given lengths, possible or not as it happens."""
    found = []
    for length in draw(lengths):
        steps = iter(draw(_picks(length * 2 * len(actions))))
        found.append(
            [[[next(steps) % size for size in sizes] for sizes in (actions, seen)]
             for _ in range(length)]
        )  # fmt: skip
    return found


_ONE_STEP = st.lists(st.just(1), min_size=1, max_size=2)


@st.composite
def dec_pomdps(draw: st.DrawFn, *, longest: int = 2) -> DecPOMDP:
    """Draw models with at most three agents and states, and a few histories.

    Parameters
    ----------
    longest : steps of a history at most.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(dec_pomdps(), lambda model: model.n_agents == 2).n_states
    1
    """
    actions, seen, states = _sizes(draw)
    joint, width = math.prod(actions), math.prod(seen)
    fields: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        fields["policies"] = [_rows(draw, 1, size)[0].tolist() for size in actions]
    return DecPOMDP(
        actions,
        seen,
        _rows(draw, joint * states, states).reshape(joint, states, states),
        _rows(draw, joint * states, width).reshape(joint, states, width),
        _rows(draw, 1, states)[0],
        histories=_histories(draw, actions, seen, st.lists(st.integers(0, longest), max_size=2)),
        **fields,
    )


@st.composite
def separating_dec_pomdps(draw: st.DrawFn) -> DecPOMDP:
    """Draw models in which each agent sees a function of the state, and all together the state.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(separating_dec_pomdps(), lambda model: model.n_states == 3).n_agents
    2
    """
    actions, _, states = _sizes(draw)
    actions = (actions * 2)[: max(2, len(actions))]
    seen = [2] * len(actions)
    shown = np.zeros((states, *seen))
    first = draw(st.integers(0, math.prod(seen) - 1))
    for state in range(states):
        place = (first + state * draw(st.sampled_from([1, 3]))) % math.prod(seen)
        if shown.reshape(states, -1)[:, place].any():
            place = int(np.flatnonzero(~shown.reshape(states, -1).any(axis=0))[0])
        shown.reshape(states, -1)[state, place] = 1
    joint = math.prod(actions)
    return DecPOMDP(
        actions,
        seen,
        _rows(draw, joint * states, states).reshape(joint, states, states),
        np.broadcast_to(shown.reshape(states, -1), (joint, states, math.prod(seen))),
        _rows(draw, 1, states)[0],
        histories=_histories(draw, actions, seen, st.lists(st.integers(1, 2), max_size=2)),
    )


@st.composite
def independent_dec_pomdps(draw: st.DrawFn, *, actions: bool = False) -> DecPOMDP:
    """Draw models whose observations are independent between agents given the state.

    Parameters
    ----------
    actions : whether there is anything to do, so that transitions depend on joint actions.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(independent_dec_pomdps(), lambda model: model.n_states == 2).n_joint_actions
    1
    """
    did, seen, states = _sizes(draw)
    did = did if actions else [1] * len(seen)
    own = [_rows(draw, states, size) for size in seen]
    table = own[0]
    for rows in own[1:]:
        table = (table[:, :, None] * rows[:, None, :]).reshape(states, -1)
    joint = math.prod(did)
    return DecPOMDP(
        did,
        seen,
        _rows(draw, joint * states, states).reshape(joint, states, states),
        np.broadcast_to(table, (joint, *table.shape)),
        _rows(draw, 1, states)[0],
        histories=_histories(draw, did, seen, _ONE_STEP),
    )


@st.composite
def told_apart_dec_pomdps(draw: st.DrawFn) -> DecPOMDP:
    """Draw models whose state stays, and shows itself in each joint look at once.

    Each joint observation belongs to one state, so that all together always tell it; agents alone
    often cannot.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(told_apart_dec_pomdps(), lambda model: model.n_states == 2).n_joint_observations
    2
    """
    seen = [draw(st.sampled_from([2, 2, 1])) for _ in range(draw(_AGENTS))]
    width = math.prod(seen)
    states = min(draw(_STATES), width)
    owners = [pick % states for pick in draw(_picks(width))]
    table = np.zeros((states, width))
    for look, owner in enumerate([*range(states), *owners[states:]]):
        table[owner, look] = 1
    table /= table.sum(axis=1, keepdims=True)
    order = draw(st.permutations(range(width)))
    return DecPOMDP(
        [1] * len(seen), seen, np.eye(states)[None], table[None][:, :, order],
        np.full(states, 1 / states), histories=_histories(draw, [1] * len(seen), seen, _ONE_STEP),
    )  # fmt: skip


@st.composite
def looking_dec_pomdps(draw: st.DrawFn) -> DecPOMDP:
    """Draw models in which agents look once at a state that stays, each in his own way.

    Points are one-hot or lie on a line, some of them together. The history asked about is that
    everybody sees observation 0, which the last state allows.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(looking_dec_pomdps(), lambda model: model.embedding is not None).n_states
    1
    """
    states, agents = draw(st.integers(1, 4)), draw(_AGENTS)
    pick = st.lists(st.sampled_from(_LOOKS), min_size=states, max_size=states)
    chances = np.array([draw(pick) for _ in range(agents)])
    chances[:, -1] = np.maximum(chances[:, -1], 0.25)
    place = st.lists(st.integers(0, 5), min_size=states, max_size=states)
    line = draw(st.none() | place)
    return _looked(chances, None if line is None else [[x / 5] for x in line])


@st.composite
def ring_dec_pomdps(draw: st.DrawFn) -> DecPOMDP:
    """Draw models of three agents and states a, b, c, z: each rules one of the first three out.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(ring_dec_pomdps(), lambda model: True).n_agents
    3
    """
    out = draw(st.permutations(range(3)))
    seen = st.lists(st.sampled_from([0.4, 0.55, 0.8]), min_size=3, max_size=3)
    rare = st.sampled_from([0.05, 0.1, 0.6])
    chances = np.array([[*draw(seen), draw(rare)] for _ in range(3)])
    chances[range(3), out] = 0
    return _looked(chances, None)


def _looked(chances: Any, embedding: Any) -> DecPOMDP:
    """Return the model in which agent i sees 0 in state s with probability ``chances[i, s]``."""
    agents, states = chances.shape
    table = np.ones((states, 1))
    for row in chances:
        own = np.stack([row, 1 - row], axis=1)
        table = (table[:, :, None] * own[:, None, :]).reshape(states, -1)
    return DecPOMDP(
        [1] * agents, [2] * agents, np.eye(states)[None], table[None],
        np.full(states, 1 / states), embedding=embedding,
        histories=[[[[0] * agents, [0] * agents]]],
    )  # fmt: skip


@st.composite
def line_dec_pomdps(draw: st.DrawFn) -> DecPOMDP:
    """Draw models of two agents and three states on a line; each rules out another of the first.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(line_dec_pomdps(), lambda model: True).embedding.tolist()
    [[0.0], [0.1], [1.0]]
    """
    middle, share = draw(st.integers(1, 9)), draw(st.sampled_from([1.0, 0.5, 0.05]))
    chances = np.array([[1, 0, share], [0, 1, share]])
    return _looked(chances, [[0.0], [middle / 10], [1.0]])
