"""What bids are worth on a finite auction in which all rivals bid by one table (AUC-10).

A **table** holds the chance of each bid of the grid for each type, shape (T, B); what is missing to
1 in a row stays out. Given a state, rivals' bids are independent; a type's utility is the mean over
the states that it leaves open. Cost: O(states * (types * bids + bids * rivals)) a table.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.auction_experiment.amounts import Amounts
from eqsolve.families.single_item_auction.beliefs import Atoms
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import interim
from eqsolve.families.single_item_auction.solution import Strategy
from eqsolve.families.single_item_auction.states import states_given

__all__ = ["FiniteBeliefs"]

_TIE = 1e-12
"""Utilities that are nearer to each other, relative to the largest number, are equal."""


class FiniteBeliefs:
    """A finite auction between bidders of one prior, seen by one of them.

    Parameters
    ----------
    auction : finite, symmetric, risk neutral.
    """

    def __init__(self, auction: SingleItemAuction) -> None:
        assert auction.bids is not None
        prior, state = auction.values.own(0), auction.values.state
        assert isinstance(prior, FinitePrior)
        assert state is None or isinstance(state, FinitePrior)
        self._auction, self._prior = auction, prior
        self._shifts = np.zeros(1) if state is None else state.points
        self.types = np.unique((self._shifts[:, None] + prior.points).round(9))
        self.bids = auction.bids.bids
        self._accepted = self.bids >= auction.reserve
        self._posterior = np.zeros((len(self.types), len(self._shifts)))
        for row, value in enumerate(self.types.tolist()):
            shifts, chances = states_given(auction, 0, value)
            np.add.at(self._posterior[row], self._place_of(self._shifts, shifts), chances)

    @staticmethod
    def _place_of(known: FloatArray, given: FloatArray) -> IntArray:
        """Return the places of numbers in a rising array that holds them, but for rounding."""
        return np.clip(np.searchsorted(known, given - 1e-9), 0, len(known) - 1)

    def random(self) -> FloatArray:
        """Return the table of bidders who bid anything."""
        shape = (len(self.types), len(self.bids))
        return np.full(shape, 1 / len(self.bids))

    def truthful(self) -> FloatArray:
        """Return the table of bidders who bid their type."""
        return self._pure(Amounts(self._auction).nearest(self.types))

    def _pure(self, bids: FloatArray) -> FloatArray:
        """Return the table of one bid for each type, NaN for staying out."""
        table = np.zeros((len(self.types), len(self.bids)))
        rows = np.flatnonzero(~np.isnan(bids))
        table[rows, self._place_of(self.bids, bids[rows])] = 1.0
        return table

    def utilities(self, table: FloatArray) -> FloatArray:
        """Return the expected utility of each bid for each type, shape (T, B)."""
        found = np.zeros_like(table)
        common = self._auction.values.model == "common"
        accepted = self.bids[self._accepted]
        if not accepted.size:
            return found
        for place, shift in enumerate(self._shifts.tolist()):
            rows = self._place_of(self.types, shift + self._prior.points)
            masses = (self._prior.probabilities @ table[rows])[self._accepted]
            rivals = self._auction.n_bidders - 1
            laws = [(Atoms(accepted, masses), rivals)] if rivals else []
            win, pay = interim(self._auction, laws, accepted)
            worth = np.full(len(self.types), shift) if common else self.types
            weight = self._posterior[:, place, None]
            found[:, self._accepted] += weight * (worth[:, None] * win - pay)
        return found

    def best_reply(self, table: FloatArray) -> FloatArray:
        """Return the table of least best replies; who can only lose stays out."""
        worth = self.utilities(table)
        best = worth.max(axis=1, keepdims=True)
        near = worth >= best - _TIE * max(self._auction.scale, 1.0)
        first = self.bids[np.argmax(near, axis=1)]
        loses = best[:, 0] < -_TIE * max(self._auction.scale, 1.0)
        return self._pure(np.where(loses, np.nan, first))

    def strategy(self, table: FloatArray) -> Strategy:
        """Return a table as a strategy."""
        pure = ((table == 0) | (table == 1)).all()
        if pure:
            out = table.sum(axis=1) == 0
            bids = np.where(out, np.nan, self.bids[table.argmax(axis=1)])
            return Strategy(self.types, bids, finite=True)
        mixed = tuple(
            tuple((bid, share) for bid, share in zip(self.bids.tolist(), row, strict=True) if share)
            for row in table.tolist()
        )
        return Strategy(self.types, None, mixed, finite=True)
