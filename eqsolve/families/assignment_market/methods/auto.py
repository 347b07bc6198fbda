"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.augmenting import AugmentingPath
from eqsolve.families.assignment_market.methods.base import AssignmentMethod, WarmStarted
from eqsolve.families.assignment_market.methods.flow import Flow
from eqsolve.families.assignment_market.methods.hungarian import Hungarian
from eqsolve.families.assignment_market.methods.relaxation import Relaxation
from eqsolve.families.assignment_market.methods.sparse import SparsePath
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["Auto"]

_SHARE = {"matrix": 0.02, "sparse": 0.1}
"""Share of pairs with an edge from which the dense kernels are faster, by the form of the market.

Measured at n = 2000 on uniform values and on integers in 1..100; a matrix has to be turned into
lists of edges first, which moves the balance.
"""

_SMALL = 400
"""Pairs up to which loading compiled kernels costs more than solving in plain Python."""

_MATRIX = 50_000_000
"""Pairs beyond which a sparse market is never turned into a matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[AssignmentMarket, AssignmentSolution], WarmStarted):
    """Dense methods where enough pairs have an edge, else sparse ones.

    Enough are 2 % of the pairs of a market given as a matrix and 10 % of one in sparse form. A
    sparse market of more than fifty million pairs is always solved by the sparse kernels. Markets
    of at most 400 pairs are solved in plain Python, and dense ones of at most a million by scipy
    and numpy, without any kernel, and so are larger ones whose amounts are too uneven for 64 bits.
    The rule never looks at what happens to be compiled already. Markets with capacities are flows,
    for which initial prices save nothing.
    """

    summary: ClassVar[str] = "numpy, dense or sparse kernels, by size and share of edges"
    theorem: ClassVar[str] = "BIP-1, CAP-1"
    takes_capacities: ClassVar[bool] = True

    def choose_method(self, instance: AssignmentMarket) -> tuple[AssignmentMethod, str]:
        """Return the method for a market and the reason."""
        from eqsolve.algorithms.matching.service import PLAIN_PAIRS

        if instance.has_capacities:
            unused = "" if self.initial_prices is None else "; initial prices are not used"
            return Flow(), "the market has capacities" + unused
        pairs = instance.n_buyers * instance.n_sellers
        plain = self.handed_on(Hungarian())
        if pairs <= _SMALL and self.initial_prices is None:
            return plain, f"only {pairs} pairs"
        kernels = self.handed_on(AugmentingPath())
        if kernels.supports(instance) is not None and plain.supports(instance) is None:
            return plain, "amounts too uneven for 64 bits"
        if instance.values.is_sparse and pairs > _MATRIX:
            return SparsePath(), f"sparse form, {pairs} pairs"
        share = instance.values.n_edges / max(pairs, 1)
        least = _SHARE["sparse" if instance.values.is_sparse else "matrix"]
        if share < least:
            return SparsePath(), f"only {share:.2%} of the pairs have an edge"
        edges = f"{share:.2%} of the pairs have an edge"
        arrays = self.handed_on(Relaxation())
        cold = self.initial_prices is None
        if cold and pairs <= PLAIN_PAIRS and arrays.supports(instance) is None:
            return arrays, f"{pairs} pairs, {edges}: nothing to compile"
        return kernels, edges
