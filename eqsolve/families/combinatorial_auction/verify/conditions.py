"""Is a claimed result of a combinatorial auction right? Every condition, and who breaks it.

Sums are recomputed exactly, in fractions of the decimals that were written, and a claim must be the
nearest float. Optimality of the winners, and of the sets without each winner, is proved by the item
prices of the certificate where the linear program is tight (CA-9), and otherwise by the verifier's
own search; what that cannot settle in its time is named as left open. Core claims are checked by
separation at the claimed payments (CA-4).

Imports ``core`` and the family's own definitions only. Cost: O(size of the bids) besides the
searches of ``optimum``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution
from eqsolve.families.combinatorial_auction.verify.optimum import Bids, Optimum

__all__ = ["verify"]

_ZERO = Fraction(0)
_ROUNDING = Fraction(1, 2**50)
"""Share of the largest amount by which a float may miss an exact sum."""
SECONDS = 60.0
"""For all searches together."""


def verify(
    instance: CombinatorialAuction,
    claimed: Result[AuctionSolution] | AuctionSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return a report on a result or bare solution.

    Parameters
    ----------
    instance : the auction.
    claimed : what is claimed.
    tolerance : relative tolerance for core payments and clearing prices; sums are compared exactly.
    deadline : the clock of its own searches; what they do not settle in time is left open.
    """
    result = claim_of(claimed)
    builder = ReportBuilder(Tolerances(tolerance), instance.scale, deadline)
    if result.solution is None:
        builder.require(
            "auction.status",
            "selling nothing is always possible, so there is a solution",
            ["no auction is without a solution"] if result.status is Status.NO_EQUILIBRIUM else [],
        )
        return builder.finish()
    check = _Check(instance, result, result.solution, builder, tolerance)
    if check.sets():
        check.amounts()
        check.bounds()
        check.winners()
        check.payments()
        check.core()
        check.prices()
    return builder.finish()


class _Check:
    """One verification."""

    def __init__(
        self,
        auction: CombinatorialAuction,
        result: Result[AuctionSolution],
        solution: AuctionSolution,
        builder: ReportBuilder,
        tolerance: float,
    ) -> None:
        self.auction, self.result, self.solution, self.builder = auction, result, solution, builder
        table = auction.bids
        self.bids = [
            (bidder, tuple(bundle), Fraction(str(price))) for bidder, bundle, price in table
        ]
        self.possible = [
            all(bundle.count(item) <= auction.supplies[item] for item in set(bundle))
            for _, bundle, _ in self.bids
        ]
        self.reserves = [Fraction(str(worth)) for worth in auction.reserves.tolist()]
        self.supplies = auction.supplies.tolist()
        self.worth = sum(
            (units * worth for units, worth in zip(self.supplies, self.reserves, strict=True)),
            _ZERO,
        )
        self.scale = max([_ZERO, *(price for _, _, price in self.bids), *self.reserves, self.worth])
        self.slack = Fraction(tolerance) * max(self.scale, Fraction(1, 10**300))
        data = result.certificate
        self.data: Mapping[str, Any] = data.data if isinstance(data, BoundCertificate) else {}
        self.item_prices = self._dual_prices()
        self.welfare = _ZERO
        self.seconds = SECONDS
        self.own = Bids(auction)
        self.is_optimal = False
        self.is_late = False

    # ---------------------------------------------------------------- helpers

    def best(self, **question: Any) -> Optimum:
        """Return the verifier's own optimum, found within what is left of its time."""
        clock = self.builder.deadline
        if clock is not None and clock.expired():
            self.is_late = True
            return self.own.plain()
        start = time.monotonic()
        seconds = self.seconds if clock is None else min(self.seconds, clock.remaining)
        found = self.own.best(seconds=seconds, **question)
        self.seconds -= time.monotonic() - start
        return found

    def agrees(self, claim: Any, amount: Fraction) -> bool:
        """Return whether a claimed number is an exact amount, as near as a float can be."""
        if isinstance(claim, bool) or not isinstance(claim, int | float) or claim != claim:
            return False
        if claim in (float("inf"), float("-inf")):
            return False
        size = max(self.scale, abs(amount), abs(self.welfare))
        return abs(Fraction(claim) - amount) <= _ROUNDING * size

    def leave(self, claim: str, why: str = "a search does not settle it in its time") -> None:
        """Record a claim that is left open, and why."""
        late = "not looked through within the time limit"
        self.builder.leave(f"{claim}: {late if self.is_late else why}")

    def equal(
        self, id: str, condition: str, claim: Any, amount: Fraction, theorem: str = ""
    ) -> bool:
        """Check one number."""
        wrong = not self.agrees(claim, amount)
        return self.builder.require(
            id, condition, [f"{claim} should be {_shown(amount)}"] if wrong else [], theorem=theorem
        )

    def each(
        self,
        id: str,
        condition: str,
        claims: Sequence[Any],
        amounts: Sequence[Fraction],
        theorem: str,
    ) -> bool:
        """Check one number per bidder."""
        return self.builder.require(
            id,
            condition,
            [
                f"{self.auction.label('bidders', i)}: {claim} should be {_shown(amount)}"
                for i, (claim, amount) in enumerate(zip(claims, amounts, strict=True))
                if not self.agrees(claim, amount)
            ],
            theorem=theorem,
        )

    def problems(self, accepted: Sequence[int]) -> list[str]:
        """Return why bids cannot win together."""
        found = []
        taken = [0] * self.auction.n_items
        winners: dict[int, int] = {}
        for b in accepted:
            bidder, bundle, _ = self.bids[b]
            for item in bundle:
                taken[item] += 1
            if bidder in winners and self.auction.language == "xor":
                who = self.auction.label("bidders", bidder)
                found.append(f"bids {winners[bidder]} and {b} of {who} exclude each other")
            winners[bidder] = b
        found += [
            f"{self.auction.label('items', item)}: {count} units sold, there are {units}"
            for item, (count, units) in enumerate(zip(taken, self.supplies, strict=True))
            if count > units
        ]
        if len(set(accepted)) < len(accepted):
            found.append("a bid is accepted twice")
        return found

    def net(self, accepted: Sequence[int]) -> Fraction:
        """Return what bids add to the worth of all units."""
        prices = sum((self.bids[b][2] for b in accepted), _ZERO)
        return prices - sum((self.reserves[j] for b in accepted for j in self.bids[b][1]), _ZERO)

    def _dual_prices(self) -> list[Fraction] | None:
        """Return the certificate's item prices, None where there are none of the right length.

        What only rounding keeps below its reserve is lifted to it.
        """
        dual = self.data.get("lp_dual")
        items = dual.get("items") if isinstance(dual, Mapping) else None
        if not isinstance(items, list) or len(items) != self.auction.n_items:
            return None
        rounding = _ROUNDING * self.scale
        return [
            reserve if reserve - rounding <= Fraction(price) < reserve else Fraction(price)
            for price, reserve in zip(items, self.reserves, strict=True)
        ]

    @cached_property
    def dual_bound(self) -> Fraction | None:
        """Return the bound on the welfare by the certificate's item prices, utilities made anew."""
        prices = self.item_prices
        if prices is None or any(p < r for p, r in zip(prices, self.reserves, strict=True)):
            return None
        gains: dict[int, Fraction] = {}
        for b, (bidder, bundle, price) in enumerate(self.bids):
            if not self.possible[b]:
                continue
            key = bidder if self.auction.language == "xor" else b
            gain = price - sum((prices[item] for item in bundle), _ZERO)
            gains[key] = max(gains.get(key, _ZERO), gain)
        paid = sum((c * p for c, p in zip(self.supplies, prices, strict=True)), _ZERO)
        return paid + sum(gains.values(), _ZERO)

    # ---------------------------------------------------------------- conditions

    def sets(self) -> bool:
        """Check that the accepted bids can win together."""
        accepted = self.solution.accepted
        return self.builder.require(
            "auction.feasible",
            "no item is sold more often than there are units, and XOR bids exclude each other",
            self.problems(accepted),
            theorem="CA-1",
        )

    def amounts(self) -> None:
        """Check bundles, welfare, utilities and revenue."""
        solution, auction = self.solution, self.auction
        own: list[list[int]] = [[] for _ in range(auction.n_bidders)]
        self.values = [_ZERO] * auction.n_bidders
        for b in solution.accepted:
            bidder, bundle, price = self.bids[b]
            own[bidder] += bundle
            self.values[bidder] += price
        self.units = [sum((self.reserves[j] for j in bundle), _ZERO) for bundle in own]
        self.builder.require(
            "auction.bundles",
            "every bidder gets the items of its accepted bids",
            [
                f"{auction.label('bidders', i)}: {list(claim)} should be {sorted(bundle)}"
                for i, (claim, bundle) in enumerate(zip(solution.bundles, own, strict=True))
                if sorted(claim) != sorted(bundle)
            ],
        )
        unsold = self.worth - sum(self.units, _ZERO)
        self.welfare = sum(self.values, _ZERO) + unsold
        self.equal("auction.unsold-worth", "worth of unsold units", solution.unsold_worth, unsold)
        self.equal(
            "auction.welfare",
            "welfare is the sum of accepted prices and the worth of unsold units",
            solution.welfare,
            self.welfare,
            "CA-1",
        )
        if self.result.objective is not None or self.result.status is Status.SOLVED:
            self.equal(
                "auction.objective",
                "the objective is the welfare",
                self.result.objective,
                self.welfare,
            )
        paid = [Fraction(p) for p in solution.payments.tolist()]
        self.each(
            "auction.utilities",
            "utility is accepted prices less payment",
            solution.utilities.tolist(),
            [value - p for value, p in zip(self.values, paid, strict=True)],
            "",
        )
        self.equal(
            "auction.revenue", "revenue is the sum of payments", solution.revenue, sum(paid, _ZERO)
        )
        rounding = _ROUNDING * max(self.scale, self.welfare)
        self.builder.require(
            "auction.rationality",
            "nobody pays less than 0 or more than its accepted bids",
            [
                f"{auction.label('bidders', i)} pays {_shown(p)} for bids of {_shown(value)}"
                for i, (p, value) in enumerate(zip(paid, self.values, strict=True))
                if p < -rounding or p > value + rounding
            ],
            theorem="CA-2",
        )

    def bounds(self) -> None:
        """Check what the certificate proves, and that the claimed bounds are none below it."""
        solution = self.solution
        bound = self.dual_bound
        dual = self.data.get("lp_dual")
        if solution.lp_bound is not None:
            if bound is None:
                self.builder.require(
                    "auction.lp-bound",
                    "the certificate's item prices, at least the reserves, prove lp_bound",
                    ["no such prices are given"],
                    theorem="CA-9",
                )
            else:
                below = Fraction(solution.lp_bound) < bound - _ROUNDING * max(bound, self.scale)
                self.builder.require(
                    "auction.lp-bound",
                    "the certificate's item prices, at least the reserves, prove lp_bound",
                    [f"they prove {_shown(bound)}, not {solution.lp_bound}"] if below else [],
                    theorem="CA-9",
                )
        if bound is not None and isinstance(dual, Mapping):
            self._utilities(dual.get("bidders"))
        upper = self.result.bounds.upper
        if upper != float("inf"):
            self.builder.require(
                "auction.bound",
                "the bound is no less than the welfare found",
                [f"bound {upper}, but the welfare is {_shown(self.welfare)}"]
                if Fraction(upper) < self.welfare - _ROUNDING * max(self.scale, self.welfare)
                else [],
            )

    def _utilities(self, claims: Any) -> None:
        """Check the bidders' side of the dual solution."""
        prices = self.item_prices
        assert prices is not None
        gains = [_ZERO] * self.auction.n_bidders
        for b, (bidder, bundle, price) in enumerate(self.bids):
            if not self.possible[b]:
                continue
            gain = max(_ZERO, price - sum((prices[item] for item in bundle), _ZERO))
            own = gains[bidder]
            gains[bidder] = max(own, gain) if self.auction.language == "xor" else own + gain
        good = isinstance(claims, list) and len(claims) == len(gains)
        short = [
            f"{self.auction.label('bidders', i)}: {claim} does not cover {_shown(gain)}"
            for i, (claim, gain) in enumerate(zip(claims if good else [], gains, strict=False))
            if Fraction(claim) < gain - _ROUNDING * self.scale
        ]
        self.builder.require(
            "auction.dual",
            "item prices and utilities cover every bid",
            short if good else ["utilities of the bidders are missing"],
            theorem="CA-9",
        )

    def winners(self) -> None:
        """Check that nothing better can be sold, where that is claimed, and the claimed bound."""
        upper = self.result.bounds.upper
        claimed = self.result.status is Status.SOLVED
        if not claimed and upper == float("inf"):
            return
        limit = self.welfare if claimed else Fraction(upper)
        shown = self._at_most(
            "auction.optimal",
            "no set of bids has more welfare",
            limit,
            without=None,
            held=self.welfare,
            what="that the accepted bids are optimal" if claimed else f"the bound {upper}",
        )
        self.is_optimal = claimed and shown

    def _at_most(
        self,
        id: str,
        condition: str,
        limit: Fraction,
        *,
        without: int | None,
        held: Fraction,
        what: str,
    ) -> bool:
        """Return whether it is shown that no set (without a bidder) has more than `limit`."""
        slack = _ROUNDING * max(self.scale, self.welfare)
        bound = self.dual_bound
        if bound is not None and without is not None:
            bound = None if self.item_prices is None else self._bound_without(without)
        unit = self.auction.unit()
        if bound is not None and (bound <= limit + slack or bound - limit < unit):
            return self.builder.require(id, condition, [], theorem="CA-9")
        found = self.best(without=without, held=held - self.worth)
        best, least = found.upper + self.worth, found.lower + self.worth
        if least > limit + slack:
            return self.builder.require(
                id, condition, [f"some set has {_shown(least)}, more than {_shown(limit)}"]
            )
        if best > limit + slack:
            self.leave(what, f"a search only shows at most {_shown(best)}")
            return False
        return self.builder.require(id, condition, [])

    def _bound_without(self, bidder: int) -> Fraction | None:
        """Return the bound by the certificate's prices with a bidder's bids left out."""
        prices = self.item_prices
        bound = self.dual_bound
        if prices is None or bound is None:
            return None
        gains = [
            max(_ZERO, price - sum((prices[item] for item in bundle), _ZERO))
            for b, (i, bundle, price) in enumerate(self.bids)
            if i == bidder and self.possible[b]
        ]
        own = max(gains, default=_ZERO) if self.auction.language == "xor" else sum(gains, _ZERO)
        return bound - own

    def payments(self) -> None:
        """Check the sets without each winner, marginals, and the rule of the payments."""
        solution = self.solution
        rule = solution.payment_rule
        paid = solution.payments.tolist()
        if rule == "first_price":
            self.each("auction.first-price", "everybody pays what it bid", paid, self.values, "")
        wanted = self.result.stats.options.get("payments")
        if wanted is not None and self.result.status is Status.SOLVED:
            self.builder.require(
                "auction.rule",
                "the payments are those of the rule asked for",
                [f"{rule} payments where {wanted} was asked for"] if rule != wanted else [],
            )
        if solution.vcg_payments is None:
            if rule in ("vcg", "core"):
                self.builder.require(
                    "auction.vcg", "VCG payments are stated", ["they are missing"], theorem="CA-2"
                )
            self._vcg_bounds()
            return
        marginals = self._marginals()
        if marginals is None:
            return
        vcg = [value - marginal for value, marginal in zip(self.values, marginals, strict=True)]
        self.each(
            "auction.vcg",
            "a VCG payment is the accepted value less W - W without the bidder",
            solution.vcg_payments.tolist(),
            vcg,
            "CA-2",
        )
        self.vcg = vcg
        if solution.marginals is not None:
            self.each(
                "auction.marginals",
                "a marginal is W less W without the bidder",
                solution.marginals.tolist(),
                marginals,
                "CA-2",
            )
        if rule == "vcg":
            self.each("auction.payments", "payments are VCG payments", paid, vcg, "CA-2")

    def _marginals(self) -> list[Fraction] | None:
        """Return W less W without each bidder, from the sets given; None where they are no sets."""
        given = self.data.get("without")
        entries = given if isinstance(given, list) else []
        sets: dict[int, list[int]] = {}
        wrong = []
        for entry in entries:
            good = isinstance(entry, Mapping) and isinstance(entry.get("accepted"), list)
            bidder = entry.get("bidder") if good else None
            bids = entry.get("accepted", []) if good else []
            inside = all(
                isinstance(b, int) and not isinstance(b, bool) and 0 <= b < len(self.bids)
                for b in bids
            )
            if not isinstance(bidder, int) or not inside:
                wrong.append(f"{entry} is no set of bids without a bidder")
                continue
            problems = self.problems(bids)
            if any(self.bids[b][0] == bidder for b in bids):
                problems.append(f"holds a bid of bidder {bidder}")
            wrong += [f"without bidder {bidder}: {problem}" for problem in problems]
            sets[bidder] = bids
        winners = {self.bids[b][0] for b in self.solution.accepted}
        wrong += [f"no set without bidder {i} is given" for i in sorted(winners - set(sets))]
        fine = self.builder.require(
            "auction.without",
            "the sets without each winner can be sold",
            wrong,
            theorem="CA-2",
        )
        if not fine:
            return None
        marginals = [_ZERO] * self.auction.n_bidders
        for i in sorted(winners):
            worth = self.net(sets[i]) + self.worth
            self._at_most(
                f"auction.without-{i}",
                f"no set without {self.auction.label('bidders', i)} has more welfare",
                worth,
                without=i,
                held=worth,
                what=f"that the set without {self.auction.label('bidders', i)} is optimal",
            )
            marginals[i] = self.welfare - worth
        return marginals

    def _vcg_bounds(self) -> None:
        """Check that the bounds of VCG payments leave room for them."""
        rows = self.solution.vcg_bounds
        if rows is None:
            return
        self.builder.require(
            "auction.vcg-bounds",
            "bounds of VCG payments lie between 0 and what was bid, the least first",
            [
                f"{self.auction.label('bidders', i)}: [{low}, {high}]"
                for i, ((low, high), value) in enumerate(
                    zip(rows.tolist(), self.values, strict=True)
                )
                if not -self.slack <= Fraction(low) <= Fraction(high) + self.slack
                or Fraction(high) > value + self.slack
            ],
        )
        self.builder.leave("the bounds of the VCG payments")

    def core(self) -> None:
        """Check what is said of the core: gap, blocking coalition, and the core payments."""
        solution = self.solution
        paid = [Fraction(p) for p in solution.payments.tolist()]
        if solution.core_gap is not None:
            self._gap("auction.core-gap", paid, Fraction(solution.core_gap), solution.blocking)
        if solution.vcg_payments is None:
            if solution.vcg_in_core is not None:
                self.leave("whether the VCG payments are in the core", "they are not stated")
            return
        vcg = [Fraction(p) for p in solution.vcg_payments.tolist()]
        if solution.vcg_in_core is not None:
            self._membership(vcg, solution.vcg_in_core)
        if solution.payment_rule == "core":
            self._nearest(paid, vcg)

    def _separation(self, paid: Sequence[Fraction]) -> Optimum:
        """Return what the best coalition is worth less its utilities, net of reserves."""
        utilities = {
            i: value - p
            for i, (value, p) in enumerate(zip(self.values, paid, strict=True))
            if value - p > 0
        }
        if not utilities and self.is_optimal:  # nobody has anything to give up: all bids again
            return Optimum(self.welfare - self.worth, self.welfare - self.worth)
        held = self.welfare - self.worth - sum(utilities.values(), _ZERO)  # the accepted bids
        return self.best(entry=utilities, held=max(_ZERO, held))

    def _gap(
        self, id: str, paid: Sequence[Fraction], claim: Fraction, blocking: Sequence[int] | None
    ) -> None:
        """Check the greatest gain of a coalition, and the coalition that is named."""
        found = self._separation(paid)
        net_revenue = sum(paid, _ZERO) - sum(self.units, _ZERO)
        low, high = found.lower - net_revenue, found.upper - net_revenue
        problems = []
        if low > claim + self.slack:
            problems.append(f"some coalition gains {_shown(low)}, not {_shown(claim)}")
        if high < claim - self.slack and claim > self.slack:
            problems.append(f"no coalition gains more than {_shown(high)}, not {_shown(claim)}")
        if claim > self.slack and blocking is None:
            problems.append("the blocking coalition is not named")
        if blocking is not None:
            problems += self._coalition(blocking, paid, claim)
        self.builder.require(
            id, "the greatest gain of a coalition is core_gap", problems, theorem="CA-3"
        )
        if not problems and high > claim + self.slack:
            self.leave(f"that no coalition gains more than {_shown(claim)}")

    def _coalition(
        self, members: Sequence[int], paid: Sequence[Fraction], claim: Fraction
    ) -> list[str]:
        """Return what is wrong with a coalition that is said to gain `claim`."""
        found = self.best(members=set(members))
        own = sum((self.values[i] - paid[i] for i in members), _ZERO)
        revenue = sum(paid, _ZERO) - sum(self.units, _ZERO)
        if found.upper - own - revenue < claim - self.slack:
            return [f"coalition {list(members)} gains {_shown(found.upper - own - revenue)} only"]
        if found.lower - own - revenue < claim - self.slack:
            self.leave(f"that the coalition {list(members)} gains {_shown(claim)}")
        return []

    def _membership(self, vcg: Sequence[Fraction], claim: bool) -> None:
        """Check whether the VCG payments are in the core."""
        found = self._separation(vcg)
        revenue = sum(vcg, _ZERO) - sum(self.units, _ZERO)
        rounding = _ROUNDING * 4 * max(self.scale, self.welfare)
        blocked = found.lower - revenue > rounding
        open_ = not blocked and found.upper - revenue > rounding
        problems = []
        if blocked and claim:
            problems.append(f"a coalition gains {_shown(found.lower - revenue)}")
        if not blocked and not open_ and not claim:
            problems.append("no coalition gains anything")
        self.builder.require(
            "auction.vcg-in-core",
            "the VCG payments are in the core, or they are not, as claimed",
            problems,
            theorem="CA-7",
        )
        if open_ and not problems:
            self.leave("whether the VCG payments are in the core")

    def _nearest(self, paid: Sequence[Fraction], vcg: Sequence[Fraction]) -> None:
        """Check least revenue and nearness by the rows of the listed coalitions (CA-5, CA-6).

        The rows are relaxations of the core, so least revenue over them bounds that of the core;
        the point is the nearest one iff it is a non-negative combination of tight rows away from
        VCG, with a free multiplier for the sum.
        """
        from scipy.optimize import linprog, nnls

        winners = [i for i, value in enumerate(self.values) if value > 0]
        given = self.data.get("coalitions")
        rows: list[tuple[np.ndarray, float]] = []
        for members in given if isinstance(given, list) else []:
            inside = {int(i) for i in members if isinstance(i, int)}
            found = self.best(members=inside)
            if found.upper - found.lower > self.slack:
                self.leave("that the payments are the core point nearest to VCG")
                return
            worth = found.lower
            held = sum((self.values[i] - self.units[i] for i in winners if i in inside), _ZERO)
            outside = np.array([float(i not in inside) for i in winners])
            extra = sum((self.units[i] for i in winners if i not in inside), _ZERO)
            rows.append((outside, float(worth - held + extra)))
        low = np.array([float(vcg[i]) for i in winners])
        high = np.array([float(self.values[i]) for i in winners])
        point = np.array([float(paid[i]) for i in winners])
        scale = max(float(self.scale), 1e-300)
        slack = float(self.slack)
        below = [
            f"{self.auction.label('bidders', i)} pays {paid[i]} below its VCG payment {vcg[i]}"
            for i in winners
            if paid[i] < vcg[i] - self.slack
        ]
        if not winners:
            return
        matrix = np.array([row for row, _ in rows]).reshape(-1, len(winners))
        right = np.array([amount for _, amount in rows])
        least = linprog(
            np.ones(len(winners)), A_ub=-matrix / 1.0, b_ub=-right / scale,
            bounds=list(zip(low / scale, high / scale, strict=True)), method="highs",
        )  # fmt: skip
        problems = list(below)
        if least.status == 0 and point.sum() > least.fun * scale + 10 * slack:
            problems.append(
                f"the payments sum to {point.sum():.12g}, the listed coalitions ask for "
                f"{least.fun * scale:.12g} only"
            )
        tight = [row for row, amount in rows if abs(row @ point - amount) <= 10 * slack]
        tight += [row for k, row in enumerate(np.eye(len(winners))) if point[k] - low[k] <= slack]
        tight += [-row for k, row in enumerate(np.eye(len(winners))) if high[k] - point[k] <= slack]
        directions = np.array([*tight, np.ones(len(winners)), -np.ones(len(winners))]).T
        _, missing = nnls(directions, (point - low) / scale)
        if missing * scale > 100 * slack + 1e-9 * scale:
            problems.append("a core point of the same revenue lies nearer to the VCG payments")
        self.builder.require(
            "auction.core-point",
            "the payments are the core point of least revenue nearest to VCG",
            problems,
            theorem="CA-6",
        )

    def prices(self) -> None:
        """Check that item prices clear the market, or that the certificate shows there are none."""
        solution = self.solution
        asked = self.result.stats.options.get("prices") is True
        if solution.item_prices is None:
            if asked and self.result.status is Status.SOLVED:
                self._no_prices()
            return
        prices = [Fraction(p) for p in solution.item_prices.tolist()]
        taken = [0] * self.auction.n_items
        for b in solution.accepted:
            for item in self.bids[b][1]:
                taken[item] += 1
        problems = [
            f"{self.auction.label('items', j)}: price {_shown(p)} below the reserve"
            for j, (p, r) in enumerate(zip(prices, self.reserves, strict=True))
            if p < r - self.slack
        ]
        problems += [
            f"{self.auction.label('items', j)} is not sold out but costs {_shown(p)}"
            for j, (p, r) in enumerate(zip(prices, self.reserves, strict=True))
            if taken[j] < self.supplies[j] and p > r + self.slack
        ]
        gains = [
            price - sum((prices[item] for item in bundle), _ZERO) for _, bundle, price in self.bids
        ]
        accepted = set(solution.accepted)
        for i in range(self.auction.n_bidders):
            own = [b for b, (bidder, _, _) in enumerate(self.bids) if bidder == i]
            held = sum((gains[b] for b in own if b in accepted), _ZERO)
            each = [max(_ZERO, gains[b]) for b in own if self.possible[b]]
            best = max(each, default=_ZERO)
            if self.auction.language == "or":
                best = sum(each, _ZERO)
            if best > held + self.slack:
                who = self.auction.label("bidders", i)
                problems.append(f"{who} gains {_shown(held)}, but could gain {_shown(best)}")
        self.builder.require(
            "auction.item-prices",
            "at the item prices everybody gets a best bundle, unsold units cost their reserve",
            problems,
            theorem="CA-9",
        )

    def _no_prices(self) -> None:
        """Check the fractional solution that is worth more than any set of bids."""
        primal = self.data.get("lp_primal")
        bids = primal.get("bids") if isinstance(primal, Mapping) else None
        amounts = primal.get("amounts") if isinstance(primal, Mapping) else None
        good = isinstance(bids, list) and isinstance(amounts, list) and len(bids) == len(amounts)
        good = good and all(isinstance(b, int) and 0 <= b < len(self.bids) for b in bids or [])
        problems = [] if good else ["no fractional solution is given"]
        if good:
            # Shrunk a little, so that it is feasible in spite of rounding.
            shares = {
                b: max(_ZERO, Fraction(x)) * (1 - Fraction(1, 10**7))
                for b, x in zip(bids or [], amounts or [], strict=True)
            }
            taken = [_ZERO] * self.auction.n_items
            held = [_ZERO] * self.auction.n_bidders
            worth = self.worth
            for b, share in shares.items():
                bidder, bundle, price = self.bids[b]
                held[bidder] += share
                worth += share * (price - sum((self.reserves[j] for j in bundle), _ZERO))
                for item in bundle:
                    taken[item] += share
            fits = all(t <= c for t, c in zip(taken, self.supplies, strict=True))
            fits = fits and (
                all(share <= 1 for share in held)
                if self.auction.language == "xor"
                else all(share <= 1 for share in shares.values())
            )
            if not fits:
                problems.append("the fractional solution needs more than there is")
            elif worth <= self.welfare:
                problems.append(
                    f"the fractional solution is worth {_shown(worth)}, no more than the welfare"
                )
        self.builder.require(
            "auction.no-prices",
            "a fractional solution is worth more than the welfare, so no item prices clear",
            problems,
            theorem="CA-9",
        )


def _shown(amount: Fraction) -> str:
    """Return an amount as text."""
    return str(int(amount)) if amount.denominator == 1 else f"{float(amount):.12g}"
