"""Auction experiments: bidders by rule, by program or by language model play, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.auction_experiment.convert import load_auction_logs
    from eqsolve.families.auction_experiment.instance import AuctionExperiment
    from eqsolve.families.auction_experiment.report import AuctionReport, auction_report
    from eqsolve.families.auction_experiment.solution import ExperimentRecord
    from eqsolve.families.auction_experiment.solve import run_experiment

__all__ = [
    "AuctionExperiment",
    "AuctionReport",
    "ExperimentRecord",
    "auction_report",
    "load_auction_logs",
    "run_experiment",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "convert": ("load_auction_logs",),
        "instance": ("AuctionExperiment",),
        "report": ("AuctionReport", "auction_report"),
        "solution": ("ExperimentRecord",),
        "solve": ("run_experiment",),
    },
)
