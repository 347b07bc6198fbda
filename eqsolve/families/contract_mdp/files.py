"""Contracts in Markov decision processes as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = ["FIELDS", "read", "write"]


def _nested(description: str) -> dict[str, Any]:
    """Return the schema of nested lists of various depth."""
    return {
        "description": description,
        "anyOf": [{"type": "array"}, {"$ref": "#/$defs/file"}],
    }


FIELDS = (
    Field(
        "outcome_probs",
        _nested(
            "[state][action][outcome], rows >= 0 with sum 1, null for an action that does not "
            "exist; [action][outcome] for one state"
        ),
        required=True,
    ),
    Field("agent_rewards", _nested("[state][action], any sign, null: no such action")),
    Field("costs", _nested("the negative of agent_rewards, instead of it")),
    Field("principal_rewards", _nested("[state][outcome], any sign"), required=True),
    Field(
        "transitions",
        _nested("[state][outcome]: a state, probabilities of all states, or null for the end"),
    ),
    Field(
        "horizon",
        {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "periods, null for no end; default 1 without transitions",
        },
    ),
    Field(
        "discount",
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "of both, default 1",
        },
    ),
    Field(
        "initial",
        {
            "description": "a state or probabilities of all states, default 0",
            "anyOf": [{"type": "integer", "minimum": 0}, *array_schema("", 1)["anyOf"]],
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> ContractMDP:
    """Return the instance of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    rest = dict(fields)
    return ContractMDP(rest.pop("outcome_probs"), rest.pop("principal_rewards"), **rest, **common)


def write(mdp: ContractMDP) -> dict[str, Any]:
    """Return the kind's own fields: whole arrays where nothing is absent, else nested lists."""
    counts, exists = mdp.n_outcomes_of, mdp.exists
    dense = bool((counts == mdp.n_outcomes).all()) and bool(exists.all())
    fields: dict[str, Any] = {
        "outcome_probs": mdp.probabilities if dense else _ragged_probs(mdp),
        "agent_rewards": mdp.agent_rewards if dense else _with_nulls(mdp.agent_rewards, exists),
        "principal_rewards": mdp.principal_rewards if dense else _rows(mdp),
    }
    if (mdp.successors >= 0).any() or mdp.horizon != 1:
        fields["transitions"] = _transitions(mdp, dense)
        fields["horizon"] = mdp.horizon
    if mdp.discount != 1:
        fields["discount"] = mdp.discount
    first = np.flatnonzero(mdp.start)
    if len(first) == 1:
        if first[0] != 0:
            fields["initial"] = int(first[0])
    else:
        fields["initial"] = mdp.start
    return fields


def _ragged_probs(mdp: ContractMDP) -> list[list[list[float] | None]]:
    """Return the rows of probabilities, None for absent actions."""
    table = mdp.probabilities.tolist()
    return [
        [
            table[s][a][: mdp.n_outcomes_of[s]] if mdp.exists[s, a] else None
            for a in range(mdp.n_actions)
        ]
        for s in range(mdp.n_states)
    ]


def _with_nulls(table: Any, exists: Any) -> list[list[float | None]]:
    """Return a matrix with None where `exists` is False."""
    return [
        [value if there else None for value, there in zip(row, flags, strict=True)]
        for row, flags in zip(table.tolist(), exists.tolist(), strict=True)
    ]


def _rows(mdp: ContractMDP) -> list[list[float]]:
    """Return the principal's rewards, as many by state as there are outcomes."""
    rows = mdp.principal_rewards.tolist()
    return [row[:count] for row, count in zip(rows, mdp.n_outcomes_of.tolist(), strict=True)]


def _transitions(mdp: ContractMDP, dense: bool) -> Any:
    """Return what follows each outcome: a state, probabilities, or None."""
    if mdp.successors.shape[2] == 1:
        states = mdp.successors[:, :, 0]
        if dense and (states >= 0).all():
            return states
        return [
            [None if state < 0 else state for state in row[:count]]
            for row, count in zip(states.tolist(), mdp.n_outcomes_of.tolist(), strict=True)
        ]
    return [
        [_next(mdp, s, o) for o in range(int(mdp.n_outcomes_of[s]))] for s in range(mdp.n_states)
    ]


def _next(mdp: ContractMDP, state: int, outcome: int) -> int | list[float] | None:
    """Return what follows one outcome."""
    states = mdp.successors[state, outcome]
    weights = mdp.successor_probs[state, outcome]
    used = weights > 0
    if (states[used] < 0).any():
        return None
    if used.sum() == 1:
        return int(states[used][0])
    chances = np.zeros(mdp.n_states)
    chances[states[used]] = weights[used]
    return chances.tolist()
