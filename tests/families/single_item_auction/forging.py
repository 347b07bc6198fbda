"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import SingleItemAuction

_THREE = {"model": "private", "prior": {"points": [0, 1, 3], "weights": [1, 2, 1]}}
_BIDS = {"min": 0, "max": 3, "increment": 1}

CASES = {
    "all equilibria": (
        SingleItemAuction("first_price", 2, _THREE, bids=_BIDS, reserve=0.5),
        {"find": "all"},
    ),
    "mixed": (
        SingleItemAuction("all_pay", 2, _THREE, bids=_BIDS),
        {"method": "fictitious_play", "iterations": 400},
    ),
    "staircase": (
        SingleItemAuction(
            "first_price", 2, {"model": "private", "prior": {"uniform": [0, 3]}}, bids=_BIDS
        ),
        {"iterations": 400},
    ),
    "third price on a grid": (
        SingleItemAuction("kth_price", 3, _THREE, k=3, bids=_BIDS),
        {"find": "all"},
    ),
}

NOT_CLAIMED = (
    "remarks.*",
    # A larger epsilon claims less; smaller ones are forged in test_verify.
    "*:epsilon",
    # One of many breakpoints: what it changes is less than epsilon allows.
    "all-pay-uniform:strategies.*",
    "two-uniform-bidders:strategies.*",
    "common-value:*",
    "affiliated-values:*",
    # Mixed: shares are normalized.
    "mixed:strategies.*.probabilities.*",
    "no-pure-equilibrium:strategies.*.probabilities.*",
    # Nobody takes part: any types and bids beyond all values say the same.
    "reserve-above-all:strategies.*",
    # Steps of no type, or ends of steps that a type of no chance decides.
    "staircase:strategies.*.values.*",
)
