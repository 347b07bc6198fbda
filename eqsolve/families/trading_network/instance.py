"""Trading networks: a platform introduces buyers to sellers and lives on the trades it enables.

Buyer i values the item of seller j at ``values[i, j] >= 0``, if the two can trade at all. Pairs in
``known`` (E0) trade without the platform. The platform introduces a set P of further pairs, taken
from ``candidates``. Prices and trades are then a competitive equilibrium of the graph E0 + P (zero
reserves) at its **greatest** equilibrium prices; among maximum-weight matchings ties go to the
platform. Its revenue is ``commission`` times the total price of the trades on P.

``W(E)`` is the weight of a maximum-weight matching of E. ``W0 = W(known)`` is the welfare without
the platform, ``W* = W(known + candidates)`` the welfare with every pair it could introduce,
``dW = W* - W0`` the welfare gain and ``K = min(n, m)``.

Source: D'Amico-Wong, Gonczarowski, Ma and Parkes 2024, Disrupting Bipartite Trading Networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import BoolArray, IntArray, read_only
from eqsolve.core.digits import exact_float
from eqsolve.core.edges import EdgeValues, check_sizes
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers, report_entries, require_whole
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides

if TYPE_CHECKING:
    from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["TradingNetwork", "checked_pairs"]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class TradingNetwork(Instance["TradingSolution"]):
    """A network of n buyers and m sellers, the pairs that know each other, and a platform.

    Parameters
    ----------
    values : array-like of shape (n, m) with numbers >= 0 in money units, None or NaN where the two
        cannot trade; or `EdgeValues`.
    known : pairs ``(buyer, seller)`` that trade without the platform, by number or by name.
    candidates : pairs it may introduce; None: all pairs that can trade and are not known.
    commission : share of the price that the platform earns, in (0, 1].
    name, labels, metadata : see `Instance`; sides are ``"buyers"`` and ``"sellers"``.

    Attributes
    ----------
    known : int64, shape (e, 2), rows rising.
    candidates : int64, shape (c, 2), rows rising, or None where every unknown pair is one.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(n m) and sorting the pairs given. Source: D'Amico-Wong, Gonczarowski, Ma and
    Parkes (2024).

    Examples
    --------
    >>> network = TradingNetwork([[5, 3], [4, None]], known=[(0, 0)])
    >>> network.n_buyers, network.n_known, network.n_candidates
    (2, 1, 2)
    """

    kind: ClassVar[str] = "trading_network"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {"values": ("buyers", "sellers")}
    marks: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "known": ("buyers", "sellers"),
        "candidates": ("buyers", "sellers"),
    }

    values: EdgeValues
    known: IntArray
    candidates: IntArray | None
    commission: int | float

    def __init__(
        self,
        values: object,
        known: object,
        candidates: object = None,
        commission: object = 1,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        table = sides.edges(values, "values", "buyers", "sellers")
        known = sides.pairs(known, "known", "buyers", "sellers")
        pairs = checked_pairs(known, "known", table, faults)
        offers = None
        if candidates is not None:
            candidates = sides.pairs(candidates, "candidates", "buyers", "sellers")
            offers = checked_pairs(candidates, "candidates", table, faults)
        if table is not None and pairs is not None and offers is not None:
            _check_disjoint(table, pairs, offers, faults)
            if len(pairs) + len(offers) == table.n_edges:
                offers = None  # the default, spelled out
        share = _checked_commission(commission, faults)
        labels = sides.labels(labels)
        self._settle(
            faults,
            name,
            labels,
            metadata,
            values=table,
            known=pairs,
            candidates=offers,
            commission=share,
        )

    @classmethod
    def from_edges(
        cls,
        n_buyers: int,
        n_sellers: int,
        buyer: object,
        seller: object,
        value: object,
        known: object,
        candidates: object = None,
        commission: object = 1,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TradingNetwork:
        """Return a network whose values are given as lists of edges.

        Parameters
        ----------
        n_buyers, n_sellers : the sides.
        buyer, seller, value : array-likes of equal length, one entry per pair that can trade.
        known, candidates, commission, name, labels, metadata : as for the class.
        """
        names = ("edges.buyer", "edges.seller", "edges.value")
        faults: list[Fault] = []
        check_sizes({"n_buyers": n_buyers, "n_sellers": n_sellers}, faults)
        table = None
        if not faults:
            table = EdgeValues.from_edges(n_buyers, n_sellers, buyer, seller, value, names, faults)
        if table is None:
            for pairs, field in ((known, "known"), (candidates, "candidates")):
                if pairs is not None:
                    checked_pairs(pairs, field, None, faults)
            _checked_commission(commission, faults)
            cls.__new__(cls)._settle(faults, name, labels, metadata)
        return cls(
            table, known, candidates, commission, name=name, labels=labels, metadata=metadata
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
    def n_known(self) -> int:
        """Number of known pairs."""
        return len(self.known)

    @property
    def n_candidates(self) -> int:
        """Number of pairs that the platform may introduce."""
        if self.candidates is None:
            return self.values.n_edges - self.n_known
        return len(self.candidates)

    @property
    def is_integral(self) -> bool:
        """Whether all values are whole, so that prices and welfare are exact."""
        return self.values.is_integral

    @property
    def largest(self) -> int | float:
        """The largest value, an `int` to the last digit where all are whole."""
        return self.values.largest

    @property
    def scale(self) -> float:
        """The largest value."""
        return self.values.scale

    def known_mask(self) -> BoolArray:
        """Return an (n, m) mask of the known pairs."""
        return _mask(self.values.shape, self.known)

    def candidate_mask(self) -> BoolArray:
        """Return an (n, m) mask of the pairs that may be introduced."""
        if self.candidates is not None:
            return _mask(self.values.shape, self.candidates)
        mask: BoolArray = (self.values.dense() >= 0) & ~self.known_mask()
        return mask

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "values", self.values
        yield "known", self.known
        yield "candidates", self.candidates
        yield "commission", float(self.commission)

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of buyers and sellers."""
        return {"buyers": self.n_buyers, "sellers": self.n_sellers}


def checked_pairs(
    pairs: object, name: str, table: EdgeValues | None, faults: list[Fault]
) -> IntArray | None:
    """Return pairs as a sorted read-only array of shape (count, 2), or None after adding faults.

    Parameters
    ----------
    pairs : array-like of pairs ``(buyer, seller)``.
    name : field name used in faults.
    table : the values; each pair must be one of its edges. None skips that check.
    faults : faults found are appended here.
    """
    before = len(faults)
    pairs = plain_numbers(list(pairs) if isinstance(pairs, Set) else pairs)
    if (pairs.shape[:1] == (0,)) if isinstance(pairs, np.ndarray) else (pairs == []):
        return read_only(np.empty((0, 2), dtype=np.int64))
    array = as_numbers(pairs, name, (None, 2), faults)
    if array is None or table is None:
        return None
    if not require_whole(faults, name, array):
        return None
    for axis, (word, size) in enumerate(zip(("buyer", "seller"), table.shape, strict=True)):
        bad = np.zeros(array.shape, dtype=bool)
        bad[:, axis] = array[:, axis] >= size
        report_entries(faults, name, array, bad, f"there are only {size} {word}s")
    if len(faults) > before:
        return None
    absent = np.flatnonzero(table.at(array[:, 0], array[:, 1]) < 0)
    order = np.lexsort((array[:, 1], array[:, 0]))
    twice = order[1:][(np.diff(array[order], axis=0) == 0).all(axis=1)]
    for places, rule in ((absent, "this pair has no value"), (twice, "this pair is listed twice")):
        faults.extend(
            Fault(name, rule, index=(int(place),), value=array[place].tolist())
            for place in places[:MAX_FAULTS]
        )
    if len(faults) > before:
        return None
    return read_only(np.ascontiguousarray(array[order]))


def _check_disjoint(
    table: EdgeValues, known: IntArray, candidates: IntArray, faults: list[Fault]
) -> None:
    """Add a fault for each candidate that is known already."""
    keys = candidates[:, 0] * table.n_columns + candidates[:, 1]
    both = np.flatnonzero(np.isin(keys, known[:, 0] * table.n_columns + known[:, 1]))
    faults.extend(
        Fault("candidates", f"the pair {candidates[place].tolist()} is known already")
        for place in both[:MAX_FAULTS]
    )


def _checked_commission(commission: object, faults: list[Fault]) -> int | float:
    """Return the commission, 1 as an integer; add a fault unless it lies in (0, 1]."""
    share = exact_float(commission)
    if share is not None and 0 < share <= 1:
        return 1 if share == 1 else share
    faults.append(Fault("commission", "must be a number in (0, 1]", value=commission))
    return 1


def _mask(shape: tuple[int, int], pairs: IntArray) -> BoolArray:
    """Return a mask that is True at the pairs."""
    mask = np.zeros(shape, dtype=bool)
    mask[pairs[:, 0], pairs[:, 1]] = True
    return mask
