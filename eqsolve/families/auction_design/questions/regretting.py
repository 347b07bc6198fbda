"""What a lie can bring, and what a bidder's value is worth to the seller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.methods.virtual import (
    ironed,
    line_of,
    marginal_of,
    values_of,
)
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism, Mechanism
from eqsolve.families.auction_design.verify.incentives import Misreport, misreports

__all__ = ["Regret", "VirtualValues", "regret", "virtual_values"]


@dataclass(frozen=True, slots=True)
class Regret:
    """The greatest gain of a misreport, and who has it.

    Parameters
    ----------
    gain : 0 for menus and scores, which are truthful by their form.
    misreport : of a direct mechanism, the best lie, or None.
    """

    gain: float
    misreport: Misreport | None = None

    def __float__(self) -> float:
        return self.gain


def regret(mechanism: Mechanism, instance: AuctionDesign) -> Regret:
    """Return the greatest gain of a misreport.

    Raises
    ------
    InstanceError : no instance, or one of infinitely many types for a direct mechanism.

    Notes
    -----
    Every misreport of every type is tried; cost O(profiles x types). Source: theory MEC-1, MEC-6.

    Examples
    --------
    >>> from eqsolve import solve
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    >>> design = AuctionDesign(1, [{"types": types, "count": 2}])
    >>> found = regret(solve(design, method="lp", mechanism="bic").solution.mechanism, design)
    >>> abs(found.gain) < 1e-9
    True
    """
    require_instance(instance, AuctionDesign)
    if not isinstance(mechanism, DirectMechanism):
        return Regret(0.0)
    if not instance.is_finite:
        raise InstanceError(Fault("instance", "a direct mechanism is for finite types"))
    found = misreports(mechanism, instance, lambda: None)
    worst = max(found, key=lambda entry: entry.gain)
    return Regret(max(worst.gain, 0.0), worst if worst.gain > 0 else None)


@dataclass(frozen=True, slots=True, eq=False)
class VirtualValues:
    """Virtual values of one bidder for one item.

    Parameters
    ----------
    values : rising.
    virtual : ironed virtual values: what selling to each value is worth to the seller.
    reserve : the least value whose virtual value is positive; infinite where none is.
    """

    values: FloatArray
    virtual: FloatArray
    reserve: float


def virtual_values(instance: AuctionDesign) -> list[VirtualValues]:
    """Return the ironed virtual values of every bidder for one item.

    Raises
    ------
    OptionError : several items, or a law without a simple form.

    Notes
    -----
    Cost O(types log types). Source: Myerson (1981), MEC-7.

    Examples
    --------
    >>> types = [{"probability": p, "additive": [v]} for p, v in ((5, 1), (1, 2), (4, 3))]
    >>> found = virtual_values(AuctionDesign(1, [{"types": types}]))[0]
    >>> found.virtual.round(6).tolist(), found.reserve
    ([-0.333333, -0.333333, 3.0], 3.0)
    """
    require_instance(instance, AuctionDesign)
    if instance.n_items != 1:
        raise OptionError(f"virtual values are for one item, there are {instance.n_items}")
    found = []
    for law in instance.laws:
        finite = values_of(law)
        if finite is not None:
            values, virtual = finite[0], ironed(*finite)[0]
            positive = values[virtual > 0]
            found.append(VirtualValues(values, virtual, float(positive.min(initial=np.inf))))
            continue
        marginal = marginal_of(law)
        line = None if marginal is None else line_of(marginal)
        if line is None:
            raise OptionError("virtual values are for finite, uniform and exponential values")
        values, virtual = line
        slope = (virtual[1] - virtual[0]) / (values[1] - values[0])
        zero = float(values[0] - virtual[0] / slope)
        found.append(VirtualValues(values, virtual, max(zero, float(values[0]))))
    return found
