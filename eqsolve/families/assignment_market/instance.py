"""Assignment markets: buyers and sellers who trade once each, or as often as they have capacity.

Buyer i values the item of seller j at ``values[i, j] >= 0``, if there is an edge between them;
seller j does not sell below ``reserves[j] >= 0``. A **competitive equilibrium** is a matching M
and prices p with

1. ``p[j] >= r[j]``, and ``p[j] = r[j]`` where j is unsold;
2. buyer i matched to j: ``v[i,j] - p[j] >= v[i,k] - p[k]`` for every neighbor k, and >= 0;
3. unmatched buyer: ``v[i,k] - p[k] <= 0`` for every neighbor k.

With **capacities** buyer i may take up to ``a[i]`` different sellers, seller j has ``s[j]``
identical units, and a pair trades at most once; a set is worth the sum of its pairs. An
equilibrium is a set of pairs within the capacities and one price a seller with

1. ``p[j] >= r[j]``, and ``p[j] = r[j]`` where a unit is left;
2. every buyer holds a best set of at most ``a[i]`` sellers at these prices.

Sources: Koopmans and Beckmann 1957; Shapley and Shubik 1971; Demange, Gale and Sotomayor 1986;
with capacities Kelso and Crawford 1982; Sotomayor 1992.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, is_integral, read_only
from eqsolve.core.edges import EdgeValues, check_sizes
from eqsolve.core.errors import Fault
from eqsolve.core.graphs import is_graph
from eqsolve.core.input_arrays import as_numbers, as_whole
from eqsolve.core.instance import Instance, once
from eqsolve.core.named_sides import NamedSides

if TYPE_CHECKING:
    from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["AssignmentMarket"]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class AssignmentMarket(Instance["AssignmentSolution"]):
    """A market of n buyers and m sellers, one item each unless there are capacities.

    Parameters
    ----------
    values : array-like of shape (n, m) with numbers >= 0 in money units; None or NaN where there
        is no edge. Frames, dictionaries, sparse matrices and graphs of networkx bring their names
        along. Kept as `EdgeValues`.
    reserves : array-like of shape (m,), >= 0; default 0.
    buyer_capacities : shape (n,), whole numbers >= 0: how many different sellers each buyer may
        take; default 1.
    seller_capacities : shape (m,), whole numbers >= 0: units of each seller; default 1.
    name, labels, metadata : see `Instance`; sides are ``"buyers"`` and ``"sellers"``.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(n m), sorting the edges with `from_edges`. Sources: Koopmans and Beckmann (1957);
    Shapley and Shubik (1971); Demange, Gale and Sotomayor (1986).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 3], [4, None]], reserves=[1, 0])
    >>> market.n_buyers, market.n_sellers, market.values[1, 1]
    (2, 2, None)
    >>> market.has_capacities, AssignmentMarket([[5, 3]], buyer_capacities=[2]).has_capacities
    (False, True)
    """

    kind: ClassVar[str] = "assignment_market"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "values": ("buyers", "sellers"),
        "reserves": ("sellers",),
        "buyer_capacities": ("buyers",),
        "seller_capacities": ("sellers",),
    }

    values: EdgeValues
    reserves: NumberArray
    buyer_capacities: IntArray | None
    seller_capacities: IntArray | None

    def __init__(
        self,
        values: object,
        reserves: object = None,
        *,
        buyer_capacities: object = None,
        seller_capacities: object = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        table = sides.edges(values, "values", "buyers", "sellers")
        if is_graph(values):
            if reserves is None:
                reserves = sides.attribute(values, "reserve", "sellers", 0)
            if buyer_capacities is None:
                buyer_capacities = sides.attribute(values, "capacity", "buyers", 1)
            if seller_capacities is None:
                seller_capacities = sides.attribute(values, "capacity", "sellers", 1)
        n_sellers = None if table is None else table.n_columns
        if reserves is None:
            prices: NumberArray | None = read_only(np.zeros(n_sellers or 0, dtype=np.int64))
        else:
            reserves = sides.read(reserves, "reserves", "sellers")
            prices = as_numbers(reserves, "reserves", (n_sellers,), faults)
        limits: dict[str, IntArray | None] = {}
        for field, given, side, size in (
            (
                "buyer_capacities",
                buyer_capacities,
                "buyers",
                None if table is None else table.n_rows,
            ),
            ("seller_capacities", seller_capacities, "sellers", n_sellers),
        ):
            limits[field] = None
            if given is not None:
                limits[field] = as_whole(sides.read(given, field, side), field, (size,), faults)
        labels = sides.labels(labels)
        self._settle(faults, name, labels, metadata, values=table, reserves=prices, **limits)

    @classmethod
    def from_edges(
        cls,
        n_buyers: int,
        n_sellers: int,
        buyer: object,
        seller: object,
        value: object,
        reserves: object = None,
        *,
        buyer_capacities: object = None,
        seller_capacities: object = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> AssignmentMarket:
        """Return a sparse market from lists of edges; no dense matrix is ever built.

        Parameters
        ----------
        n_buyers, n_sellers : the sides.
        buyer, seller, value : array-likes of equal length, one entry per edge, in any order.
        reserves, buyer_capacities, seller_capacities, name, labels, metadata : as for the class.
        """
        names = ("edges.buyer", "edges.seller", "edges.value")
        faults: list[Fault] = []
        check_sizes({"n_buyers": n_buyers, "n_sellers": n_sellers}, faults)
        if faults:
            cls.__new__(cls)._settle(faults, name, labels, metadata)
        table = EdgeValues.from_edges(n_buyers, n_sellers, buyer, seller, value, names, faults)
        if table is None:
            if reserves is not None:
                as_numbers(reserves, "reserves", (n_sellers,), faults)
            for field, given, size in (
                ("buyer_capacities", buyer_capacities, n_buyers),
                ("seller_capacities", seller_capacities, n_sellers),
            ):
                if given is not None:
                    as_whole(given, field, (size,), faults)
            cls.__new__(cls)._settle(faults, name, labels, metadata)
        return cls(
            table,
            reserves,
            buyer_capacities=buyer_capacities,
            seller_capacities=seller_capacities,
            name=name,
            labels=labels,
            metadata=metadata,
        )

    @property
    def n_buyers(self) -> int:
        """Number of buyers, n."""
        return self.values.n_rows

    @property
    def n_sellers(self) -> int:
        """Number of sellers, m."""
        return self.values.n_columns

    @property
    def has_capacities(self) -> bool:
        """Whether capacities are given, be they all 1: trades are then a list of pairs."""
        return self.buyer_capacities is not None or self.seller_capacities is not None

    @property
    def capacities(self) -> tuple[IntArray, IntArray]:
        """Capacities of buyers and sellers, shapes (n,) and (m,), 1 where not given."""
        a, s = self.buyer_capacities, self.seller_capacities
        return (
            np.ones(self.n_buyers, dtype=np.int64) if a is None else a,
            np.ones(self.n_sellers, dtype=np.int64) if s is None else s,
        )

    @property
    @once
    def most_items(self) -> int:
        """How many items a buyer can hold at most, at least 1."""
        if self.buyer_capacities is None:
            return 1
        return max(1, min(int(self.buyer_capacities.max(initial=1)), self.n_sellers))

    @property
    @once
    def is_integral(self) -> bool:
        """Whether values and reserves are whole, so that answers are exact."""
        return self.values.is_integral and is_integral(self.reserves)

    @property
    def scale(self) -> float:
        """The largest number in the market."""
        return float(self.largest)

    @property
    @once
    def largest(self) -> int | float:
        """The largest number in the market, an `int` to the last digit where all are whole."""
        largest = max(self.values.largest, self.reserves.max(initial=0).item())
        return largest if self.is_integral else float(largest)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "values", self.values
        yield "reserves", self.reserves
        for field in ("buyer_capacities", "seller_capacities"):
            if getattr(self, field) is not None:
                yield field, getattr(self, field)

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of buyers and sellers."""
        return {"buyers": self.n_buyers, "sellers": self.n_sellers}
