"""Games of many agents and a principal as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["FIELDS", "read", "write"]


def _nested(description: str) -> dict[str, Any]:
    return {"description": description, "anyOf": [{"type": "array"}, {"$ref": "#/$defs/file"}]}


FIELDS = (
    Field(
        "rewards",
        _nested("[agent][state][a_1]...[a_n], any sign; [agent][a_1]... for one state"),
        required=True,
    ),
    Field(
        "transitions",
        _nested("[state][a_1]...[a_n]: a state, probabilities of all states, or null for the end"),
    ),
    Field(
        "lotteries",
        {
            "type": "array",
            "description": "distributions that transitions share, each a list of [state, "
            "probability]; transition S + k stands for number k of them",
            "items": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        },
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
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "default 1"},
    ),
    Field(
        "initial",
        {
            "description": "a state or probabilities of all states, default 0",
            "anyOf": [{"type": "integer", "minimum": 0}, *array_schema("", 1)["anyOf"]],
        },
    ),
    Field(
        "target",
        {
            "description": "'welfare' (default), [state][agent] or [stage][state][agent]",
            "anyOf": [{"const": "welfare"}, {"type": "array"}, {"$ref": "#/$defs/file"}],
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> ContractGame:
    """Return the game of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    rest = dict(fields)
    return ContractGame(rest.pop("rewards"), **rest, **common)


def write(game: ContractGame) -> dict[str, Any]:
    """Return the kind's own fields; `read` gives back an equal game."""
    shape = (game.n_states, *game.sizes)
    fields: dict[str, Any] = {"rewards": game.rewards.reshape(game.n_agents, *shape)}
    if (game.moves != game.n_states).any() or game.horizon != 1:
        # In files the end has no number, so that those of lotteries are one less.
        numbers = np.where(game.moves > game.n_states, game.moves - 1, game.moves)
        ends = game.moves == game.n_states
        fields["transitions"] = numbers.reshape(shape)
        if ends.any():
            numbers = numbers.astype(object)
            numbers[ends] = None
            fields["transitions"] = numbers.reshape(shape).tolist()
        if len(game.indptr) > game.n_states + 2:
            fields["lotteries"] = [_pairs(game, k) for k in _own_lotteries(game)]
        fields["horizon"] = game.horizon
    if game.discount != 1:
        fields["discount"] = game.discount
    first = np.flatnonzero(game.start)
    if len(first) > 1:
        fields["initial"] = game.start
    elif first[0] != 0:
        fields["initial"] = int(first[0])
    if game.target is not None:
        fields["target"] = game.target[0] if len(game.target) == 1 else game.target
    return fields


def _own_lotteries(game: ContractGame) -> range:
    """Return the numbers of lotteries that are neither a sure state nor the end."""
    return range(game.n_states + 1, len(game.indptr) - 1)


def _pairs(game: ContractGame, lottery: int) -> list[list[float]]:
    """Return a lottery as a list of ``[state, probability]``."""
    part = slice(game.indptr[lottery], game.indptr[lottery + 1])
    return [list(pair) for pair in zip(game.states[part].tolist(), game.chances[part].tolist(),
                                       strict=True)]  # fmt: skip
