"""The verbs of combinatorial auctions."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.auto import Auto
from eqsolve.families.combinatorial_auction.methods.enumeration import Enumeration
from eqsolve.families.combinatorial_auction.methods.greedy import Greedy
from eqsolve.families.combinatorial_auction.methods.matching import Matching
from eqsolve.families.combinatorial_auction.methods.programs import CpSat, Milp, Portfolio
from eqsolve.families.combinatorial_auction.methods.tree import PriceTree
from eqsolve.families.combinatorial_auction.solution import AuctionSolution
from eqsolve.families.combinatorial_auction.verify.conditions import verify

__all__ = ["METHODS", "solve", "solve_auction"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    PriceTree,
    Milp,
    CpSat,
    Portfolio,
    Matching,
    Enumeration,
    Greedy,
)


def solve_auction(
    auction: CombinatorialAuction,
    *,
    method: str | Method[CombinatorialAuction, AuctionSolution] = "auto",
    time_limit: float | None = 60.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[AuctionSolution]:
    """Return who wins and what they pay, verified.

    Parameters
    ----------
    auction : the auction.
    method : a name from ``eqsolve.methods("combinatorial_auction")`` or a method object.
    time_limit : seconds for everything, 60 by default since the problem is NP-hard; None: no limit.
    seed : of no use here, as nothing is drawn.
    deadline : a running clock to obey instead of `time_limit`.
    **options : ``payments="vcg" | "core" | "first_price"``, ``prices=True`` for item prices that
        clear the market, ``workers``.

    Returns
    -------
    result : ``SOLVED`` with proved winners and payments, or ``FEASIBLE`` with the best found; then
        the payments are what was bid.

    Raises
    ------
    InstanceError : not a combinatorial auction.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Among sets of equal welfare the method's first one is taken, the same for the same input and
    version; the verifier accepts every optimum. Cost: exponential at worst (CA-1); VCG takes one
    more winner determination for each winner. Sources: Rothkopf, Pekec and Harstad (1998); Day and
    Cramton (2012) for core payments.

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
    >>> result = solve_auction(auction)
    >>> result.status.value, result.objective, result.solution.payments.tolist()
    ('solved', 140, [40, 20, 0])
    >>> result.solution.vcg_in_core, result.solution.blocking
    (False, (2,))
    """
    return solve_with(
        auction,
        METHODS,
        verify,
        instance_type=CombinatorialAuction,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = solve_auction
