"""The fields of a record in files, with the names of statistics and of what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field

__all__ = [
    "ACTION",
    "BENCHMARKS",
    "CERTIFICATE_DATA",
    "ROUND",
    "SOLUTION_FIELDS",
    "STATISTICS",
    "STRATEGY",
    "USAGE",
]

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {}
"""Certificates hold no data: the verifier recomputes everything."""

BENCHMARKS = ("bne", "truthful", "none")

STATISTICS = (
    "bids", "share_truthful", "share_within_increment", "share_above", "share_below",
    "mean_absolute_deviation", "ss_above", "ss_below", "r_squared_truthful",
    "r_squared_equilibrium", "mean_revenue", "efficiency", "winner_profit", "implied_rho",
)  # fmt: skip
"""Names of the statistics; each is a number, or null where there is nothing to compute it from."""

USAGE = ("requests", "from_cache", "repeats", "failures", "tokens_in", "tokens_out", "cost")

_NUMBER = {"type": "number"}

_OR_NULL = {"type": ["number", "null"]}

_PER_BIDDER = {"type": "array", "items": _NUMBER}

_PER_BIDDER_OR_NULL = {"type": "array", "items": _OR_NULL}

ACTION = {
    "type": "object",
    "description": "one move: bid null holds; price and leader after it",
    "properties": {
        "period": {"type": "integer", "minimum": 0},
        "bidder": {"type": "integer", "minimum": 0},
        "bid": _OR_NULL,
        "price": _NUMBER,
        "leader": {"type": ["integer", "null"]},
    },
    "required": ["period", "bidder", "bid", "price", "leader"],
}

ROUND = {
    "type": "object",
    "properties": {
        "session": {"type": "integer", "minimum": 0},
        "round": {"type": "integer", "minimum": 0},
        "values": {**_PER_BIDDER_OR_NULL, "description": "types; null where not known"},
        "common": {**_OR_NULL, "description": "what types have in common, or the true value"},
        "bids": {**_PER_BIDDER_OR_NULL, "description": "null: stayed out, or was not seen"},
        "winner": {"type": ["integer", "null"], "description": "null: nobody"},
        "price": _OR_NULL,
        "payments": _PER_BIDDER,
        "profits": {**_PER_BIDDER_OR_NULL, "description": "null where the value is not known"},
        "tie_draw": {**_OR_NULL, "description": "uniform number that broke a tie, if there was"},
        "exits": {
            "type": ["array", "null"],
            "items": _OR_NULL,
            "description": "clocks: price at which each left; null: stayed, or never came in",
        },
        "periods": {
            "type": ["array", "null"],
            "items": ACTION,
            "description": "proxy: moves in their order",
        },
        "notes": {
            "type": ["array", "null"],
            "items": {"type": ["object", "null"]},
            "description": "per bidder: plan and reflection",
        },
    },
    "required": [
        "session", "round", "values", "bids", "winner", "price", "payments", "profits", "tie_draw",
    ],
}  # fmt: skip

STRATEGY = {
    "type": "object",
    "properties": {
        "values": _PER_BIDDER,
        "bids": {"anyOf": [_PER_BIDDER_OR_NULL, {"type": "array", "items": _PER_BIDDER_OR_NULL}]},
        "probabilities": {"type": ["array", "null"], "items": _PER_BIDDER},
    },
}

SOLUTION_FIELDS = (
    Field(
        "rounds",
        {"type": "array", "items": ROUND, "description": "in the order of play"},
        required=True,
    ),
    Field(
        "statistics",
        {
            "type": "object",
            "description": "of all rounds together",
            "properties": dict.fromkeys(STATISTICS, _OR_NULL),
        },
        required=True,
    ),
    Field(
        "benchmark",
        {"type": ["object", "null"], "description": "the equilibrium, as single_item_auction"},
    ),
    Field(
        "benchmark_kind", {"enum": list(BENCHMARKS), "description": "what bids are compared with"}
    ),
    Field(
        "strategies",
        {
            "type": ["array", "null"],
            "items": {"type": ["object", "null"]},
            "description": "by seat the strategy that its bids follow, null: a plain formula",
        },
    ),
    Field(
        "usage",
        {
            "type": "object",
            "description": "what chat bidders were asked, and what it cost",
            "properties": dict.fromkeys(USAGE, _NUMBER),
        },
    ),
    Field(
        "failures",
        {
            "type": "array",
            "items": {"type": "object"},
            "description": "who failed, where, why, and what was done",
        },
    ),
    Field(
        "source",
        {"type": ["object", "null"], "description": "of records of others: files and faults"},
    ),
)
