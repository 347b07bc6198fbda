"""The fee curve: what introductions a fee per trade selects, for every fee at once.

For a fee z >= 0 let M_z be a maximum-weight matching when candidate pairs are worth ``v - z``, and
k(z) the number of candidate pairs in it. ``H(z)``, the greatest value minus fees of a matching, is
convex, piecewise linear and falls with slope -k(z), so that it has at most K = min(n, m) corners.
Introducing the candidate pairs of M_z earns at least ``z * k(z)`` (REV-3), and ``dW`` is the
integral of k, so that some corner earns ``dW / (1 + ln K)`` (REV-4).

Corners are found exactly by intersecting lines: where two known lines meet, the fee-adjusted market
is solved; a line above the two is a new corner, and neighbors that differ by one introduction need
no look (Eisner and Severance 1976). Every solve starts from the duals interpolated between its two
neighbors, which are feasible, and from the trades that both neighbors share. For whole numbers the
fee is a fraction and everything is scaled by its denominator, so that nothing is rounded.

Cost: at most 2 K solves of a few shortest paths each, plus one pass over the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, IntArray, NumberArray, is_integral, read_only
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.table import Table
from eqsolve.families.trading_network.equilibrium import Equilibrium, matched_values, total
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.matchings import NO_STOP, beyond

__all__ = ["FeeCurve", "FeePoint", "fee_curve"]


@dataclass(frozen=True, slots=True, eq=False)
class FeePoint:
    """One corner of the fee curve.

    Parameters
    ----------
    fee : the highest fee at which these introductions are optimal; a `Fraction` for whole numbers.
    introductions : their number, k.
    revenue : what they earn at the greatest equilibrium prices, times the commission.
    welfare : value of all trades.
    introduced : int64, shape (k, 2): the pairs.

    Notes
    -----
    Source: D'Amico-Wong, Gonczarowski, Ma and Parkes (2024), REV-3.

    Examples
    --------
    >>> point = fee_curve(TradingNetwork([[8, 3], [4, 1]], known=[(1, 0)])).points[1]
    >>> float(point.fee), point.introductions, point.revenue, point.introduced.tolist()
    (4.0, 1, 8, [[0, 0]])
    """

    fee: Fraction | float
    introductions: int
    revenue: int | float
    welfare: int | float
    introduced: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class FeeCurve:
    """The platform's frontier between revenue and welfare, by falling fee.

    Parameters
    ----------
    points : from no introductions (the highest fee) to a welfare-optimal set.
    welfare_without_platform, welfare_full : W0 and W*.
    commission : share of prices that the revenues already contain.
    complete : whether every corner was found (no limit was hit).

    Notes
    -----
    Source: D'Amico-Wong, Gonczarowski, Ma and Parkes (2024), REV-3 and REV-4. `fee_curve` computes
    it by at most 2 K warm-started assignment problems.

    Examples
    --------
    >>> curve = fee_curve(TradingNetwork([[8, 3], [4, 1]], known=[(1, 0)]))
    >>> curve.complete, len(curve.points), curve.best.revenue, curve.welfare_full
    (True, 3, 9, 9)
    """

    points: tuple[FeePoint, ...]
    welfare_without_platform: int | float
    welfare_full: int | float
    commission: int | float
    complete: bool
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def best(self) -> FeePoint:
        """The point of greatest revenue; among equals the one with the fewest introductions."""
        return max(self.points, key=lambda point: (point.revenue, -point.introductions))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, one entry per point, for JSON, tables and pictures."""
        return {
            "fee": [float(point.fee) for point in self.points],
            "introductions": [point.introductions for point in self.points],
            "revenue": [point.revenue for point in self.points],
            "welfare": [point.welfare for point in self.points],
            "welfare_without_platform": self.welfare_without_platform,
            "welfare_full": self.welfare_full,
            "commission": self.commission,
            "complete": self.complete,
        }

    def table(self) -> Table:
        """Return the curve as a table."""
        columns = ("fee", "introductions", "revenue", "fee x introductions", "welfare")
        table = Table("Fee curve", columns)
        for point in self.points:
            floor = float(self.commission * point.fee * point.introductions)
            table.add(float(point.fee), point.introductions, point.revenue, floor, point.welfare)
        return table


def fee_curve(
    network: TradingNetwork, *, time_limit: float | None = None, deadline: Deadline | None = None
) -> FeeCurve:
    """Return every corner of the fee curve with its revenue and welfare.

    Parameters
    ----------
    network : the network.
    time_limit : seconds, or None; what was found in time is returned with ``complete=False``.
    deadline : a running clock to obey instead of `time_limit`.

    Returns
    -------
    curve : points by falling fee.

    Raises
    ------
    InstanceError : not a trading network.

    Notes
    -----
    Cost: at most 2 K warm-started assignment problems, K = min(n, m). Theorems REV-3, REV-4. For
    whole numbers beyond about ``2**57 / K`` fees and revenues are rounded to floats. Source:
    D'Amico-Wong, Gonczarowski, Ma and Parkes (2024); Eisner and Severance (1976) on finding the
    corners.

    Examples
    --------
    >>> network = TradingNetwork([[8, 3], [4, 1]], known=[(1, 0)])
    >>> curve = fee_curve(network)
    >>> [(str(point.fee), point.introductions, point.revenue) for point in curve.points]
    [('4', 0, 0), ('4', 1, 8), ('1', 2, 9)]
    """
    require_instance(network, TradingNetwork, "network")
    clock = deadline if deadline is not None else Deadline(Limits(time=time_limit))
    return Corners(Evaluator(network), clock).curve()


@dataclass(slots=True, eq=False)
class _Line:
    """A matching, its line ``value - z * count``, and duals at the fee where it was found."""

    value: int | float
    count: int
    fee: Fraction | float
    matching: IntArray
    prices: FloatArray
    revenue: int | float


@dataclass(slots=True, eq=False)
class Corners:
    """The search for the corners.

    Parameters
    ----------
    evaluator : the network's arrays.
    clock : asked before every solve.
    max_introductions : points with more introductions are not evaluated for revenue.
    """

    evaluator: Evaluator
    clock: Deadline
    solves: int = 0
    searches: int = 0
    _values: tuple[NumberArray, NumberArray] = field(init=False)
    _charged: NumberArray = field(init=False)
    _graph_t: NumberArray = field(init=False)
    _weights: NumberArray = field(init=False)
    _far: int | float = field(init=False)

    def __post_init__(self) -> None:
        view = self.evaluator.view
        values, values_t = view.values, view.values_t
        shorter = min(values.shape)
        if is_integral(values) and int(values.max(initial=0)) * (shorter + 1) >= 2**57:
            values, values_t = values.astype(np.float64), values_t.astype(np.float64)
        self._values = values, values_t
        self._charged = view.candidate.astype(np.uint8)
        self._weights = np.empty_like(values)
        self._graph_t = np.where(view.candidate.T, values.dtype.type(-1), values_t)
        self._far = beyond(values).item()

    def curve(self) -> FeeCurve:
        """Return the curve; stops early when the clock says so."""
        evaluator = self.evaluator
        lines = [self._line(Fraction(0), self._typed(evaluator.full), 1)]
        top = Fraction(int(self._values[0].max(initial=0)) + 1)
        last = self._line(top, self._typed(evaluator.without), 1)
        complete = True
        waiting = []
        if lines[0].count > 0:
            lines.append(last)
            waiting.append((lines[0], last))
        while waiting:
            if self.clock.expired():
                complete = False
                break
            left, right = waiting.pop()
            if left.count - right.count <= 1:
                continue
            fee = self._divide(left.value - right.value, left.count - right.count)
            middle = self._solve(fee, left, right)
            if right.count < middle.count < left.count and self._above(middle, left, fee):
                lines.append(middle)
                waiting += [(left, middle), (middle, right)]
        points = [self._point(fee, line) for fee, line in _envelope(lines, self._divide)]
        counts = {"solves": self.solves, "searches": self.searches, "corners": len(points)}
        return FeeCurve(
            tuple(points),
            evaluator.welfare_without,
            evaluator.welfare_full,
            evaluator.network.commission,
            complete,
            counts,
        )

    def _typed(self, found: Equilibrium) -> Equilibrium:
        """Return an equilibrium with duals of the type in use here."""
        kind = self._values[0].dtype
        duals = found.utilities.astype(kind), found.prices.astype(kind)
        return Equilibrium(found.matching, found.owner, *duals)

    def _divide(self, gain: int | float, count: int) -> Fraction | float:
        """Return the fee at which two lines meet: exact for whole numbers."""
        return Fraction(int(gain), count) if is_integral(self._values[0]) else gain / count

    def _above(self, middle: _Line, line: _Line, fee: Fraction | float) -> bool:
        """Return whether `middle` lies above `line` at `fee`, beyond rounding."""
        gain = (middle.value - fee * middle.count) - (line.value - fee * line.count)
        return gain > (0 if is_integral(self._values[0]) else 1e-12 * abs(line.value))

    def _solve(self, fee: Fraction | float, left: _Line, right: _Line) -> _Line:
        """Return an optimal line at `fee`, starting from what its neighbors know."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.trading_network.kernels.shortest_paths import (
            adopt_tight,
            discount,
            mend,
        )

        values = self._values[0]
        kind = values.dtype.type
        scale = fee.denominator if isinstance(fee, Fraction) else 1
        charge = fee.numerator if isinstance(fee, Fraction) else fee
        weights = self._weights
        share = float((fee - left.fee) / (right.fee - left.fee))
        prices = (left.prices * (1 - share) + right.prices * share) * scale
        if is_integral(values):
            # Rounding prices down and utilities up keeps tied pairs tied (total unimodularity).
            prices = np.floor(prices + 1e-6)
        u = np.zeros(values.shape[0], dtype=values.dtype)
        p = np.maximum(prices, 0).astype(values.dtype)
        found = Equilibrium(np.full(len(u), -1), np.full(len(p), -1), u, p)
        sides = found.matching, found.owner
        size = values.size
        fitting(discount, size)(values, self._charged, kind(scale), kind(charge), p, weights, u)
        slack = kind(self.evaluator.view.tolerance)
        for neighbor in (left, right):
            fitting(adopt_tight, size)(weights, u, p, *sides, neighbor.matching, slack)
        far = kind(self._far * scale)
        mended = fitting(mend, size * min(values.shape))
        self.searches += mended(weights, weights.T, u, p, *sides, far, NO_STOP)
        self.solves += 1
        return self._line(fee, found, scale)

    def _line(self, fee: Fraction | float, found: Equilibrium, scale: int) -> _Line:
        """Return the line of a matching, with the revenue of its introductions."""
        view = self.evaluator.view
        rows = np.flatnonzero(found.matching >= 0)
        columns = found.matching[rows]
        chosen = view.candidate[rows, columns]
        return _Line(
            total(matched_values(view.values, found.matching)),
            int(chosen.sum()),
            fee,
            found.matching,
            found.prices / scale,
            self._income(fee, found, scale, rows[chosen], columns[chosen]),
        )

    def _income(
        self,
        fee: Fraction | float,
        found: Equilibrium,
        scale: int,
        rows: IntArray,
        columns: IntArray,
    ) -> int | float:
        """Return the total greatest price of introduced trades; one sweep from the fee's duals."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.trading_network.kernels.price_ends import raise_prices

        if not len(rows):
            return 0
        values = self._values[0]
        kind = values.dtype.type
        prices = found.prices.astype(kind)
        # Introduced sellers keep the fee: that makes the duals optimal without a fee (REV-3).
        prices[columns] += kind(fee.numerator if isinstance(fee, Fraction) else fee)
        graph = self._graph_t
        far = kind(self._far * scale)
        utilities = found.utilities.astype(kind)
        graph[columns, rows] = self._values[1][columns, rows]
        raised = fitting(raise_prices, 2 * graph.size)
        raised(graph, kind(scale), utilities, prices, found.matching, found.owner, far)
        graph[columns, rows] = -1
        income = total(prices[columns])
        return income // scale if isinstance(income, int) else income / scale

    def _point(self, fee: Fraction | float, line: _Line) -> FeePoint:
        """Return the point of a corner."""
        rows = np.flatnonzero(line.matching >= 0)
        pairs = np.stack([rows, line.matching[rows]], axis=1)
        introduced = pairs[self.evaluator.view.candidate[pairs[:, 0], pairs[:, 1]]]
        return FeePoint(
            fee=fee,
            introductions=line.count,
            revenue=self.evaluator.network.commission * line.revenue,
            welfare=line.value,
            introduced=read_only(introduced),
        )


def _envelope(lines: list[_Line], divide: Any) -> list[tuple[Any, _Line]]:
    """Return (highest fee, line) of the lines that make up the maximum, by falling fee."""
    kept: list[_Line] = []
    for line in sorted(lines, key=lambda line: (line.count, -line.value)):
        if kept and kept[-1].count == line.count:
            continue
        # `line` gives more than kept[-1] below their meeting point; a line that is nowhere above
        # its two neighbors goes.
        while len(kept) >= 2 and divide(
            line.value - kept[-1].value, line.count - kept[-1].count
        ) >= divide(kept[-1].value - kept[-2].value, kept[-1].count - kept[-2].count):
            kept.pop()
        kept.append(line)
    while len(kept) >= 2 and kept[-1].value <= kept[-2].value:
        kept.pop()
    fees = [
        divide(line.value - before.value, line.count - before.count)
        for before, line in pairwise(kept)
    ]
    # The first line, without introductions, is the best at every higher fee; its own entry says
    # from where.
    return list(zip([fees[0] if fees else divide(0, 1), *fees], kept, strict=True))
