"""From the profiles that a search meets to the outcome; base of all methods of the family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.exactness import REACH, largest_number
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.payoffs import Judgement, coverage, describe_profile, judge
from eqsolve.families.model_market.questions.optimum import find_optimum
from eqsolve.families.model_market.solution import (
    ModelEquilibrium,
    ModelMarketSolution,
    SocialOptimum,
)

__all__ = ["Collector", "Find", "ModelMarketMethod"]

_PROVED = 1e-9
"""Share of the social optimum up to which its bound is taken for it."""

Find = Literal["all", "first", "best", "worst"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMarketMethod(Method[ModelMarket, ModelMarketSolution]):
    """Base of the methods: the question's own options.

    Parameters
    ----------
    find : all equilibria, the first that is met, or the one that is best or worst for users.
    max_equilibria : stop after so many (``find="all"``); the result is then ``FEASIBLE`` with
        limit ``SOLUTIONS``.
    """

    source: ClassVar[str] = (
        "Wei, Shi and Zhang (2026). Market games for generative models: equilibria, welfare, and "
        "strategic entry."
    )

    find: Find = "all"
    max_equilibria: int = 1_000

    def supports(self, instance: ModelMarket) -> str | None:
        """Return why the scores are out of reach, or None; differences matter under softmax."""
        reach = REACH[instance.kind]
        if not instance.is_hardmax:
            reach = replace(reach, whole=2**53)
        return reach.refusal(largest_number(instance.scores))

    def __post_init__(self) -> None:
        if self.max_equilibria < 1:
            raise OptionError(f"option max_equilibria = {self.max_equilibria}: must be >= 1")


@dataclass(slots=True)
class Collector:
    """Judges candidate profiles, keeps what the question asks for, and makes the outcome.

    Parameters
    ----------
    market : the market.
    method : whose options say what is asked.
    deadline : published to, and polled.
    """

    market: ModelMarket
    method: ModelMarketMethod
    deadline: Deadline
    found: dict[tuple[int, ...], ModelEquilibrium] = field(default_factory=dict)
    full: bool = False
    next_word: float = 0.0
    known_optimum: SocialOptimum | None = None

    @property
    def optimum(self) -> SocialOptimum:
        """The social optimum, computed when the first equilibrium asks for it."""
        if self.known_optimum is None:
            self.known_optimum = find_optimum(self.market, self.deadline)
        return self.known_optimum

    @property
    def done(self) -> bool:
        """Whether nothing more is wanted: the first is there, or the list is full."""
        return self.full or (self.method.find == "first" and bool(self.found))

    @property
    def welfare(self) -> float | None:
        """Welfare of the best (or worst) equilibrium so far where that is asked for, else None."""
        if self.method.find not in ("best", "worst") or not self.found:
            return None
        return next(iter(self.found.values())).welfare

    def offer(self, candidates: Iterable[IntArray], *, alike: bool = False) -> bool:
        """Judge profiles; return False as soon as nothing more is wanted or the time is over.

        Parameters
        ----------
        candidates : profiles of the market.
        alike : they differ by identical models only, so that one verdict holds for all, and one of
            them will do unless all equilibria are asked for.
        """
        verdict: Judgement | None = None
        for counts in candidates:
            if self.done or self.deadline.expired():
                return False
            key = tuple(counts.tolist())
            if key in self.found:
                continue
            if verdict is None or not alike:
                verdict = judge(self.market, counts)
            if verdict.is_equilibrium:
                if len(self.found) == self.method.max_equilibria and self.method.find == "all":
                    self.full = True
                    return False
                self._keep(key, describe_profile(self.market, counts, verdict))
            if alike and (not verdict.is_equilibrium or self.method.find != "all"):
                break
        return not self.done

    def _keep(self, key: tuple[int, ...], equilibrium: ModelEquilibrium) -> None:
        """Add an equilibrium, or let it replace a worse one."""
        if self.method.find in ("best", "worst") and self.found:
            (other, held), sign = next(iter(self.found.items())), 1.0
            if self.method.find == "worst":
                sign = -1.0
            if (sign * held.welfare, other) >= (sign * equilibrium.welfare, key):
                return
            self.found.clear()
        self.found[key] = equilibrium
        if self.deadline.elapsed < self.next_word:
            return
        self.next_word = self.deadline.elapsed + 0.5
        known = self._held(Incumbent(method=self.method.name), finished=False)
        known.publish(self.deadline, f"{len(self.found)} equilibria")

    def outcome(
        self,
        *,
        finished: bool,
        name: str,
        limit: Limit | None = None,
        scanned: str = "",
        rule: str = "",
        counts: Mapping[str, int] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Outcome[ModelMarketSolution]:
        """Return the outcome.

        Parameters
        ----------
        finished : whether the search has looked at everything that matters.
        name : the method's name.
        limit : what stopped it otherwise; the clock is asked when this is None.
        scanned, rule, counts, data : for the exhaustion certificate.
        """
        find = self.method.find
        if find == "first" and self.found:
            limit = None
        elif not finished:
            limit = limit or (Limit.SOLUTIONS if self.full else self.deadline.limit)
        held: Incumbent[ModelMarketSolution] = Incumbent(method=name, counts=dict(counts or {}))
        if finished:
            held.certificate = ExhaustionCertificate(
                scanned, rule, dict(counts or {}), dict(data or {})
            )
        if not self.found and finished:
            return held.no_equilibrium(held.certificate)
        if not self.found:
            return held.outcome(answered=False, limit=limit)
        answered = finished or (find == "first" and not self.full)
        return self._held(held, finished=finished).outcome(answered=answered, limit=limit)

    def _held(
        self, held: Incumbent[ModelMarketSolution], *, finished: bool
    ) -> Incumbent[ModelMarketSolution]:
        """Fill in what was found (at least one equilibrium) and the bound that follows."""
        find = self.method.find
        exhaustive = finished and find == "all"
        entries = [self.found[key] for key in sorted(self.found, reverse=True)]
        self.known_optimum = self._not_below(entries)
        best = max(entry.welfare for entry in entries)
        worst = min(entry.welfare for entry in entries)
        knows_best = exhaustive or (finished and find == "best")
        knows_worst = exhaustive or (finished and find == "worst")
        solution = ModelMarketSolution(
            equilibria=tuple(entries),
            exhaustive=exhaustive,
            social_optimum=self.optimum,
            price_of_anarchy=self._ratio(worst) if knows_worst else None,
            price_of_stability=self._ratio(best) if knows_best else None,
        )
        held.offer(solution, best)
        held.bound = best if knows_best else max(best, self.optimum.bound)
        certified = not knows_best and self.optimum.prices is not None
        held.source = "certified" if certified else "exhaustive"
        return held

    def _not_below(self, entries: Iterable[ModelEquilibrium]) -> SocialOptimum:
        """Return the social optimum, or models of an equilibrium where a limit left worse ones."""
        best = self.optimum
        for entry in entries:
            models = tuple(np.flatnonzero(entry.counts).tolist())
            value = coverage(self.market, models)
            if value > best.welfare:
                best = replace(best, models=models, welfare=value, bound=max(value, best.bound))
        return best

    def _ratio(self, welfare: float) -> float | None:
        """Return optimum / welfare; 1 when both are 0, None when only the latter is.

        None too where the optimum is not proved: a ratio of what may be less claims too much.
        """
        if self.optimum.bound > self.optimum.welfare * (1 + _PROVED):
            return None
        if welfare == self.optimum.welfare:
            return 1.0
        return self.optimum.welfare / welfare if welfare > 0 else None
