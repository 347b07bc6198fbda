"""Exact design over finite types: the best menu for one bidder, or direct auction for several.

With lotteries a linear program and the flows of its duals, which anybody can check (MEC-3, MEC-5,
MEC-6); without them a mixed-integer program, whose word the verifier replaces by its own search
where that is small. A menu is made strict (MEC-8): every price is lowered by the share `strict`, so
that buyers at a tie have a reason to take the dearer entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.methods.base import (
    Designed,
    DesignMethod,
    StrictMethod,
    answered,
)
from eqsolve.families.auction_design.methods.columns import (
    MOST_NUMBERS,
    columns_of,
    language_of,
    n_atoms,
)
from eqsolve.families.auction_design.methods.direct_program import (
    Incentives,
    best_direct,
    direct_size,
)
from eqsolve.families.auction_design.methods.fitting import fit_types
from eqsolve.families.auction_design.methods.flows import flow_bound, spread_over
from eqsolve.families.auction_design.methods.menu_program import (
    best_deterministic,
    best_lotteries,
    menu_of,
)
from eqsolve.families.auction_design.methods.simple import grand_bundle
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import Mechanism, SequentialMechanism

__all__ = ["Lp", "finite_laws"]

MOST_SHARES = 400_000
"""Shares of allocations that a program for several bidders may have."""

_ARGUMENT = "virtual values of the flows: their greatest expected sum is the bound (MEC-5)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lp(StrictMethod):
    """Linear programs over finite types."""

    name: ClassVar[str] = "lp"
    summary: ClassVar[str] = "the best mechanism for finite types, with flows as the proof"
    theorem: ClassVar[str] = "MEC-3, MEC-4, MEC-5, MEC-6, MEC-8"
    cost: ClassVar[str] = "a linear program: types squared rows, or profiles x allocations columns"
    source: ClassVar[str] = (
        "Conitzer, V. and Sandholm, T. (2004). Self-interested automated mechanism design and "
        "implications for optimal combinatorial auctions; Cai, Y., Devanur, N. R. and Weinberg, "
        "S. M. (2016). A duality-based unified approach to Bayesian mechanism design."
    )

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the program does not fit the instance, or None."""
        reason = DesignMethod.supports(self, instance)
        if reason is not None:
            return reason
        if not instance.is_finite:
            return "some bidder has infinitely many types; convert draws to samples first"
        laws = finite_laws(instance)
        if self.class_for(instance) in ("dsic", "bic") or instance.n_bidders > 1:
            if self.class_for(instance) == "sequential":
                return "sequences of menus for several bidders: mechanism=dsic or mechanism=bic"
            shares = direct_size(laws)
            if shares > MOST_SHARES:
                return (
                    f"the program has {shares} shares of allocations, more than {MOST_SHARES}; "
                    "fewer types or items, or a sequence of menus"
                )
            return None
        law, language = laws[0], language_of(laws)
        numbers = law.n_types * n_atoms(law, language)
        if numbers > MOST_NUMBERS:
            words = f"2^{law.n_items} bundles" if language == "any" else f"{language} of all types"
            return (
                f"{law.n_types} types x {words} make {numbers} numbers, more than {MOST_NUMBERS}; "
                "use tariff, size_prices, menu or bundleflow instead"
            )
        return None

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Solve the program; where a limit comes first, sell everything as one lot."""
        seed = self.seed_of(rng)
        laws = finite_laws(instance)
        kind = self.class_for(instance)
        if kind in ("dsic", "bic"):
            designed = self._direct(instance, laws, seed, deadline)
        else:
            designed = self._menu(instance, laws[0], seed, deadline)
        return answered(self, instance, designed, deadline)

    def _menu(
        self, instance: AuctionDesign, law: FiniteLaw, seed: int, deadline: Deadline
    ) -> Designed:
        """Return the best menu."""
        columns = columns_of(law, language_of((law,)))
        found = best_lotteries(columns, deadline)
        iterations, limit = found.iterations, found.limit
        flows, bound = found.flows, found.bound
        if not self.lotteries and limit is None:
            found = best_deterministic(columns, deadline)
            limit = found.limit
        if flows is None:
            return self._stopped(instance, seed, deadline, limit)
        told = spread_over(flows, law.probabilities, columns.of_type)
        bound = flow_bound(columns, flows)
        menu = menu_of(columns, found.shares, self.strict)
        mechanism = SequentialMechanism(law.n_items, (0,), (menu,))
        return self._designed(
            mechanism, seed, bound, [told.tolist()], found.bound, limit, {"iterations": iterations}
        )

    def _direct(
        self,
        instance: AuctionDesign,
        laws: tuple[FiniteLaw, ...],
        seed: int,
        deadline: Deadline,
    ) -> Designed:
        """Return the best direct mechanism."""
        ic: Incentives = "bic" if self.class_for(instance) == "bic" else "dsic"
        found = best_direct(laws, ic, deadline)
        flows, bound, limit = found.flows, found.bound, found.limit
        if flows is None:
            return self._stopped(instance, seed, deadline, limit)
        if not self.lotteries:
            found = best_direct(laws, ic, deadline, lotteries=False)
            limit = found.limit
        if found.mechanism is None:
            return self._stopped(instance, seed, deadline, limit)
        told = [part.tolist() for part in flows]
        return self._designed(found.mechanism, seed, bound, told, found.bound, limit, {})

    def _designed(
        self,
        mechanism: Mechanism,
        seed: int,
        bound: float,
        flows: list[Any],
        said: float,
        limit: Limit | None,
        counts: dict[str, int],
    ) -> Designed:
        """Return what is handed over; without lotteries the bound is that of the solver."""
        proof: dict[str, Any] = {"flows": flows}
        return Designed(
            mechanism=mechanism,
            seed=seed,
            bound=bound,
            bound_source="flows",
            argument=_ARGUMENT,
            data=proof,
            said=None if self.lotteries else min(said, bound),
            proved=limit is None,
            limit=limit,
            counts=counts,
        )

    def _stopped(
        self, instance: AuctionDesign, seed: int, deadline: Deadline, limit: Limit | None
    ) -> Designed:
        """Return everything as one lot, which every class holds."""
        mechanism = grand_bundle(instance, fit_types(instance, self.draws, seed), deadline)
        return Designed(mechanism=mechanism, seed=seed, limit=limit)


def finite_laws(instance: AuctionDesign) -> tuple[FiniteLaw, ...]:
    """Return the laws of an instance with finitely many types."""
    return tuple(law for law in instance.laws if isinstance(law, FiniteLaw))
