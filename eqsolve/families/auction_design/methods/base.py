"""Base of the methods: what is asked, and how a mechanism becomes an answer.

A method makes a mechanism; `answered` evaluates it, fits and plays the simple mechanisms beside it
on the same types, and puts together what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.methods.fitting import Fit, fit_types
from eqsolve.families.auction_design.methods.simple import compared_for
from eqsolve.families.auction_design.playing.evaluate import (
    Earnings,
    enumerated,
    estimated,
    interval_of,
    is_enumerable,
)
from eqsolve.families.auction_design.solution import Baseline, DesignSolution
from eqsolve.families.auction_design.solution.mechanism import Mechanism

__all__ = [
    "Class",
    "DesignMethod",
    "Designed",
    "SequenceMethod",
    "StrictMethod",
    "answered",
    "by_formula",
]

_PROVED = 1e-6
"""Share of the greatest value by which revenue and bound may differ where both are the best."""

Class = Literal["auto", "menu", "sequential", "dsic", "bic"]
Order = Literal["given", "best"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignMethod(Method[AuctionDesign, DesignSolution]):
    """Base of the methods.

    Parameters
    ----------
    mechanism : the class to design in: a menu for one bidder, menus one after the other, or direct
        mechanisms in which truth is dominant or best on average; ``auto``: the first two.
    lotteries : whether what is sold may be a lottery over bundles.
    draws : types to fit to, of each bidder who has infinitely many.
    report_draws : fresh runs for the report, where types cannot be enumerated.
    order : of the bidders in sequences of menus: that of the instance, or the best one.
    fit_seed : of all draws; None: drawn with the seed of the run.
    baselines : whether simple mechanisms are fitted and played beside the answer.
    """

    source: ClassVar[str] = "Conitzer, V. and Sandholm, T. (2002). Complexity of mechanism design."
    finds_orders: ClassVar[bool] = False

    mechanism: Class = "auto"
    lotteries: bool = True
    order: Order = "given"
    draws: int = 4000
    report_draws: int = 20_000
    fit_seed: int | None = None
    baselines: bool = True

    def __post_init__(self) -> None:
        for name, least in (("draws", 2), ("report_draws", 2), ("fit_seed", 0)):
            given = getattr(self, name)
            if given is not None and given < least:
                raise OptionError(f"option {name} = {given}: must be >= {least}")

    def class_for(self, instance: AuctionDesign) -> Literal["menu", "sequential", "dsic", "bic"]:
        """Return the class to design in."""
        if self.mechanism == "auto":
            return "menu" if instance.n_bidders == 1 else "sequential"
        return self.mechanism

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the class asked for does not fit the instance, or None."""
        if self.mechanism == "menu" and instance.n_bidders > 1:
            return f"a menu is for one bidder, there are {instance.n_bidders}; mechanism=sequential"
        if self.order == "best" and not self.finds_orders:
            return "the best order of the bidders is found by dp_lp alone"
        return None

    def among(self, instance: AuctionDesign) -> str:
        """Return the name of the class in solutions."""
        word: str = self.class_for(instance)
        if self.order == "best" and word == "sequential":
            word = "sequential in any order"
        return word if self.lotteries else f"deterministic {word}"

    def seed_of(self, rng: np.random.Generator) -> int:
        """Return the seed of all draws."""
        return int(rng.integers(1 << 31)) if self.fit_seed is None else self.fit_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceMethod(DesignMethod):
    """Base of the methods that design sequences of menus and nothing else."""

    source: ClassVar[str] = (
        "Ravindranath, S. S., Feng, Z., Wang, D., Zaheer, M., Mehta, A. and Parkes, D. C. (2024). "
        "Deep reinforcement learning for sequential combinatorial auctions."
    )

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why another class is asked for, or None."""
        reason = DesignMethod.supports(self, instance)
        if reason is None and self.class_for(instance) in ("dsic", "bic"):
            return "it designs sequences of menus: mechanism=sequential"
        return reason


@dataclass(frozen=True, slots=True, kw_only=True)
class StrictMethod(DesignMethod):
    """Base of exact programs, whose menus need no tie-break (MEC-8).

    Parameters
    ----------
    strict : share by which the prices of a menu are lowered, so that buyers at a tie have a reason
        to take the dearer entry.
    """

    strict: float = 1e-7

    def __post_init__(self) -> None:
        DesignMethod.__post_init__(self)
        if not 0 <= self.strict < 1:
            raise OptionError(f"option strict = {self.strict}: must be in [0, 1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Designed:
    """What a method hands over.

    Parameters
    ----------
    mechanism : it.
    seed : of the draws for fitting and report.
    fits : types that simple mechanisms are fitted to as well; None: they are drawn once more.
    bound : no mechanism of the class earns more, None where nothing is known.
    said : a tighter bound that only a foreign solver vouches for, or None.
    bound_source : ``"flows"`` or ``"welfare"``: what proves the bound.
    argument, data : of the certificate.
    proved : whether the mechanism is the best of its class.
    limit : what stopped the method early.
    training : of what was learned.
    counts, remarks : as in `Outcome`.
    """

    mechanism: Mechanism
    seed: int
    fits: tuple[Fit, ...] | None = None
    bound: float | None = None
    said: float | None = None
    bound_source: Literal["flows", "welfare"] | None = None
    argument: str = ""
    data: Mapping[str, Any] | None = None
    proved: bool = False
    limit: Limit | None = None
    training: Mapping[str, Any] | None = None
    counts: Mapping[str, int | float | str] | None = None
    remarks: tuple[str, ...] = ()


def answered(
    method: DesignMethod, instance: AuctionDesign, designed: Designed, deadline: Deadline
) -> Outcome[DesignSolution]:
    """Return the outcome for a mechanism: what it earns, beside simple ones on the same types."""
    others = {}
    if method.baselines:
        fits = designed.fits or fit_types(instance, method.draws, designed.seed)
        others = {
            name: fitted(instance, fits, deadline)
            for name, fitted in compared_for(instance).items()
        }
    mechanisms = [designed.mechanism, *others.values()]
    if all(is_enumerable(mechanism, instance) for mechanism in mechanisms):
        evaluations = [enumerated(mechanism, instance) for mechanism in mechanisms]
    else:
        evaluations = estimated(
            mechanisms, instance, method.report_draws, designed.seed, deadline=deadline
        )
    evaluation = evaluations[0]
    baselines = {
        name: compared(evaluation, others[name], other)
        for name, other in zip(others, evaluations[1:], strict=True)
    }
    solution = DesignSolution(
        mechanism=designed.mechanism,
        among=method.among(instance),
        revenue=evaluation.revenue,
        revenue_exact=evaluation.exact,
        revenue_interval=evaluation.interval,
        report_draws=evaluation.draws,
        report_seed=evaluation.seed,
        welfare=evaluation.welfare,
        bidder_utilities=evaluation.utilities,
        bound_source=designed.bound_source,
        baselines=baselines,
        training=designed.training,
    )
    slack = _PROVED * instance.scale
    certificate = None
    bounds = Bounds(lower=evaluation.revenue)
    if designed.bound is not None:
        upper, who = designed.bound, "certified"
        if designed.said is not None and evaluation.revenue < designed.bound - slack:
            upper, who = max(designed.said, evaluation.revenue), "backend"
            solution = replace(solution, bound_source="backend")
        bounds = Bounds(lower=evaluation.revenue, upper=upper, source=who)
        certificate = BoundCertificate(upper, who, designed.argument, dict(designed.data or {}))
    tight = evaluation.revenue >= bounds.upper - slack
    solved = designed.proved and evaluation.exact and tight
    return Outcome(
        status=Status.SOLVED if solved else Status.FEASIBLE,
        solution=solution,
        objective=evaluation.revenue,
        limit=None if solved else designed.limit or deadline.limit,
        bounds=bounds,
        certificate=certificate,
        method=method.name,
        counts=dict(designed.counts or {}),
        remarks=designed.remarks,
    )


def compared(ours: Earnings, mechanism: Mechanism, other: Earnings) -> Baseline:
    """Return how another mechanism fares beside ours on the same types."""
    difference = None
    if ours.runs is not None and other.runs is not None:
        difference = interval_of(ours.runs - other.runs)
    return Baseline(
        mechanism, other.revenue, other.interval, ours.revenue - other.revenue, difference
    )


def by_formula(outcome: Outcome[DesignSolution], revenue: float) -> Outcome[DesignSolution]:
    """Return an outcome with what the mechanism earns by a formula, more exact than by draws."""
    assert outcome.solution is not None
    solution = replace(outcome.solution, revenue=revenue)
    return replace(
        outcome,
        solution=solution,
        objective=revenue,
        bounds=replace(outcome.bounds, lower=revenue),
    )
