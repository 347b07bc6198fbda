"""The columns of linear programs over finite types: which bundles a type may be given.

Two reductions keep programs small. Types that say the same in the same words are one. And a type is
offered only its *atoms*: its own bids where all types bid (MEC-4), single items where all are
additive (any number of them) or want one item (one at most), else every bundle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_design.instance import FiniteLaw, Valuations
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations, BidValuations

__all__ = ["MOST_NUMBERS", "Columns", "columns_of", "language_of", "merged_types", "n_atoms"]

MOST_NUMBERS = 30_000_000
"""Values of atoms that a program may hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Types, and the atoms that each may be given.

    Parameters
    ----------
    types : those of positive probability, different from each other.
    weights : shape (T,), their probabilities.
    of_type : for each type of the law, its place here, -1 for probability 0.
    bundles : shape (A, m), atoms of the first type, then of the second, ...
    owner : shape (A,), the type of each atom.
    values : shape (T, A), of every atom to every type.
    each : whether the atoms of a type are taken independently (additive values), so that a share of
        each is at most 1; else the shares of a type sum to at most 1.
    """

    types: Valuations
    weights: FloatArray
    of_type: IntArray
    bundles: BoolArray
    owner: IntArray
    values: FloatArray
    each: bool

    @property
    def own(self) -> FloatArray:
        """The value of each atom to its own type, shape (A,)."""
        found: FloatArray = self.values[self.owner, np.arange(len(self.owner))]
        return found

    def within(self, available: BoolArray) -> Columns:
        """Return the columns of the atoms inside the items that are left, shape (m,)."""
        kept = ~(self.bundles & ~available).any(axis=1)
        return replace(
            self,
            bundles=self.bundles[kept],
            owner=self.owner[kept],
            values=self.values[:, kept],
        )


def language_of(laws: tuple[FiniteLaw, ...]) -> str:
    """Return how atoms are chosen: ``"bids"``, ``"additive"``, ``"one item"`` or ``"any"``."""
    spoken = set()
    for law in laws:
        types = law.valuations
        if isinstance(types, BidValuations):
            spoken.add("bids")
        elif isinstance(types, AdditiveValuations) and types.counted == types.n_items:
            spoken.add("additive")
        elif isinstance(types, AdditiveValuations) and types.counted == 1:
            spoken.add("one item")
        else:
            spoken.add("any")
    return spoken.pop() if len(spoken) == 1 and laws[0].n_items else "any"


def n_atoms(law: FiniteLaw, language: str) -> int:
    """Return how many atoms the types of a law have, before equal types are merged."""
    if language == "bids":
        assert isinstance(law.valuations, BidValuations)
        return len(law.valuations.prices)
    per_type = law.n_items if language in ("additive", "one item") else (1 << law.n_items) - 1
    return law.n_types * per_type


def merged_types(law: FiniteLaw) -> tuple[Valuations, FloatArray, IntArray]:
    """Return different types of positive probability, their probabilities, and each type's place.

    Types are the same where their words are: equal numbers, or equal lists of bids.
    """
    shares = law.probabilities
    alive = np.flatnonzero(shares > 0)
    types = law.valuations.take(alive)
    place = np.full(law.n_types, -1, dtype=np.int64)
    seen: dict[object, int] = {}
    first: list[int] = []
    for row, t in enumerate(alive.tolist()):
        key = tuple(
            value.tobytes() if isinstance(value, np.ndarray) else value
            for _, value in types.take([row]).content()
        )
        if key not in seen:
            seen[key] = len(first)
            first.append(row)
        place[t] = seen[key]
    weights = np.zeros(len(first))
    np.add.at(weights, place[alive], shares[alive])
    return types.take(first), weights, place


def columns_of(law: FiniteLaw, language: str) -> Columns:
    """Return the columns of a law."""
    types, weights, place = merged_types(law)
    count, m = len(types), law.n_items
    if language == "bids":
        assert isinstance(types, BidValuations)
        useful = types.prices > 0
        bundles, owner = types.bundles[useful], types.owner[useful]
    else:
        single = language in ("additive", "one item")
        atoms = np.eye(m, dtype=np.bool_) if single else all_bundles(m)[1:]
        bundles = np.tile(atoms, (count, 1))
        owner = np.repeat(np.arange(count), len(atoms))
    values = types.of(bundles) if language == "bids" else np.tile(types.of(atoms), (1, count))
    return Columns(types, weights, place, bundles, owner, values, language == "additive")
