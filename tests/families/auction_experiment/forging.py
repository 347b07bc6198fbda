"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import AuctionExperiment

_GRID = {"min": 0, "max": 3, "increment": 1}
_VALUES = {"model": "private", "prior": {"integers": [0, 3]}}

CASES = {
    "common value, open clock": (
        AuctionExperiment(
            {
                "format": "english",
                "n_bidders": 3,
                "values": {"model": "common", "value": {"integers": [2, 3]}, "noise": 1},
                "bids": {"min": 0, "max": 4, "increment": 1},
                "tick": "at_once",
            },
            [{"rule": "truthful"}, {"rule": "truthful"}, {"rule": "fixed", "bids": [1, None]}],
            rounds=2,
            seed=8,
        ),
        {"benchmark": "none"},
    ),
    "given types, all pay": (
        AuctionExperiment(
            {"format": "all_pay", "n_bidders": 2, "values": _VALUES, "bids": _GRID},
            [
                {"rule": "shade", "factor": 0.5},
                {"rule": "noisy", "of": {"rule": "random"}, "sd": 1},
            ],
            values=[[3, 1]],
        ),
        {"benchmark": "truthful"},
    ),
}

NOT_CLAIMED = (
    "remarks.*",
    # Bids below the reserve are not accepted, whatever they are.
    "eqsolve/reserve-above-all:benchmark.strategies.*.bids.*",
    # A larger epsilon claims less.
    "*benchmark.epsilon",
)
