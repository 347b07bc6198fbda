"""Payments and prices of an auction: VCG, core, coalitions that block, clearing prices.

Each solves the auction once, verified, and returns the part that is asked for (CA-2 to CA-9).
"""

from __future__ import annotations

from typing import Any

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import NoSolutionError
from eqsolve.core.result import Result
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution
from eqsolve.families.combinatorial_auction.solve import solve_auction

__all__ = ["blocking_coalition", "clearing_prices", "core_payments", "vcg"]


def vcg(auction: CombinatorialAuction, **options: Any) -> NumberArray:
    """Return the VCG payments, shape (n,), money units.

    Parameters
    ----------
    auction : the auction.
    **options : of `solve_auction`, such as ``method`` and ``time_limit``.

    Raises
    ------
    NoSolutionError : they were not proved within the limits.

    Notes
    -----
    Cost: a winner determination, and one more for each winner. Theorem CA-2; source: Ausubel and
    Milgrom (2006).

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
    >>> vcg(auction).tolist()
    [40, 20, 0]
    """
    payments = solve_auction(auction, payments="vcg", **options).require().vcg_payments
    if payments is None:
        raise NoSolutionError("the VCG payments are not proved")
    return payments


def core_payments(auction: CombinatorialAuction, **options: Any) -> NumberArray:
    """Return the core payments of least revenue nearest to VCG, shape (n,), money units.

    Parameters
    ----------
    auction : the auction.
    **options : of `solve_auction`.

    Raises
    ------
    NoSolutionError : they were not proved within the limits.

    Notes
    -----
    Cost: that of VCG and a winner determination for each round of constraint generation. Theorems
    CA-5, CA-6; source: Day and Cramton (2012).

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
    >>> core_payments(auction).tolist()
    [60, 40, 0]
    """
    return solve_auction(auction, payments="core", **options).require().payments


def blocking_coalition(
    auction: CombinatorialAuction, result: Result[AuctionSolution]
) -> tuple[tuple[int, ...], int | float] | None:
    """Return the coalition that gains most at a result's payments and its gain, None in the core.

    Parameters
    ----------
    auction : the auction.
    result : of `solve_auction`.

    Raises
    ------
    NoSolutionError : the result does not say, because a limit was hit.

    Notes
    -----
    Cost O(1): solving has found it. Theorem CA-4; source: Day and Raghavan (2007).

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
    >>> blocking_coalition(auction, solve_auction(auction))
    ((2,), 40)
    """
    solution = result.solution
    if solution is None or solution.core_gap is None:
        raise NoSolutionError("whether a coalition blocks was not settled within the limits")
    if solution.blocking is None:
        return None
    return solution.blocking, solution.core_gap


def clearing_prices(auction: CombinatorialAuction, **options: Any) -> NumberArray | None:
    """Return item prices that clear the market, shape (m,), or None where it is proved none do.

    Parameters
    ----------
    auction : the auction.
    **options : of `solve_auction`.

    Raises
    ------
    NoSolutionError : not settled within the limits.

    Notes
    -----
    Cost: a winner determination. Theorem CA-9; source: Bikhchandani and Mamer (1997).

    Examples
    --------
    >>> clearing_prices(CombinatorialAuction(2, [(0, [0], 3), (1, [1], 2)])).tolist()
    [3, 2]
    >>> clearing_prices(CombinatorialAuction(3, [(0, [0, 1], 1), (1, [1, 2], 1), (2, [0, 2], 1)]))
    """
    found = solve_auction(auction, payments="first_price", prices=True, **options)
    return found.require().item_prices
