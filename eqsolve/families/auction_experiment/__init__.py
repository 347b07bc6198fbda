"""Auction experiments: bidders by rule, by program or by language model play, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.auction_experiment import bidders as bidders
    from eqsolve.families.auction_experiment.instance import AuctionExperiment
    from eqsolve.families.auction_experiment.solution import ExperimentRecord
    from eqsolve.families.auction_experiment.solve import run_experiment

__all__ = ["AuctionExperiment", "ExperimentRecord", "bidders", "run_experiment"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("AuctionExperiment",),
        "solution": ("ExperimentRecord",),
        "solve": ("bidders", "run_experiment"),
    },
)
