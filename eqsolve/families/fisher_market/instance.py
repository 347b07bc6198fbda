"""Fisher markets: buyers with budgets, divisible goods in fixed supply.

Buyer i has ``budgets[i] > 0`` to spend and gets utility ``u_i(x_i)`` from the bundle
``x_i = (x[i,0], ..., x[i,m-1])``; of good j there is ``supplies[j] > 0``. With
``a = utilities >= 0`` the kinds of utility are

=============  ====================================================================
linear         ``sum_j a[i,j] x[i,j]``
leontief       ``min of x[i,j] / a[i,j]`` over the goods with ``a[i,j] > 0``
cobb_douglas   ``prod_j x[i,j] ** (a[i,j] / sum_k a[i,k])``
ces (rho)      ``(sum_j a[i,j] x[i,j]**rho) ** (1/rho)``, rho < 1 and not 0, over a > 0
quasi_linear   ``sum_j a[i,j] x[i,j] - money spent``: money kept is worth its face value
=============  ====================================================================

An **equilibrium** is an allocation x >= 0 and prices p >= 0 with

1. ``sum_i x[i,j] <= s[j]``, with equality where ``p[j] > 0``;
2. nobody spends more than the budget, and all but quasi-linear buyers spend all of it;
3. no bundle that buyer i can afford at prices p gives more utility than ``x_i``.

A buyer who values nothing buys nothing and keeps the money; a good that nobody values has price 0.
Sources: Eisenberg and Gale 1959; Eisenberg 1961; Chen, Ye and Zhang 2007 (quasi-linear).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray, read_only
from eqsolve.core.digits import exact_float
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.input_arrays import as_numbers, report_entries
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides

if TYPE_CHECKING:
    from eqsolve.families.fisher_market.solution import FisherSolution

__all__ = ["UTILITIES", "FisherMarket"]

UTILITIES = ("linear", "leontief", "cobb_douglas", "quasi_linear")
"""Kinds of utility without a parameter; the further one is ``{"ces": rho}``."""


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class FisherMarket(Instance["FisherSolution"]):
    """A market of n buyers with budgets and m divisible goods.

    Parameters
    ----------
    utilities : array-like of shape (n, m), >= 0: the coefficients a of the utility functions.
    budgets : array-like of shape (n,), > 0, in money units.
    supplies : array-like of shape (m,), > 0, in units of each good; default 1.
    utility : ``"linear"``, ``"leontief"``, ``"cobb_douglas"``, ``"quasi_linear"`` or
        ``{"ces": rho}``; the same for all buyers.
    name, labels, metadata : see `Instance`; sides are ``"buyers"`` and ``"goods"``.

    Attributes
    ----------
    utility : the kind of utility, ``"ces"`` for the last one.
    rho : exponent of CES utility, None otherwise.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(n m). Sources: Eisenberg and Gale (1959); Eisenberg (1961); Chen, Ye and Zhang (2007)
    for quasi-linear utilities.

    Examples
    --------
    >>> market = FisherMarket([[2, 1], [1, 3]], budgets=[1, 1])
    >>> market.n_buyers, market.n_goods, market.utility
    (2, 2, 'linear')
    >>> FisherMarket([[1]], [1], utility={"ces": 0.5}).rho
    0.5
    """

    kind: ClassVar[str] = "fisher_market"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "utilities": ("buyers", "goods"),
        "budgets": ("buyers",),
        "supplies": ("goods",),
    }

    utilities: NumberArray
    budgets: NumberArray
    supplies: NumberArray
    utility: str
    rho: float | None

    def __init__(
        self,
        utilities: object,
        budgets: object,
        supplies: object = None,
        *,
        utility: object = "linear",
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        utilities = sides.read(utilities, "utilities", "buyers", "goods")
        budgets = sides.read(budgets, "budgets", "buyers")
        supplies = sides.read(supplies, "supplies", "goods")
        labels = sides.labels(labels)
        table = as_numbers(utilities, "utilities", (None, None), faults)
        n, m = (None, None) if table is None else table.shape
        money = _positive(budgets, "budgets", n, faults)
        if supplies is None:
            stock: NumberArray | None = read_only(np.ones(m or 0, dtype=np.int64))
        else:
            stock = _positive(supplies, "supplies", m, faults)
        word, rho = _utility(utility, faults)
        fields = {"utilities": table, "budgets": money, "supplies": stock}
        self._settle(faults, name, labels, metadata, **fields, utility=word, rho=rho)

    @property
    def n_buyers(self) -> int:
        """Number of buyers, n."""
        return len(self.budgets)

    @property
    def n_goods(self) -> int:
        """Number of goods, m."""
        return len(self.supplies)

    @property
    def is_quasi_linear(self) -> bool:
        """Whether money kept is worth its face value to the buyers."""
        return self.utility == "quasi_linear"

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "utilities", self.utilities
        yield "budgets", self.budgets
        yield "supplies", self.supplies
        yield "utility", self.utility if self.rho is None else f"ces {self.rho!r}"

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of buyers and goods."""
        return {"buyers": self.n_buyers, "goods": self.n_goods}


def _positive(
    value: object, field: str, length: int | None, faults: list[Fault]
) -> NumberArray | None:
    """Return a vector of numbers > 0, or None after adding faults."""
    array = as_numbers(value, field, (length,), faults)
    if array is not None and (array == 0).any():
        report_entries(faults, field, array, array == 0, "must be > 0")
    return array


def _utility(value: object, faults: list[Fault]) -> tuple[str, float | None]:
    """Return the kind of utility and rho, adding faults."""
    if isinstance(value, str):
        if value == "ces":
            faults.append(Fault("utility", 'needs its exponent: {"ces": rho}', value=value))
        elif value not in UTILITIES:
            hint = nearest_name(value, (*UTILITIES, "ces"))
            faults.append(Fault("utility", f"unknown kind of utility; {hint}", value=value))
        return value, None
    if not isinstance(value, Mapping) or list(value) != ["ces"]:
        rule = f'must be one of {", ".join(UTILITIES)} or {{"ces": rho}}'
        faults.append(Fault("utility", rule, value=value))
        return "ces", None
    rho = exact_float(value["ces"])
    if rho is None or not -math.inf < rho < 1 or rho == 0:
        rule = 'must be a number < 1 and not 0 (1 is "linear", 0 is "cobb_douglas")'
        faults.append(Fault("utility", rule, index=("ces",), value=value["ces"]))
        return "ces", None
    return "ces", rho
