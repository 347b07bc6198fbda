"""The side questions of combinatorial auctions under their names, with rechecked answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, ClassVar

from eqsolve.core.bid_table import exact
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Answer, Means, Question
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.status import Status
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import EXACT
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.questions.demand import demand
from eqsolve.families.combinatorial_auction.solve import solve_auction

__all__ = ["QUESTIONS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskAuction(Question[CombinatorialAuction]):
    """Base of the questions that a solve answers.

    Parameters
    ----------
    method : of the solve.
    """

    method: str = "auto"

    def solved(self, auction: CombinatorialAuction, deadline: Deadline, **options: Any) -> Any:
        """Return a verified result."""
        return solve_auction(auction, method=self.method, deadline=deadline, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPayments(_AskAuction):
    """What each rule asks of the winners, side by side."""

    name: ClassVar[str] = "payments"
    summary: ClassVar[str] = "what the winners pay: VCG, core, and what they bid"
    theorem: ClassVar[str] = "CA-2, CA-6"
    cost: ClassVar[str] = "a winner determination, one for each winner, one for each core row"
    source: ClassVar[str] = (
        "Day, R. and Cramton, P. (2012). Quadratic core-selecting payment rules for "
        "combinatorial auctions. Operations Research 60(3), 588-603."
    )

    def answer(self, instance: CombinatorialAuction, means: Means) -> Answer:
        """Solve for core payments, which brings the others along."""
        found = self.solved(instance, means.deadline, payments="core")
        solution = found.solution
        bid = (solution.payments + solution.utilities).tolist()
        vcg = None if solution.vcg_payments is None else solution.vcg_payments.tolist()
        core = solution.payments.tolist() if solution.payment_rule == "core" else None
        rows = [
            (instance.label("bidders", i), vcg and vcg[i], core and core[i], bid[i])
            for i, bundle in enumerate(solution.bundles)
            if bundle
        ]
        table = Table("Payments", ["winner", "VCG", "core", "bid"]).extend(rows)
        sentence = "the payments were not settled within the limits"
        if vcg is not None and core is not None:
            sentence = (
                f"VCG earns {number(sum(vcg))}, the core {number(sum(core))}, "
                f"the bids are {number(sum(bid))}"
            )
        return Answer(
            value=found,
            sentence=sentence,
            fields={"vcg": vcg, "core": core, "first_price": bid},
            tables=[table],
            check=found.check,
            limit=found.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCoalition(_AskAuction):
    """Who would rather deal with the seller alone at the VCG payments."""

    name: ClassVar[str] = "blocking_coalition"
    summary: ClassVar[str] = "the bidders who gain most against the VCG payments"
    theorem: ClassVar[str] = "CA-3, CA-4"
    cost: ClassVar[str] = "VCG and one winner determination"
    source: ClassVar[str] = (
        "Day, R. and Raghavan, S. (2007). Fair payments for efficient allocations in "
        "public sector combinatorial auctions. Management Science 53(9), 1389-1406."
    )

    def answer(self, instance: CombinatorialAuction, means: Means) -> Answer:
        """Solve with VCG payments."""
        found = self.solved(instance, means.deadline)
        solution = found.solution
        members = solution.blocking
        names = [instance.label("bidders", i) for i in members or ()]
        sentence = "whether a coalition blocks was not settled within the limits"
        if solution.core_gap is not None:
            sentence = "no coalition blocks: the VCG payments are in the core"
        if members is not None:
            sentence = f"{', '.join(names)} would gain {number(solution.core_gap)} with the seller"
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "blocking": None if members is None else list(members),
                "core_gap": solution.core_gap,
                "vcg_in_core": solution.vcg_in_core,
            },
            check=found.check,
            limit=found.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPrices(_AskAuction):
    """Item prices at which everybody gets a best bundle, or why there are none."""

    name: ClassVar[str] = "clearing_prices"
    summary: ClassVar[str] = "item prices that clear the market, or the proof that none do"
    theorem: ClassVar[str] = "CA-9"
    cost: ClassVar[str] = "a winner determination"
    source: ClassVar[str] = (
        "Bikhchandani, S. and Mamer, J. W. (1997). Competitive equilibrium in an exchange economy "
        "with indivisibilities. Journal of Economic Theory 74(2), 385-413."
    )

    def answer(self, instance: CombinatorialAuction, means: Means) -> Answer:
        """Solve and read the prices off the linear program."""
        found = self.solved(instance, means.deadline, payments="first_price", prices=True)
        solution = found.solution
        prices = None if solution.item_prices is None else solution.item_prices.tolist()
        settled = found.status is Status.SOLVED
        table = Table("Clearing prices", ["item", "price"])
        table.extend((instance.label("items", j), price) for j, price in enumerate(prices or []))
        sentence = "whether prices clear was not settled within the limits"
        if prices is not None:
            sentence = f"prices that sum to {number(sum(prices))} clear the market"
        elif settled:
            sentence = (
                f"no item prices clear: the linear program has {number(solution.lp_bound)}, "
                f"the best set of bids {number(solution.welfare)}"
            )
        return Answer(
            value=found,
            sentence=sentence,
            fields={"item_prices": prices, "exist": prices is not None if settled else None},
            tables=[table] if prices else [],
            check=found.check,
            limit=found.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDemand(Question[CombinatorialAuction]):
    """What everybody wants at given item prices.

    Parameters
    ----------
    prices : one for each item; None: all 0.
    """

    name: ClassVar[str] = "demand"
    summary: ClassVar[str] = "the best bundle of every bidder at item prices"
    theorem: ClassVar[str] = "CA-9"
    cost: ClassVar[str] = "O(bids) under XOR, exponential at worst under OR"
    source: ClassVar[str] = (
        "Nisan, N. (2000). Bidding and allocation in combinatorial auctions. Proceedings of the "
        "2nd ACM Conference on Electronic Commerce, 1-12."
    )

    prices: Sequence[float] | None = None

    def answer(self, instance: CombinatorialAuction, means: Means) -> Answer:
        """Look at every bidder's bids."""
        prices = [0.0] * instance.n_items if self.prices is None else list(self.prices)
        if len(prices) != instance.n_items:
            rule = f"must be {instance.n_items} numbers, one for each item"
            raise OptionError(f"option prices: {rule}")
        found = [demand(instance, i, prices) for i in range(instance.n_bidders)]
        asked = [0] * instance.n_items
        for bundle, _ in found:
            for item in bundle:
                asked[item] += 1
        over = [j for j, units in enumerate(asked) if units > instance.supplies[j]]
        table = Table("Demand", ["bidder", "items", "gain"])
        table.extend(
            (
                instance.label("bidders", i),
                ", ".join(instance.label("items", j) for j in bundle) or "nothing",
                gain,
            )
            for i, (bundle, gain) in enumerate(found)
        )
        names = ", ".join(instance.label("items", j) for j in over)
        return Answer(
            value=found,
            sentence=f"too many want {names}" if over else "nothing is asked for too often",
            fields={
                "bundles": [list(bundle) for bundle, _ in found],
                "gains": [gain for _, gain in found],
                "overdemanded": over,
            },
            tables=[table],
            check=_recheck(instance, [exact(float(price)) for price in prices], found, means),
        )


_FEW = 12
"""Bids of an OR bidder up to which every set of them is looked at."""


def _recheck(
    auction: CombinatorialAuction,
    prices: Sequence[Fraction],
    found: Sequence[tuple[tuple[int, ...], float]],
    means: Means,
) -> Report:
    """Return whether nobody gains more than is said, by looking at every choice."""
    builder = means.builder(EXACT, auction.scale)
    with builder.search("that every bundle is a best one at the prices") as poll:
        problems = _beaten(auction, prices, found, builder, poll)
        builder.require("auction.demand", "every bundle is a best one at the prices", problems)
    return builder.finish()


def _beaten(
    auction: CombinatorialAuction,
    prices: Sequence[Fraction],
    found: Sequence[tuple[tuple[int, ...], float]],
    builder: ReportBuilder,
    poll: Callable[[], None],
) -> list[str]:
    """Return whose best gain is another than was said."""
    worth = auction.bids.exact_prices()
    problems = []
    for i, (_, gain) in enumerate(found):
        own = auction.bids.bids_of(i).tolist()
        if auction.language == "or" and len(own) > _FEW:
            builder.leave(f"that {auction.label('bidders', i)} gains no more by other sets of bids")
            continue
        most = 1 if auction.language == "xor" else len(own)
        best = Fraction(0)
        for size in range(1, most + 1):
            for chosen in combinations(own, size):
                poll()
                items = [item for b in chosen for item in auction.bids.bundle(b).tolist()]
                if all(items.count(item) <= auction.supplies[item] for item in set(items)):
                    paid = sum((prices[item] for item in items), Fraction(0))
                    best = max(best, sum((worth[b] for b in chosen), Fraction(0)) - paid)
        if float(best) != float(gain):
            problems.append(f"{auction.label('bidders', i)} gains {float(best)}, not {gain}")
    return problems


QUESTIONS = (AskPayments, AskCoalition, AskPrices, AskDemand)
