"""The side questions of collusion dynamics under their names, with rechecked answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.question import Answer, Means, Question, together, whole_numbers
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.collusion_dynamics.batches import propensity
from eqsolve.families.collusion_dynamics.fidelity import critical, pays_somewhere
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.payoffs import payoffs_from_bertrand, payoffs_from_logit
from eqsolve.families.collusion_dynamics.questions.chances import (
    changed,
    escape_time,
    undecided_band,
)
from eqsolve.families.collusion_dynamics.questions.line import advantage
from eqsolve.families.collusion_dynamics.questions.rates import safe_rate, steepest
from eqsolve.families.collusion_dynamics.questions.sweep import sweep
from eqsolve.families.collusion_dynamics.solve import solve

__all__ = ["QUESTIONS"]

_SOURCE = "Cao, S. and Hu, M. (2026). Collusive pricing under LLM. arXiv 2601.01279."


def _checked(id: str, condition: str, theorem: str, problems: Sequence[str]) -> Report:
    """Return a report with one check."""
    builder = ReportBuilder(Tolerances(), 1.0)
    builder.require(id, condition, problems, theorem=theorem)
    return builder.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCritical(Question[CollusionDynamics]):
    """From which fidelity on high prices pay somewhere."""

    name: ClassVar[str] = "critical_fidelity"
    summary: ClassVar[str] = "the fidelity from which on high prices pay at some propensity"
    theorem: ClassVar[str] = "COL-3, COL-4"
    cost: ClassVar[str] = "O(sellers), times 50 but for duopoly dilemmas"
    source: ClassVar[str] = _SOURCE

    def answer(self, instance: CollusionDynamics, means: Means) -> Answer:
        """Compute, and test just below and just above."""
        tables = instance.exact_payoffs
        found = critical(*tables)
        half, one = Fraction(1, 2), Fraction(1)
        pays = partial(pays_somewhere, *tables)
        if found is None:
            ends = pays(half), pays(one)
            problems = [] if ends[0] or not ends[1] else ["there is one"]
            where = "already at 1/2" if ends[0] else "not even at 1"
            sentence = f"there is no critical fidelity: high prices pay {where}"
        else:
            near = Fraction(1, 10**9)
            below, above = max(half, Fraction(found) - near), min(one, Fraction(found) + near)
            problems = [] if not pays(below) and pays(above) else ["it lies elsewhere"]
            side = "above" if instance.fidelity > found else "at or below"
            sentence = (
                f"high prices can pay from fidelity {number(found)} on; the model's "
                f"{number(instance.fidelity)} is {side} that"
            )
        return Answer(
            value=found,
            sentence=sentence,
            fields={"critical_fidelity": found},
            check=_checked(
                "critical", "tested in fractions 1e-9 below and above", "COL-3", problems
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSafeRate(Question[CollusionDynamics]):
    """The largest rate at which exact updates keep the basins."""

    name: ClassVar[str] = "safe_rate"
    summary: ClassVar[str] = "largest rate at which updates by exact advantages keep the basins"
    theorem: ClassVar[str] = "COL-6"
    cost: ClassVar[str] = "O(sellers)"
    source: ClassVar[str] = _SOURCE

    def answer(self, instance: CollusionDynamics, means: Means) -> Answer:
        """Compute, and see that the map does not fall anywhere on a grid."""
        rate = safe_rate(instance)
        where, slope = steepest(instance)
        nodes = np.linspace(-40, 40, 20_001)
        steps = np.abs(np.diff(advantage(instance, propensity(nodes)))) / np.diff(nodes)
        off = float(steps.max()) - slope
        problems = [] if off <= 1e-9 + 1e-6 * slope else ["the advantage is steeper elsewhere"]
        finite = math.isfinite(rate)
        return Answer(
            value=rate,
            sentence=f"rates up to {number(rate)} keep the basins"
            if finite
            else "every rate keeps the basins: the advantage is the same everywhere",
            fields={"safe_rate": rate if finite else None, "steepest_at": where, "slope": slope},
            check=_checked(
                "slope", "no difference quotient on a grid is larger", "COL-6", problems
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskPassage(Question[CollusionDynamics]):
    """Base of what is asked about first passage."""

    source: ClassVar[str] = _SOURCE

    def supports(self, instance: CollusionDynamics) -> str | None:
        """Return why first passage cannot be looked at."""
        if instance.batch is None:
            return "the instance has no batch"
        assert instance.rate is not None
        if not instance.rate.is_constant:
            return "first passage needs a constant rate"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBand(_AskPassage):
    """Starts from which neither outcome is all but certain.

    Parameters
    ----------
    level : probability at the ends of the band.
    """

    name: ClassVar[str] = "band"
    summary: ClassVar[str] = (
        "starts from which neither collusion nor competition is all but certain"
    )
    theorem: ClassVar[str] = "COL-9"
    cost: ClassVar[str] = "a few sparse linear systems"

    level: float = 0.05

    def answer(self, instance: CollusionDynamics, means: Means) -> Answer:
        """Compute, and solve from just outside of both ends."""
        band = undecided_band(instance, self.level, deadline=means.deadline)
        off = 3 * band.error + 1e-4
        starts = [max(band.low - off, 0.0), min(band.high + off, 1.0)]
        outside = changed(instance, start=starts, horizon=None)
        found = solve(outside, deadline=means.deadline)
        chances = found.solution.collusion_probability if found.solution else None
        problems = []
        if chances is not None:
            if chances[0].low > self.level + 1e-3:
                problems.append("collusion is likelier below the band")
            if chances[1].high < 1 - self.level - 1e-3:
                problems.append("collusion is less likely above the band")
        return Answer(
            value=band,
            sentence=f"undecided from {number(band.low)} to {number(band.high)}: collusion has "
            f"probability {number(self.level)} to {number(1 - self.level)} there",
            fields={**asdict(band), "width": band.width},
            check=together(
                {
                    "band": _checked("ends", "outside the band all is decided", "COL-9", problems),
                    "solved": found.check,
                }
            ),
            limit=means.deadline.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEscape(_AskPassage):
    """How long collusion lasts."""

    name: ClassVar[str] = "escape"
    summary: ClassVar[str] = "mean number of updates from the collusive rest point to competition"
    theorem: ClassVar[str] = "COL-11"
    cost: ClassVar[str] = "a few sparse linear systems"

    def answer(self, instance: CollusionDynamics, means: Means) -> Answer:
        """Compute, and again more precisely."""
        found = escape_time(instance, deadline=means.deadline)
        again = escape_time(instance, error=2e-4, deadline=means.deadline)
        off = abs(again.updates - found.updates)
        problems = [] if off <= 3 * found.error + 1e-3 * found.updates else ["a finer grid differs"]
        return Answer(
            value=found,
            sentence=f"collusion lasts {number(float(f'{found.updates:.4g}'))} updates on average, "
            f"{number(float(f'{found.rounds:.4g}'))} rounds",
            fields=asdict(found),
            check=_checked("escape", "a finer grid gives the same number", "COL-11", problems),
            limit=means.deadline.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSweep(Question[CollusionDynamics]):
    """What becomes of the instance when parameters change, in all combinations.

    Parameters
    ----------
    fidelity, size, rate, sellers : values to try.
    market : payoffs by the number of sellers.
    ratio : of the Bertrand market.
    band, escape : whether to compute these for instances with a batch, too.
    """

    name: ClassVar[str] = "sweep"
    summary: ClassVar[str] = "regime, rest points and probability for many parameters at once"
    theorem: ClassVar[str] = "COL-3, COL-4, COL-9"
    cost: ClassVar[str] = "a solve for each combination"
    source: ClassVar[str] = _SOURCE

    fidelity: Sequence[float] | None = None
    size: Sequence[float] | None = None
    rate: Sequence[float] | None = None
    sellers: Sequence[float] | None = None
    market: Literal["bertrand", "logit"] = "bertrand"
    ratio: float = 1.5
    band: bool = False
    escape: bool = False

    def answer(self, instance: CollusionDynamics, means: Means) -> Answer:
        """Sweep; every probability comes verified from `solve`."""
        given = (self.fidelity, self.size, self.rate, self.sellers)
        fidelity = self.fidelity
        if all(values is None for values in given):
            fidelity = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
        market: Callable[[int], Any] = payoffs_from_logit
        if self.market == "bertrand":
            market = partial(payoffs_from_bertrand, ratio=self.ratio)
        wanted = {"probability": True, "band": self.band, "escape": self.escape}
        found = sweep(
            instance,
            fidelity=fidelity,
            size=whole_numbers(self.size, "size"),
            rate=self.rate,
            sellers=whole_numbers(self.sellers, "sellers"),
            market=market,
            measures=[name for name, on in wanted.items() if on],
            deadline=means.deadline,
        )
        if not found.rows:
            raise OptionError("there was no time for a single row")
        table: Table = found.table()
        return Answer(
            value=found,
            sentence=f"{len(found.rows)} models, {len({row.regime for row in found.rows})} regimes",
            fields={"rows": [asdict(row) for row in found.rows]},
            tables=[table],
            limit=means.deadline.limit if found.stopped else None,
        )


QUESTIONS: tuple[type[Question[CollusionDynamics]], ...] = (
    AskCritical,
    AskSafeRate,
    AskBand,
    AskEscape,
    AskSweep,
)
