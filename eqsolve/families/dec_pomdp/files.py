"""Dec-POMDPs as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.dec_pomdp.instance import DecPOMDP, Rows

__all__ = ["FIELDS", "read", "write"]

_DENSE = 4_000_000
"""Numbers of a table up to which all are written, zeros too; beyond, each row lists its pairs."""


def _table(description: str) -> dict[str, Any]:
    return {
        "description": f"{description}; a row may also be a list of [number, probability]",
        "anyOf": [{"type": "array"}, {"$ref": "#/$defs/file"}],
    }


def _counts(description: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "integer", "minimum": 1},
        "description": description,
    }


FIELDS = (
    Field("n_actions", _counts("number of actions of each agent"), required=True),
    Field("n_observations", _counts("number of observations of each agent"), required=True),
    Field("transitions", _table("[joint action][state][next state]"), required=True),
    Field(
        "observation_probs",
        _table("[joint action][next state][joint observation]"),
        required=True,
    ),
    Field("initial", array_schema("probability of each state", 1), required=True),
    Field("rewards", array_schema("[joint action][state], any sign", 2, minimum=None)),
    Field("discount", {"type": "number", "minimum": 0, "maximum": 1, "description": "default 1"}),
    Field("embedding", array_schema("[state][dimension], default one-hot", 2, minimum=None)),
    Field("policies", array_schema("[agent][action], memoryless, default uniform", 2)),
    Field(
        "histories",
        {
            "type": "array",
            "description": "joint histories asked about, each a list of "
            "[[action per agent], [observation per agent]]",
            "items": {"type": "array"},
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> DecPOMDP:
    """Return the model of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    return DecPOMDP(**fields, **common)


def write(model: DecPOMDP) -> dict[str, Any]:
    """Return the kind's own fields; `read` gives back an equal model."""
    fields: dict[str, Any] = {
        "n_actions": list(model.n_actions),
        "n_observations": list(model.n_observations),
        "transitions": _written(model.moves, model.n_states),
        "observation_probs": _written(model.sights, model.n_states),
        "initial": model.initial,
    }
    if model.rewards is not None:
        fields["rewards"] = model.rewards
    if model.discount != 1:
        fields["discount"] = model.discount
    if model.embedding is not None:
        fields["embedding"] = model.embedding
    if any((policy != 1 / len(policy)).any() for policy in model.policies):
        fields["policies"] = [policy.tolist() for policy in model.policies]
    if model.histories:
        fields["histories"] = [
            [[list(part) for part in step] for step in history] for history in model.histories
        ]
    return fields


def _written(rows: Rows, n_states: int) -> Any:
    """Return a table as an array, or where most of it would be zeros as pairs."""
    if len(rows) * rows.width <= _DENSE:
        return rows.dense().reshape(-1, n_states, rows.width)
    pairs = [
        [list(pair) for pair in zip(*(part.tolist() for part in rows.row(r)), strict=True)]
        for r in range(len(rows))
    ]
    return [pairs[first : first + n_states] for first in range(0, len(pairs), n_states)]
