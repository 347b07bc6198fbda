"""Normal-form games as files: the fields of the kind, reading and writing.

Payoffs stand in the file as they are (``0.5``). Only where some payoff is no short decimal, as
1/3, the file holds whole numbers and a ``denominator``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field
from eqsolve.families.normal_form_game.instance import NormalFormGame

__all__ = ["FIELDS", "read", "write"]

_NESTED = {
    "description": "payoffs of shape (a_1, ..., a_N, N), last axis the player, any sign",
    "anyOf": [{"type": "array", "items": {"type": "array"}}, {"$ref": "#/$defs/file"}],
}

FIELDS = (
    Field("payoffs", _NESTED, required=True),
    Field(
        "denominator",
        {
            "type": "integer",
            "minimum": 1,
            "description": "whole number that divides all payoffs (then whole), default 1",
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> NormalFormGame:
    """Return the game of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    divisor = fields.get("denominator", 1)
    return NormalFormGame(fields["payoffs"], divisor, player_axis="last", **common)


def write(game: NormalFormGame) -> dict[str, Any]:
    """Return the kind's own fields; `read` gives back an equal game."""
    if game.denominator == 1:
        return {"payoffs": game.payoffs}
    plain = game.payoffs / game.denominator
    if NormalFormGame(plain) == game:
        return {"payoffs": plain}
    return {"payoffs": game.payoffs, "denominator": game.denominator}
