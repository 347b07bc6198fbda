"""Networks of ``mvnn``: that they are monotone, and that what is learned is nearest to them.

Training is not repeated: that it leads to these networks is not proved, and how many answers they
agree with is said. Every permissible bundle is looked at; least squares are checked by their
conditions: what is left is orthogonal to every course and pair, and only points down where a value
is 0. A student without answers has the network of its report. O(bundles * units) a student.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution import ElicitationRecord
from eqsolve.families.course_elicitation.verify.definitions import Report, all_bundles
from eqsolve.families.course_elicitation.verify.learner import Posterior

__all__ = ["Networks"]


class Networks:
    """The networks of a record.

    Parameters
    ----------
    plan : whose learner is ``mvnn``.
    record : with networks of the right shapes.
    near : how far numbers may differ, in the units of values.

    Attributes
    ----------
    agreeing : answers that the networks give too, of the students looked at.
    """

    def __init__(self, plan: CourseElicitation, record: ElicitationRecord, near: float) -> None:
        assert record.networks is not None
        self.plan, self.record, self.near = plan, record, near
        self.arrays = record.networks.arrays
        self.agreeing = 0
        self._known: dict[tuple[bytes, float, float], FloatArray] = {}

    def wrong(self, i: int, report: Report) -> Iterator[str]:
        """Yield what is wrong with one student's network and with what was learned from it."""
        pairs = sorted(report[1])
        if self.arrays["deltas"].shape[1] < len(pairs):
            yield f"student {i}: the network has {self.arrays['deltas'].shape[1]} pairs"
            return
        yield from self._not_monotone(i, pairs)
        courses = self._courses(i)
        worth = self._worth(i, courses, pairs)
        if not self.record.queries[i]:
            away = float(np.abs(worth - self._reported(i, courses, report)).max())
            if away > self.near:
                yield f"student {i} answered nothing, and its network is not that of its report"
        yield from self._not_nearest(i, courses, worth, pairs)
        for query in self.record.queries[i]:
            held = np.zeros((2, self.plan.n_courses))
            for place, bundle in enumerate(query.bundles):
                held[place, list(bundle)] = 1.0
            two = self._worth(i, held, pairs)
            self.agreeing += bool(two[query.answer] >= two[1 - query.answer])

    def _not_monotone(self, i: int, pairs: Sequence[tuple[int, int]]) -> Iterator[str]:
        """Yield how another course may make a bundle worth less."""
        for name, sign in (("inner", 1), ("bias", -1), ("height", 1)):
            if (sign * self.arrays[name][i] < 0).any():
                yield f"student {i}: {name} must be {'>=' if sign > 0 else '<='} 0"
        alone = self.arrays["values"][i].astype(np.float64)
        for pair, delta in zip(pairs, self.arrays["deltas"][i], strict=False):
            alone[list(pair)] += min(float(delta), 0.0)
        if (alone < -self.near).any():
            j = int(np.argmin(alone))
            yield f"student {i}: pairs take more from course {j} than it is worth"

    def _not_nearest(
        self, i: int, courses: FloatArray, worth: FloatArray, pairs: Sequence[tuple[int, int]]
    ) -> Iterator[str]:
        """Yield values and pairs that others are nearer than."""
        told = self.record.learned_utilities
        values = np.array(told.values[i])
        extra = {(a, b): delta for a, b, delta in told.adjustments[i]}
        if sorted(extra) != pairs or len(extra) < len(told.adjustments[i]):
            yield f"student {i} has the pairs {sorted(extra)}, {pairs} follow"
            return
        both = _both(courses, pairs)
        left = courses @ values + both @ np.array([extra[pair] for pair in pairs]) - worth
        for j in np.flatnonzero(~self.plan.market.allowed[i] & (values != 0)).tolist():
            yield f"student {i} learned {values[j]} for course {j}, which it may not take"
        for names, columns, bounded in (
            ([f"course {j}" for j in range(len(values))], courses, True),
            ([f"pair {pair}" for pair in pairs], both, False),
        ):
            slopes = columns.T @ left / np.maximum(columns.sum(axis=0), 1.0)
            for k, (name, slope) in enumerate(zip(names, slopes.tolist(), strict=True)):
                at_bound = bounded and values[k] == 0
                if slope < -self.near or (slope > self.near and not at_bound):
                    yield f"student {i}: {name} is off by {-slope:g} on average over bundles"

    def _courses(self, i: int) -> FloatArray:
        """Return the courses of every permissible bundle, as 0 and 1; students share them."""
        market = self.plan.market
        most, load = market.max_courses[i], market.max_credits[i]
        key = (market.allowed[i].tobytes(), float(most), float(load))
        if key not in self._known:
            bundles = list(all_bundles(market, i))
            table = np.zeros((len(bundles), market.n_courses))
            rows = np.repeat(np.arange(len(bundles)), [len(bundle) for bundle in bundles])
            table[rows, [j for bundle in bundles for j in bundle]] = 1.0
            self._known[key] = table
        return self._known[key]

    def _worth(self, i: int, courses: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
        """Return what bundles are worth under a student's network."""
        own = {name: array[i].astype(np.float64) for name, array in self.arrays.items()}
        full = np.clip(courses @ own["inner"].T + own["bias"], 0.0, 1.0)
        known = courses @ own["values"] + _both(courses, pairs) @ own["deltas"][: len(pairs)]
        total: FloatArray = known + full @ own["height"]
        return total

    def _reported(self, i: int, courses: FloatArray, report: Report) -> FloatArray:
        """Return what bundles are worth by the report: where it is not monotone, by what is left.

        A course that pairs take more from than it is worth counts as worth just that.
        """
        prior = Posterior(self.plan, report)
        m = self.plan.n_courses
        values, deltas = prior.mean[:m].copy(), prior.mean[m:]
        taken = np.zeros(m)
        for pair, delta in zip(prior.pairs, deltas, strict=True):
            taken[list(pair)] += max(-float(delta), 0.0)
        total: FloatArray = courses @ np.maximum(values, taken)
        return total + _both(courses, prior.pairs) @ deltas


def _both(courses: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Return which bundles hold both courses of each pair, as 0 and 1."""
    columns = [courses[:, a] * courses[:, b] for a, b in pairs]
    return np.array(columns).reshape(len(pairs), len(courses)).T
