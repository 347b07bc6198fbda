"""What is known once an auction is solved: strategies, how far from best they are, who gets what.

A **strategy** says what a type bids. Continuous ones are piecewise linear between breakpoints, and
types below the first stay out; a value that stands twice is a jump, whose upper end it takes.
Finite ones list a bid for each value, null for staying out, or several with probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, require_forms
from eqsolve.core.shown import Shown
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["EPSILON_KINDS", "SOLUTION_FIELDS", "SingleItemAuctionSolution", "Strategy"]

EPSILON_KINDS = ("dominance", "exact", "interval", "grid")

_NUMBER = {"type": "number"}
_NUMBERS = {"type": "array", "items": _NUMBER}
_BIDS = {"type": "array", "items": {"type": ["number", "null"]}}
_STRATEGY = {
    "type": "object",
    "properties": {
        "values": {**_NUMBERS, "description": "breakpoints, or all types of a finite prior"},
        "bids": {
            "description": "at each value; null: stays out; lists where bids are mixed",
            "anyOf": [_BIDS, {"type": "array", "items": _BIDS}],
        },
        "probabilities": {"type": "array", "items": _NUMBERS, "description": "of mixed bids"},
    },
    "required": ["values", "bids"],
    "additionalProperties": False,
}
_STRATEGIES = {"type": "array", "items": _STRATEGY}

SOLUTION_FIELDS = (
    Field("strategies", {**_STRATEGIES, "description": "one for each class"}, required=True),
    Field(
        "classes",
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "description": "the strategy of each bidder",
        },
        required=True,
    ),
    Field(
        "closed_form",
        {"type": ["string", "null"], "description": "theorem whose formula it is"},
    ),
    Field(
        "epsilon",
        {
            "type": "number",
            "minimum": 0,
            "description": "no type of any bidder gains more by another bid, money units",
        },
        required=True,
    ),
    Field(
        "epsilon_kind",
        {"enum": list(EPSILON_KINDS), "type": "string", "description": "how epsilon is known"},
        required=True,
    ),
    Field("revenue", {**_NUMBER, "description": "expected, money units"}, required=True),
    Field(
        "efficiency",
        {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "probability that a bidder to whom the prize is worth most gets it",
        },
        required=True,
    ),
    Field(
        "bidder_utility",
        {**_NUMBERS, "description": "expected utility of each bidder before types are known"},
        required=True,
    ),
    Field(
        "equilibria",
        {
            "anyOf": [{"type": "array", "items": _STRATEGIES}, {"type": "null"}],
            "description": "all pure ones, each a list of strategies as above",
        },
    ),
    Field(
        "exhaustive",
        {"type": ["boolean", "null"], "description": "whether `equilibria` are all there are"},
    ),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Strategy(Shown):
    """What a type bids.

    Parameters
    ----------
    values : shape (T,): breakpoints that never fall, or the types of a finite prior, rising.
    bids : shape (T,); NaN for staying out (finite). None where bids are mixed.
    mixed : for each value a tuple of (bid, probability); None where nothing is mixed.
    finite : whether `values` are all types that there are.

    Examples
    --------
    >>> half = Strategy(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    >>> half.bid(2.0), half.bid(0.5) is None, half.bid(9.0)
    (1.5, True, 2.0)
    """

    values: FloatArray
    bids: FloatArray | None
    mixed: tuple[tuple[tuple[float, float], ...], ...] | None = None
    finite: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(np.asarray(self.values, dtype=np.float64)))
        if self.bids is not None:
            object.__setattr__(self, "bids", read_only(np.asarray(self.bids, dtype=np.float64)))

    def __reduce__(self) -> tuple[Any, ...]:
        return Strategy, (self.values, self.bids, self.mixed, self.finite)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Strategy) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> object:
        return repr(self.to_dict()), self.finite

    @property
    def is_pure(self) -> bool:
        """Whether each type has one bid."""
        return self.mixed is None

    def offers(self, place: int) -> tuple[tuple[float | None, float], ...]:
        """Return the bids of the value at `place` with their probabilities; None: stays out."""
        if self.mixed is not None:
            return tuple((None if math.isnan(b) else b, p) for b, p in self.mixed[place])
        assert self.bids is not None
        bid = float(self.bids[place])
        return ((None if math.isnan(bid) else bid, 1.0),)

    def bid(self, value: float, u: float = 0.5) -> float | None:
        """Return the bid of a type, or None where it stays out.

        Parameters
        ----------
        value : the type; of finite strategies the greatest listed one that is not above it counts.
        u : a uniform in [0, 1) that picks among mixed bids.
        """
        if self.finite:
            place = int(np.searchsorted(self.values, value, side="right")) - 1
            if place < 0:
                return None
            total = 0.0
            offers = self.offers(place)
            for bid, probability in offers:
                total += probability
                if u < total:
                    return bid
            return offers[-1][0]
        found = float(self.bids_at(np.array([value]))[0])
        return None if math.isnan(found) else found

    def bids_at(self, values: npt.ArrayLike) -> FloatArray:
        """Return the bids of many types of a pure strategy, NaN where they stay out."""
        assert self.bids is not None
        given = np.asarray(values, dtype=np.float64)
        places = np.searchsorted(self.values, given, side="right") - 1
        if self.finite:
            found: FloatArray = np.where(places < 0, np.nan, self.bids[np.maximum(places, 0)])
            return found
        left = np.clip(places, 0, len(self.values) - 1)
        right = np.minimum(left + 1, len(self.values) - 1)
        width = self.values[right] - self.values[left]
        share = np.where(width > 0, (given - self.values[left]) / np.where(width > 0, width, 1), 0)
        line = self.bids[left] + np.clip(share, 0, 1) * (self.bids[right] - self.bids[left])
        return np.where(places < 0, np.nan, line)

    def to_dict(self) -> dict[str, Any]:
        """Return the strategy as files say it."""
        if self.mixed is None:
            assert self.bids is not None
            return {"values": self.values.tolist(), "bids": _plain(self.bids.tolist())}
        return {
            "values": self.values.tolist(),
            "bids": [_plain(bid for bid, _ in row) for row in self.mixed],
            "probabilities": [[p for _, p in row] for row in self.mixed],
        }

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], *, finite: bool, place: str, faults: list[Fault]
    ) -> Strategy | None:
        """Return a strategy, or None after faults.

        Parameters
        ----------
        finite : whether the values are all types that there are.
        place : how faults call it.
        """
        values, bids = document["values"], document["bids"]
        chances = document.get("probabilities")
        before = len(faults)
        if len(bids) != len(values) or (chances is not None and len(chances) != len(values)):
            faults.append(Fault(place, f"has {len(values)} values and {len(bids)} bids"))
        if not values:
            faults.append(Fault(place, "must have at least one value"))
        good = [isinstance(x, int | float) and math.isfinite(x) for x in values]
        faults.extend(
            Fault(f"{place}.values", "must be finite", (k,), values[k])
            for k, fine in enumerate(good)
            if not fine
        )
        nested = [isinstance(entry, list) for entry in bids]
        mixed = chances is not None
        if any(nested) != mixed or (mixed and not all(nested)):
            rule = "lists of bids need probabilities, and single bids have none"
            faults.append(Fault(f"{place}.bids", rule))
        if mixed and not finite:
            faults.append(Fault(f"{place}.bids", "only types of a finite prior mix their bids"))
        if len(faults) > before:
            return None
        rows = bids if mixed else [[bid] for bid in bids]
        shares = chances if chances is not None else [[1.0]] * len(values)
        for k, (row, share) in enumerate(zip(rows, shares, strict=True)):
            if len(row) != len(share) or not row:
                faults.append(Fault(f"{place}.probabilities", "one for each bid", (k,)))
            if any(bid is not None and not math.isfinite(bid) for bid in row):
                faults.append(Fault(f"{place}.bids", "must be finite", (k,)))
            if not finite and None in row:
                rule = "types that stay out are left out of a piecewise linear strategy"
                faults.append(Fault(f"{place}.bids", rule, (k,)))
        if len(faults) > before:
            return None
        plain = [[math.nan if bid is None else float(bid) for bid in row] for row in rows]
        if not mixed:
            flat = np.array([row[0] for row in plain])
            return cls(np.array(values, dtype=np.float64), flat, finite=finite)
        kept = tuple(
            tuple(zip(row, map(float, share), strict=True))
            for row, share in zip(plain, shares, strict=True)
        )
        return cls(np.array(values, dtype=np.float64), None, kept, finite)


def _plain(bids: Iterable[float]) -> list[float | None]:
    """Return bids with None for staying out."""
    return [None if math.isnan(bid) else bid for bid in bids]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SingleItemAuctionSolution(Shown):
    """Strategies with their epsilon, and what they lead to.

    Parameters
    ----------
    strategies : one for each class of bidders.
    classes : the strategy of each bidder.
    closed_form : id of the theorem whose formula the strategies are, or None.
    epsilon : no type of any bidder gains more by another bid, money units.
    epsilon_kind : ``"dominance"`` (0, by AUC-1), ``"exact"`` (all types and bids looked at),
        ``"interval"`` (a proved bound), ``"grid"`` (the greatest found on a grid, no proof).
    revenue, efficiency, bidder_utility : expectations under the strategies.
    equilibria : all pure equilibria, each with one strategy for each class; None if not asked for.
    exhaustive : whether `equilibria` are all of them.

    Notes
    -----
    Source: theory page, sections 2 and 3 (AUC-1 to AUC-10, CERT-D, E, I, G).

    Examples
    --------
    >>> from eqsolve import solve
    >>> values = {"model": "private", "prior": {"uniform": [0, 99]}}
    >>> solution = solve(SingleItemAuction("first_price", 3, values)).solution
    >>> solution.strategies[0].bid(99.0), round(solution.revenue, 9), solution.closed_form
    (66.0, 49.5, 'AUC-2')
    """

    strategies: tuple[Strategy, ...]
    classes: tuple[int, ...]
    closed_form: str | None
    epsilon: float
    epsilon_kind: str
    revenue: float
    efficiency: float
    bidder_utility: tuple[float, ...]
    equilibria: tuple[tuple[Strategy, ...], ...] | None = None
    exhaustive: bool | None = None

    def strategy_of(self, bidder: int) -> Strategy:
        """Return the strategy of a bidder."""
        return self.strategies[self.classes[bidder]]

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        document: dict[str, Any] = {
            "strategies": [strategy.to_dict() for strategy in self.strategies],
            "classes": list(self.classes),
            "closed_form": self.closed_form,
            "epsilon": self.epsilon,
            "epsilon_kind": self.epsilon_kind,
            "revenue": self.revenue,
            "efficiency": self.efficiency,
            "bidder_utility": list(self.bidder_utility),
        }
        if self.equilibria is not None:
            document["equilibria"] = [[it.to_dict() for it in found] for found in self.equilibria]
            document["exhaustive"] = self.exhaustive
        return document

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], auction: SingleItemAuction
    ) -> SingleItemAuctionSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or sizes do not fit.
        """
        require_forms(document, SOLUTION_FIELDS)
        faults: list[Fault] = []
        n = auction.n_bidders
        kind = document["epsilon_kind"]
        if kind not in EPSILON_KINDS:
            rule = f"must be {' or '.join(map(repr, EPSILON_KINDS))}"
            faults.append(Fault("epsilon_kind", rule, value=kind))
        faults.extend(
            Fault(name, f"has length {len(document[name])}, expected {n}")
            for name in ("classes", "bidder_utility")
            if len(document[name]) != n
        )
        count = len(document["strategies"])
        for i, place in enumerate(document["classes"]):
            if not 0 <= place < count:
                faults.append(Fault("classes", f"there are {count} strategies", (i,), place))
        strategies = _read(document["strategies"], auction, "strategies", faults)
        listed = document.get("equilibria")
        equilibria = None
        if listed is not None:
            equilibria = tuple(
                _read(entry, auction, f"equilibria[{k}]", faults) for k, entry in enumerate(listed)
            )
        if faults:
            raise InstanceError(faults)
        return cls(
            strategies=strategies,
            classes=tuple(document["classes"]),
            closed_form=document.get("closed_form"),
            epsilon=float(document["epsilon"]),
            epsilon_kind=kind,
            revenue=float(document["revenue"]),
            efficiency=float(document["efficiency"]),
            bidder_utility=tuple(map(float, document["bidder_utility"])),
            equilibria=equilibria,
            exhaustive=document.get("exhaustive"),
        )


def _read(
    listed: Sequence[Mapping[str, Any]], auction: SingleItemAuction, name: str, faults: list[Fault]
) -> tuple[Strategy, ...]:
    """Return strategies, those without faults."""
    finite = auction.values.is_finite
    found = [
        Strategy.from_dict(entry, finite=finite, place=f"{name}[{k}]", faults=faults)
        for k, entry in enumerate(listed)
    ]
    return tuple(strategy for strategy in found if strategy is not None)
