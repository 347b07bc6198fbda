"""The stages of a search for the best revenue, shared by `multipliers`, `exact`, `homogeneous`.

1. The fee curve gives introductions with a guarantee (`fee_curve`).
2. Multipliers give a bound that anybody can recheck (`bound`). The candidate trades of each relaxed
   optimum are introductions worth evaluating: they are often the best ones.
3. Local search improves the best set (`neighborhoods`; at least prices `moves`).
4. Branch and bound (`branch`) searches for sets that earn more; for homogeneous goods a solver does
   so, with the compact program (`program`).

Every stage after the first has a share of the time, the last one all that is left. The bound of
stages 1 to 3 can be rechecked; that of stage 4 is the word of the enumeration or of the solver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from eqsolve.core.arrays import IntArray, is_integral
from eqsolve.core.errors import BackendError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs
from eqsolve.families.trading_network.methods.base import TradingMethod, standing
from eqsolve.families.trading_network.methods.bound import RevenueBound, tighten, value_bound
from eqsolve.families.trading_network.methods.branch import Tree
from eqsolve.families.trading_network.methods.log_approximation import best_of
from eqsolve.families.trading_network.methods.moves import improve
from eqsolve.families.trading_network.methods.neighborhoods import search_neighborhoods
from eqsolve.families.trading_network.methods.program import compact_program
from eqsolve.families.trading_network.questions.fee_curve import Corners
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Search"]

_SHORT = 150
"""Nodes after which branch and bound pauses for a local search."""


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
    proved_by: str = "backend"
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

    def improve(self, rounds: int, share: float = 0.3) -> None:
        """Stage 3: local search, for at most a share of the time left."""
        clock = _Slice(self.deadline, share)
        most = self.method.max_introductions
        if self.evaluator.prices == "greatest":
            with self.deadline.watching():
                counts = search_neighborhoods(
                    self.evaluator,
                    lambda: (self.best, float(self.income)),
                    self.bound,
                    self._propose,
                    self.deadline,
                    clock,
                    self.rng,
                    rounds=rounds,
                    most=most,
                )
            self.hurried |= clock.expired()
        else:
            climb = improve(
                self.evaluator,
                self.best,
                clock,
                self.rng,
                rounds=rounds,
                most=most,
                tell=self._accept,
            )
            self.hurried |= not climb.finished
            counts = {"moves": climb.tried, "improvements": climb.taken}
        self.counts.update(counts)

    def tighten(self, steps: int) -> None:
        """Stage 2: multipliers; for at most two fifths of the time left."""
        clock = _Slice(self.deadline, 0.4)
        with self.deadline.watching():
            found = tighten(
                self.evaluator,
                float(self.income),
                clock,
                steps=steps,
                stop=self.deadline.flag,
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

    def branch(self, rounds: int) -> None:
        """Stages 3 and 4: branch and bound, with a local search once it turns out to be long."""
        tree = Tree(
            self.evaluator.view,
            float(self.income),
            self.method.max_introductions,
            self._propose,
            self.deadline,
            _Slice(self.deadline, 0.2),
            self._tell_bound,
        )
        with self.deadline.watching():
            bound = tree.search(self.bound, nodes=_SHORT)
            if bound > self.income and not self.deadline.expired():
                self.improve(rounds)
                tree.income, tree.clock = float(self.income), self.deadline
                bound = tree.search(self.bound)
        self.counts["nodes"] = tree.nodes
        self.proved = max(self._rounded(bound), float(self.income))
        self.proved_by = "exhaustive"

    def hand_over(self, backend: Literal["highs", "scip"], welfare: float) -> Limit | None:
        """Stage 4 for goods valued alike: the program, for outcomes of at least this welfare.

        Returns
        -------
        limit : what kept the solver from its end, or its answer from being exact; None: nothing.
        """
        from eqsolve.algorithms.programs.answer import Failed, Infeasible, Stopped
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        # Only sets that earn more are of interest: with whole prices, at least one unit more.
        floor = float(self.income + 1 if self._whole else self.income)
        program = compact_program(self.evaluator.view, floor, welfare)
        matching = self.evaluator.follow(self.best).found.matching
        allowed = 1 - 1e-4 if self._whole else 1e-7 * max(1.0, float(self.income))
        answer = maximize_mixed_integer(
            program.objective,
            program.matrix,
            program.rhs,
            integer=program.integer,
            upper=program.upper,
            deadline=self.deadline,
            backend=backend,
            start=None if self._whole else program.start(matching),
            absolute_gap=allowed,
        )
        if isinstance(answer, Failed):
            raise BackendError(answer.text)
        if isinstance(answer, Infeasible):  # no set earns more
            self.proved = float(self.income)
            return None
        if answer.values is not None:
            self._accept(program.introduced(answer.values))
        # what the solver's tolerances let pass need not be earned: its bound stands as it is
        bound = self._rounded(answer.bound)
        close = not self._whole and bound - self.income <= 2 * allowed
        self.proved = float(self.income) if close else max(bound, float(self.income))
        return answer.limit if isinstance(answer, Stopped) else Limit.GAP

    def _rounded(self, bound: float) -> float:
        """Return a bound rounded down where prices are whole."""
        rounding = 1e-4 if self.evaluator.network.scale < 2**30 else 0.25
        return math.floor(bound + rounding) if self._whole and math.isfinite(bound) else bound

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

    def _tell_bound(self, bound: float) -> None:
        """Publish a bound that branch and bound has reached."""
        if self.quiet:
            return
        share = self.evaluator.network.commission
        self.deadline.publish(
            Progress(
                message="branch and bound",
                objective=share * self.income,
                bound=share * max(self._rounded(bound), float(self.income)),
            )
        )

    def _tell(self, bound: RevenueBound) -> None:
        """Publish what is known now."""
        self.bound = bound if bound.value < self.bound.value else self.bound
        if self.quiet:
            return
        self._standing()[0].publish(self.deadline, "exact search")

    def outcome(self, limit: Limit | None) -> Outcome[TradingSolution]:
        """Return what is known now as an outcome."""
        held, close = self._standing()
        return held.outcome(answered=close, limit=limit)

    def _standing(self) -> tuple[Incumbent[TradingSolution], bool]:
        """Return the best set with what is proved of it, and whether it is the best."""
        backend = None
        if math.isfinite(self.proved):
            backend = self.evaluator.network.commission * self.proved
        return standing(
            self.method,
            self.evaluator,
            self.best,
            self.bound,
            backend_bound=backend,
            proved_by=self.proved_by,
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
