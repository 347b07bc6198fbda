"""What a record shows of bids: one line for each bid that can be held against a value.

Of sealed auctions these are all bids, of rising clocks the prices at which bidders left (the
winner's is not seen, only that it is no less), of proxy auctions the maxima at the end. Types are
values, or signals where the value is common; bids without a known type are left out. Cost: O(N n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Round
from eqsolve.families.single_item_auction.instance import CLOCKS

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
        are common or not known.
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
    rows = [
        (bid, own, entry.session, entry.round, seat, seat == entry.winner)
        for entry in record.rounds
        for seat, (bid, own) in enumerate(zip(_shown(record, entry), entry.values, strict=True))
        if bid is not None and own is not None
    ]
    columns = list(zip(*rows, strict=True)) or [()] * 6
    kinds = (np.float64, np.float64, np.int64, np.int64, np.int64, np.bool_)
    return Bids(
        *(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True))
    )


def _shown(record: ExperimentRecord, entry: Round) -> tuple[float | None, ...]:
    """Return the bids that bidders showed: of a rising clock, where they left."""
    rising = record.experiment.auction.format in CLOCKS[1:]
    return entry.bids if not rising or entry.exits is None else entry.exits


def outcomes_of(record: ExperimentRecord) -> Outcomes:
    """Return what came of the rounds of a record."""
    common = record.experiment.auction.values.model == "common"

    def known(value: float | None) -> float:
        return np.nan if value is None else float(value)

    efficient = []
    for entry in record.rounds:
        if common or any(own is None for own in entry.values):
            efficient.append(np.nan)
        else:
            worth = [own for own in entry.values if own is not None]
            best = entry.winner is not None and worth[entry.winner] == max(worth)
            efficient.append(float(best))
    return Outcomes(
        revenue=np.array([float(sum(entry.payments)) for entry in record.rounds]),
        price=np.array([known(entry.price) for entry in record.rounds]),
        efficient=np.array(efficient),
        profit=np.array(
            [
                np.nan if entry.winner is None else known(entry.profits[entry.winner])
                for entry in record.rounds
            ]
        ),
        sessions=np.array([entry.session for entry in record.rounds], dtype=np.int64),
        rounds=np.array([entry.round for entry in record.rounds], dtype=np.int64),
    )
