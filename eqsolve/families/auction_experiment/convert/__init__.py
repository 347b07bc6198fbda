"""Foreign files as auction experiments: the plan, and the record of what was played."""

from __future__ import annotations

from eqsolve.core.converter import Converter
from eqsolve.families.auction_experiment.convert.logs import AuctionLogs, load_auction_logs

__all__ = ["CONVERTERS", "AuctionLogs", "load_auction_logs"]

CONVERTERS: tuple[type[Converter], ...] = (AuctionLogs,)
"""The converters of this kind."""
