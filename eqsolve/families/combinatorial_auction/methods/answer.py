"""An answer, put together step by step: winners, marginals, VCG payments, core, item prices.

What is not found in time is left out, and the payments are then what was bid. Amounts are exact
fractions until they are written; bounds come with what the verifier reads (CA-2 to CA-9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from eqsolve.core.arrays import read_only
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.core_point import (
    Coalition,
    Core,
    blocking,
    core_point,
)
from eqsolve.families.combinatorial_auction.methods.marginals import accepted_values
from eqsolve.families.combinatorial_auction.methods.packing import GRID, number, total
from eqsolve.families.combinatorial_auction.methods.search import Found, Solver
from eqsolve.families.combinatorial_auction.solution import AuctionSolution

__all__ = ["Answer", "Rule", "Wanted"]

Rule = Literal["vcg", "core", "first_price"]
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, and of whom.

    Parameters
    ----------
    payments : the rule.
    prices : whether item prices that clear the market are asked for.
    method : name of the method.
    who : who vouches for a bound without a certificate.
    """

    payments: Rule
    prices: bool
    method: str
    who: str


class Answer:
    """What is known of one auction, put together step by step; amounts are net of reserves."""

    def __init__(self, wanted: Wanted, auction: CombinatorialAuction, best: Found) -> None:
        self.wanted, self.auction, self.best = wanted, auction, best
        self.values = accepted_values(auction, best.bids)
        reserves = auction.exact_reserves()
        supplies = auction.supplies.tolist()
        self.reserves = reserves
        self.worth = total(
            units * worth for units, worth in zip(supplies, reserves, strict=True) if worth
        )
        self.welfare = best.worth + self.worth
        self.upper = best.ceiling + self.worth
        self.without: dict[int, Found] = {}
        self.core: Core | None = None
        self.vcg: dict[int, Fraction] | None = None
        self.at_vcg: Coalition | None = None
        self.limit: Limit | None = best.limit

    def pay(self, solver: Solver, deadline: Deadline, without: dict[int, Found]) -> None:
        """Find VCG payments, and where they stand to the core, from the marginals."""
        auction, best = self.auction, self.best
        self.without = without
        open_ones = [found for found in self.without.values() if not found.is_optimal]
        if open_ones:
            self.limit = open_ones[0].limit
            return
        self.vcg = {
            i: self.values[i] - (best.worth - found.worth) for i, found in self.without.items()
        }
        self.at_vcg = self._blocking(self.vcg, solver, deadline)
        if self.wanted.payments != "core" or self.at_vcg is None:
            return
        if self.at_vcg.gain <= 0:
            self.core = Core(self.vcg, (), self.at_vcg)
            return
        found = core_point(auction, best, self.vcg, solver, deadline)
        if isinstance(found, Limit):
            self.limit = found
        else:
            self.core = found

    def _blocking(
        self, payments: Mapping[int, Fraction], solver: Solver, deadline: Deadline
    ) -> Coalition | None:
        """Return the coalition that gains most at payments, None where a limit was hit."""
        utilities = {i: self.values[i] - payments[i] for i in self.values}
        found = blocking(self.auction, self.best.worth, utilities, solver, deadline)
        if isinstance(found, Limit):
            self.limit = found
            return None
        return found

    @property
    def rule(self) -> Rule:
        """The rule by which the payments are made: the one asked for, or what the bids say."""
        wanted = self.wanted.payments
        known = {"vcg": self.vcg is not None, "core": self.core is not None, "first_price": True}
        return wanted if known[wanted] else "first_price"

    def paid(self) -> dict[int, Fraction]:
        """Return winner -> payment, net."""
        if self.rule == "vcg" and self.vcg is not None:
            return self.vcg
        if self.rule == "core" and self.core is not None:
            return self.core.payments
        return self.values

    def solution(self) -> AuctionSolution:
        """Return the solution."""
        auction, best = self.auction, self.best
        n = auction.n_bidders
        bundles: list[list[int]] = [[] for _ in range(n)]
        for b in best.bids:
            bundles[int(auction.bids.bidder[b])] += auction.bids.bundle(b).tolist()
        units_worth = [total(self.reserves[item] for item in bundle) for bundle in bundles]
        sold = total(units_worth)
        paid = self.paid()

        def gross(net: Mapping[int, Fraction]) -> list[Fraction]:
            return [net[i] + units_worth[i] if i in net else _ZERO for i in range(n)]

        payments = gross(paid)
        closest = None if self.core is None else self.core.closest
        at_payments = {"vcg": self.at_vcg, "core": closest}.get(self.rule)
        gain = None if at_payments is None else max(at_payments.gain, _ZERO)
        small = Fraction(1, 10**9) * max(self.best.worth, Fraction(1))
        if gain is not None and gain <= small:
            gain = gain if self.rule == "vcg" else _ZERO
        first = self.rule == "first_price" and best.is_optimal
        prices = self._prices() if self.wanted.prices else None
        return AuctionSolution(
            accepted=best.bids,
            bundles=tuple(tuple(sorted(bundle)) for bundle in bundles),
            welfare=number(self.welfare),
            unsold_worth=number(self.worth - sold),
            payment_rule=self.rule,
            payments=_array(payments),
            utilities=_array([self.values.get(i, _ZERO) - paid.get(i, _ZERO) for i in range(n)]),
            revenue=number(total(payments)),
            vcg_payments=None if self.vcg is None else _array(gross(self.vcg)),
            vcg_bounds=self._bounds(units_worth),
            vcg_in_core=None if self.at_vcg is None else self.at_vcg.gain <= 0,
            core_gap=0 if first else None if gain is None else number(gain),
            blocking=at_payments.bidders if at_payments is not None and gain else None,
            item_prices=None if prices is None else _array(prices),
            lp_bound=self._lp_bound(),
            marginals=None
            if self.vcg is None
            else _array(
                [self.values[i] - self.vcg[i] if i in self.vcg else _ZERO for i in range(n)]
            ),
        )

    def _bounds(self, units_worth: list[Fraction]) -> Any:
        """Return between which amounts VCG payments lie if the accepted bids are optimal."""
        if self.vcg is not None or self.wanted.payments == "first_price":
            return None
        rows = []
        for i in range(self.auction.n_bidders):
            value = self.values.get(i, _ZERO)
            found = self.without.get(i)
            least = max(_ZERO, value - self.best.ceiling + (found.worth if found else _ZERO))
            if found is None:
                least = _ZERO
            most = min(value, value - self.best.worth + found.ceiling) if found else value
            rows.append([number(least + units_worth[i]), number(most + units_worth[i])])
        return read_only(np.array(rows).reshape(-1, 2))

    def _prices(self) -> list[Fraction] | None:
        """Return clearing prices, or None where the linear program shows that there are none."""
        if self.best.prices is None or not self._tight():
            return None
        return self._gross_prices()

    def _gross_prices(self) -> list[Fraction]:
        """Return the item prices of the linear program, those of the reserves included."""
        assert self.best.prices is not None
        grid = self.best.packing.unit / GRID
        pairs = zip(self.best.prices.tolist(), self.reserves, strict=True)
        return [price * grid + reserve for price, reserve in pairs]

    def _tight(self) -> bool:
        """Return whether the bound of the linear program is the welfare, but for rounding."""
        bound = self._net_lp()
        slack = Fraction(1, 10**9) * max(self.best.worth, Fraction(1, 10**9))
        return bound is not None and bound - self.best.worth <= slack

    def _net_lp(self) -> Fraction | None:
        """Return the bound by the item prices of the linear program."""
        if self.best.prices is None:
            return None
        return self.best.packing.bound(self.best.prices) * self.best.packing.unit

    def _lp_bound(self) -> int | float | None:
        """Return that bound with the worth of all units."""
        bound = self._net_lp()
        return None if bound is None else number(bound + self.worth)

    def outcome(self, limit: Limit | None) -> Outcome[AuctionSolution]:
        """Return the outcome; `limit` is what stopped it from outside."""
        solution = self.solution()
        proved = self.best.is_optimal and solution.payment_rule == self.wanted.payments
        stopped = None if proved else self.limit or limit
        remarks = []
        if not proved and self.wanted.payments != "first_price":
            remarks.append(
                f"{self.wanted.payments} payments are not proved: the payments are what was bid, "
                "vcg_bounds says between what the VCG payments lie"
            )
        source = "certified" if self.best.certified else self.wanted.who
        upper = number(self.upper)
        return Outcome(
            status=Status.SOLVED if proved else Status.FEASIBLE,
            limit=stopped,
            solution=solution,
            objective=solution.welfare,
            bounds=Bounds(lower=solution.welfare, upper=upper, source=source),
            certificate=BoundCertificate(upper, source, self._argument(), self._data()),
            method=self.wanted.method,
            counts=self._counts(),
            remarks=tuple(remarks),
        )

    def _argument(self) -> str:
        """Return why the bound holds."""
        if self.best.certified:
            return "item prices and utilities that cover every bid sum to the bound (CA-9)"
        return (
            "bids that cost more than the gap at the item prices of the linear program are in no "
            "better set; of the others none is better, "
            + ("by enumeration" if self.wanted.who == "exhaustive" else "by the solver")
        )

    def _data(self) -> dict[str, Any]:
        """Return what the verifier reads."""
        data: dict[str, Any] = {"lp_dual": None, "lp_primal": None}
        if self.best.prices is not None:
            packing = self.best.packing
            utilities = [_ZERO] * self.auction.n_bidders
            group_of = dict(zip(packing.groups.tolist(), packing.bidders.tolist(), strict=True))
            for group, gain in enumerate(packing.gains(self.best.prices).tolist()):
                utilities[group_of[group]] += gain * packing.unit / GRID
            data["lp_dual"] = {
                "items": [number(price) for price in self._gross_prices()],
                "bidders": [number(gain) for gain in utilities],
            }
        if self.best.shares and not self._tight():
            data["lp_primal"] = {
                "bids": list(self.best.shares),
                "amounts": list(self.best.shares.values()),
            }
        data["without"] = [
            {
                "bidder": bidder,
                "accepted": list(found.bids),
                "bound": number(found.ceiling + self.worth),
            }
            for bidder, found in self.without.items()
        ]
        rows = () if self.core is None else self.core.coalitions
        data["coalitions"] = [list(row.bidders) for row in rows]
        return data

    def _counts(self) -> dict[str, int]:
        """Return what was done."""
        counts = dict(self.best.counts)
        counts["programs"] += sum(found.counts["programs"] for found in self.without.values())
        if self.core is not None:
            counts["core_rounds"] = len(self.core.coalitions)
        return counts


def _array(amounts: list[Fraction]) -> Any:
    """Return amounts as an array, whole numbers where all are."""
    return read_only(np.array([number(amount) for amount in amounts]).reshape(-1))
