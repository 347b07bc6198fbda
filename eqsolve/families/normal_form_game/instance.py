"""Normal-form games: players, strategies, and a payoff for each player at each profile.

Player i of N has the strategies ``0 .. a_i - 1``; a **profile** holds one strategy per player.
``payoffs[s_0, ..., s_{N-1}, i] / denominator`` is what player i gets at profile s, any sign.
The **line** of player i through s holds the profiles that differ from s in i's strategy only.
A profile is a **pure equilibrium** when every player's payoff is the largest in its line through
the profile, and it is **strict** when it is larger than all others there.

Payoffs are whole numbers over one common denominator wherever they can be: whole numbers,
fractions (Gambit files) and decimals. A decimal in a file or array arrives as the nearest float;
when all payoffs are such floats, of numbers with few digits, they are taken for these decimals.
That never changes which of two payoffs is larger, and sums of payoff differences become exact.
Other payoffs stay float64, and are compared as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, NumberArray, is_integral, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides

if TYPE_CHECKING:
    from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["MAX_PLAYERS", "NormalFormGame", "strategies_of"]

MAX_PLAYERS = 31
"""Arrays have at most 32 axes in every supported version of numpy."""

_EXACT = 2**53
_DECIMALS = 15
_SAMPLE = 256


def strategies_of(player: int) -> str:
    """Return the side under which labels of a player's strategies are kept.

    Examples
    --------
    >>> strategies_of(0)
    'strategies of player 0'
    """
    return f"strategies of player {player}"


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class NormalFormGame(Instance["NormalFormSolution"]):
    """A game given by its payoff tensor.

    Parameters
    ----------
    payoffs : array-like of shape (a_1, ..., a_N, N), the last axis being the player; any sign.
        Every player has at least one strategy, and there are at most 31 players. Nested lists
        that could as well have the player first are refused: `from_bimatrix` and `from_payoffs`
        take a table for each player.
    denominator : whole number >= 1 by which all payoffs are divided; then payoffs must be whole.
        Stored in lowest terms.
    player_axis : ``"last"`` or ``"first"``, where the player stands; None: last, and in doubt
        nested lists are refused.
    name, labels, metadata : see `Instance`; the sides are ``"players"`` and
        ``"strategies of player 0"``, ``"strategies of player 1"``, ...

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(P N) for P profiles and N players. Source: Nash (1951), as in NFG-1.

    Examples
    --------
    >>> payoffs = np.array([[[3, 2], [0, 0]], [[0, 0], [2, 3]]])
    >>> NormalFormGame(payoffs, name="Battle of the Sexes")
    <NormalFormGame 'Battle of the Sexes': 2 players, 2 x 2 strategies>
    >>> NormalFormGame([[[0.1, 2], [0.25, 0]]]).denominator
    20
    """

    kind: ClassVar[str] = "normal_form_game"

    payoffs: NumberArray
    denominator: int

    def __init__(
        self,
        payoffs: object,
        denominator: object = 1,
        *,
        player_axis: Literal["last", "first"] | None = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        listed = isinstance(payoffs, list | tuple) and any(
            isinstance(p, np.ndarray) for p in payoffs
        )
        payoffs = plain_numbers(payoffs)
        nested = isinstance(payoffs, list)
        depth = max(2, _depth(payoffs))
        table: NumberArray | None = None
        if player_axis not in (None, "last", "first"):
            rule = "must be 'last' or 'first'"
            faults.append(Fault("player_axis", rule, value=player_axis))
        if listed and player_axis is None:
            rule = (
                "a list of arrays does not tell which axis is the player: give one array with the "
                "player last, or the list to NormalFormGame.from_payoffs if each array is the "
                "table of a player"
            )
            faults.append(Fault("payoffs", rule))
        elif depth > MAX_PLAYERS + 1:
            rule = f"nested {depth} deep, but games have at most {MAX_PLAYERS} players"
            faults.append(Fault("payoffs", rule))
        else:
            table = as_numbers(payoffs, "payoffs", (None,) * depth, faults, signed=True)
        whole = isinstance(denominator, int | np.integer) and not isinstance(denominator, bool)
        if not (whole and 1 <= int(denominator) < 2**63):  # type: ignore[call-overload]  # whole
            rule = "must be a whole number >= 1 of at most 64 bits"
            faults.append(Fault("denominator", rule, value=denominator))
        if table is not None and player_axis == "first":
            table = read_only(np.ascontiguousarray(np.moveaxis(table, 0, -1)))
        elif table is not None and player_axis is None and nested and _reads_two_ways(table):
            faults.append(Fault("payoffs", _two_readings(table)))
        if table is not None:
            _check_shape(table, faults)
            if whole and denominator != 1 and not is_integral(table):
                faults.append(Fault("payoffs", "must be whole numbers beside a denominator"))
        divisor = 1
        if table is not None and not faults:
            table, divisor = _lowest_terms(table, int(denominator))  # type: ignore[call-overload]  # whole
        self._settle(faults, name, labels, metadata, payoffs=table, denominator=divisor)

    @classmethod
    def from_fractions(
        cls,
        shape: tuple[int, ...],
        payoffs: Iterable[Fraction | int],
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> NormalFormGame:
        """Return the game with exact fractions as payoffs.

        Parameters
        ----------
        shape : (a_1, ..., a_N, N).
        payoffs : one fraction per entry, last axis fastest.
        name, labels, metadata : as for the class.

        Notes
        -----
        Nothing is rounded: where the numerators over the common denominator need more than 64
        bits, the payoffs are refused.

        Raises
        ------
        InstanceError : with every fault found.

        Examples
        --------
        >>> game = NormalFormGame.from_fractions((2, 1), [Fraction(5, 2), Fraction(1, 3)])
        >>> game.payoffs.ravel().tolist(), game.denominator
        ([15, 2], 6)
        """
        entries = [Fraction(entry) for entry in payoffs]
        common = math.lcm(*(entry.denominator for entry in entries))
        numerators = [entry.numerator * (common // entry.denominator) for entry in entries]
        extra: dict[str, Any] = {"name": name, "labels": labels, "metadata": metadata}
        if common >= 2**63:
            rule = "their common denominator needs more than 64 bits"
            raise InstanceError(Fault("payoffs", rule, value=common))
        faults = [
            Fault("payoffs", f"needs more than 64 bits over the denominator {common}", value=entry)
            for entry, numerator in zip(entries, numerators, strict=True)
            if not -(2**63) < numerator < 2**63
        ]
        if faults:
            raise InstanceError([replace(fault, value=str(fault.value)) for fault in faults[:100]])
        return cls(np.array(numerators, dtype=np.int64).reshape(shape), common, **extra)

    @classmethod
    def from_arrays(
        cls,
        *payoffs: object,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> NormalFormGame:
        """Return the game of one payoff array for each player, as other packages take them.

        Parameters
        ----------
        payoffs : N array-likes of shape (a_1, ..., a_N).
        name, labels, metadata : as for the class.

        Raises
        ------
        InstanceError : with every fault found.

        Examples
        --------
        >>> NormalFormGame.from_arrays([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]).payoff((0, 1), 0)
        Fraction(-3, 1)
        """
        return cls.from_payoffs(payoffs, name=name, labels=labels, metadata=metadata)

    @classmethod
    def from_bimatrix(
        cls,
        row: object,
        column: object,
        *,
        denominator: object = 1,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> NormalFormGame:
        """Return the game of two players with payoff matrices A and B.

        Parameters
        ----------
        row, column : shapes (a_1, a_2): what the players of the rows and of the columns get.
            Frames name the strategies.
        denominator, name, labels, metadata : as for the class.

        Raises
        ------
        InstanceError : with every fault found.

        Notes
        -----
        Cost O(a_1 a_2).

        Examples
        --------
        >>> prisoners = NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
        >>> prisoners.payoff((0, 1), 0), prisoners.payoff((0, 1), 1)
        (Fraction(-3, 1), Fraction(0, 1))
        """
        return cls.from_payoffs(
            [row, column], denominator=denominator, name=name, labels=labels, metadata=metadata
        )

    @classmethod
    def from_payoffs(
        cls,
        tables: object,
        *,
        denominator: object = 1,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> NormalFormGame:
        """Return the game of a list with a payoff table for each player.

        Parameters
        ----------
        tables : N array-likes of shape (a_1, ..., a_N), or a dictionary player -> table. Frames
            and dictionaries name the strategies, in any order.
        denominator, name, labels, metadata : as for the class.

        Raises
        ------
        InstanceError : with every fault found.

        Notes
        -----
        Cost O(P N) for P profiles and N players.

        Examples
        --------
        >>> A, B = [[3, 0], [0, 2]], [[2, 0], [0, 3]]
        >>> NormalFormGame.from_payoffs({"Ann": A, "Bob": B}).labels["players"]
        ('Ann', 'Bob')
        """
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        if isinstance(tables, Mapping):
            sides.learn(map(str, tables), "payoffs", "players")
            tables = list(tables.values())
        if isinstance(tables, np.ndarray) and tables.ndim:
            tables = list(tables)
        if not isinstance(tables, list | tuple) or not tables:
            rule = "must be a list with a table for each player"
            raise InstanceError(Fault("payoffs", rule))
        if len(tables) > MAX_PLAYERS:
            rule = f"{len(tables)} tables, but games have at most {MAX_PLAYERS} players"
            raise InstanceError(Fault("payoffs", rule))
        axes = [strategies_of(player) for player in range(len(tables))]
        read = [
            sides.read(table, f"payoffs[{player}]", *axes) for player, table in enumerate(tables)
        ]
        if not faults and (rule := _unlike(read)):
            raise InstanceError(Fault("payoffs", rule))
        shape = (len(read), *[None] * len(read))
        payoffs = as_numbers(read, "payoffs", shape, faults, signed=True)
        named = sides.labels()
        if payoffs is None or faults:
            raise InstanceError(faults)
        extra: dict[str, Any] = {"name": name, "labels": named, "metadata": metadata}
        return cls(np.moveaxis(payoffs, 0, -1), denominator, **extra)

    @property
    def n_players(self) -> int:
        """Number of players, N."""
        return int(self.payoffs.shape[-1])

    @property
    def n_strategies(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return self.payoffs.shape[:-1]

    @property
    def n_profiles(self) -> int:
        """Number of profiles."""
        return math.prod(self.n_strategies)

    @property
    def is_integral(self) -> bool:
        """Whether payoffs are held exactly (whole numbers over `denominator`)."""
        return is_integral(self.payoffs)

    @property
    def scale(self) -> float:
        """The largest absolute payoff."""
        high, low = float(self.payoffs.max()), float(self.payoffs.min())
        return max(high, -low) / self.denominator

    def payoff(self, profile: tuple[int, ...], player: int) -> Fraction | float:
        """Return what a player gets at a profile, exactly.

        Examples
        --------
        >>> NormalFormGame([[[0.1, 2], [0.25, 0]]]).payoff((0, 1), 0)
        Fraction(1, 4)
        """
        entry = self.payoffs[(*profile, player)].item()
        return Fraction(entry, self.denominator) if self.is_integral else float(entry)

    def payoffs_at(self, profiles: NumberArray) -> NumberArray:
        """Return the payoffs at profiles of shape (k, N), divided, as an array of shape (k, N).

        int64 when the game's payoffs are whole; else float64, each the nearest to its fraction.
        """
        found = self.payoffs[tuple(profiles.T)]
        if self.denominator == 1:
            return read_only(found)
        divided = [[entry / self.denominator for entry in row] for row in found.tolist()]
        array: FloatArray = np.array(divided, dtype=np.float64).reshape(found.shape)
        return read_only(array)

    def describe(self, profile: Iterable[int]) -> str:
        """Return a profile in words: ``"(Top, Left)"``, or numbers where there are no labels."""
        words = [self.strategy_label(i, int(s)) for i, s in enumerate(profile)]
        return f"({', '.join(words)})"

    def strategy_label(self, player: int, strategy: int) -> str:
        """Return the label of a strategy, or its number."""
        names = self.labels.get(strategies_of(player))
        return names[strategy] if names and names[strategy] else str(strategy)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "payoffs", self.payoffs
        yield "denominator", self.denominator

    def side_sizes(self) -> Mapping[str, int]:
        """Return the number of players, and of strategies of each."""
        strategies = {strategies_of(i): size for i, size in enumerate(self.n_strategies)}
        return {"players": self.n_players, **strategies}

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        sizes = " x ".join(map(str, self.n_strategies))
        plural = "" if self.n_players == 1 else "s"
        return f"<NormalFormGame{name}: {self.n_players} player{plural}, {sizes} strategies>"


def _depth(value: object) -> int:
    """Return how deep the first entry of nested sequences lies."""
    if isinstance(value, np.ndarray):
        return value.ndim
    depth = 0
    while isinstance(value, list | tuple | np.ndarray):
        if isinstance(value, np.ndarray):
            return depth + value.ndim
        depth += 1
        value = value[0] if value else None
    return depth


def _reads_two_ways(table: NumberArray) -> bool:
    """Return whether nested lists make one game with the player last and another one first."""
    players = table.ndim - 1
    if players < 2 or table.shape[0] != players or table.shape[-1] != players or not table.size:
        return False
    first = np.moveaxis(table, 0, -1)
    return first.shape != table.shape or not np.array_equal(first, table)


def _two_readings(table: NumberArray) -> str:
    """Return both readings of nested lists, in words."""
    corner = (0,) * (table.ndim - 1)
    last = ", ".join(str(entry) for entry in table[corner].tolist())
    first = ", ".join(str(entry) for entry in np.moveaxis(table, 0, -1)[corner].tolist())
    shape = " x ".join(map(str, table.shape))
    tables = "the matrices A, B of the two" if table.ndim == 3 else "a table for each of the"
    return (
        f"nested lists of {shape} read two ways: the payoffs at each profile ({last} at the first; "
        f'say player_axis="last", or give an array), or {tables} players ({first} at the first '
        f"profile; say NormalFormGame.from_payoffs)"
    )


def _check_shape(table: NumberArray, faults: list[Fault]) -> None:
    """Add a fault unless the last axis counts the others and none is empty."""
    *strategies, players = table.shape
    if 0 in strategies or not players:
        faults.append(Fault("payoffs", "every player needs at least one strategy"))
    elif players != len(strategies):
        rule = (
            f"the last axis is the player: {len(strategies)} axes of strategies need "
            f"{len(strategies)} payoffs at each profile, found {players} (one table per player: "
            "NormalFormGame.from_payoffs)"
        )
        faults.append(Fault("payoffs", rule))


def _lowest_terms(table: NumberArray, denominator: int) -> tuple[NumberArray, int]:
    """Return whole payoffs and their least common denominator, or floats that are no decimals."""
    if not is_integral(table):
        found = _as_decimals(table)
        if found is None:
            return table, 1
        table, denominator = found
    if denominator == 1:
        return table, 1
    common = math.gcd(int(np.gcd.reduce(table, axis=None)), denominator)
    return read_only(table // common), denominator // common


def _as_decimals(table: FloatArray) -> tuple[NumberArray, int] | None:
    """Return (numerators, 10**k) with the least k for which every float is such a decimal.

    Division rounds correctly, so ``numerator / 10**k == x`` says that x is the float nearest to
    the decimal; both stay below 2**53, where floats hold every whole number.
    """
    largest = float(max(table.max(), -table.min()))
    head = table.reshape(-1)[:_SAMPLE]
    for digits in range(1, _DECIMALS + 1):
        power = 10**digits
        if largest * power > _EXACT:
            return None
        # Most data that is no short decimal shows it at once; that spares passes over all of it.
        if not (np.rint(head * power) / power == head).all():
            continue
        numerators = np.rint(table * power)
        if (numerators / power == table).all():
            return numerators.astype(np.int64), power
    return None


def _unlike(tables: list[Any]) -> str:
    """Return what is wrong with the shapes of a payoff table for each player; empty if nothing."""
    try:
        shapes = [np.shape(table) for table in tables]
    except ValueError:  # a ragged one, which is told by its row
        return ""
    first, n = shapes[0], len(shapes)
    if any(0 in shape for shape in shapes):  # a player without strategies is told as such
        return ""
    for shape in shapes:
        if len(shape) != n:
            return f"{n} tables are of {n} players and have {n} axes each: one has {len(shape)}"
        if shape != first:
            words = [" x ".join(map(str, one)) for one in (first, shape)]
            return f"one table is {words[0]} and one is {words[1]}: must have one shape"
    return ""
