"""Assignment markets: unit-demand buyers, unit-supply sellers.

Buyer i values the item of seller j at ``values[i, j] >= 0``, if there is an edge between them;
seller j does not sell below ``reserves[j] >= 0``. A **competitive equilibrium** is a matching M
and prices p with

1. ``p[j] >= r[j]``, and ``p[j] = r[j]`` where j is unsold;
2. buyer i matched to j: ``v[i,j] - p[j] >= v[i,k] - p[k]`` for every neighbor k, and >= 0;
3. unmatched buyer: ``v[i,k] - p[k] <= 0`` for every neighbor k.

Sources: Koopmans and Beckmann 1957; Shapley and Shubik 1971; Demange, Gale and Sotomayor 1986.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray, is_integral, read_only
from eqsolve.core.edges import EdgeValues, check_sizes
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides

__all__ = ["AssignmentMarket"]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class AssignmentMarket(Instance):
    """A market of n unit-demand buyers and m sellers with one item each.

    Parameters
    ----------
    values : array-like of shape (n, m) with numbers >= 0 in money units; None or NaN where there
        is no edge. Kept as `EdgeValues`.
    reserves : array-like of shape (m,), >= 0; default 0.
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
    """

    kind: ClassVar[str] = "assignment_market"

    values: EdgeValues
    reserves: NumberArray

    def __init__(
        self,
        values: object,
        reserves: object = None,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults)
        if isinstance(values, EdgeValues):
            table: EdgeValues | None = values
        else:
            values = sides.read(values, "values", "buyers", "sellers")
            table = EdgeValues.from_matrix(values, "values", faults)
        n_sellers = None if table is None else table.n_columns
        if reserves is None:
            prices: NumberArray | None = read_only(np.zeros(n_sellers or 0, dtype=np.int64))
        else:
            reserves = sides.read(reserves, "reserves", "sellers")
            prices = as_numbers(reserves, "reserves", (n_sellers,), faults)
        labels = sides.labels(labels)
        self._settle(faults, name, labels, metadata, values=table, reserves=prices)

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
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> AssignmentMarket:
        """Return a sparse market from lists of edges; no dense matrix is ever built.

        Parameters
        ----------
        n_buyers, n_sellers : the sides.
        buyer, seller, value : array-likes of equal length, one entry per edge, in any order.
        reserves, name, labels, metadata : as for the class.
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
            cls.__new__(cls)._settle(faults, name, labels, metadata)
        return cls(table, reserves, name=name, labels=labels, metadata=metadata)

    @property
    def n_buyers(self) -> int:
        """Number of buyers, n."""
        return self.values.n_rows

    @property
    def n_sellers(self) -> int:
        """Number of sellers, m."""
        return self.values.n_columns

    @property
    def is_integral(self) -> bool:
        """Whether values and reserves are whole, so that answers are exact."""
        return self.values.is_integral and is_integral(self.reserves)

    @property
    def scale(self) -> float:
        """The largest number in the market."""
        return max(self.values.scale, float(self.reserves.max(initial=0)))

    @property
    def largest(self) -> int | float:
        """The largest number in the market, an `int` to the last digit where all are whole."""
        largest = max(self.values.largest, self.reserves.max(initial=0).item())
        return largest if self.is_integral else float(largest)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "values", self.values
        yield "reserves", self.reserves

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of buyers and sellers."""
        return {"buyers": self.n_buyers, "sellers": self.n_sellers}
