"""When the later winner of a proxy auction last raised its maximum (AUC-12).

Auctions in which nobody bid are left aside; the winner is who leads at the end, also where a hidden
reserve keeps the prize. The time is the period of its last rise, from 0; the last period is the
last that was played.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.auction_experiment.report.sessions import Mean, mean_by_session
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Number, Round

__all__ = ["Timing", "timing_of"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Final winning bid times of proxy auctions.

    Parameters
    ----------
    times : period in which the leader at the end last raised its maximum, by auction, from 0.
    lengths : periods played in each.
    prices : final prices.
    sessions : which auction.
    in_last_period : share of auctions in which it was the last period.
    mean_time, mean_price : of `times` and `prices`.
    """

    times: IntArray
    lengths: IntArray
    prices: FloatArray
    sessions: IntArray
    in_last_period: Mean
    mean_time: Mean
    mean_price: Mean

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "times": self.times.tolist(),
            "lengths": self.lengths.tolist(),
            "prices": self.prices.tolist(),
            "in_last_period": self.in_last_period.to_dict(),
            "mean_time": self.mean_time.to_dict(),
            "mean_price": self.mean_price.to_dict(),
        }


def timing_of(record: ExperimentRecord) -> Timing | None:
    """Return the times of a record of proxy auctions; None where there are none."""
    rows = [
        (time, max(move.period for move in entry.periods) + 1, entry.periods[-1].price,
         entry.session)
        for entry in record.rounds
        if entry.periods and (time := final_raise(entry)) is not None
    ]  # fmt: skip
    if not rows:
        return None
    times, lengths, prices, sessions = (np.array(column) for column in zip(*rows, strict=True))
    return Timing(
        times=times,
        lengths=lengths,
        prices=prices.astype(np.float64),
        sessions=sessions,
        in_last_period=mean_by_session(times + 1 == lengths, sessions),
        mean_time=mean_by_session(times, sessions),
        mean_price=mean_by_session(prices, sessions),
    )


def final_raise(entry: Round) -> int | None:
    """Return the period in which the leader at the end last raised its maximum, or None."""
    moves = entry.periods or ()
    leader = moves[-1].leader if moves else None
    best: Number = 0
    found = None
    for move in moves:
        if move.bidder == leader and move.bid is not None and move.bid > best:
            best, found = move.bid, move.period
    return found
