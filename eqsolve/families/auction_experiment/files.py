"""Auction experiments as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.auction_experiment.instance import (
    CLOSINGS,
    DRAWS,
    INTERVENTIONS,
    ORDERS,
    RULES,
    TEMPLATES,
    AuctionExperiment,
)
from eqsolve.families.auction_experiment.instance.bidders import LEVEL_ZERO
from eqsolve.families.single_item_auction import files as auction_files

__all__ = ["FIELDS", "FILES", "read", "write"]

_NUMBER = {"type": "number", "minimum": 0}
_BIDDER = {
    "type": "object",
    "description": "who sits in a seat",
    "properties": {
        "rule": {"enum": list(RULES)},
        "bids": {
            "type": "array",
            "items": {"type": ["number", "null"], "minimum": 0},
            "description": "fixed: one per round, null stays out",
        },
        "factor": {**_NUMBER, "description": "shade: share of the type"},
        "rho": {**_NUMBER, "exclusiveMaximum": 1, "description": "crra"},
        "chi": {**_NUMBER, "maximum": 1, "description": "cursed"},
        "k": {"type": "integer", "minimum": 0, "description": "level_k"},
        "level0": {"enum": list(LEVEL_ZERO), "description": "level_k, default random"},
        "lambda": {**_NUMBER, "description": "quantal: precision per unit of money"},
        "of": {"type": "object", "description": "noisy: a bidder by rule"},
        "sd": {**_NUMBER, "description": "noisy: of what is added"},
        "log_sd": {**_NUMBER, "description": "noisy: of the logarithm of the factor"},
        "endpoint": {"type": "string", "description": "chat: before /chat/completions"},
        "model": {"type": "string", "description": "chat"},
        "temperature": {**_NUMBER, "description": "chat"},
        "seed": {"type": "integer", "minimum": 0, "description": "chat: sent where given"},
        "max_tokens": {"type": "integer", "minimum": 1, "description": "chat: of an answer"},
        "price_in": {**_NUMBER, "description": "chat: of a million tokens read"},
        "price_out": {**_NUMBER, "description": "chat: of a million tokens written"},
        "persona": {"type": "string", "description": "chat"},
        "intervention": {"enum": list(INTERVENTIONS), "description": "chat"},
        "language": {"type": "string", "description": "chat, default English"},
        "currency": {"type": "string", "description": "chat, default $"},
        "key_env": {"type": "string", "description": "chat: name of the variable with the key"},
        "name": {"type": "string", "description": "function: of Python, cannot be played again"},
    },
    "required": ["rule"],
}

FIELDS = (
    Field(
        "auction",
        {
            "type": "object",
            "description": "the auction, with the fields of single_item_auction",
            "properties": {field.name: dict(field.schema) for field in auction_files.FIELDS},
            "required": [field.name for field in auction_files.FIELDS if field.required],
        },
        required=True,
    ),
    Field(
        "bidders",
        {"type": "array", "items": _BIDDER, "description": "one per seat"},
        required=True,
    ),
    Field("rounds", {"type": "integer", "minimum": 1, "description": "of a session, default 1"}),
    Field("sessions", {"type": "integer", "minimum": 1, "description": "default 1"}),
    Field("seed", {"type": "integer", "minimum": 0, "description": "of all draws, default 0"}),
    Field(
        "values", array_schema("[round of all sessions][bidder] types, else drawn", 2, minimum=None)
    ),
    Field("commons", array_schema("[round of all sessions] true values", 1, minimum=None)),
    Field("draws", {"enum": list(DRAWS), "description": "default philox"}),
    Field(
        "protocol",
        {
            "type": "object",
            "description": "what chat bidders are asked and shown, all true by default",
            "properties": {
                name: {"type": "boolean"}
                for name in ("plan", "reflect", "show_history", "show_bids")
            },
            "additionalProperties": False,
        },
    ),
    Field(
        "proxy",
        {
            "type": "object",
            "description": "proxy bidding over several periods, with format second_price",
            "properties": {
                "periods": {"type": "integer", "minimum": 1},
                "closing": {"enum": list(CLOSINGS), "description": "default hard"},
                "max_extensions": {"type": ["integer", "null"], "minimum": 0},
                "hidden_reserve": {**_NUMBER, "description": "least price of a sale"},
                "order": {"enum": list(ORDERS), "description": "of moves, default random"},
            },
            "required": ["periods"],
            "additionalProperties": False,
        },
    ),
    Field(
        "repeat_on_bad_answer",
        {"type": "integer", "minimum": 0, "description": "of chat bidders, default 3"},
    ),
    Field(
        "template",
        {
            "type": "string",
            "description": f"text for chat bidders: {', '.join(TEMPLATES)}, a path, or the text",
        },
    ),
)

FILES = {"template": "text"}
"""What references to files that are no arrays stand for, by the field that holds them."""


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> AuctionExperiment:
    """Return the instance of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    return AuctionExperiment(**fields, **common)


def write(experiment: AuctionExperiment) -> dict[str, Any]:
    """Return the kind's own fields; what has its default value is left out."""
    fields: dict[str, Any] = {
        "auction": {**auction_files.write(experiment.auction), **experiment.auction.described()},
        "bidders": [bidder.to_dict() for bidder in experiment.bidders],
        "rounds": experiment.rounds,
        "sessions": experiment.sessions,
        "seed": experiment.seed,
    }
    if experiment.values is not None:
        fields["values"] = experiment.values
    if experiment.commons is not None:
        fields["commons"] = experiment.commons
    if experiment.draws != DRAWS[0]:
        fields["draws"] = experiment.draws
    protocol = {key: value for key, value in experiment.protocol.to_dict().items() if not value}
    if protocol:
        fields["protocol"] = protocol
    if experiment.proxy is not None:
        fields["proxy"] = experiment.proxy.to_dict()
    if experiment.repeat_on_bad_answer != 3:
        fields["repeat_on_bad_answer"] = experiment.repeat_on_bad_answer
    if experiment.template != "standard":
        fields["template"] = experiment.template
    return fields
