"""The winner's curse: what winners of a common value earn, beside two benchmarks on the same draws.

Naive bidders bid their signals, others those of AUC-8, which for the second-price auction holds at
every signal. Both are played on the signals and worths of the record, so that luck of the draw does
not stand between them; ties change no winner's profit. Second-price payments; for other formats the
benchmarks are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_experiment.report.sessions import Mean, mean_by_session
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.single_item_auction.formulas import common_second_bids
from eqsolve.families.single_item_auction.instance import CommonValues

__all__ = ["Curse", "curse_of"]


@dataclass(frozen=True, slots=True)
class Curse:
    """What winners earn.

    Parameters
    ----------
    n_bidders : how many compete.
    profit : of the winner, money.
    losses : share of rounds in which it is negative.
    equilibrium, naive : the winner's profit on the same draws if all bid so; None where no formula
        is known.
    """

    n_bidders: int
    profit: Mean
    losses: Mean
    equilibrium: Mean | None
    naive: Mean | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""

        def of(mean: Mean | None) -> Any:
            return None if mean is None else mean.to_dict()

        return {
            "n_bidders": self.n_bidders,
            "profit": of(self.profit),
            "losses": of(self.losses),
            "equilibrium": of(self.equilibrium),
            "naive": of(self.naive),
        }


def curse_of(record: ExperimentRecord) -> Curse | None:
    """Return what winners of a common value earn; None for other values."""
    auction = record.experiment.auction
    model = auction.values
    if not isinstance(model, CommonValues):
        return None
    sold = [entry for entry in record.rounds if entry.winner is not None]
    profits = [entry.profits[entry.winner] for entry in sold if entry.winner is not None]
    known = [k for k, profit in enumerate(profits) if profit is not None]
    earned = np.array([profits[k] for k in known], dtype=np.float64)
    sessions = [sold[k].session for k in known]
    benchmarks: list[Mean | None] = [None, None]
    whole = [
        entry for entry in record.rounds if entry.common is not None and None not in entry.values
    ]
    if auction.sealed_format == "second_price" and auction.n_bidders > 1 and whole:
        signals = np.array([entry.values for entry in whole], dtype=np.float64)
        worths = np.array([entry.common for entry in whole], dtype=np.float64)
        low, high = model.value.support
        fair = common_second_bids(signals, low, high, float(model.noise), auction.n_bidders)
        where = [entry.session for entry in whole]
        benchmarks = [
            mean_by_session(worths - _second(bids, auction.reserve), where)
            for bids in (fair, signals)
        ]
    return Curse(
        auction.n_bidders,
        mean_by_session(earned, sessions),
        mean_by_session(earned < 0, sessions),
        *benchmarks,
    )


def _second(bids: FloatArray, reserve: float) -> FloatArray:
    """Return the second-highest bid of each row, at least the reserve."""
    return np.maximum(np.sort(bids, axis=1)[:, -2], reserve)
