"""Which two bundles a student is asked about: four rules.

``double_thompson`` draws utilities from the belief twice and compares the best bundles under each;
``top_two`` compares the two best under its mean; ``random`` any two. These keep to bundles that
cost at most 1.25 times the budget at the prices of the reports, since prices will move. ``obis``
takes the best affordable bundle under the mean and inserts it by comparisons into the list of those
that were asked about before, best first; then the next. No pair is asked twice: where a rule has
none in reach that is new, all bundles are in reach. Cost: two draws of the belief a query, or one
guess.

Sources: Wu, H. and Liu, X. (2016). Double Thompson Sampling for Dueling Bandits; Soumalias et al.
(2024), Machine Learning-powered Course Allocation, for online binary insertion.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eqsolve.families.course_elicitation.asking.menu import Shelf
from eqsolve.families.course_elicitation.learning.belief import Belief

__all__ = ["ASKING", "REACH", "Asking"]

REACH: Mapping[str, float] = {"double_thompson": 1.25, "top_two": 1.25, "random": 1.25, "obis": 1.0}
"""Acquisition -> budgets that a bundle may cost."""

_TRIES = 10
"""Draws for the second bundle before the next best takes its place."""


class Asking:
    """Base: one student's queries, one after the other.

    Parameters
    ----------
    shelf : its bundles.
    rng : its own random numbers.
    """

    def __init__(self, shelf: Shelf, rng: np.random.Generator) -> None:
        self.shelf, self.rng = shelf, rng

    def next(self, belief: Belief) -> tuple[int, int]:
        """Return the two bundles to ask about, which then count as compared."""
        pair = self.choose(belief)
        if pair is None:
            pair = self._best_new(belief)
        if pair is None and self.shelf.widen():
            pair = self._best_new(belief)
        assert pair is not None  # the plan has more pairs than queries
        self.shelf.mark(*pair)
        return pair

    def told(self, answer: int) -> None:
        """Take note of the answer: 0 where the first bundle is better."""

    def choose(self, belief: Belief) -> tuple[int, int] | None:
        """Return two bundles that were not compared yet, None where the rule has none."""
        raise NotImplementedError

    def _best_new(self, belief: Belief) -> tuple[int, int] | None:
        """Return the best new pair by the best guess."""
        return self.shelf.best_new_pair(self.shelf.within(belief.mean()))


class _DoubleThompson(Asking):
    def choose(self, belief: Belief) -> tuple[int, int] | None:
        """Return the best bundles under two draws."""
        worth = self.shelf.within(belief.draw(self.rng))
        first = int(np.argmax(worth))
        for _ in range(_TRIES):
            second = int(np.argmax(self.shelf.within(belief.draw(self.rng))))
            if self.shelf.is_new(first, second):
                return first, second
        return self.shelf.best_new_pair(worth)


class _TopTwo(Asking):
    def choose(self, belief: Belief) -> tuple[int, int] | None:
        """Return the two best bundles under the mean."""
        return self._best_new(belief)


class _Random(Asking):
    def choose(self, belief: Belief) -> tuple[int, int] | None:
        """Return any two bundles in reach, each pair as likely."""
        near = np.flatnonzero(self.shelf.reach)
        for _ in range(_TRIES):
            a, b = (int(near[k]) for k in self.rng.integers(0, len(near), 2))
            if self.shelf.is_new(a, b):
                return a, b
        return None


class _Obis(Asking):
    def __init__(self, shelf: Shelf, rng: np.random.Generator) -> None:
        super().__init__(shelf, rng)
        self._ranked: list[int] = []
        self._new: int | None = None
        self._low = self._high = 0

    def choose(self, belief: Belief) -> tuple[int, int] | None:
        """Return the bundle that is being inserted, and the one in the middle of what is left."""
        if self._new is None:
            self._new = self._best_other(belief)
            if self._new is not None and not self._ranked:
                self._ranked.append(self._new)
                self._new = self._best_other(belief)
            self._low, self._high = 0, len(self._ranked)
        if self._new is None:
            return None
        return self._new, self._ranked[(self._low + self._high) // 2]

    def told(self, answer: int) -> None:
        """Halve what is left of the list; insert the bundle where nothing is."""
        if self._new is None:
            return
        middle = (self._low + self._high) // 2
        if answer == 0:
            self._high = middle
        else:
            self._low = middle + 1
        if self._low == self._high:
            self._ranked.insert(self._low, self._new)
            self._new = None

    def _best_other(self, belief: Belief) -> int | None:
        """Return the best bundle in reach that is not in the list, None where there is none."""
        worth = self.shelf.within(belief.mean())
        worth[self._ranked] = -np.inf
        best = int(np.argmax(worth))
        if worth[best] > -np.inf:
            return best
        return self._best_other(belief) if self.shelf.widen() else None


ASKING: Mapping[str, type[Asking]] = {
    "double_thompson": _DoubleThompson,
    "obis": _Obis,
    "top_two": _TopTwo,
    "random": _Random,
}
"""Word in files -> rule."""
