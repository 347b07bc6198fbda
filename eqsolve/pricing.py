"""Payments that several kinds of auctions know by the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.registry import get_family

if TYPE_CHECKING:
    from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
    from eqsolve.families.token_auction.instance import TokenAuction

__all__ = ["vcg"]

_HOMES = {"combinatorial_auction": "questions.payments", "token_auction": "questions.one_step"}
"""Kind -> the room that holds its function ``vcg``."""


def vcg(
    auction: CombinatorialAuction | TokenAuction | str, *step: object, **options: Any
) -> NumberArray:
    """Return what VCG asks of each bidder: what its presence costs the others.

    Parameters
    ----------
    auction : a combinatorial auction, or one step of a token auction; or the aggregation of such a
        step, followed by
    *step : its bids and distributions.
    **options : for combinatorial auctions those of `solve_auction`.

    Returns
    -------
    payments : shape (n,), by bidder.

    Raises
    ------
    InstanceError : no such auction, or with every fault of bids and distributions.
    UnsupportedError : a token auction with models, whose payments depend on the text.
    NoSolutionError : the payments are not proved within the limits.

    Notes
    -----
    Cost: a winner determination and one more for each winner; O(n T) for a step of a token auction.
    Source: CA-2, Ausubel and Milgrom (2006); TOK-10.

    Examples
    --------
    >>> from eqsolve import CombinatorialAuction
    >>> vcg(CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])).tolist()
    [40, 20, 0]
    >>> vcg("linear", [1, 1], [[1, 0], [0, 1]]).round(6).tolist()
    [0.693147, 0.693147]
    """
    kind = "token_auction" if isinstance(auction, str) else getattr(type(auction), "kind", None)
    if kind not in _HOMES:
        rule = f"{type(auction).__name__} is no CombinatorialAuction and no TokenAuction"
        raise InstanceError(Fault("auction", rule))
    paid: NumberArray = get_family(kind).take(_HOMES[kind], "vcg")(auction, *step, **options)
    return paid
