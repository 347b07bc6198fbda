"""Token auctions as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.instance.auction import AGGREGATIONS, PAYMENTS, WEIGHTS

__all__ = ["FIELDS", "FILES", "read", "write"]

_MODEL = {
    "type": "object",
    "description": "one of markov, ngram, char_rnn, transformers, endpoint; prompt, temperature",
}
_PROMPT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}

FIELDS = (
    Field("bids", array_schema("of the agents, not all 0", 1), required=True),
    Field("distributions", array_schema("[agent][token], rows with the sum 1: one step", 2)),
    Field("models", {"type": "array", "items": _MODEL, "description": "instead: one per agent"}),
    Field(
        "vocabulary",
        {"type": "array", "items": {"type": "string"}, "description": "the tokens as text"},
    ),
    Field(
        "reserve",
        {
            "type": "object",
            "description": "the platform's own: bid, and distribution or model",
            "properties": {
                "bid": {"type": "number", "minimum": 0},
                "distribution": array_schema("[token]", 1),
                "model": _MODEL,
            },
            "required": ["bid"],
            "additionalProperties": False,
        },
    ),
    Field("aggregation", {"enum": list(AGGREGATIONS), "description": "default linear"}),
    Field("payment", {"enum": list(PAYMENTS), "description": "default second_price"}),
    Field("length", {"type": "integer", "minimum": 1, "description": "tokens to generate"}),
    Field("stop", {"type": ["string", "integer"], "description": "token that ends the text"}),
    Field("prompt", {**_PROMPT, "description": "shared text, or token numbers"}),
    Field("weights", {"enum": list(WEIGHTS), "description": "default fixed"}),
)

FILES = {"text": "text", "weights": "path", "vocabulary": "path"}
"""What references to files that are no arrays stand for, by the field that holds them."""


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> TokenAuction:
    """Return the instance of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    rest = dict(fields)
    return TokenAuction(rest.pop("bids"), **rest, **common)


def write(auction: TokenAuction) -> dict[str, Any]:
    """Return the kind's own fields; what has its default value is left out."""
    fields: dict[str, Any] = {"bids": auction.bids}
    if auction.distributions is not None:
        fields["distributions"] = auction.distributions
    else:
        fields["models"] = [model.to_dict() for model in auction.models]
    if auction.vocabulary:
        fields["vocabulary"] = list(auction.vocabulary)
    if auction.reserve_distribution is not None:
        fields["reserve"] = {
            "bid": auction.reserve_bid,
            "distribution": auction.reserve_distribution,
        }
    elif auction.reserve_model is not None:
        fields["reserve"] = {"bid": auction.reserve_bid, "model": auction.reserve_model.to_dict()}
    for name, usual in (
        ("aggregation", "linear"),
        ("payment", "second_price"),
        ("length", 1),
        ("stop", None),
        ("weights", "fixed"),
    ):
        if getattr(auction, name) != usual:
            fields[name] = getattr(auction, name)
    if auction.prompt:
        held = auction.prompt
        fields["prompt"] = held if isinstance(held, str) else list(held)
    return fields
