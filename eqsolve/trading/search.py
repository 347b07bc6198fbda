"""The stages of a search for the best revenue, shared by `multipliers`, `exact`, `homogeneous`.

1. The fee curve gives introductions with a guarantee (`fee_curve`).
2. Multipliers give a bound that anybody can recheck (`bound`). The candidate trades of each relaxed
   optimum are introductions worth evaluating: they are often the best ones.
3. Local search improves the best set (`local_search`).
4. Pairs whose reduced cost exceeds what is left of the gap trade in no better solution: since
   ``U_i + Q_j - f_e`` is what the bound loses when pair e is forced to trade, e can be left out.
5. The compact program (`program`) on the remaining pairs searches for sets that earn more.

Stages 1 to 4 prove what they say; a bound that comes from stage 5 is the word of the solver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, is_integral
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.trading.bound import RevenueBound, tighten, value_bound
from eqsolve.trading.evaluate import Evaluator, as_pairs
from eqsolve.trading.fee_curve import Corners
from eqsolve.trading.local_search import improve
from eqsolve.trading.log_approximation import best_of
from eqsolve.trading.method import TradingMethod, wrapped
from eqsolve.trading.program import compact_program
from eqsolve.trading.solution import TradingSolution

__all__ = ["Search"]


@dataclass(slots=True, eq=False)
class Search:
    """One search: the best set so far, the certified bound, what the solver proved.

    `hurried` tells whether a stage was cut short by its share of the time.
    """

    method: TradingMethod
    evaluator: Evaluator
    deadline: Deadline
    rng: np.random.Generator
    quiet: bool = False
    best: IntArray = field(init=False)
    income: int | float = 0
    bound: RevenueBound = field(init=False)
    proved: float = math.inf
    hurried: bool = False
    proposed: IntArray = field(init=False)
    counts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bound = value_bound(self.evaluator)
        self.best = self.proposed = as_pairs([])

    def approximate(self) -> None:
        """Stage 1: the best corner of the fee curve."""
        curve = Corners(self.evaluator, self.deadline).curve()
        self.counts.update(curve.counts)
        self._accept(best_of(curve, self.evaluator, self.method.max_introductions))

    def improve(self, rounds: int) -> None:
        """Stage 3: local search, for at most a fifth of the time left."""
        clock = _Slice(self.deadline, 0.2)
        climb = improve(
            self.evaluator,
            self.best,
            clock,
            self.rng,
            rounds=rounds,
            most=self.method.max_introductions,
            tell=self._accept,
        )
        self.hurried |= not climb.finished
        self.counts.update(moves=climb.tried, improvements=climb.taken)

    def tighten(self, steps: int) -> None:
        """Stage 2: multipliers; for at most two fifths of the time left."""
        clock = _Slice(self.deadline, 0.4)
        found = tighten(
            self.evaluator,
            float(self.income),
            clock,
            steps=steps,
            tell=self._tell,
            propose=self._propose,
        )
        if found.value < self.bound.value:
            self.bound = found
        self.hurried |= clock.expired()
        self.counts["bound_steps"] = found.steps

    @property
    def open(self) -> bool:
        """Whether the certified bound leaves room above the best set."""
        revenue = self.evaluator.network.commission * self.income
        upper = self.bound.upper(self.evaluator)
        return upper - revenue > (0 if self._whole else 1e-9 * abs(upper))

    @property
    def _whole(self) -> bool:
        return is_integral(self.evaluator.view.values)

    def branch(self, backend: Literal["highs", "scip"], welfare: float | None = None) -> None:
        """Stages 4 and 5: the program on the pairs that may still trade.

        `welfare` restricts the search to outcomes of at least this welfare.
        """
        from eqsolve.backends.mixed_integer import maximize_mixed_integer

        usable = self._usable()
        self.counts["pairs_left"] = int(usable.sum())
        # Only sets that earn more are of interest: with whole prices, at least one unit more.
        floor = float(self.income + 1 if self._whole else self.income)
        program = compact_program(
            self.evaluator.view, usable, self.method.max_introductions, floor, welfare
        )
        matching = self.evaluator.follow(self.best).found.matching
        answer = maximize_mixed_integer(
            program.objective,
            program.matrix,
            program.rhs,
            integer=program.integer,
            upper=program.upper,
            deadline=self.deadline,
            backend=backend,
            start=None if self._whole else program.start(matching),
            absolute_gap=1 - 1e-4 if self._whole else 1e-7 * max(1.0, float(self.income)),
        )
        if answer.values is not None:
            self._accept(program.introduced(answer.values))
        # Pairs were left out because they can only take part in sets no better than the best one.
        bound = math.floor(answer.bound + 1e-4) if self._rounds(answer.bound) else answer.bound
        self.proved = self.income if answer.finished else max(bound, float(self.income))

    def _rounds(self, bound: float) -> bool:
        return self._whole and math.isfinite(bound)

    def _usable(self) -> BoolArray:
        """Return the pairs that may trade in a solution better than the best known (step 3)."""
        view, bound = self.evaluator.view, self.bound
        pairs: BoolArray = view.known | view.candidate
        if not bound.multipliers.any():
            return pairs
        cost = self._edge_bounds(bound.multipliers)
        loss = bound.row_duals[:, None] + bound.column_duals - cost
        room = bound.value - (self.income + (1 if self._whole else 0))
        slack = 1e-6 * max(1.0, abs(bound.value))
        keep: BoolArray = pairs & (loss <= room + slack)
        return keep

    def _edge_bounds(self, multipliers: FloatArray) -> FloatArray:
        """Return what every pair is worth in the relaxation."""
        from eqsolve.kernels.truncated_bound import best_splits, compressed

        view = self.evaluator.view
        values = view.values.astype(np.float64)
        worth, prices = np.zeros_like(values), np.zeros_like(values)
        best_splits(
            values,
            view.known | view.candidate,
            view.candidate,
            *compressed(values, multipliers),
            *compressed(values.T, multipliers.T),
            worth,
            prices,
        )
        return worth

    def _propose(self, pairs: IntArray) -> float:
        """Evaluate the introductions of a relaxed optimum, unless they were looked at just now."""
        most = self.method.max_introductions
        if not np.array_equal(pairs, self.proposed) and (most is None or len(pairs) <= most):
            self.proposed = pairs
            self._accept(pairs)
        return float(self.income)

    def _accept(self, pairs: IntArray) -> None:
        """Keep a set of introductions if it earns more than the best so far."""
        state = self.evaluator.follow(pairs)
        state.favor()
        traded = state.traded()
        if state.revenue > self.income:
            self.best, self.income = traded, state.revenue
            self._tell(self.bound)

    def _tell(self, bound: RevenueBound) -> None:
        """Publish what is known now."""
        self.bound = bound if bound.value < self.bound.value else self.bound
        if self.quiet:
            return
        outcome = self.outcome(Limit.INTERRUPTED)
        self.deadline.publish(
            Progress(
                message="exact search",
                objective=outcome.objective,
                bound=outcome.bounds.upper,
                incumbent=outcome,
            )
        )

    def outcome(self, limit: Limit | None) -> Outcome[TradingSolution]:
        """Return what is known now as an outcome."""
        backend = None
        if math.isfinite(self.proved):
            backend = self.evaluator.network.commission * self.proved
        return wrapped(
            self.method,
            self.evaluator,
            self.best,
            self.bound,
            backend_bound=backend,
            proved_by="backend",
            limit=limit,
            counts=self.counts,
        )


class _Slice:
    """A share of what is left on a clock."""

    def __init__(self, deadline: Deadline, share: float) -> None:
        self._deadline = deadline
        left = deadline.remaining
        self._end = math.inf if math.isinf(left) else deadline.elapsed + share * left

    def expired(self) -> bool:
        """Return whether the share is used up."""
        return self._deadline.expired() or self._deadline.elapsed >= self._end
