"""The verbs of auction design."""

from __future__ import annotations

from typing import Any, Literal

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.methods.auto import Auto
from eqsolve.families.auction_design.methods.bundleflow import BundleFlow
from eqsolve.families.auction_design.methods.dp import Dp
from eqsolve.families.auction_design.methods.dp_lp import DpLp
from eqsolve.families.auction_design.methods.dp_symmetric import DpSymmetric
from eqsolve.families.auction_design.methods.fpi import Fpi
from eqsolve.families.auction_design.methods.lp import Lp
from eqsolve.families.auction_design.methods.menu import LearnedMenu
from eqsolve.families.auction_design.methods.myerson import Myerson
from eqsolve.families.auction_design.methods.plain import (
    GrandBundle,
    ItemPrices,
    SizePrices,
    TariffPrices,
)
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.verify import verify

__all__ = ["METHODS", "design", "optimal_auction", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    Lp,
    DpLp,
    DpSymmetric,
    Dp,
    Myerson,
    GrandBundle,
    ItemPrices,
    TariffPrices,
    SizePrices,
    LearnedMenu,
    BundleFlow,
    Fpi,
)


def design(
    instance: AuctionDesign,
    *,
    method: str | Method[AuctionDesign, DesignSolution] = "auto",
    time_limit: float | None = 300.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[DesignSolution]:
    """Return a mechanism that earns much, verified, beside simple ones.

    Parameters
    ----------
    instance : items and bidders.
    method : a name from ``eqsolve.methods("auction_design")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : of all draws; recorded.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings: ``mechanism="menu" | "sequential" | "dsic" | "bic"``,
        ``lotteries``, ``draws``, ``report_draws``, ``fit_seed``, ...

    Returns
    -------
    result : ``SOLVED`` with the best of its class, for finite types; else ``FEASIBLE``, with what
        it earned on fresh draws.

    Raises
    ------
    InstanceError : no `AuctionDesign`.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Ties of buyers go to the seller: greatest price, then lowest index. Cost: that of the method,
    and of playing it and the simple mechanisms. Source: Conitzer and Sandholm (2002), MEC-1 to
    MEC-12.

    Examples
    --------
    >>> wants_one = [(2, [4, 1]), (2, [1, 4]), (3, [3, 3])]
    >>> types = [{"probability": w, "unit_demand": values} for w, values in wants_one]
    >>> result = design(AuctionDesign(2, [{"types": types}]))
    >>> result.status.value, round(result.objective, 5), round(25 / 7, 5)
    ('solved', 3.57143, 3.57143)
    """
    return solve_with(
        instance,
        METHODS,
        verify,
        instance_type=AuctionDesign,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = design


def optimal_auction(
    instance: AuctionDesign, ic: Literal["dsic", "bic"] = "bic", **options: Any
) -> Result[DesignSolution]:
    """Return the best direct mechanism for finite types, or for one item, with its proof.

    Parameters
    ----------
    ic : truth is best whatever the others say (``"dsic"``), or on average (``"bic"``).
    **options : of `design`.

    Notes
    -----
    Cost and source: see `design`.

    Examples
    --------
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 2)]
    >>> result = optimal_auction(AuctionDesign(1, [{"types": types, "count": 2}]))
    >>> result.status.value, round(result.objective, 6)
    ('solved', 1.5)
    """
    return design(instance, mechanism=ic, **options)
