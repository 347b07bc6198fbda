"""What a record shows of bids: one line for each bid that can be held against a value.

Of sealed auctions these are all bids, of rising clocks the prices at which bidders left (the
winner's is not seen, only that it is no less), of proxy auctions the maxima at the end. Types are
values, or signals where the value is common; bids without a known type are left out. Cost: O(N n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.auction_experiment.statistics import is_efficient, observations

__all__ = ["Bids", "Outcomes", "bids_of", "outcomes_of"]


@dataclass(frozen=True, slots=True)
class Bids:
    """Bids beside types, as many of each.

    Parameters
    ----------
    bids, types : money.
    sessions, rounds, seats : where and whose.
    won : whether the bidder got the prize.
    """

    bids: FloatArray
    types: FloatArray
    sessions: IntArray
    rounds: IntArray
    seats: IntArray
    won: BoolArray

    def __len__(self) -> int:
        return len(self.bids)

    @property
    def excess(self) -> FloatArray:
        """By how much each bid exceeds its type."""
        return np.asarray(self.bids - self.types)

    def chosen(self, which: BoolArray) -> Bids:
        """Return some of them."""
        return Bids(
            self.bids[which],
            self.types[which],
            self.sessions[which],
            self.rounds[which],
            self.seats[which],
            self.won[which],
        )


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of each round.

    Parameters
    ----------
    revenue : all that was paid.
    price : what the winner paid; NaN where nobody won.
    efficient : 1 where a bidder to whom the prize is worth most got it, else 0; NaN where values
        are not known.
    profit : of the winner; NaN where nobody won or the value is not known.
    sessions, rounds : which.
    """

    revenue: FloatArray
    price: FloatArray
    efficient: FloatArray
    profit: FloatArray
    sessions: IntArray
    rounds: IntArray


def bids_of(record: ExperimentRecord) -> Bids:
    """Return the bids of a record whose types are known."""
    seen = observations(record.experiment, record.rounds)
    return Bids(
        bids=np.array([it.bid for it in seen], dtype=np.float64),
        types=np.array([it.value for it in seen], dtype=np.float64),
        sessions=np.array([it.session for it in seen], dtype=np.int64),
        rounds=np.array([it.round for it in seen], dtype=np.int64),
        seats=np.array([it.bidder for it in seen], dtype=np.int64),
        won=np.array([it.won for it in seen], dtype=np.bool_),
    )


def outcomes_of(record: ExperimentRecord) -> Outcomes:
    """Return what came of the rounds of a record."""
    auction = record.experiment.auction
    best = [is_efficient(auction, entry) for entry in record.rounds]

    def known(value: float | None) -> float:
        return np.nan if value is None else float(value)

    return Outcomes(
        revenue=np.array([float(sum(entry.payments)) for entry in record.rounds]),
        price=np.array([known(entry.price) for entry in record.rounds]),
        efficient=np.array([known(fine) for fine in best]),
        profit=np.array(
            [
                np.nan if entry.winner is None else known(entry.profits[entry.winner])
                for entry in record.rounds
            ]
        ),
        sessions=np.array([entry.session for entry in record.rounds], dtype=np.int64),
        rounds=np.array([entry.round for entry in record.rounds], dtype=np.int64),
    )
