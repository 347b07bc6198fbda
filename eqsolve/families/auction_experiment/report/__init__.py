"""What records of experiments show, several of them side by side.

``observations`` takes bids and outcomes out of a record, ``treatment`` sums one up: ``sessions``
(means with errors by session), ``regression``, ``risk``, ``curse``, ``timing``. ``comparison``
tests pairs, ``tables`` shows all, ``smoothing`` makes curves, and ``report`` puts them together.
Pictures of several records stand in the room ``pictures``.
"""

from __future__ import annotations

from eqsolve.families.auction_experiment.report.report import AuctionReport, auction_report

__all__ = ["AuctionReport", "auction_report"]
