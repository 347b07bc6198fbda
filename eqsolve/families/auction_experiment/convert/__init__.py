"""Foreign files as auction experiments: the plan, and the record of what was played."""

from __future__ import annotations

from eqsolve.core.converter import Converter
from eqsolve.families.auction_experiment.convert.bid_histories import BidHistories
from eqsolve.families.auction_experiment.convert.human_bids import HumanBids
from eqsolve.families.auction_experiment.convert.logs import AuctionLogs, load_auction_logs
from eqsolve.families.auction_experiment.convert.otree import OTree
from eqsolve.families.auction_experiment.convert.request_caches import RequestCache

__all__ = [
    "CONVERTERS",
    "AuctionLogs",
    "BidHistories",
    "HumanBids",
    "OTree",
    "RequestCache",
    "load_auction_logs",
]

CONVERTERS: tuple[type[Converter], ...] = (
    AuctionLogs, RequestCache, BidHistories, HumanBids, OTree,
)  # fmt: skip
"""The converters of this kind."""
