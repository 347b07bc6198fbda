"""What is known about a normal-form game once it is solved: its pure equilibria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault, InstanceError, nearest_name
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field
from eqsolve.core.shown import Shown
from eqsolve.families.normal_form_game.instance import NormalFormGame

__all__ = ["EMPTY_ANSWER", "SOLUTION_FIELDS", "NormalFormSolution"]

_ENTRY = ("profile", "payoffs", "strict")

SOLUTION_FIELDS = (
    Field(
        "equilibria",
        {
            "type": "array",
            "description": "pure equilibria, in the order of the payoff tensor",
            "items": {
                "type": "object",
                "properties": {
                    "profile": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                    "payoffs": {"type": "array", "items": {"type": "number"}},
                    "strict": {"type": "boolean"},
                },
                "required": list(_ENTRY),
            },
        },
        required=True,
    ),
    Field(
        "exhaustive",
        {"type": "boolean", "description": "whether these are all pure equilibria"},
        required=True,
    ),
)


EMPTY_ANSWER = {"equilibria": [], "exhaustive": True}
"""Fields of a solution file that says that there is no equilibrium."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NormalFormSolution(Shown):
    """Pure equilibria, in lexicographic order of their profiles.

    Parameters
    ----------
    profiles : int64, shape (k, N): strategy of each player in each equilibrium.
    payoffs : shape (k, N), in payoff units: whole, or the floats nearest to the fractions.
    strict : bool, shape (k,): whether every deviation loses.
    exhaustive : whether these are all pure equilibria of the game.

    Notes
    -----
    Source: Nash (1951), NFG-1.

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])).solution
    >>> list(solution), solution.strict.tolist(), solution.exhaustive
    ([(0, 0), (1, 1)], [True, True], True)
    """

    profiles: IntArray
    payoffs: NumberArray
    strict: BoolArray
    exhaustive: bool

    def __len__(self) -> int:
        return len(self.profiles)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        """Yield the profiles as tuples."""
        return map(tuple, self.profiles.tolist())

    @classmethod
    def of(
        cls, game: NormalFormGame, profiles: IntArray, strict: BoolArray, exhaustive: bool
    ) -> NormalFormSolution:
        """Return the solution with these equilibria; payoffs are looked up."""
        return cls(read_only(profiles), game.payoffs_at(profiles), read_only(strict), exhaustive)

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        rows = zip(self.profiles.tolist(), self.payoffs.tolist(), self.strict.tolist(), strict=True)
        return {
            "equilibria": [dict(zip(_ENTRY, row, strict=True)) for row in rows],
            "exhaustive": self.exhaustive,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], game: NormalFormGame) -> NormalFormSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the game's shape.
        """
        faults: list[Fault] = []
        entries = document["equilibria"]
        if not isinstance(entries, list | tuple):
            faults.append(Fault("equilibria", "must be a list", value=entries))
            entries = []
        exhaustive = document["exhaustive"]
        if not isinstance(exhaustive, bool):
            faults.append(Fault("exhaustive", "must be true or false", value=exhaustive))
        for place, entry in enumerate(entries):
            _check_entry(entry, place, faults)
        if faults:
            raise InstanceError(faults)
        shape = (len(entries), game.n_players)
        columns = {key: [entry[key] for entry in entries] for key in _ENTRY}
        profiles = payoffs = np.zeros(shape, dtype=np.int64)
        if entries:
            profiles = _rows(columns["profile"], "profile", shape, faults)
            payoffs = _rows(columns["payoffs"], "payoffs", shape, faults)
        if profiles.dtype.kind != "i":
            faults.append(Fault("equilibria", "profiles must hold whole numbers"))
        if faults:
            raise InstanceError(faults)
        strict = np.array(columns["strict"], dtype=bool)
        return cls(read_only(profiles), read_only(payoffs), read_only(strict), exhaustive)


def _check_entry(entry: object, place: int, faults: list[Fault]) -> None:
    """Add faults for an equilibrium that lacks a field, has an unknown one, or a wrong flag."""
    if not isinstance(entry, Mapping):
        rule = f"must be an object with {', '.join(_ENTRY)}"
        faults.append(Fault("equilibria", rule, (place,), entry))
        return
    for key in entry:
        if key not in _ENTRY:
            rule = f"unknown field; {nearest_name(key, _ENTRY)}"
            faults.append(Fault("equilibria", rule, (place, key)))
    faults.extend(
        Fault("equilibria", "required field is missing", (place, key))
        for key in _ENTRY
        if key not in entry
    )
    if "strict" in entry and not isinstance(entry["strict"], bool):
        rule = "must be true or false"
        faults.append(Fault("equilibria", rule, (place, "strict"), entry["strict"]))


def _rows(rows: list[Any], key: str, shape: tuple[int, int], faults: list[Fault]) -> NumberArray:
    """Return one row of numbers per equilibrium; zeros after adding faults."""
    found = as_numbers(rows, f"equilibria.{key}", shape, faults, signed=True)
    return np.zeros(shape, dtype=np.int64) if found is None else found
