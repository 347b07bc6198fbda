"""Which pair of bundles a rule asks about, replayed from the belief before each query.

The rules are those of `instance` and the docs; here every bundle is looked at by its utility under
given weights, and a choice stands where it is best within rounding. O(bundles * courses) a query.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution import Placement
from eqsolve.families.course_elicitation.verify.definitions import all_bundles, numbers
from eqsolve.families.course_elicitation.verify.learner import Posterior

__all__ = ["Replay"]

_TRIES = 10
_REACH = {"double_thompson": 1.25, "top_two": 1.25, "random": 1.25, "obis": 1.0}


class Replay:
    """The choices of one student.

    Parameters
    ----------
    plan : the instance.
    student : which.
    prices_from : the outcome whose prices stand.
    posterior : the belief; it moves on outside.
    """

    def __init__(
        self, plan: CourseElicitation, student: int, prices_from: Placement, posterior: Posterior
    ) -> None:
        self._plan, self._posterior = plan, posterior
        # The order in which a rule that draws by number counts them.
        self._bundles = sorted(all_bundles(plan.market, student))
        self._place = {bundle: k for k, bundle in enumerate(self._bundles)}
        self._table: FloatArray = np.array([posterior.features(own) for own in self._bundles])
        outcome = prices_from.outcome
        if outcome.prices is None or outcome.budgets is None:
            self._reach: BoolArray = np.ones(len(self._bundles), dtype=bool)
        else:
            costs = np.array([sum(outcome.prices[j] for j in own) for own in self._bundles])
            money = outcome.budgets[student] * _REACH[plan.acquisition]
            self._reach = costs <= money * (1 + 1e-9)
        self._rng = numbers(plan.seed, 1, student)
        self._met: set[frozenset[int]] = set()
        self._ranked: list[int] = []
        self._new: int | None = None
        self._ends = (0, 0)

    def wrong(self, first: Sequence[int], second: Sequence[int]) -> str:
        """Return how a pair is not the one that the rule asks about next, empty if it is."""
        a, b = self._place[tuple(first)], self._place[tuple(second)]
        rule = {
            "double_thompson": self._double_thompson,
            "top_two": self._top_two,
            "random": self._random,
            "obis": self._obis,
        }[self._plan.acquisition]
        fits = rule(a, b)
        self._met.add(frozenset((a, b)))
        return "" if fits else f"{self._plan.acquisition} asks about another pair"

    def told(self, answer: int) -> None:
        """Take note of the answer."""
        if self._plan.acquisition != "obis" or self._new is None:
            return
        low, high = self._ends
        middle = (low + high) // 2
        self._ends = (low, middle) if answer == 0 else (middle + 1, high)
        if self._ends[0] == self._ends[1]:
            self._ranked.insert(self._ends[0], self._new)
            self._new = None

    def _worth(self, weights: FloatArray) -> FloatArray:
        return np.where(self._reach, self._table @ weights, -np.inf)

    def _drawn(self) -> FloatArray:
        root = np.linalg.cholesky(self._posterior.spread)
        normals = self._rng.standard_normal(len(self._posterior.mean))
        return self._worth(self._posterior.mean + root @ normals)

    def _is_best(self, place: int, worth: FloatArray) -> bool:
        top = float(worth.max())
        return bool(worth[place] >= top - self._posterior.near * max(1.0, abs(top)))

    def _is_new(self, a: int, b: int) -> bool:
        return a != b and frozenset((a, b)) not in self._met

    def _double_thompson(self, a: int, b: int) -> bool:
        worth = self._drawn()
        if self._is_best(a, worth):
            for _ in range(_TRIES):
                other = self._drawn()
                if self._is_best(b, other):
                    return True
                if self._is_new(a, int(np.argmax(other))):
                    return False
        else:
            # Its pairs are all known: as many draws, then the next best bundle.
            for _ in range(_TRIES):
                if self._is_new(int(np.argmax(worth)), int(np.argmax(self._drawn()))):
                    return False
        return self._best_new(a, b, worth) or self._last_resort(a, b, worth)

    def _top_two(self, a: int, b: int) -> bool:
        worth = self._worth(self._posterior.mean)
        return self._best_new(a, b, worth) or self._last_resort(a, b, worth)

    def _random(self, a: int, b: int) -> bool:
        near = np.flatnonzero(self._reach)
        for _ in range(_TRIES):
            drawn = [int(near[k]) for k in self._rng.integers(0, len(near), 2)]
            if self._is_new(*drawn):
                return drawn == [a, b]
        return self._top_two(a, b)

    def _obis(self, a: int, b: int) -> bool:
        if self._new is None:
            self._open(a, b)
        if self._new is None:
            return self._top_two(a, b)
        low, high = self._ends
        return a == self._new and b == self._ranked[(low + high) // 2]

    def _open(self, a: int, b: int) -> None:
        """Begin to insert a bundle: the one that is named, where it is best."""
        for place in ([b] if not self._ranked else []) + [a]:
            worth = self._worth(self._posterior.mean)
            worth[self._ranked] = -np.inf
            if worth.max() == -np.inf:
                self._reach[:] = True
                worth = self._worth(self._posterior.mean)
                worth[self._ranked] = -np.inf
            if worth.max() == -np.inf:
                return
            best = place if self._is_best(place, worth) else int(np.argmax(worth))
            if not self._ranked:
                self._ranked.append(best)
            else:
                self._new, self._ends = best, (0, len(self._ranked))

    def _best_new(self, a: int, b: int, worth: FloatArray) -> bool:
        """Return whether a is the best with anything new to meet, and b the best of these."""
        if worth[a] == -np.inf or worth[b] == -np.inf:
            return False
        for place in np.argsort(-worth, kind="stable"):
            if worth[place] == -np.inf:
                return False
            near = worth[place] - worth[a] <= self._posterior.near * max(1.0, abs(worth[place]))
            mates = worth.copy()
            mates[[k for k in range(len(worth)) if not self._is_new(int(place), k)]] = -np.inf
            if near:
                own = worth.copy()
                own[[k for k in range(len(worth)) if not self._is_new(a, k)]] = -np.inf
                return self._is_best(b, own) and own[b] > -np.inf
            if mates.max() > -np.inf:
                return False
        return False

    def _last_resort(self, a: int, b: int, worth: FloatArray) -> bool:
        """Return whether the pair is the best new one once all bundles are in reach."""
        known = set(np.flatnonzero(worth > -np.inf).tolist())
        if any(self._is_new(p, q) for p in known for q in known if p < q):
            return False
        self._reach[:] = True
        return self._best_new(a, b, self._worth(self._posterior.mean))
