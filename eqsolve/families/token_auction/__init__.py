"""Token auctions: language models bid for the next word of a common text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.token_auction.instance import TokenAuction
    from eqsolve.families.token_auction.questions.incentives import (
        DeviationGain,
        deviation_gain,
        misreport_gain,
    )
    from eqsolve.families.token_auction.questions.monotonicity import Monotonicity, is_monotone
    from eqsolve.families.token_auction.questions.one_step import (
        StableDraw,
        aggregate,
        critical_bid,
        second_price,
        stable_sample,
    )
    from eqsolve.families.token_auction.questions.stability import (
        UniversalStability,
        universally_stable,
    )
    from eqsolve.families.token_auction.questions.sweeps import (
        Replay,
        SweepPoint,
        brand_words,
        replay,
        sweep_bids,
    )
    from eqsolve.families.token_auction.solution import TokenSolution
    from eqsolve.families.token_auction.solve import run_token_auction

__all__ = [
    "DeviationGain",
    "Monotonicity",
    "Replay",
    "StableDraw",
    "SweepPoint",
    "TokenAuction",
    "TokenSolution",
    "UniversalStability",
    "aggregate",
    "brand_words",
    "critical_bid",
    "deviation_gain",
    "is_monotone",
    "misreport_gain",
    "replay",
    "run_token_auction",
    "second_price",
    "stable_sample",
    "sweep_bids",
    "universally_stable",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("TokenAuction",),
        "questions.incentives": ("DeviationGain", "deviation_gain", "misreport_gain"),
        "questions.monotonicity": ("Monotonicity", "is_monotone"),
        "questions.one_step": (
            "StableDraw",
            "aggregate",
            "critical_bid",
            "second_price",
            "stable_sample",
        ),
        "questions.stability": ("UniversalStability", "universally_stable"),
        "questions.sweeps": ("Replay", "SweepPoint", "brand_words", "replay", "sweep_bids"),
        "solution": ("TokenSolution",),
        "solve": ("run_token_auction",),
    },
)
