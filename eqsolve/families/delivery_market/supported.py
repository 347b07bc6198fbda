"""TIP-0: is a set of transactions supported by an equilibrium? By two assignments, no general LP.

Let O be the orders placed by T. With tips, T is supported iff its couriers carry O at least cost
``MC(O)`` and O is a maximum-weight matching of buyers and stores under the weights ``v`` on O
and ``v - tau`` off O, where ``tau`` is the marginal cost of one more order (`couriers`). Without
tips the pay for an order that nobody placed is 0, which attracts nobody, so the weights are ``v``
everywhere. Supporting tips are ``tau`` off O, prices and buyers' utilities are optimal duals of
that matching, courier utilities the greatest wages.

Cost: two assignments and O(K n m) for ``tau`` (less for costs by parts).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, NumberArray, read_only
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.couriers import greatest_wages, settle_scarce
from eqsolve.families.delivery_market.methods.least_cost_assignment import assign
from eqsolve.families.delivery_market.solution import DeliverySolution, as_transactions

__all__ = ["Examined", "Support", "examine", "support", "supporting_solution"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Support:
    """Whether transactions are supported, and by what or why not.

    Parameters
    ----------
    supported : the answer.
    reason : a sentence; empty when supported.
    solution : a supporting equilibrium, or None.
    cheaper : the same orders with cheaper couriers, rows (buyer, store, courier), or None.
    rearrangement : orders, rows (buyer, store), that the buyers prefer to those placed, or None.
    gain : by how much couriers are cheaper, or buyers better off, in money.
    """

    supported: bool
    reason: str = ""
    solution: DeliverySolution | None = None
    cheaper: IntArray | None = None
    rearrangement: IntArray | None = None
    gain: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Examined:
    """Everything the support test computes for orders carried at least cost.

    Parameters
    ----------
    transactions : rows (buyer, store, courier).
    placed : shape (n, m), whether an order is placed.
    wages, successor : see `couriers.Wages`.
    tips : shape (n, m), the tips off the placed orders, infinite where unbounded; 0 without tips.
    carrier : shape (n, m), courier that sets the tip, -1 where there is none.
    weights : shape (n, m), the buyers' market; negative means no edge.
    matching : shape (n,), a maximum-weight matching of it.
    utilities, prices : shapes (n,), (m,), optimal duals.
    gain : its weight minus the value of the placed orders; > 0 means not supported.
    """

    transactions: IntArray
    placed: BoolArray
    wages: FloatArray
    successor: IntArray
    tips: FloatArray
    carrier: IntArray
    weights: FloatArray
    matching: IntArray
    utilities: FloatArray
    prices: FloatArray
    gain: float


def rounding(market: DeliveryMarket) -> float:
    """Return what differences of sums may miss by rounding: 0 for whole numbers."""
    return 0.0 if market.is_exact else 1e-10 * max(market.money, 1e-300)


def cheapest_couriers(market: DeliveryMarket, orders: IntArray) -> IntArray | None:
    """Return transactions that carry the orders (rows buyer, store) at least cost, or None."""
    costs = market.costs.of_orders(orders[:, 0], orders[:, 1])
    couriers = assign(costs.T)
    return None if couriers is None else np.column_stack([orders, couriers])


def examine(market: DeliveryMarket, transactions: IntArray) -> Examined:
    """Return the support test of transactions whose couriers are of least cost."""
    buyers, stores, couriers = transactions.T
    placed = np.zeros(market.values.shape, dtype=bool)
    placed[buyers, stores] = True
    values = market.values.astype(np.float64)
    costs = market.costs.of_orders(buyers, stores)
    wages = greatest_wages(costs, couriers, rounding(market))
    if market.tips:
        tips, carrier = market.costs.cheapest(wages.wages)
    else:
        tips, carrier = np.zeros(placed.shape), np.full(placed.shape, -1, dtype=np.int64)
    weights = np.where(placed, values, np.where(np.isinf(tips), -1.0, values - tips))
    found = dense_matching(weights)
    assert found is not None  # no deadline was given
    gain = float(found.row_duals.sum() + found.col_duals.sum() - values[buyers, stores].sum())
    return Examined(
        transactions=transactions,
        placed=placed,
        wages=wages.wages,
        successor=wages.successor,
        tips=tips,
        carrier=carrier,
        weights=weights,
        matching=found.matching,
        utilities=found.row_duals,
        prices=found.col_duals,
        gain=gain if gain > rounding(market) * (1 + len(transactions)) else 0.0,
    )


def supporting_solution(
    market: DeliveryMarket, examined: Examined, efficient_welfare: float | None
) -> DeliverySolution:
    """Return the equilibrium found by a support test with gain 0."""
    buyers, stores, couriers = examined.transactions.T
    values = market.values.astype(np.float64)
    costs = market.costs.of_orders(buyers, stores)
    tips = np.where(examined.placed, 0.0, np.minimum(examined.tips, values))
    needed, _ = market.costs.margins(values if market.tips else np.zeros_like(values))
    wages = settle_scarce(examined.wages, costs, couriers, needed)
    return build_solution(
        market,
        examined.transactions,
        tips=tips,
        prices=examined.prices,
        buyer_utilities=examined.utilities,
        courier_utilities=wages,
        efficient_welfare=efficient_welfare,
    )


def build_solution(
    market: DeliveryMarket,
    transactions: IntArray,
    *,
    tips: FloatArray,
    prices: FloatArray,
    buyer_utilities: FloatArray,
    courier_utilities: FloatArray,
    efficient_welfare: float | None,
) -> DeliverySolution:
    """Return a solution; compensations and totals follow from the rest."""
    buyers, stores, couriers = transactions.T
    own = market.costs.at(couriers, buyers, stores)
    compensations = np.zeros(market.values.shape)
    compensations[buyers, stores] = courier_utilities[couriers] + own
    welfare = float(market.values[buyers, stores].sum() - own.sum())
    cash_flow = float(prices[stores].sum() - compensations[buyers, stores].sum())
    arrays = (prices, compensations, tips, buyer_utilities, courier_utilities)
    whole = market.is_exact and all(bool((array == np.rint(array)).all()) for array in arrays)

    def kept(array: FloatArray) -> NumberArray:
        return read_only(array.astype(np.int64) if whole else array + 0.0)

    def number(amount: float) -> int | float:
        return int(amount) if whole else amount

    return DeliverySolution(
        transactions=read_only(transactions),
        prices=kept(prices),
        compensations=kept(compensations),
        tips=kept(tips),
        buyer_utilities=kept(buyer_utilities),
        courier_utilities=kept(courier_utilities),
        welfare=int(welfare) if market.is_exact else welfare,
        efficient_welfare=None
        if efficient_welfare is None
        else (int(efficient_welfare) if market.is_exact else efficient_welfare),
        platform_cash_flow=number(cash_flow),
    )


def support(market: DeliveryMarket, transactions: object) -> Support:
    """Return whether transactions are supported by an equilibrium, with it or the reason (TIP-0).

    Parameters
    ----------
    market : the market, with or without tips.
    transactions : triples (buyer, store, courier), each agent in at most one.

    Returns
    -------
    support : with a supporting equilibrium, or cheaper couriers for the same orders, or a
        rearrangement of orders that buyers would prefer.

    Raises
    ------
    InstanceError : not a delivery market, or not a set of transactions of this market.

    Notes
    -----
    Two assignments and O(K n m). Theorem TIP-0; source: Gonczarowski, Ma and Parkes (2025).

    Examples
    --------
    >>> market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    >>> efficient = support(market, [(0, 1, 0)])
    >>> efficient.supported, efficient.rearrangement.tolist(), efficient.gain
    (False, [[0, 0], [1, 1]], 1.0)
    >>> support(market, [(0, 0, 0), (1, 1, 1)]).solution.welfare
    3
    """
    require_instance(market, DeliveryMarket, "market")
    rows = as_transactions(transactions, market)
    buyers, stores, couriers = rows.T
    best = cheapest_couriers(market, rows[:, :2])
    assert best is not None  # the given couriers can deliver
    given = float(market.costs.at(couriers, buyers, stores).sum())
    least = float(market.costs.at(best[:, 2], buyers, stores).sum())
    if given - least > rounding(market) * (1 + len(rows)):
        return Support(
            supported=False,
            reason=f"the same orders can be carried at cost {least:g} instead of {given:g}",
            cheaper=read_only(best),
            gain=given - least,
        )
    examined = examine(market, rows)
    if examined.gain > 0:
        chosen = np.flatnonzero(examined.matching >= 0)
        orders = np.column_stack([chosen, examined.matching[chosen]])
        orders = orders[examined.weights[orders[:, 0], orders[:, 1]] > 0]
        fresh = orders[~examined.placed[orders[:, 0], orders[:, 1]]]
        names = ", ".join(
            f"{market.label('buyers', int(i))} from {market.label('stores', int(j))}"
            for i, j in fresh
        )
        return Support(
            supported=False,
            reason=f"buyers would together gain {examined.gain:g} by ordering {names}",
            rearrangement=read_only(orders),
            gain=examined.gain,
        )
    return Support(supported=True, solution=supporting_solution(market, examined, None))
