"""Shapes and ranges of a claimed solution: every number is one, every index is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eqsolve.core.report import ReportBuilder
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import RULES, AuctionSolution
from eqsolve.families.combinatorial_auction.verify.claim import is_index, is_number

__all__ = ["check_form"]


def check_form(
    builder: ReportBuilder, auction: CombinatorialAuction, solution: AuctionSolution
) -> bool:
    """Check shapes, numbers and indices; what comes from a file has them right already."""
    return builder.require(
        "auction.form",
        "arrays have an entry by bidder or item, numbers are finite, indices are in range",
        _problems(auction, solution),
    )


def _problems(auction: CombinatorialAuction, solution: AuctionSolution) -> Iterator[str]:
    """Yield what is wrong."""
    n, m = auction.n_bidders, auction.n_items
    shapes = {
        "payments": (n,), "utilities": (n,), "vcg_payments": (n,), "vcg_bounds": (n, 2),
        "item_prices": (m,), "marginals": (n,),
    }  # fmt: skip
    for name, shape in shapes.items():
        array = getattr(solution, name)
        if array is None and name not in ("payments", "utilities"):
            continue
        numbers = np.asarray(array)
        if numbers.shape != shape:
            yield f"{name} has shape {numbers.shape}, expected {shape}"
        elif numbers.size and not (numbers.dtype.kind in "iuf" and np.isfinite(numbers).all()):
            yield f"{name} must hold finite numbers"
    for name in ("welfare", "unsold_worth", "revenue", "core_gap", "lp_bound"):
        value = getattr(solution, name)
        optional = name in ("core_gap", "lp_bound")
        if not (is_number(value) or (value is None and optional)):
            yield f"{name} = {value} must be a finite number"
    yield from _outside("accepted", solution.accepted, auction.n_bids, "bids")
    yield from _outside("blocking", solution.blocking or (), n, "bidders")
    if len(solution.bundles) != n:
        yield f"{len(solution.bundles)} bundles for {n} bidders"
    if solution.payment_rule not in RULES:
        yield f"payment_rule = {solution.payment_rule!r} is none of {', '.join(RULES)}"


def _outside(name: str, indices: Sequence[int], size: int, what: str) -> Iterator[str]:
    """Yield what is wrong with a list of indices."""
    outside = [k for k in indices if not is_index(k, size)]
    if outside:
        yield f"{name} names {outside[0]}, there are {size} {what}"
