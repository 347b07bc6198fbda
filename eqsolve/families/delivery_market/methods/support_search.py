"""Support search: the efficient transactions first, their support, and only then cuts.

0. Charges for couriers (`courier_prices`) give a bound and good transactions in a moment, and
   often settle step 1.
1. Solve the program of transactions (`program`): its optimum bounds every equilibrium.
2. Test the support of its optimum T by TIP-0 (`supported`). If T is supported, it is the best
   equilibrium: done.
3. Otherwise add the rows that T breaks and every equilibrium fulfils (`cuts`), and repeat.

Every round cuts T off, there are finitely many sets of transactions, and no equilibrium is ever
cut off: so the search ends with the best equilibrium, or, when the rows contradict each other,
with the proof that there is none. Without tips the rows are known beforehand: O must be a
maximum-weight matching of the values, that is, use only orders that are tight under optimal
duals and serve everyone whose dual is positive; one round is enough.

NP-hard in general (TIP-4); markets with a courier for every buyer or store, or in which every
courier works, are settled by step 2 in one round (TIP-5e).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import Certificate, ExhaustionCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.choice import Chosen, chosen_solution
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import DeliveryMethod
from eqsolve.families.delivery_market.methods.bounds import (
    certify,
    certify_none,
    dual_bound,
    rounded_duals,
)
from eqsolve.families.delivery_market.methods.courier_prices import Priced, price_couriers
from eqsolve.families.delivery_market.methods.cuts import exclude, rearrangement_cuts
from eqsolve.families.delivery_market.methods.first_equilibria import first_proposal, responses
from eqsolve.families.delivery_market.methods.program import Answer, Backend, Program
from eqsolve.families.delivery_market.methods.reassignment import with_every_courier
from eqsolve.families.delivery_market.methods.untipped import untipped_program, why_none
from eqsolve.families.delivery_market.scales import out_of_reach, solved_tamed
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.supported import Examined, cheapest_couriers, examine

__all__ = ["SupportSearch"]

MAX_TRIPLES = 50_000_000
"""Triples (courier, buyer, store) that are written out at most: 0.4 GB a copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportSearch(DeliveryMethod):
    """Efficient transactions, support test, cuts.

    Parameters
    ----------
    backend : who solves the mixed-integer programs; ``auto``: for whole numbers CP-SAT, which
        treats them exactly, then SCIP where it takes too long; else, and for large programs, SCIP.
    rounds : most cutting rounds; None: as many as it takes.
    """

    name: ClassVar[str] = "support_search"
    summary: ClassVar[str] = "efficient transactions, support test, then cuts; exact for any market"
    theorem: ClassVar[str] = "TIP-0"
    cost: ClassVar[str] = "exponential at worst; usually one program over a few hundred triples"

    backend: Backend = "auto"
    rounds: int | None = None

    def __post_init__(self) -> None:
        DeliveryMethod.__post_init__(self)
        if self.rounds is not None and self.rounds < 0:
            raise OptionError(f"option rounds = {self.rounds}: must be >= 0")

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse markets whose costs do not fit in memory when written out."""
        triples = math.prod(instance.costs.shape)
        if triples > MAX_TRIPLES:
            return f"{triples} triples are more than {MAX_TRIPLES}"
        return out_of_reach(instance)

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Search; `rng` is not used."""
        return solved_tamed(
            instance, self.name, lambda market: _Search(market, self, deadline).run()
        )


class _Search:
    """State of one search."""

    def __init__(
        self,
        market: DeliveryMarket,
        method: SupportSearch,
        deadline: Deadline,
    ) -> None:
        self.market, self.method, self.deadline = market, method, deadline
        self.backend: Backend = method.backend
        self.best: Examined | None = None
        self.chosen = Chosen(None)
        self.late: Limit | None = None
        self.bound = math.inf
        self.efficient: float | None = None
        self.shown: IntArray | None = None
        self.duals: tuple[FloatArray, FloatArray] | None = None
        self.counts = {"rounds": 0, "cuts": 0, "programs": 0, "columns": 0, "relaxations": 0}

    def run(self) -> Outcome[DeliverySolution]:
        """Return the outcome."""
        self._offer(first_proposal(self.market))
        self._publish()  # from here on an interrupted run has something to show
        priced = price_couriers(self.market, self.deadline)
        self.counts["steps"] = priced.steps
        self.bound, self.duals = priced.bound, (priced.buyers, priced.stores)
        floor = self.method.cash_flow_floor
        if floor is not None and floor > self.bound:
            return self._proved()  # cash flow is at most the welfare
        self._propose(priced.transactions)
        self._publish()
        if self.market.tips:
            return self._outcome(self._cut(*self._efficient(priced)))
        limit = None
        if self.best is None or self._welfare(self.best) < self.bound - self._slack():
            program = untipped_program(self.market, self.backend)
            limit = self._cut(program, program.solve(self.deadline))
        if self.best is not None:
            self._count(self._efficient(priced)[0])
        return self._outcome(limit)

    def _efficient(self, priced: Priced) -> tuple[Program, Answer]:
        """Find efficient transactions; return them with the program that proves them."""
        program = Program(self.market, self.backend)
        best = Answer(priced.transactions, priced.welfare, priced.welfare)
        if priced.welfare >= priced.bound - self._slack():
            self.efficient, self.shown = priced.welfare, priced.transactions
            return program, best
        relaxed = program.relax(self.deadline)
        if relaxed is not None:
            duals = (rounded_duals(relaxed.buyers), rounded_duals(relaxed.stores))
            bound = dual_bound(self.market, *duals)
            if bound <= priced.bound:
                self.bound, self.duals = min(self.bound, bound), duals
            self._publish()
        answer = program.solve(self.deadline, floor=priced.welfare)
        if answer.finished:
            # nothing better than what was known counts as what was known
            answer = answer if answer.welfare > priced.welfare else best
            self.efficient, self.shown = answer.welfare, answer.transactions
        return program, answer

    def _propose(self, transactions: IntArray) -> None:
        """Offer transactions, or what buyers make of them, or near ones without idle couriers."""
        examined = self._examined(transactions)
        if examined.gain > 0:
            self._offer(responses(self.market, examined))
            if self.market.tips:
                everybody = with_every_courier(self.market, transactions)
                if everybody is not None:
                    examined = self._examined(everybody)
        if examined.gain == 0:
            self._offer(examined)

    def _outcome(self, limit: Limit | None) -> Outcome[DeliverySolution]:
        """Return what was proved, or what is known at a limit."""
        return self._proved() if limit is None else self._stopped(limit)

    def _cut(self, program: Program, answer: Answer) -> Limit | None:
        """Test, cut and solve again until proved, or return what stopped it."""
        seen: set[bytes] = set()
        examined: Examined | None = None
        while True:
            self._count(program)
            self.bound = min(self.bound, answer.bound)
            if answer.transactions is not None:
                examined = self._examined(answer.transactions)
                if examined.gain == 0:
                    self._offer(examined)
                else:
                    self._offer(responses(self.market, examined))
            self._publish()
            if answer.finished and answer.transactions is None and self.late is None:
                return None
            if self.best is not None and self._welfare(self.best) >= self.bound - self._slack():
                return None
            limit = self.late or answer.limit or self.deadline.limit
            if limit is not None:
                return limit
            if self.counts["rounds"] == self.method.rounds:
                return Limit.ITERATIONS
            assert examined is not None  # a finished answer without transactions returned above
            key = examined.placed.tobytes()
            if examined.gain == 0 or key in seen:
                exclude(program, examined)  # the floor on cash flow, or a backend's tolerance
            elif not rearrangement_cuts(program, self.market, examined):
                exclude(program, examined)
            seen.add(key)
            self.counts["rounds"] += 1
            floor = -math.inf if self.best is None else self._welfare(self.best)
            answer = program.solve(self.deadline, floor=floor)

    def _examined(self, transactions: IntArray) -> Examined:
        """Return the support test of the same orders with cheapest couriers."""
        cheapest = cheapest_couriers(self.market, transactions[:, :2])
        assert cheapest is not None  # the given couriers can deliver
        return examine(self.market, cheapest)

    def _offer(self, examined: Examined | None) -> None:
        """Keep an equilibrium if it is the best so far and can reach the cash flow asked for."""
        if examined is None:
            return
        if self.best is not None and self._welfare(examined) <= self._welfare(self.best):
            return
        chosen = chosen_solution(
            self.market,
            examined,
            self.method.choose,
            self.method.cash_flow_floor,
            self.efficient,
            self.deadline,
        )
        if chosen.solution is not None:
            self.best, self.chosen = examined, chosen
        else:  # a floor that is missed for sure, or there was no time to see
            self.late = self.late or chosen.limit

    def _welfare(self, examined: Examined) -> float:
        """Return the welfare of transactions."""
        buyers, stores, couriers = examined.transactions.T
        own = self.market.costs.at(couriers, buyers, stores)
        return float(self.market.values[buyers, stores].sum() - own.sum())

    def _slack(self) -> float:
        """Return by how much welfare may miss the bound by rounding."""
        return 0.0 if self.market.is_exact else 1e-7 * max(1.0, self.market.money)

    def _count(self, program: Program) -> None:
        """Record what the programs did."""
        self.counts["cuts"] = len(program.cuts)
        self.counts["programs"] += program.programs
        self.counts["relaxations"] += program.rounds
        self.counts["columns"] = program.columns
        program.programs = program.rounds = 0

    @property
    def _vouched(self) -> str:
        """Who vouches for the programs."""
        if self.backend == "auto":
            return "by CP-SAT or SCIP" if self.market.is_exact else "by SCIP"
        return f"by {self.backend}"

    def _publish(self) -> None:
        """Tell what is known."""
        message = f"support search, round {self.counts['rounds']}"
        self._bounded().publish(self.deadline, message)

    def _filled(self) -> DeliverySolution | None:
        """Return the incumbent with the efficient welfare, which may have come later."""
        if self.chosen.solution is None:
            return None
        return replace(self.chosen.solution, efficient_welfare=self._number(self.efficient))

    def _number(self, amount: float | None) -> int | float | None:
        """Return an amount as a whole number where the market has only these."""
        return int(amount) if amount is not None and self.market.is_exact else amount

    def _proved(self) -> Outcome[DeliverySolution]:
        """Return the best equilibrium, or that there is none."""
        argument = (
            f"no set of transactions that fulfils {self.counts['cuts']} rows valid for every "
            f"equilibrium is better, {self._vouched}"
        )
        if self.best is None:
            return self._held().no_equilibrium(self._none())
        welfare = self._welfare(self.best)
        floor = self.method.cash_flow_floor
        certificate = certify(
            self.market, welfare, self.duals, argument, "backend", floor, self._show(welfare)
        )
        held = self._held()
        held.prove(welfare, certificate.source, certificate)
        return held.outcome(answered=self.chosen.limit is None, limit=self.chosen.limit)

    def _stopped(self, limit: Limit) -> Outcome[DeliverySolution]:
        """Return what is known at a limit."""
        return self._bounded().outcome(answered=False, limit=limit)

    def _bounded(self) -> Incumbent[DeliverySolution]:
        """Return the best equilibrium so far with the bound on any."""
        held = self._held()
        if math.isfinite(self.bound):
            lower = -math.inf if self.best is None else self._welfare(self.best)
            argument = f"bound on transactions under {self.counts['cuts']} rows, {self._vouched}"
            certificate = certify(
                self.market,
                self.bound,
                self.duals,
                argument,
                "backend",
                efficient=self._show(lower),
            )
            held.prove(self.bound, certificate.source, certificate)
        return held

    def _held(self) -> Incumbent[DeliverySolution]:
        """Return the best equilibrium so far, without a bound."""
        return Incumbent(
            method=self.method.name,
            solution=self._filled(),
            objective=None if self.best is None else self._number(self._welfare(self.best)),
            counts=dict(self.counts),
            remarks=self.chosen.remark(self.method.choose),
        )

    def _show(self, welfare: float) -> IntArray | None:
        """Return the efficient transactions where the equilibrium's own welfare is less."""
        return self.shown if self.efficient is not None and self.efficient > welfare else None

    def _none(self) -> Certificate:
        """Return why there is no equilibrium."""
        floor = self.method.cash_flow_floor
        if floor is not None:
            words = "no equilibrium reaches the cash flow asked for"
            return certify_none(self.market, floor, self.duals, words, "backend")
        if not self.market.tips:
            return why_none(self.market, self._vouched, self.deadline)
        argument = (
            f"the {self.counts['cuts']} rows valid for every equilibrium contradict each other, "
            f"{self._vouched}"
        )
        return ExhaustionCertificate("transactions", argument, dict(self.counts))
