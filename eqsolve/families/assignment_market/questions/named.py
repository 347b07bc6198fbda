"""The side questions of assignment markets under their names, with answers that are rechecked.

Prices stand in an option, or come from a solution file, or from the market's own solution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray, is_integral, read_only
from eqsolve.core.errors import NoSolutionError
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Answer, Means, Question, together
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.questions.demand import (
    NOTHING,
    SETS,
    checked_prices,
    demand_sets,
    overdemanded_set,
)
from eqsolve.families.assignment_market.questions.lattice import is_price_vector
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.solve import competitive_equilibrium
from eqsolve.families.assignment_market.verify.conditions import verify

__all__ = ["QUESTIONS"]

_DEMANGE = (
    "Demange, G., Gale, D. and Sotomayor, M. (1986). Multi-item auctions. "
    "Journal of Political Economy 94(4), 863-872."
)

_FEW = 20
"""Buyers up to which payments are rechecked by solving the market without each of them."""

_SMALL = 20_000
"""Pairs up to which they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtPrices(Question[AssignmentMarket]):
    """Base of questions about prices.

    Parameters
    ----------
    prices : one per seller; by default those of the solution.
    """

    about_result: ClassVar[bool] = True
    prices: Sequence[float] | None = None

    def prices_of(
        self, market: AssignmentMarket, deadline: Deadline, result: Result[Any] | None
    ) -> NumberArray:
        """Return the prices that are meant."""
        if self.prices is not None:
            return checked_prices(market, list(self.prices))
        return _solution(market, deadline, result)[1].prices


def _solution(
    market: AssignmentMarket, deadline: Deadline, result: Result[Any] | None
) -> tuple[Result[AssignmentSolution], AssignmentSolution]:
    """Return the result given, or one found now, and its solution."""
    found = competitive_equilibrium(market, deadline=deadline) if result is None else result
    if found.solution is None:
        raise NoSolutionError("no solution of the market is known")
    return found, found.solution


def _builder(market: AssignmentMarket, *amounts: NumberArray) -> ReportBuilder:
    """Return a builder that compares whole numbers exactly."""
    exact = market.is_integral and all(is_integral(entry) for entry in amounts)
    return ReportBuilder(EXACT if exact else Tolerances(), market.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDemand(_AtPrices):
    """What each buyer wants at given prices."""

    name: ClassVar[str] = "demand"
    summary: ClassVar[str] = "what each buyer demands at given prices"
    theorem: ClassVar[str] = "BIP-7"
    cost: ClassVar[str] = "O(edges)"
    source: ClassVar[str] = _DEMANGE

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: buyers demand sets."""
        return SETS if instance.has_capacities else None

    def answer(self, instance: AssignmentMarket, means: Means) -> Answer:
        """Return the demand sets."""
        prices = self.prices_of(instance, means.deadline, means.result)
        sets = demand_sets(instance, prices)
        table = Table("Demand", ["buyer", "demands"])
        for i, wanted in enumerate(sets):
            table.add(instance.label("buyers", i), _names(instance, wanted.tolist()))
        content = sum(wanted[0] == NOTHING for wanted in sets)
        return Answer(
            value=sets,
            sentence=f"{content} of {len(sets)} buyers are content with nothing",
            fields={"prices": prices, "demand": [wanted.tolist() for wanted in sets]},
            tables=[table],
            check=_recheck_demand(instance, prices, sets),
        )


def _names(market: AssignmentMarket, sellers: Sequence[int]) -> str:
    """Return sellers in words; nothing is one of them."""
    return ", ".join("nothing" if j < 0 else market.label("sellers", j) for j in sellers)


def _recheck_demand(
    market: AssignmentMarket, prices: NumberArray, sets: Sequence[NumberArray]
) -> Report:
    """Compare what each buyer demands with each thing it could have, one by one."""
    builder = _builder(market, prices)
    misses = np.zeros(len(sets))
    missing: list[str] = []
    for i, wanted in enumerate(sets):
        columns, values = market.values.row(i)
        surplus = {int(j): v - prices[j].item() for j, v in zip(columns, values, strict=True)}
        surplus[NOTHING] = 0
        best = max(surplus.values())
        misses[i] = max(best - surplus.get(int(j), -math.inf) for j in wanted.tolist())
        missing += [
            f"{market.label('buyers', i)} wants {_names(market, [j])} as much"
            for j in surplus.keys() - set(wanted.tolist())
            if surplus[j] == best
        ]
    builder.compare(
        "demand.best",
        "each thing demanded is the best that the buyer could have",
        misses,
        np.full(len(sets), market.scale),
        lambda i: f"{market.label('buyers', i)} could have {misses[i]} more",
    )
    builder.require("demand.all", "nothing as good is left out", missing)
    return builder.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOverdemanded(_AtPrices):
    """The items that more buyers want than there are of them."""

    name: ClassVar[str] = "overdemanded"
    summary: ClassVar[str] = "a minimal set of items that too many buyers want at given prices"
    theorem: ClassVar[str] = "BIP-7"
    cost: ClassVar[str] = "O(n m (n + m))"
    source: ClassVar[str] = _DEMANGE

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: buyers demand sets."""
        return SETS if instance.has_capacities else None

    def answer(self, instance: AssignmentMarket, means: Means) -> Answer:
        """Find a set, and count who wants nothing else."""
        prices = self.prices_of(instance, means.deadline, means.result)
        found = overdemanded_set(instance, prices)
        inside = set(found.tolist())
        wanting = [
            i
            for i, wanted in enumerate(demand_sets(instance, prices))
            if wanted[0] != NOTHING and inside.issuperset(wanted.tolist())
        ]
        builder = _builder(instance, prices)
        enough = not inside or len(wanting) > len(inside)
        few = [] if enough else [f"{len(wanting)} buyers want {len(inside)} items"]
        builder.require("overdemanded.count", "more buyers than items want nothing else", few)
        names = _names(instance, found.tolist())
        return Answer(
            value=found,
            sentence=f"{len(wanting)} buyers want {names} and nothing else"
            if inside
            else "no set is overdemanded: everybody can have something demanded at once",
            fields={"prices": prices, "sellers": found, "buyers": wanting if inside else []},
            check=builder.finish(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLattice(_AtPrices):
    """Between which ends equilibrium prices lie, and whether given prices are among them."""

    name: ClassVar[str] = "lattice"
    summary: ClassVar[str] = "the ends of the equilibrium prices, and whether given prices are some"
    theorem: ClassVar[str] = "BIP-2, BIP-5"
    cost: ClassVar[str] = "two solves"
    source: ClassVar[str] = (
        "Shapley, L. S. and Shubik, M. (1971). The assignment game I: The core. "
        "International Journal of Game Theory 1, 111-130."
    )

    def answer(self, instance: AssignmentMarket, means: Means) -> Answer:
        """Return the ends, and where the prices asked about lie."""
        found, solution = _solution(instance, means.deadline, means.result)
        table = Table("Equilibrium prices", ["seller", "least", "greatest", "asked about"])
        asked = None if self.prices is None else checked_prices(instance, list(self.prices))
        for j in range(instance.n_sellers):
            about = None if asked is None else asked[j]
            ends = solution.price_min[j], solution.price_max[j]
            table.add(instance.label("sellers", j), *ends, about)
        fields: dict[str, Any] = {"price_min": solution.price_min, "price_max": solution.price_max}
        wide = int((solution.price_max > solution.price_min).sum())
        sentence = f"{wide} of {instance.n_sellers} prices can move within an equilibrium"
        reports = {"ends": found.check or verify(instance, found)}
        if asked is not None:
            member = is_price_vector(instance, asked)
            fields |= {"prices": asked, "is_equilibrium": member}
            sentence += "; those asked about are " + ("some" if member else "none")
            builder = _builder(instance, asked)
            beyond = np.maximum(solution.price_min - asked, asked - solution.price_max)
            if member:
                builder.compare(
                    "lattice.member",
                    "equilibrium prices lie between the ends",
                    beyond,
                    np.abs(asked),
                    lambda j: f"{instance.label('sellers', j)}: {asked[j]} is outside",
                    theorem="BIP-2",
                )
            reports["prices"] = builder.finish()
        return Answer(
            value=solution,
            sentence=sentence,
            fields=fields,
            tables=[table],
            check=together(reports),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPayments(Question[AssignmentMarket]):
    """What each buyer owes under the Vickrey-Clarke-Groves rule."""

    name: ClassVar[str] = "vcg_payments"
    summary: ClassVar[str] = "what each buyer owes under the Vickrey-Clarke-Groves rule"
    theorem: ClassVar[str] = "BIP-4, CAP-3"
    cost: ClassVar[str] = "one solve, and a search for each unit of a buyer who may take several"
    source: ClassVar[str] = (
        "Leonard, H. B. (1983). Elicitation of honest preferences for the assignment of "
        "individuals to positions. Journal of Political Economy 91(3), 461-479."
    )
    about_result: ClassVar[bool] = True

    def answer(self, instance: AssignmentMarket, means: Means) -> Answer:
        """Return the payments, and recheck them by the market without each buyer."""
        found, solution = _solution(instance, means.deadline, means.result)
        if instance.has_capacities:
            return _answer_for_sets(instance, means.deadline, found, solution)
        table = Table("Payments", ["buyer", "item", "payment"])
        for i, (j, amount) in enumerate(
            zip(solution.matching.tolist(), solution.vcg_payments.tolist(), strict=True)
        ):
            table.add(instance.label("buyers", i), _names(instance, [j]), amount)
        return Answer(
            value=solution.vcg_payments,
            sentence=f"buyers owe {sum(solution.vcg_payments.tolist())} in all",
            fields={"matching": _or_null(solution.matching), "payments": solution.vcg_payments},
            tables=[table],
            check=together(
                {
                    "solution": found.check or verify(instance, found),
                    "payments": _recheck_payments(instance, solution),
                }
            ),
        )


def _answer_for_sets(
    market: AssignmentMarket,
    deadline: Deadline,
    found: Result[AssignmentSolution],
    solution: AssignmentSolution,
) -> Answer:
    """Return the payments of buyers who may take several items.

    Without a buyer the same welfare is lost whichever best pairs are meant, so the payments for
    one optimum follow from those for another.
    """
    if not solution.has_payments:
        own = competitive_equilibrium(market, method="flow", vcg=True, deadline=deadline).solution
        if own is None:
            raise NoSolutionError("the payments were not found within the time limit")
        owed = own.vcg_payments + _worth(market, solution) - _worth(market, own)
        solution = replace(solution, vcg_payments=read_only(owed))
    payments = solution.vcg_payments.tolist()
    held: list[list[int]] = [[] for _ in payments]
    for i, j in zip(*(side.tolist() for side in solution.trades), strict=True):
        held[i].append(j)
    table = Table("Payments", ["buyer", "items", "payment"])
    for i, amount in enumerate(payments):
        table.add(market.label("buyers", i), _names(market, held[i]) or "nothing", amount)
    return Answer(
        value=solution.vcg_payments,
        sentence=f"buyers owe {sum(payments)} in all",
        fields={"pairs": solution.pairs, "payments": solution.vcg_payments},
        tables=[table],
        check=verify(market, replace(found, solution=solution), deadline=deadline.grace()),
    )


def _worth(market: AssignmentMarket, solution: AssignmentSolution) -> NumberArray:
    """Return what each buyer's items are worth to it."""
    buyers, sellers = solution.trades
    values = market.values.at(buyers, sellers)
    worth = np.zeros(market.n_buyers, dtype=values.dtype)
    np.add.at(worth, buyers, values)
    return worth


def _or_null(matching: NumberArray) -> list[int | None]:
    """Return a matching as JSON."""
    return [None if j < 0 else j for j in matching.tolist()]


def _recheck_payments(market: AssignmentMarket, solution: AssignmentSolution) -> Report | None:
    """Compare each payment with what the buyer's presence costs the others."""
    if market.n_buyers > _FEW or market.n_buyers * market.n_sellers > _SMALL:
        return None
    values, reserves = market.values.dense(), market.reserves
    off = np.zeros(market.n_buyers)
    for i, j in enumerate(solution.matching.tolist()):
        if j < 0:
            continue
        rest = [[None if v < 0 else v for v in row] for row in np.delete(values, i, 0).tolist()]
        without: int | float = 0  # of nobody
        if rest:
            without = competitive_equilibrium(AssignmentMarket(rest, reserves)).require().welfare
        beside = solution.welfare - (values[i, j].item() - reserves[j].item())
        harm = without - beside + reserves[j].item()
        off[i] = abs(solution.vcg_payments[i].item() - harm)
    builder = _builder(market, solution.vcg_payments)
    builder.compare(
        "payments.harm",
        "each payment is what the buyer's presence costs the others, and the seller's reserve",
        off,
        np.full(market.n_buyers, market.scale),
        lambda i: f"{market.label('buyers', i)} owes {off[i]} more or less",
        theorem="BIP-4",
    )
    return builder.finish()


QUESTIONS: tuple[type[Question[AssignmentMarket]], ...] = (
    AskDemand,
    AskOverdemanded,
    AskLattice,
    AskPayments,
)
