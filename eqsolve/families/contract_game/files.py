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
        if (game.moves < game.n_states).all():
            fields["transitions"] = game.moves.reshape(shape)
        else:
            flat = np.empty(game.moves.size, dtype=object)
            flat[:] = [_next(game, k) for k in game.moves.ravel().tolist()]
            fields["transitions"] = _nest(flat.tolist(), shape)
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


def _next(game: ContractGame, lottery: int) -> int | list[float] | None:
    """Return what a lottery stands for in a file."""
    if lottery < game.n_states:
        return lottery
    if lottery == game.n_states:
        return None
    part = slice(game.indptr[lottery], game.indptr[lottery + 1])
    chances = np.zeros(game.n_states)
    chances[game.states[part]] = game.chances[part]
    return chances.tolist()


def _nest(flat: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """Return a flat list as nested ones."""
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0]
    return [_nest(flat[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]
